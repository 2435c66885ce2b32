"""AnomalyEvent: a moment for human review, with onset, peak and offset on frames of the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.windows import stretches


@dataclass(frozen=True)
class Reason:
    """A measure that drove an event.

    sigma : robust standard deviations away from the person's own baseline, signed.
    share : part of the event's score that this measure explains, 0 to 1.
    """

    measure: str
    label: str
    sigma: float
    share: float

    def __str__(self) -> str:
        return f"{self.label} {self.sigma:+.1f} σ"


@dataclass(frozen=True)
class AnomalyEvent:
    """A stretch of neighbouring frames of one person that is unusual for that person.

    ``event`` is the rank, 1 = most unusual. Times are pts in seconds relative to the first frame; frame
    numbers are those of the frame index. ``p_value`` is None where none was computed. ``offset`` is the last
    frame that belongs to the event.
    """

    event: int
    person: int
    view: str
    detector: str
    onset_s: float
    peak_s: float
    offset_s: float
    onset_frame: int
    peak_frame: int
    offset_frame: int
    score: float
    p_value: float | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from onset to offset."""
        return self.offset_s - self.onset_s


Times = npt.NDArray[np.float64]

#: Peaks nearer than this to a stronger event are part of the same movement.
APART_S = 1.0
#: An event ends where the score has fallen to this share of the way from the usual to its peak.
EDGE_SHARE = 0.5


@dataclass(frozen=True)
class Candidate:
    """Rows of one person's score curve that stand out together; ``offset`` is the last row of it."""

    onset: int
    peak: int
    offset: int
    score: float


def find_events(
    time_s: Times,
    score: npt.NDArray[np.floating[Any]],
    *,
    num_anomalies: int = 10,
    apart_s: float = APART_S,
    edge_share: float = EDGE_SHARE,
) -> list[Candidate]:
    """Pick the highest peaks one after another; what belongs to a picked one can't be picked again.

    Parameters
    ----------
    time_s : array (n,), increasing
    score : array (n,), higher = more unusual, NaN where not scored
        An event never reaches over a NaN row or a gap in time.
    num_anomalies : how many events at most.
    apart_s : least distance of an event's peak from other events' rows, in seconds.
    edge_share : see :data:`EDGE_SHARE`.

    Returns
    -------
    list of Candidate, most unusual first; of equal peaks the earlier one is first. Only peaks above the
    curve's median count.
    """
    values = np.asarray(score, np.float64)
    known = np.isfinite(values)
    if not known.any():
        return []
    usual = float(np.median(values[known]))
    part_of = np.full(len(values), -1)
    parts = stretches(time_s, known)
    for number, part in enumerate(parts):
        part_of[part] = number
    free = known & (values > usual)
    found: list[Candidate] = []
    while len(found) < num_anomalies and free.any():
        peak = int(np.argmax(np.where(free, values, -np.inf)))
        part = parts[part_of[peak]]
        least = usual + edge_share * (values[peak] - usual)
        onset, offset = _reach(values[part], int(np.searchsorted(part, peak)), least)
        event = Candidate(int(part[onset]), peak, int(part[offset]), float(values[peak]))
        found.append(event)
        near = (time_s >= time_s[event.onset]) & (time_s <= time_s[event.offset])
        near |= np.abs(time_s - time_s[peak]) < apart_s
        free &= ~near
    return found


def _reach(values: npt.NDArray[np.float64], peak: int, least: float) -> tuple[int, int]:
    """Walk from the peak to both sides while the curve stays above ``least``."""
    low = np.flatnonzero(values < least)
    before, after = low[low < peak], low[low > peak]
    onset = int(before[-1]) + 1 if len(before) else 0
    offset = int(after[0]) - 1 if len(after) else len(values) - 1
    return onset, offset


def merge(events: Sequence[Candidate], time_s: Times, gap_s: float) -> list[Candidate]:
    """Join events that overlap or lie no more than ``gap_s`` apart; the strongest peak stays.

    Doing it twice changes nothing. The result is sorted most unusual first, earlier first among equals.
    """
    merged: list[Candidate] = []
    for event in sorted(events, key=lambda event: (event.onset, event.offset)):
        last = merged[-1] if merged else None
        if last is not None and time_s[event.onset] - time_s[last.offset] <= gap_s:
            best = max(last, event, key=lambda one: (one.score, -one.peak))
            merged[-1] = Candidate(
                last.onset, best.peak, max(last.offset, event.offset), best.score
            )
        else:
            merged.append(event)
    return sorted(merged, key=lambda event: (-event.score, event.peak))


def rank_events(events: Iterable[AnomalyEvent], num_anomalies: int = 10) -> list[AnomalyEvent]:
    """Return the most unusual events over all persons, numbered from 1.

    Scores are standardised per person, so they can be compared. Equal scores: the earlier moment, then the
    smaller person number comes first.
    """
    order = sorted(events, key=lambda event: (-event.score, event.peak_s, event.person))
    return [replace(event, event=k + 1) for k, event in enumerate(order[:num_anomalies])]
