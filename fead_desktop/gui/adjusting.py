"""Adjusting: the borders of the chosen event, and events added by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.case import event_edits
from fead_desktop.errors import UsageError
from fead_desktop.review.moments import Edge, HandEvent, with_edge
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session


class Adjusting(QObject):
    """Part of the session. What is changed here is an edit: saved at once, and taken back by Undo."""

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session

    def put_edge(self, edge: Edge, frame: int) -> None:
        """Let the chosen event begin, peak or end at a frame."""
        session, event = self._session, self._chosen()
        if event is None:
            return
        try:
            extent = with_edge(event.extent, edge, frame, session.time_of(frame))
        except UsageError as error:
            session.refused.emit(str(error))
            return
        reviewer, now = session.reviewing.reviewer, _now()
        session.editing.do(
            lambda marks: event_edits.adjust_event(marks, event, extent, reviewer, now)
        )

    def move_edge(self, edge: Edge, frames: int) -> None:
        """Move a border of the chosen event by frames, and show the frame where it is then."""
        event = self._session.event_by_rank(self._session.chosen_event)
        if event is not None:
            frame = getattr(event, f"{edge}_frame") + frames
            self.put_edge(edge, frame)
            self._session.request_frame(frame)

    def restore(self) -> None:
        """Put the borders of the chosen event back to where they were found."""
        event = self._chosen()
        if event is not None:
            self._session.editing.do(lambda marks: event_edits.restore_event(marks, event))

    def add(self) -> None:
        """Make the selected stretch an event; it peaks at the shown frame, or in the middle."""
        session = self._session
        person = self._whose()
        if session.selection is None:
            session.refused.emit("Select the stretch of the event first: drag over the lanes.")
            return
        if person is None:
            session.refused.emit("Choose the person first; an event belongs to one.")
            return
        onset, offset = session.selection
        inside = onset <= session.frame <= offset
        peak = session.frame if inside else (onset + offset) // 2
        onset_s, peak_s, offset_s = (session.time_of(frame) for frame in (onset, peak, offset))
        reviewer = session.reviewing.reviewer
        new = HandEvent(onset_s, peak_s, offset_s, onset, peak, offset, 0, person, reviewer, _now())
        session.deselect()
        # Against all that is to be judged, also what only looks like an event: verdicts must know them apart.
        listed = list(session.reviewing.everything)
        session.editing.do(lambda marks: event_edits.add_hand_event(marks, listed, new))
        made = [each for each in session.events if each.added_by == reviewer]
        found = next((each for each in made if each.peak_frame == peak), None)
        if found is not None:
            session.choose_event(found.event)

    def remove(self) -> None:
        """Remove the chosen event, if it was added by hand."""
        event = self._chosen()
        if event is not None:
            self._session.editing.do(lambda marks: event_edits.remove_hand_event(marks, event))

    def _chosen(self) -> AnomalyEvent | None:
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if event is None:
            session.refused.emit("Choose an event first.")
        return event

    def _whose(self) -> int | None:
        """Return whose event it is: the chosen person's, or the only one's."""
        session = self._session
        if session.person is not None:
            return session.person
        return session.persons[0].person if len(session.persons) == 1 else None


def borders_text(extent: Extent) -> str:
    """Say where an event begins, peaks and ends."""
    times = (extent.onset_s, extent.peak_s, extent.offset_s)
    return " · ".join(format_timecode(time_s) for time_s in times)


def original_text(event: AnomalyEvent, *, hidden: bool) -> str:
    """Say where an event lay before somebody moved its borders; nothing where nobody did."""
    if event.original is None:
        return ""
    whose = "as added" if event.added_by and not hidden else "machine"
    return f"{whose}: {borders_text(event.original)}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
