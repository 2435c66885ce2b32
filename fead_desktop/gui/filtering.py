"""Filtering: which events the window lists, and in which order; saved filters by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import Marker
from fead_desktop.review.filters import EventFilter, Listed, occurs
from fead_desktop.review.verdict import in_order

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session


class Filtering(QObject):
    """Part of the session: table, timeline, queue, N and P all go by it; nothing is left out of the case or a file.

    While something is to stay hidden from a reviewer only what tells nothing of it is applied.

    Attributes: ``wanted`` (what was asked for), ``saved`` (filters as text by name).

    Signals: changed() when other events may be listed; saved_changed() when a filter was saved or removed.
    """

    changed = Signal()
    saved_changed = Signal()

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self.wanted = EventFilter()
        self.saved: dict[str, str] = {}
        self._answered: tuple[object, ...] = ()
        self._answers: dict[tuple[int, ...], list[AnomalyEvent]] = {}
        session.recording_closed.connect(self.clear)

    @property
    def current(self) -> EventFilter:
        """What is applied now."""
        return self.wanted.blind() if self.is_blind else self.wanted

    @property
    def is_blind(self) -> bool:
        """True while score, rank, reasons and other reviewers' verdicts must not decide what is listed."""
        return self._session.reviewing.is_hiding

    def change(self, **fields: Any) -> None:
        """Change some fields of the filter."""
        self._take(replace(self.wanted, **fields))

    def clear(self) -> None:
        """List all events in their usual order."""
        self._take(EventFilter())

    def shown(self, events: Iterable[AnomalyEvent]) -> list[AnomalyEvent]:
        """Return the events that are listed, in their order."""
        session, reviewing = self._session, self._session.reviewing
        wanted = list(events)
        # Every panel asks, several times for each verdict; the same question has the same answer.
        state = (reviewing.version, id(session.persons), self.wanted)
        if state != self._answered:
            self._answered, self._answers = state, {}
        asked = tuple(map(id, wanted))
        if asked not in self._answers:
            usual = in_order(wanted, blind=reviewing.blind)
            self._answers[asked] = self.current.arrange([self._listed(event) for event in usual])
        return list(self._answers[asked])

    def markers(self) -> list[Marker]:
        """Return the markers in whose text all words searched for occur; none without words."""
        words = self.wanted.words
        if not words.strip():
            return []
        return [each for each in self._session.editing.marks.markers if occurs(words, each.text)]

    def save(self, name: str) -> None:
        """Keep the filter under a name."""
        plain = " ".join(name.split())
        if plain:
            self.saved = {**self.saved, plain: self.wanted.to_text()}
            self.saved_changed.emit()

    def remove(self, name: str) -> None:
        """Forget a saved filter."""
        self.saved = {each: text for each, text in self.saved.items() if each != name}
        self.saved_changed.emit()

    def use(self, name: str) -> None:
        """List what a saved filter lets pass."""
        self._take(EventFilter.from_text(self.saved.get(name, "")))

    def take_saved(self, saved: Mapping[str, str]) -> None:
        """Take the filters of the preferences."""
        self.saved = dict(saved)
        self.saved_changed.emit()

    def _take(self, wanted: EventFilter) -> None:
        if wanted != self.wanted:
            self.wanted = wanted
            self.changed.emit()

    def _listed(self, event: AnomalyEvent) -> Listed:
        reviewing = self._session.reviewing
        own = reviewing.own(event)
        return Listed(
            event,
            self._session.name_of(event.person),
            reviewing.state(event),
            (*(() if own is None else (own,)), *reviewing.others(event)),
            reviewing.hides(event),
        )
