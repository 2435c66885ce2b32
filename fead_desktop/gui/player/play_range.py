"""PlayRange: what play goes through: all, in to out, one event, or the flagged moments one after another. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fead_desktop.gui.jobs import programme
from fead_desktop.gui.jobs.programme import Programme, Span

if TYPE_CHECKING:
    from fead_desktop.anomalies.events import AnomalyEvent
    from fead_desktop.video.frame_index import FrameIndex

#: Seconds shown before the onset and after the offset of an event.
EVENT_MARGIN_S = 0.5

Mode = Literal["all", "range", "event", "highlights"]


@dataclass(frozen=True)
class PlayRange:
    """In and out are frame numbers, None where not set; both belong to the range."""

    mode: Mode = "all"
    in_frame: int | None = None
    out_frame: int | None = None

    def with_in(self, frame: int | None) -> PlayRange:
        """Set where the range begins; an out before it goes."""
        out = self.out_frame
        keeps = frame is None or out is None or out > frame
        return replace(self, in_frame=frame, out_frame=out if keeps else None)

    def with_out(self, frame: int | None) -> PlayRange:
        """Set where the range ends; an in behind it goes."""
        start = self.in_frame
        keeps = frame is None or start is None or start < frame
        return replace(self, out_frame=frame, in_frame=start if keeps else None)

    def with_mode(self, mode: Mode) -> PlayRange:
        """Choose what play goes through; the mode that is on goes off."""
        return replace(self, mode="all" if mode == self.mode else mode)

    @property
    def is_marked(self) -> bool:
        """True if in or out is set."""
        return self.in_frame is not None or self.out_frame is not None

    def span(self, last: int) -> Span:
        """Return the range in a recording whose last frame is ``last``."""
        first = self.in_frame or 0
        return Span(min(first, last), last if self.out_frame is None else min(self.out_frame, last))


def event_span(index: FrameIndex, event: AnomalyEvent, margin_s: float = EVENT_MARGIN_S) -> Span:
    """Return the frames from shortly before an event to shortly after it."""
    last = len(index) - 1
    onset_s = index.time_of(min(event.onset_frame, last)) - margin_s
    offset_s = index.time_of(min(event.offset_frame, last)) + margin_s
    return Span(index.frame_at(onset_s), index.frame_at(offset_s))


def make_programme(
    wanted: PlayRange,
    index: FrameIndex,
    frame: int,
    *,
    backwards: bool,
    chosen: AnomalyEvent | None,
    events: Sequence[AnomalyEvent],
) -> Programme:
    """Return what play goes through from a frame on; where a mode has nothing to play, the whole recording."""
    last = len(index) - 1
    if wanted.mode == "range" and wanted.is_marked:
        span = wanted.span(last)
        return programme.loop(frame, span.first, span.last, backwards=backwards)
    if wanted.mode == "event" and chosen is not None:
        span = event_span(index, chosen)
        return programme.loop(frame, span.first, span.last, backwards=backwards)
    if wanted.mode == "highlights" and events and not backwards:
        return programme.highlights(frame, [event_span(index, each) for each in events])
    return programme.straight(frame, last, backwards=backwards)
