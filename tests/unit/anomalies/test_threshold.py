"""The count at a threshold agrees with the events that would be found."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.anomalies.events import find_events
from fead_desktop.anomalies.threshold import count_at, ranked_peaks


def curve(seed: int, n: int = 900, gaps: bool = True) -> tuple[npt.NDArray, npt.NDArray]:
    rng = np.random.default_rng(seed)
    times = np.arange(n) / 10
    if gaps:
        keep = (times < 30) | (times > 33.7)
        times = times[keep]
    score = np.abs(rng.standard_normal(len(times))).astype(np.float32)
    for at in rng.uniform(0, times[-1], 12):
        score += rng.uniform(2, 12) * np.exp(-(((times - at) / rng.uniform(0.1, 2)) ** 2))
    if gaps:
        score[rng.random(len(score)) < 0.05] = np.nan
    return times, score


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("gaps", [False, True])
def test_the_peaks_are_those_of_the_events_found(seed: int, gaps: bool) -> None:
    times, score = curve(seed, gaps=gaps)
    found = [event.score for event in find_events(times, score, num_anomalies=10_000)]
    np.testing.assert_allclose(ranked_peaks(times, score), found)
    assert len(found) > 20


def test_a_threshold_counts_what_is_not_below_it() -> None:
    peaks = np.array([9.0, 5.0, 5.0, 2.0])
    assert [count_at(peaks, at) for at in (10, 9, 5.5, 5, 2, -1)] == [0, 1, 1, 3, 4, 4]
    assert count_at(np.empty(0), 1.0) == 0


def test_a_curve_without_scores_gives_no_events() -> None:
    assert len(ranked_peaks(np.arange(5) / 10, np.full(5, np.nan))) == 0
    assert len(ranked_peaks(np.empty(0), np.empty(0))) == 0
    assert len(ranked_peaks(np.arange(5) / 10, np.ones(5))) == 0


def test_two_hours_are_counted_while_one_waits() -> None:
    times, score = curve(1, n=72_000)
    began = time.thread_time()
    peaks = ranked_peaks(times, score)
    assert len(peaks) > 1000
    assert time.thread_time() - began < 5
