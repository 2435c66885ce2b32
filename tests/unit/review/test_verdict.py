"""Verdicts are checked, kept apart by reviewer, and the queue never passes one over for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.errors import UsageError
from fead_desktop.review.verdict import (
    DISPUTED,
    Verdict,
    first_answers,
    in_order,
    last_answers,
    moment_of,
    next_unjudged,
    states,
)

ANNA = Verdict(1, "Anna", 1, 100, "confirmed", time_utc="2026-01-01T10:00")


def event(rank: int, frame: int) -> AnomalyEvent:
    return AnomalyEvent(rank, 1, "v", "d", 0.0, 0.0, 0.0, frame, frame, frame, 1.0 / rank)


def test_a_verdict_is_kept_tidy() -> None:
    untidy = replace(
        ANNA, reviewer="  Anna  B ", reason=" head\nturn ", tags="a,, b  c ,a", note=" x "
    )
    tidy = untidy.checked()
    assert (tidy.reviewer, tidy.reason, tidy.tags, tidy.note) == (
        "Anna B",
        "head turn",
        "a, b c",
        "x",
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"answer": "perhaps"}, "no verdict 'perhaps'"),
        ({"confidence": 6}, "from 1 to 5"),
        ({"confidence": 0}, "from 1 to 5"),
        ({"reviewer": "  "}, "needs the name"),
        ({"note": "x" * 3000}, "at most 1000"),
        ({"reason": "x" * 81}, "at most 80"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        replace(ANNA, **wrong).checked()


def test_first_and_last_answers_are_told_by_their_time() -> None:
    second = replace(ANNA, verdict=2, answer="rejected", time_utc="2026-01-01T11:00")
    for given in ([ANNA, second], [second, ANNA]):
        assert first_answers(given)[1, 100]["Anna"] == ANNA
        assert last_answers(given)[1, 100]["Anna"] == second


def test_reviewers_who_differ_leave_an_event_disputed_until_one_changes() -> None:
    ben = replace(ANNA, verdict=2, reviewer="Ben", answer="rejected", time_utc="2026-01-01T12:00")
    assert states([ANNA]) == {(1, 100): "confirmed"}
    assert states([ANNA, ben]) == {(1, 100): DISPUTED}
    agreed = replace(ben, verdict=3, answer="confirmed", time_utc="2026-01-01T13:00")
    assert states([ANNA, ben, agreed]) == {(1, 100): "confirmed"}


def test_the_blind_queue_is_in_time_and_the_open_one_by_rank() -> None:
    events = [event(1, 300), event(2, 100), event(3, 200)]
    assert [each.event for each in in_order(events, blind=True)] == [2, 3, 1]
    assert [each.event for each in in_order(events, blind=False)] == [1, 2, 3]


def test_the_queue_goes_on_and_comes_back_to_what_was_passed_over() -> None:
    queue = [event(1, 10), event(2, 20), event(3, 30)]
    first = next_unjudged(queue, (), None)
    assert first is queue[0]
    assert next_unjudged(queue, (), 1) is queue[1]
    assert next_unjudged(queue, [moment_of(queue[1]), moment_of(queue[2])], 3) is queue[0]
    assert next_unjudged(queue, [moment_of(queue[0]), moment_of(queue[1])], 3) is queue[2]
    assert next_unjudged(queue, [moment_of(each) for each in queue], 2) is None
