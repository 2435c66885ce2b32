"""Contiguous stretches of usable rows, sliding windows over them, and blocks for cross-fitting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Length of a window: long enough for a whole smile to come up, short enough for a one-minute recording.
WINDOW_S = 1.6

#: A gap longer than this many sampling intervals ends a stretch. 24 frames a second read at 10 alternates
#: intervals of 2 and 3 frames, and a variable rate drops single frames: 1.5 would cut both to pieces.
GAP_INTERVALS = 2.6

#: Folds of the cross-fit: three quarters of the recording are learned from.
FOLDS = 4

#: A block is at most this long, so that every fold sees the beginning, middle and end of a long recording.
LONGEST_BLOCK_S = 30.0

Times = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Rows a model may learn from and rows it scores; a gap lies between them."""

    train: Mask
    test: Mask


def sampling_interval(time_s: Times) -> float:
    """Return the median distance of neighbouring rows in seconds; NaN for fewer than two rows."""
    steps = np.diff(time_s)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else float("nan")


def window_length(time_s: Times) -> int:
    """Return how many rows make :data:`WINDOW_S`, between 6 and 48."""
    interval = sampling_interval(time_s)
    if not np.isfinite(interval):
        return 6
    return int(np.clip(round(WINDOW_S / interval), 6, 48))


def stretches(time_s: Times, mask: Mask) -> list[Rows]:
    """Split the usable rows where rows are missing or unusable for too long.

    Returns
    -------
    list of arrays of row numbers, in time order. Inside a stretch no two neighbours are further apart than
    :data:`GAP_INTERVALS` median sampling intervals.
    """
    rows = np.flatnonzero(mask).astype(np.int64)
    if not len(rows):
        return []
    interval = sampling_interval(time_s)
    limit = GAP_INTERVALS * interval if np.isfinite(interval) else np.inf
    return np.split(rows, np.flatnonzero(np.diff(time_s[rows]) > limit) + 1)


def window_rows(time_s: Times, mask: Mask, length: int, stride: int = 1) -> Rows:
    """Return the row numbers of all windows that lie within one stretch, (windows, length)."""
    parts = [
        np.lib.stride_tricks.sliding_window_view(stretch, length)[::stride]
        for stretch in stretches(time_s, mask)
        if len(stretch) >= length
    ]
    return np.concatenate(parts) if parts else np.empty((0, length), np.int64)


class FrameMeans:
    """Averages what several windows say about the same row, without holding all windows at once.

    Parameters
    ----------
    rows, columns : shape of the averages.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._total = np.zeros((rows, columns))
        self._count = np.zeros(rows)

    def add(self, window_rows: Rows, values: npt.NDArray[np.float64]) -> None:
        """Add windows' values (windows, length, columns) at their row numbers (windows, length).

        No two windows hold the same row at the same place.
        """
        for place in range(window_rows.shape[1]):
            self._total[window_rows[:, place]] += values[:, place]
            self._count[window_rows[:, place]] += 1

    def mean(self) -> npt.NDArray[np.float64]:
        """Return the averages (rows, columns); NaN where no window holds the row."""
        count = self._count[:, None]
        return np.where(count > 0, self._total / np.maximum(count, 1), np.nan)


def folds(
    time_s: Times,
    gap_s: float = WINDOW_S,
    number: int = FOLDS,
    ordinary: Mask | None = None,
) -> Iterator[Fold]:
    """Cut the recording into blocks in time and deal them to folds.

    A row is tested in exactly one fold; nothing within ``gap_s`` of it is learned from there, because
    neighbouring frames are nearly the same frame. Where only ``ordinary`` rows may be learned from, the blocks
    share out their time, so that every fold has some of it to learn from.
    """
    if not len(time_s):
        return
    known = time_s if ordinary is None else time_s[ordinary]
    clock = known if ordinary is None else _without_gaps(known)
    first, last = float(clock[0]), float(clock[-1])
    rounds = max(1, int(np.ceil((last - first) / (number * LONGEST_BLOCK_S))))
    edges = np.linspace(first, last, number * rounds + 1)
    if ordinary is not None:
        edges = np.interp(edges, clock, known)
    block = np.clip(np.searchsorted(edges, time_s, side="right") - 1, 0, number * rounds - 1)
    for fold in range(number):
        test = block % number == fold
        blocked = np.zeros(len(time_s), bool)
        for index in range(fold, number * rounds, number):
            blocked |= (time_s >= edges[index] - gap_s) & (time_s <= edges[index + 1] + gap_s)
        yield Fold(train=~blocked if ordinary is None else ~blocked & ordinary, test=test)


def _without_gaps(time_s: Times) -> Times:
    """Return the times with no step longer than usual, (n,)."""
    steps = np.diff(time_s)
    longest = float(np.median(steps)) if len(steps) else 0.0
    return np.concatenate([[0.0], np.cumsum(np.minimum(steps, longest))])
