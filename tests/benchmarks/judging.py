"""How a score curve is judged against planted moments. Nothing is point-adjusted: a moment counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.tuning import average_precision
from tests.benchmarks.plants import Truth

Array = npt.NDArray[np.float64]

#: A moment is found by an event that peaks in it or this near to it.
NEAR_S = 0.3
#: Rows so near to a moment count neither for nor against: windows and smoothing hold both.
MARGIN_S = 0.5
#: The threshold of each person lets through at most so many false alarms a minute.
FALSE_ALARMS = 0.5


@dataclass(frozen=True)
class Verdict:
    """What became of a series' moments.

    frames, events : average precision, 0 to 1.
    found : for each moment whether it ranks above all but the false alarms that are allowed.
    false_peaks_s : the moments without a plant that rank highest, as many as are allowed and one more.
    first : moments ranked before the first false alarm.
    """

    frames: float
    events: float
    found: list[bool]
    false_peaks_s: list[float]
    first: int


def judge(
    time_s: Array, score: Array, peaks: Sequence[int], truths: Sequence[Truth], minutes: float
) -> Verdict:
    """Judge a curve (n,) and its events' peak rows, most unusual first, over so many scored minutes."""
    places = [place_of(float(time_s[peak]), truths) for peak in peaks]
    seen: set[int] = set()
    hits: list[bool] = []
    false_peaks, found = [], [False] * len(truths)
    allowed, first, total = int(FALSE_ALARMS * minutes), 0, 0.0
    for peak, place in zip(peaks, places, strict=True):
        if place in seen:
            continue  # a second event of one moment is neither right nor wrong
        if place is None:
            false_peaks.append(float(time_s[peak]))
        else:
            seen.add(place)
            found[place] = len(false_peaks) <= allowed
            first += not false_peaks
        hits.append(place is not None)
        total += sum(hits) / len(hits) if place is not None else 0.0
    return Verdict(
        frames=frame_precision(time_s, score, truths),
        events=total / max(len(truths), 1),
        found=found,
        false_peaks_s=false_peaks[: allowed + 1],
        first=first,
    )


def place_of(peak_s: float, truths: Sequence[Truth]) -> int | None:
    """Return the number of the moment that a peak lies in; None = in none."""
    for number, truth in enumerate(truths):
        if truth.start_s - NEAR_S <= peak_s <= truth.end_s + NEAR_S:
            return number
    return None


def frame_precision(time_s: Array, score: Array, truths: Sequence[Truth]) -> float:
    """Return the average precision over rows; a row without a score ranks last."""
    planted, near = np.zeros(len(time_s), bool), np.zeros(len(time_s), bool)
    for truth in truths:
        planted |= (time_s >= truth.start_s) & (time_s <= truth.end_s)
        near |= (time_s >= truth.start_s - MARGIN_S) & (time_s <= truth.end_s + MARGIN_S)
    counts = planted | ~near
    values = np.where(np.isfinite(score), score, -np.inf)
    return average_precision(planted[counts], values[counts])


def wrongly_flagged(
    time_s: Array, rows: Sequence[int], truths: Sequence[Truth]
) -> tuple[int, set[int]]:
    """Return how many of the flagged rows lie in no moment, and the numbers of the moments that hold one."""
    places = [place_of(float(time_s[row]), truths) for row in rows]
    return sum(place is None for place in places), {place for place in places if place is not None}
