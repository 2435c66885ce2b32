"""How many events a score curve would give at any threshold, counted once for all thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import APART_S, EDGE_SHARE, FALTER_S, MARGIN_S, Times
from fead_desktop.anomalies.windows import sampling_interval, stretches

#: Part of rows without a score; a few of them don't end a stretch.
_NOT_SCORED = -1


def ranked_peaks(
    time_s: Times, score: npt.NDArray[np.floating[Any]], apart_s: float = APART_S
) -> npt.NDArray[np.float64]:
    """Return the scores of all events that the curve holds, (k,), highest first.

    The same picks as :func:`fead_desktop.anomalies.events.find_events` makes without deviations and without a
    limit, but in one pass over the sorted rows: at a threshold there are as many events as peaks not below it.

    Parameters
    ----------
    time_s : array (n,), increasing
    score : array (n,), higher = more unusual, NaN where not scored
    """
    values = np.asarray(score, np.float64)
    known = np.isfinite(values)
    if not known.any():
        return np.empty(0)
    above = values - float(np.median(values[known]))
    free = known & (above > 0)
    part = np.full(len(values), _NOT_SCORED)
    for k, rows in enumerate(stretches(time_s, known)):
        part[rows] = k
    taken = np.zeros(len(values), bool)
    walk = _Walk(time_s, above, part, taken, sampling_interval(time_s))
    order = np.argsort(np.where(free, -values, np.inf), kind="stable")[: int(free.sum())]
    peaks = []
    for peak in order.tolist():
        if not free[peak]:
            continue
        peaks.append(float(values[peak]))
        onset, offset = walk.to_edge(peak, -1), walk.to_edge(peak, 1)
        taken[onset : offset + 1] = True
        first = np.searchsorted(time_s, min(time_s[onset] - MARGIN_S, time_s[peak] - apart_s))
        last = np.searchsorted(
            time_s, max(time_s[offset] + MARGIN_S, time_s[peak] + apart_s), "right"
        )
        around = time_s[first:last]
        free[first:last] &= (
            (around < time_s[onset] - MARGIN_S) | (around > time_s[offset] + MARGIN_S)
        ) & (np.abs(around - time_s[peak]) >= apart_s)
    return np.array(peaks)


def count_at(peaks: npt.NDArray[np.float64], threshold: float) -> int:
    """Return how many of :func:`ranked_peaks` are not below a threshold."""
    return int(np.searchsorted(-peaks, -threshold, side="right"))


@dataclass(frozen=True)
class _Walk:
    """Goes from a peak to where its movement ends, as :func:`fead_desktop.anomalies.events.extent` does."""

    time_s: Times
    above: npt.NDArray[np.float64]
    part: npt.NDArray[np.int64]
    taken: npt.NDArray[np.bool_]
    step_s: float

    def to_edge(self, peak: int, direction: int) -> int:
        """Return the last row of the movement; dips shorter than FALTER_S are crossed, stronger events are not."""
        least = EDGE_SHARE * self.above[peak]
        edge = row = peak
        stronger = -1
        while 0 <= (row := row + direction) < len(self.above):
            if self.part[row] not in {self.part[peak], _NOT_SCORED}:
                break
            if stronger < 0 and self.taken[row]:
                stronger = row
            falters = abs(self.time_s[row] - self.time_s[edge]) - self.step_s > FALTER_S
            if falters and abs(row - edge) > 1:
                break
            if self.above[row] >= least:
                edge = row
        if stronger >= 0 and (edge - stronger) * direction >= 0:
            return stronger - direction
        return edge
