"""RangeKeeper: in, out and what play keeps to, and the words and marks that tell it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from fead_desktop.gui.jobs.programme import Programme
from fead_desktop.gui.player.controller import PlayerController
from fead_desktop.gui.player.play_range import Mode, PlayRange, event_span, make_programme
from fead_desktop.gui.player.transport import Transport
from fead_desktop.gui.session import Session

_MODES: dict[Mode, str] = {
    "all": "",
    "range": "loop in–out",
    "event": "loop event",
    "highlights": "highlights",
}


class RangeKeeper(QObject):
    """Part of the player. ``now`` is the range; it is shown in the transport and heeded by the controller."""

    def __init__(self, session: Session, controller: PlayerController, transport: Transport):
        super().__init__(controller)
        self._session, self._controller, self._transport = session, controller, transport
        self.now = PlayRange()
        controller.course = self._programme
        session.loop_wanted.connect(self.loop_stretch)

    def mark_in(self) -> None:
        """Let the range begin with the shown frame."""
        self._take(self.now.with_in(self._session.frame))

    def mark_out(self) -> None:
        """Let the range end with the shown frame."""
        self._take(self.now.with_out(self._session.frame))

    def clear(self) -> None:
        """Forget in and out."""
        self._take(self.now.with_in(None).with_out(None))

    def go_to_in(self) -> None:
        """Go to where the range begins."""
        self._session.request_frame(self.now.in_frame or 0)

    def go_to_out(self) -> None:
        """Go to where the range ends."""
        out = self.now.out_frame
        self._session.request_frame(1 << 62 if out is None else out)

    def toggle_mode(self, mode: Mode) -> None:
        """Let play keep to the range, to the chosen event or to all flagged moments; again for all."""
        if mode == "event" and self._session.chosen_event is None:
            self._session.said.emit("Choose an event first; then it can be played again and again.")
            return
        self._take(self.now.with_mode(mode))

    def loop_stretch(self, first: int, last: int) -> None:
        """Play a stretch over and over; it becomes in and out."""
        self._take(PlayRange("range", first, last))
        self._session.request_frame(first)
        self._controller.play()

    def play_highlights(self) -> None:
        """Play the flagged moments one after another, or leave off."""
        self.toggle_mode("highlights")
        if self.now.mode == "highlights":
            self._controller.play()

    def show(self) -> None:
        """Tell what play keeps to."""
        index, wanted = self._session.index, self.now
        if index is None:
            return
        words = _MODES[wanted.mode]
        chosen = self._session.event_by_rank(self._session.chosen_event)
        if wanted.mode == "event" and chosen is not None:
            span = event_span(index, chosen)
        elif wanted.is_marked:
            span = wanted.span(len(index) - 1)
        else:
            self._transport.set_range(None, words)
            return
        range_s = (index.time_of(span.first), index.time_of(span.last))
        self._transport.set_range(range_s, words, is_played=wanted.mode in {"range", "event"})

    def _take(self, wanted: PlayRange) -> None:
        self.now = wanted
        self.show()
        self._controller.restart()

    def _programme(self, frame: int, backwards: bool) -> Programme:
        session = self._session
        assert session.index is not None
        return make_programme(
            self.now,
            session.index,
            frame,
            backwards=backwards,
            chosen=session.event_by_rank(session.chosen_event),
            events=session.shown_events(),
        )
