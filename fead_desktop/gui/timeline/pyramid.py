"""Pyramid: minima and maxima of a long curve at ever coarser levels, blind to NaN. Qt-free zone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Samples (or buckets of the level below) that a bucket holds.
FACTOR = 4


class Pyramid:
    """A curve that can be drawn at any zoom in about as many points as there are columns.

    A bucket is empty only where all its samples are NaN, so that a missing sample now and then costs
    nothing and a real gap stays a gap.

    Parameters
    ----------
    x : array (n,)
        Rising.
    y : array (n,)
        NaN where there is nothing.
    """

    def __init__(self, x: npt.ArrayLike, y: npt.ArrayLike):
        self.x: FloatArray = np.asarray(x, np.float64)
        self.y: npt.NDArray[np.float32] = np.asarray(y, np.float32)
        if self.x.shape != self.y.shape or self.x.ndim != 1:
            raise ValueError(f"x {self.x.shape} and y {self.y.shape} must be equally long rows")
        self._levels = _build_levels(self.y)
        steps = np.diff(self.x)
        #: How often points were taken.
        self.taken = 0
        self._dot = 0.5 * float(np.median(steps)) if len(steps) else 0.5

    def window(self, start: float, stop: float, columns: int) -> tuple[FloatArray, FloatArray]:
        """Return points to join from ``start`` to ``stop``, about 1 to 4 for each column.

        Returns
        -------
        x, y : arrays (m,)
            y is NaN in gaps: points on both sides of a NaN are not to be joined.
        """
        self.taken += 1
        first = max(int(np.searchsorted(self.x, start, side="left")) - 1, 0)
        last = min(int(np.searchsorted(self.x, stop, side="right")) + 1, len(self.x))
        level = _level_for(last - first, max(columns, 1), len(self._levels))
        if level == 0:
            return self._samples(first, last)
        return self._buckets(first, last, level)

    def _samples(self, first: int, last: int) -> tuple[FloatArray, FloatArray]:
        x, y = self.x[first:last], self.y[first:last].astype(np.float64)
        there = np.isfinite(y)
        lonely = there.copy()
        lonely[1:] &= ~there[:-1]
        lonely[:-1] &= ~there[1:]
        at = np.flatnonzero(lonely)
        if not len(at):
            return x, y
        # A sample between two gaps has nothing to be joined with: it becomes a short dash.
        return np.insert(x, at + 1, x[at] + self._dot), np.insert(y, at + 1, y[at])

    def _buckets(self, first: int, last: int, level: int) -> tuple[FloatArray, FloatArray]:
        size = FACTOR**level
        low, high = self._levels[level - 1]
        begin, end = first // size, -(-last // size)
        buckets = np.arange(begin, end)
        x = np.empty(2 * len(buckets))
        x[0::2] = self.x[buckets * size]
        x[1::2] = self.x[np.minimum((buckets + 1) * size, len(self.x)) - 1]
        y = np.empty(2 * len(buckets))
        y[0::2], y[1::2] = low[begin:end], high[begin:end]
        return x, y


def with_gaps(
    x: npt.ArrayLike, y: npt.ArrayLike, longest_step: float
) -> tuple[FloatArray, FloatArray]:
    """Return the curve with a NaN wherever two samples are further apart than ``longest_step``."""
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    at = np.flatnonzero(np.diff(xs) > longest_step)
    return np.insert(xs, at + 1, xs[at] + longest_step / 2), np.insert(ys, at + 1, np.nan)


def _build_levels(
    y: npt.NDArray[np.float32],
) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    levels = []
    low = high = y
    while len(low) > FACTOR:
        short = -len(low) % FACTOR
        if short:
            filler = np.full(short, np.nan, np.float32)
            low, high = np.concatenate([low, filler]), np.concatenate([high, filler])
        low = np.fmin.reduce(low.reshape(-1, FACTOR), axis=1)
        high = np.fmax.reduce(high.reshape(-1, FACTOR), axis=1)
        levels.append((low, high))
    return levels


def _level_for(samples: int, columns: int, most: int) -> int:
    level = 0
    while level < most and samples > 2 * columns * FACTOR**level:
        level += 1
    return level
