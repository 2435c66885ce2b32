"""Series of the suite: five minutes of the clip's own rows, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.recordings import LENGTH_S, noise_of, numbers_of, repeated, with_change
from tests.helpers.series import table_of, talking


def clip():
    time_s, values = talking(seed=3, seconds=8.0)
    kept = (time_s < 3.0) | (time_s > 5.0)  # the face is lost for two seconds
    emotions = np.random.default_rng(4).dirichlet(np.ones(7), kept.sum())
    embedding = np.random.default_rng(5).normal(size=(kept.sum(), 6)).astype(np.float32)
    return table_of(time_s[kept], values[kept], emotions, embedding)


def test_rows_go_forwards_and_backwards_and_gaps_stay() -> None:
    made = clip()
    table, row_of = repeated(made, np.random.default_rng(0))
    assert table.time_s[-1] >= LENGTH_S - 8.0
    assert np.all(np.diff(table.time_s) > 0.05)
    assert np.all(np.diff(table.frame_number) > 0)
    assert row_of[: len(made)].tolist() == list(range(len(made)))
    assert row_of[len(made) : 2 * len(made)].tolist() == list(range(len(made)))[::-1]
    gaps = np.diff(table.time_s)
    assert gaps.max() == pytest.approx(np.diff(made.time_s).max(), abs=1e-6)


def test_passes_differ_by_the_noise_of_the_clip_alone() -> None:
    made = clip()
    table, row_of = repeated(made, np.random.default_rng(0))
    away = numbers_of(table) - numbers_of(made)[row_of]
    size = noise_of(made)[0]
    measures = slice(0, 28)
    assert away[:, measures].std(axis=0) == pytest.approx(size[measures], rel=0.1)
    assert not np.array_equal(away[: len(made)], away[2 * len(made) : 3 * len(made)])


def test_a_long_recording_is_left_as_it_is() -> None:
    time_s, values = talking(seed=3, seconds=LENGTH_S)
    table = table_of(time_s, values)
    made, row_of = repeated(table, np.random.default_rng(0))
    assert made is table
    assert row_of.tolist() == list(range(len(table)))


def test_a_change_reaches_measures_emotions_and_embedding() -> None:
    made = clip()
    change = np.zeros(numbers_of(made).shape)
    change[5, 2], change[5, 28 + 3], change[5, 28 + 7 + 1] = 0.05, 2.0, 0.25
    after = with_change(made, change)
    assert (after.expression - made.expression)[5, 2] == pytest.approx(0.05, abs=1e-6)
    assert after.emotions[5, 3] > made.emotions[5, 3]
    assert after.emotions[5].sum() == pytest.approx(1.0, abs=0.03)
    assert (after.embedding - made.embedding)[5, 1] == pytest.approx(0.25, abs=1e-6)
    assert np.array_equal(after.expression[6], made.expression[6])
