"""Stretches, windows and the blocks of the cross-fit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.anomalies.windows import (
    FOLDS,
    FrameMeans,
    folds,
    sampling_interval,
    stretches,
    window_length,
    window_rows,
)


def test_a_gap_ends_a_stretch_and_a_dropped_frame_does_not() -> None:
    time_s = np.array([0.0, 0.1, 0.2, 0.4, 0.5, 1.5, 1.6])
    parts = stretches(time_s, np.ones(7, bool))
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3, 4], [5, 6]]


def test_24_frames_a_second_read_at_10_are_one_stretch() -> None:
    frames = np.unique(np.round(np.arange(0, 20, 0.1) * 24000 / 1001)).astype(int)
    time_s = frames * 1001 / 24000
    assert len(stretches(time_s, np.ones(len(time_s), bool))) == 1


def test_no_usable_row_no_stretch() -> None:
    assert stretches(np.arange(5.0), np.zeros(5, bool)) == []
    assert stretches(np.empty(0), np.empty(0, bool)) == []
    assert window_rows(np.arange(5.0), np.zeros(5, bool), 3).shape == (0, 3)
    assert np.isnan(sampling_interval(np.array([1.0])))


def test_windows_never_span_a_gap() -> None:
    time_s = np.concatenate([np.arange(20) / 10, 5 + np.arange(20) / 10])
    rows = window_rows(time_s, np.ones(40, bool), 16)
    assert len(rows) == 10
    assert np.ptp(time_s[rows], axis=1).max() < 1.6


def test_a_window_lasts_as_long_at_every_rate() -> None:
    assert window_length(np.arange(100) / 10) == 16
    assert window_length(np.arange(100) / 30) == 48
    assert window_length(np.arange(100) / 2) == 6


def test_a_frame_gets_the_mean_of_the_windows_that_hold_it() -> None:
    rows = np.array([[0, 1], [1, 2]])
    means = FrameMeans(4, 1)
    means.add(rows[:1], np.array([[[1.0], [3.0]]]))
    means.add(rows[1:], np.array([[[5.0], [7.0]]]))
    assert means.mean()[:3, 0].tolist() == [1.0, 4.0, 7.0]
    assert np.isnan(means.mean()[3, 0])


@given(
    duration_s=st.floats(8, 400),
    gap_s=st.floats(0.1, 2.0),
    dropped=st.sets(st.integers(0, 3999), max_size=200),
)
def test_every_row_is_tested_once_and_far_from_all_that_was_learned_from(
    duration_s: float, gap_s: float, dropped: set[int]
) -> None:
    time_s = np.delete(np.arange(4000) / 10, list(dropped))
    time_s = time_s[time_s < duration_s]
    parts = list(folds(time_s, gap_s))
    assert len(parts) == FOLDS
    assert np.all(np.sum([part.test for part in parts], axis=0) == 1)
    for part in parts:
        tested, learned = time_s[part.test], time_s[part.train]
        if len(tested) and len(learned):
            right = np.clip(np.searchsorted(learned, tested), 0, len(learned) - 1)
            left = np.clip(right - 1, 0, None)
            nearest = np.minimum(np.abs(learned[right] - tested), np.abs(learned[left] - tested))
            assert nearest.min() > gap_s - 1e-9


def test_a_long_recording_is_dealt_in_short_blocks_so_every_fold_sees_all_of_it() -> None:
    time_s = np.arange(6000) / 10
    for part in folds(time_s):
        assert part.test[:1200].any()
        assert part.test[-1200:].any()
