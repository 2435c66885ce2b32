from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.gui.timeline.pyramid import Pyramid, with_gaps

COLUMNS = 250


def inked(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], start: float, stop: float, columns: int
) -> npt.NDArray[np.bool_]:
    """Columns touched by lines between neighbouring finite points, as a painter would draw them."""
    ink = np.zeros(columns, bool)
    both = np.isfinite(y[:-1]) & np.isfinite(y[1:])
    scale = columns / (stop - start)
    for a, b in zip((x[:-1][both] - start) * scale, (x[1:][both] - start) * scale, strict=True):
        first, last = max(int(a), 0), min(int(b), columns - 1)
        ink[first : last + 1] = True
    return ink


def columns_with_data(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], start: float, stop: float, columns: int
) -> npt.NDArray[np.bool_]:
    there = np.isfinite(y) & (x >= start) & (x < stop)
    held = np.zeros(columns, bool)
    held[((x[there] - start) / (stop - start) * columns).astype(int)] = True
    return held


@pytest.mark.parametrize("samples", [500, 2_500, 216_000])
def test_three_percent_missing_samples_leave_nearly_every_column_inked(samples: int) -> None:
    rng = np.random.default_rng(1)
    x = np.arange(samples) / 30
    y = rng.standard_normal(samples)
    y[rng.random(samples) < 0.03] = np.nan
    end = float(x[-1])
    got = inked(*Pyramid(x, y).window(0, end, COLUMNS), 0, end, COLUMNS)
    data = columns_with_data(x, y, 0, end, COLUMNS)
    assert (got & data).sum() / data.sum() >= 0.95


def test_a_gap_stays_a_gap_at_every_zoom() -> None:
    x = np.arange(100_000) / 30
    y = np.sin(x)
    y[40_000:60_000] = np.nan
    for columns in (50, 250, 2000):
        got = inked(*Pyramid(x, y).window(0, float(x[-1]), columns), 0, float(x[-1]), columns)
        assert not got[int(0.42 * columns) : int(0.58 * columns)].any()
        assert got[: int(0.38 * columns)].all()


def test_a_single_spike_is_seen_in_two_hours() -> None:
    y = np.zeros(216_000)
    y[123_457] = 7.0
    _, drawn = Pyramid(np.arange(216_000), y).window(0, 216_000, COLUMNS)
    assert np.nanmax(drawn) == 7.0


def test_a_lonely_sample_is_drawn() -> None:
    y = np.full(50, np.nan)
    y[20] = 1.0
    x, drawn = Pyramid(np.arange(50), y).window(0, 49, COLUMNS)
    assert inked(x, drawn, 0, 49, COLUMNS).any()


def test_the_number_of_points_follows_the_columns_not_the_samples() -> None:
    pyramid = Pyramid(np.arange(216_000), np.zeros(216_000))
    for start, stop in ((0, 216_000), (1000, 20_000), (5000, 6000)):
        x, _ = pyramid.window(start, stop, COLUMNS)
        assert len(x) <= 4 * COLUMNS + 16


def test_few_samples_are_drawn_as_they_are() -> None:
    x, y = np.arange(100.0), np.random.default_rng(0).random(100).astype(np.float32)
    got_x, got_y = Pyramid(x, y).window(-10, 200, COLUMNS)
    np.testing.assert_array_equal(got_x, x)
    np.testing.assert_array_equal(got_y, y)


@pytest.mark.parametrize("samples", [0, 1, 2, 5])
def test_very_short_curves_do_no_harm(samples: int) -> None:
    x, y = Pyramid(np.arange(samples), np.ones(samples)).window(-1, 10, COLUMNS)
    assert len(x) == len(y) >= samples


@given(
    st.lists(
        st.one_of(st.floats(-1e6, 1e6, width=32), st.just(float("nan"))), min_size=1, max_size=400
    ),
    st.integers(1, 40),
)
def test_drawn_extremes_are_the_curves_own(values: list[float], columns: int) -> None:
    y = np.array(values, np.float32)
    x, drawn = Pyramid(np.arange(len(y)), y).window(0, len(y), columns)
    assert (np.diff(x) >= 0).all()
    assert np.isfinite(drawn).any() == np.isfinite(y).any()
    if np.isfinite(y).any():
        assert np.nanmin(drawn) == np.nanmin(y)
        assert np.nanmax(drawn) == np.nanmax(y)


def test_long_steps_become_gaps_and_short_ones_do_not() -> None:
    x, y = with_gaps([0, 1, 2, 10, 11], [1, 2, 3, 4, 5], 2.5)
    np.testing.assert_array_equal(np.isnan(y), [False, False, False, True, False, False])
    assert (np.diff(x) > 0).all()
