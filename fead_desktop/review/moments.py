"""What reviewers change about the events themselves: their borders, and those added by hand. Qt-free zone.

The analysis' own events stay as they are; what a reviewer says about them is put over them, again and again the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.errors import UsageError
from fead_desktop.review.verdict import Moment, moment_of

Edge = Literal["onset", "peak", "offset"]
EDGES: tuple[Edge, ...] = get_args(Edge)
#: The view of an event that a reviewer added.
BY_HAND = "by hand"


@dataclass(frozen=True)
class Adjustment(Extent):
    """Where a reviewer says that an event lies; the latest one of an event counts.

    person, of_frame : the event it is about (:func:`fead_desktop.review.verdict.moment_of`).
    """

    adjustment: int
    person: int
    of_frame: int
    reviewer: str = ""
    time_utc: str = ""

    @property
    def moment(self) -> Moment:
        """The event it is about."""
        return self.person, self.of_frame


@dataclass(frozen=True)
class HandEvent(Extent):
    """An event that a reviewer added; its own frames are never changed, only adjusted like those of any other."""

    hand_event: int
    person: int
    reviewer: str = ""
    time_utc: str = ""

    @property
    def moment(self) -> Moment:
        """What verdicts know it by."""
        return self.person, self.peak_frame

    def event(self, number: int) -> AnomalyEvent:
        """Return it as an event without score and reasons."""
        extent, nan = asdict(self.extent), float("nan")
        return AnomalyEvent(
            number, self.person, BY_HAND, "", **extent, score=nan, added_by=self.reviewer
        )


def with_edge(extent: Extent, edge: Edge, frame: int, time_s: float) -> Extent:
    """Return an extent with one edge at another frame.

    Raises
    ------
    UsageError
        Where onset, peak and offset would not follow each other.
    """
    values = asdict(extent) | {f"{edge}_frame": frame, f"{edge}_s": time_s}
    return checked(Extent(**values))


def checked(extent: Extent) -> Extent:
    """Return an extent, or refuse it in one sentence."""
    frames = (extent.onset_frame, extent.peak_frame, extent.offset_frame)
    if not 0 <= frames[0] <= frames[1] <= frames[2]:
        raise UsageError(
            "An event begins with its onset, and its peak is between onset and offset; "
            "move the other border first."
        )
    return extent


def latest_adjustments(adjustments: Iterable[Adjustment]) -> dict[Moment, Adjustment]:
    """Return the adjustment of each event that counts."""
    found: dict[Moment, Adjustment] = {}
    for each in sorted(adjustments, key=lambda one: (one.time_utc, one.adjustment)):
        found[each.moment] = each
    return found


def known_by_judged(events: Sequence[AnomalyEvent], judged: Iterable[Moment]) -> list[AnomalyEvent]:
    """Return events with the moments under which they were judged, where an analysis sees a peak elsewhere now.

    A moment that was judged and is no event's peak any more belongs to the event of that person around it: scored
    again with other faces beside them, the same movement may peak some frames away.
    """
    left = set(judged) - {moment_of(event) for event in events}
    taken = set(judged) - left
    found = []
    for event in events:
        around = [
            frame
            for person, frame in left
            if person == event.person and event.onset_frame <= frame <= event.offset_frame
        ]
        if around and moment_of(event) not in taken:
            nearest = min(around, key=lambda frame: (abs(frame - event.peak_frame), frame))
            left.discard((event.person, nearest))
            found.append(replace(event, known_by=nearest))
        else:
            found.append(event)
    return found


def as_reviewed(
    events: Iterable[AnomalyEvent],
    adjustments: Iterable[Adjustment] = (),
    hand_events: Iterable[HandEvent] = (),
) -> list[AnomalyEvent]:
    """Return the analysis' events as reviewers left them, then those added by hand.

    An event added by hand keeps its number while others come and go; it is higher than every rank.
    """
    found = list(events)
    last = max((event.event for event in found), default=0)
    found += [each.event(last + each.hand_event) for each in hand_events]
    return adjusted(found, adjustments)


def adjusted(
    events: Iterable[AnomalyEvent], adjustments: Iterable[Adjustment]
) -> list[AnomalyEvent]:
    """Return events with the borders that reviewers gave them; ``original`` keeps the earlier ones."""
    said = latest_adjustments(adjustments)
    return [_adjusted(event, said.get(moment_of(event))) for event in events]


def _adjusted(event: AnomalyEvent, said: Adjustment | None) -> AnomalyEvent:
    if said is None:
        return event
    return replace(event, **asdict(said.extent), original=event.original or event.extent)
