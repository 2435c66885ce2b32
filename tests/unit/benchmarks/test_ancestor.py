"""The reference behaves as the ancestor did."""

from __future__ import annotations

import numpy as np

from tests.benchmarks import ancestor
from tests.helpers.series import table_of, talking


def test_flags_are_those_above_four_sigma_without_the_first_five_grouped() -> None:
    time_s = np.arange(2000) / 10
    error = np.random.default_rng(1).normal(1.0, 0.01, len(time_s))
    error[100:109] = 3.0
    error[106] = 4.0  # two of the first five flags lie before the highest one
    error[1500] = 3.5
    assert ancestor.flags(error, time_s) == [106, 1500]
    error[106] = 3.0
    error[102] = 4.0  # the highest is among the five that are dropped
    assert ancestor.flags(error, time_s)[0] != 102
    assert ancestor.flags(np.ones(50), time_s[:50]) == []


def test_top_ten_are_frames_not_events() -> None:
    error = np.arange(40, dtype=float)
    assert ancestor.top(error) == list(range(39, 29, -1))


def test_components_are_scaled_and_a_failed_emotion_is_read_as_zeros() -> None:
    time_s, values = talking(seconds=6.0)
    emotions = np.full((len(time_s), 7), 1 / 7)
    emotions[3] = np.nan
    components = np.random.default_rng(2).normal(size=(len(time_s), 3)).astype(np.float32)
    rows = ancestor.views_of(table_of(time_s, values, emotions), components)["all"]
    assert rows.shape == (len(time_s), 10)
    assert rows[:, :3].min() == 0.0
    assert rows[:, :3].max() == 1.0
    assert np.all(rows[3, 3:] == 0.0)


def test_it_learns_what_it_scores_and_the_same_seed_gives_the_same_errors() -> None:
    rows = np.sin(np.arange(120)[:, None] / 5 + np.arange(4))
    before, after = ancestor.errors(rows, epochs=1), ancestor.errors(rows, epochs=15)
    assert after.mean() < 0.9 * before.mean()
    assert np.array_equal(after, ancestor.errors(rows, epochs=15))
