"""How curves are judged against planted moments: what counts, once, and at which threshold."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.judging import judge, place_of, wrongly_flagged
from tests.benchmarks.plants import Truth

CLOCK_S = np.arange(1200) / 10
MINUTES = 2.0  # one false alarm is allowed


def truth(start_s: float, end_s: float) -> Truth:
    return Truth("jaw drop", 8.0, end_s - start_s, start_s, end_s, False)


TRUTHS = [truth(20.0, 21.0), truth(60.0, 60.5)]


def curve(**heights: float) -> tuple[np.ndarray, list[int]]:
    """Return a curve with a peak at each second named (s20=3.0) and its peaks, highest first."""
    score = np.zeros(len(CLOCK_S))
    for second, height in heights.items():
        score[round(10 * float(second.removeprefix("s").replace("_", ".")))] = height
    peaks = np.argsort(-score, kind="stable")[: len(heights)]
    return score, peaks.tolist()


def test_all_moments_first_is_perfect() -> None:
    found = judge(CLOCK_S, *curve(s20_5=9.0, s60_2=8.0, s90=1.0), TRUTHS, MINUTES)
    assert found.events == 1.0
    assert found.found == [True, True]
    assert found.first == 2


def test_false_alarms_before_a_moment_cost_precision_and_beyond_the_allowed_ones_the_moment() -> (
    None
):
    one = judge(CLOCK_S, *curve(s90=9.0, s20_5=8.0, s60_2=7.0), TRUTHS, MINUTES)
    assert one.events == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert one.found == [True, True]
    assert one.first == 0
    two = judge(CLOCK_S, *curve(s90=9.0, s20_5=8.0, s100=7.5, s60_2=7.0), TRUTHS, MINUTES)
    assert two.found == [True, False]
    assert two.false_peaks_s == [90.0, 100.0]


def test_a_second_event_of_the_same_moment_is_neither_right_nor_wrong() -> None:
    found = judge(CLOCK_S, *curve(s20_2=9.0, s20_8=8.0, s60_2=7.0), TRUTHS, MINUTES)
    assert found.events == 1.0
    assert found.found == [True, True]


def test_a_moment_without_an_event_counts_as_missed() -> None:
    found = judge(CLOCK_S, *curve(s20_5=9.0), TRUTHS, MINUTES)
    assert found.events == 0.5
    assert found.found == [True, False]


def test_frames_are_not_point_adjusted() -> None:
    clock_s, whole = CLOCK_S, np.zeros(len(CLOCK_S))
    for each in TRUTHS:
        whole[(clock_s >= each.start_s) & (clock_s <= each.end_s)] = 5.0
    touched, peaks = curve(s20_5=9.0, s60_2=8.0)
    assert judge(CLOCK_S, whole, peaks, TRUTHS, MINUTES).frames == 1.0
    assert judge(CLOCK_S, touched, peaks, TRUTHS, MINUTES).frames < 0.2


def test_rows_without_a_score_rank_last() -> None:
    score, peaks = curve(s20_5=9.0, s60_2=8.0)
    low = judge(CLOCK_S, score - 1.0, peaks, TRUTHS, MINUTES).frames
    score[score == 0] = np.nan
    assert judge(CLOCK_S, score, peaks, TRUTHS, MINUTES).frames == pytest.approx(low, abs=0.02)


def test_a_peak_belongs_to_the_moment_it_lies_in_or_near() -> None:
    assert place_of(19.8, TRUTHS) == 0
    assert place_of(19.6, TRUTHS) is None
    assert wrongly_flagged(CLOCK_S, [205, 207, 603, 900], TRUTHS) == (1, {0, 1})
