from __future__ import annotations

import pytest

from fead_desktop.review.pace import moments_to_come, remaining_words, seconds_a_verdict


def times(*seconds: int) -> list[str]:
    return [f"2026-01-01T10:{each // 60:02}:{each % 60:02}.000+00:00" for each in seconds]


def test_the_pace_is_the_usual_step_and_breaks_do_not_count() -> None:
    assert seconds_a_verdict(times(0, 10, 20, 32, 42)) == 10
    assert seconds_a_verdict(times(0, 10, 20, 30, 1000, 1010, 1020)) == 10
    assert seconds_a_verdict(reversed(times(0, 8, 16, 24))) == 8


def test_too_few_verdicts_tell_no_pace() -> None:
    assert seconds_a_verdict(times(0, 10, 20)) is None
    assert seconds_a_verdict([*times(0, 10), "t", ""]) is None


def test_only_the_latest_verdicts_count() -> None:
    slow = [60 * k for k in range(10)]
    quick = [slow[-1] + 5 * k for k in range(1, 25)]
    assert seconds_a_verdict(times(*slow, *quick)) == 5


@pytest.mark.parametrize(
    ("left", "each", "words"),
    [
        (0, 5.0, ""),
        (10, None, ""),
        (3, 10.0, "less than a minute"),
        (50, 12.0, "about 10 min"),
        (500, 12.0, "about 1 h 40 min"),
    ],
)
def test_the_time_that_is_left_in_words(left: int, each: float | None, words: str) -> None:
    assert remaining_words(left, each) == words


def test_moments_are_taken_to_come_as_densely_as_before() -> None:
    assert moments_to_come([10.0, 20.0, 30.0], 90.0) == 6
    assert moments_to_come([30.0, 10.0, 20.0], 30.0) == 0  # the recording is over
    assert moments_to_come([10.0, 20.0], 90.0) == 0  # too few to tell
