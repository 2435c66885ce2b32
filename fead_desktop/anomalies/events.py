"""AnomalyEvent: a moment for human review, with onset, peak and offset on frames of the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.windows import sampling_interval, stretches


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
class Artefact:
    """What other than an expression may have made an event (:mod:`fead_desktop.anomalies.artefacts`).

    label : the most likely cause, None where none is likely.
    likelihood : of the most likely cause, 0 to 1, also where it is too low for a label.
    likelihoods : of every cause, 0 to 1; None where it can't be told.
    """

    label: str | None
    likelihood: float
    likelihoods: Mapping[str, float | None] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return "" if self.label is None else f"{self.label} {self.likelihood:.0%}"


class Lasting:
    """What has the frames and times of an :class:`Extent` among its fields."""

    @property
    def extent(self) -> Extent:
        """Onset, peak and offset."""
        return Extent(**{each.name: getattr(self, each.name) for each in fields(Extent)})


@dataclass(frozen=True)
class Extent(Lasting):
    """Where an event begins, is strongest and ends; ``offset`` is the last frame that belongs to it."""

    onset_s: float
    peak_s: float
    offset_s: float
    onset_frame: int
    peak_frame: int
    offset_frame: int


@dataclass(frozen=True)
class AnomalyEvent(Lasting):
    """A stretch of neighbouring frames of one person that is unusual for that person.

    ``event`` is the rank, 1 = most unusual. Times are pts in seconds relative to the first frame; frame
    numbers are those of the frame index. ``p_value`` is None where none was computed. ``offset`` is the last
    frame that belongs to the event. ``artefact`` is None where nobody looked for one. ``flagged`` where the
    p-value passes the expected false alarms a minute that were asked for; ``extrapolated`` where the p-value is
    smaller than the recording alone could show.

    ``original`` is where the event lay before a reviewer changed its borders, None where nobody did; ``added_by``
    names the reviewer who added it by hand, whose score is NaN; empty where the analysis found it. ``known_by`` is
    the peak frame at which it was judged when an earlier analysis saw the peak there, else None.
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
    artefact: Artefact | None = None
    flagged: bool = False
    extrapolated: bool = False
    original: Extent | None = None
    added_by: str = ""
    known_by: int | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from onset to offset."""
        return self.offset_s - self.onset_s


Times = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

#: Peaks nearer than this to a stronger event's peak are part of the same movement.
APART_S = 1.0
#: The same, for the beginning and end of a stronger event.
MARGIN_S = 0.4
#: An event ends where its movement has gone back to this share of its peak.
EDGE_SHARE = 0.3
#: A movement that falters for less than this goes on.
FALTER_S = 0.25


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
    deviations: Callable[[int], Matrix] | None = None,
    apart_s: float = APART_S,
) -> list[Candidate]:
    """Pick the highest peaks one after another; what belongs to a picked one can't be picked again.

    Parameters
    ----------
    time_s : array (n,), increasing
    score : array (n,), higher = more unusual, NaN where not scored
        An event never reaches over a gap in time, into a stronger event, or over rows without deviations.
    num_anomalies : how many events at most.
    deviations : function of a row
        Returns the (n, d) robust σ of the view that drives the score at that row; an event then lasts while
        the face is still away from the baseline in the direction of the peak (:func:`course`). Without it,
        the score itself says how long.
    apart_s : least distance of two peaks in seconds.

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
    free = known & (values > usual)
    taken = np.zeros(len(values), bool)
    found: list[Candidate] = []
    while len(found) < num_anomalies and free.any():
        peak = int(np.argmax(np.where(free, values, -np.inf)))
        curve = values - usual if deviations is None else course(deviations(peak), peak)
        onset, offset = _beside(extent(time_s, curve, peak), peak, taken)
        taken[onset : offset + 1] = True
        found.append(Candidate(onset, peak, offset, float(values[peak])))
        near = (time_s >= time_s[onset] - MARGIN_S) & (time_s <= time_s[offset] + MARGIN_S)
        free &= ~near & (np.abs(time_s - time_s[peak]) >= apart_s)
    return found


def _beside(rows: tuple[int, int], peak: int, taken: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Cut an extent where a stronger event's rows begin."""
    onset, offset = rows
    before = np.flatnonzero(taken[onset:peak])
    after = np.flatnonzero(taken[peak : offset + 1])
    if len(before):
        onset += int(before[-1]) + 1
    return onset, peak + int(after[0]) - 1 if len(after) else offset


def course(deviations: Matrix, peak: int) -> npt.NDArray[np.float64]:
    """Return how far each row has gone in the direction in which the peak's row left the baseline, (n,).

    1 at the peak, 0 at the baseline, NaN where a row has no deviations; smoothed by a median over three rows.
    """
    direction = deviations[peak]
    length = float(np.sum(direction**2))
    if not np.isfinite(length) or length <= 0:
        return np.where(np.arange(len(deviations)) == peak, 1.0, np.nan)
    along = deviations @ direction / length
    middle: npt.NDArray[np.float64] = along.copy()
    if len(along) > 2:
        three = np.stack([along[:-2], along[1:-1], along[2:]])
        middle[1:-1] = np.where(
            np.isfinite(three).all(axis=0), np.median(three, axis=0), along[1:-1]
        )
    return middle


def extent(
    time_s: Times, curve: npt.NDArray[np.float64], peak: int, share: float = EDGE_SHARE
) -> tuple[int, int]:
    """Return the first and last row of the movement around a peak.

    The curve stays above ``share`` of its value at the peak, but for dips shorter than :data:`FALTER_S`; a NaN
    or a gap in time ends it.
    """
    parts = stretches(time_s, np.isfinite(curve))
    part = next((rows for rows in parts if rows[0] <= peak <= rows[-1]), np.array([peak]))
    high = part[(curve[part] >= share * curve[peak]) | (part == peak)]
    dip = np.diff(time_s[high]) - sampling_interval(time_s)
    apart = np.flatnonzero((np.diff(high) > 1) & (dip > FALTER_S))
    runs = np.split(high, apart + 1)
    run = next(rows for rows in runs if rows[0] <= peak <= rows[-1])
    return int(run[0]), int(run[-1])


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
