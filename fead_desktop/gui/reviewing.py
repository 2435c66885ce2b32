"""Reviewing: who judges, what is still to be judged, and what stays hidden until the verdict is in."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.gui import theme
from fead_desktop.review.verdict import (
    DISPUTED,
    UNREVIEWED,
    Answer,
    Moment,
    Verdict,
    in_order,
    last_answers,
    moment_of,
    next_unjudged,
)

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session

#: A sign for each state of an event, told apart without colour.
SIGNS = {state: style.sign for state, style in theme.VERDICT_STYLES.items()}


class Reviewing(QObject):
    """Part of the session. Verdicts are edits: saved at once, and taken back by Undo.

    Attributes: ``reviewer`` (whose verdicts are given now), ``blind`` (score, rank, reasons and the verdicts of
    others are hidden until this reviewer's verdict is in).

    Signals: changed(), of the verdicts, of the reviewer or of what is hidden; hiding_changed(), of the reviewer or
    of the switch alone.
    """

    changed = Signal()
    hiding_changed = Signal()

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self.reviewer = _user_name()
        self.blind = False
        self._answers: dict[Moment, dict[str, Verdict]] = {}
        session.editing.changed.connect(self._edited)
        session.recording_closed.connect(self._closed)

    def _edited(self) -> None:
        self._answers = last_answers(self._session.editing.marks.verdicts)
        self.changed.emit()

    def _closed(self) -> None:
        self._answers = {}
        self.set_blind(False)

    # What there is to judge --------------------------------------------------------------------------

    def queue(self) -> list[AnomalyEvent]:
        """Return the chosen person's events in the order they are judged."""
        return in_order(self._session.events_of(self._session.person), blind=self.blind)

    def own(self, event: AnomalyEvent) -> Verdict | None:
        """Return what this reviewer says of an event."""
        return self._answers.get(moment_of(event), {}).get(self.reviewer)

    def others(self, event: AnomalyEvent) -> list[Verdict]:
        """Return what other reviewers say of an event; nothing while that is hidden."""
        if self.hides(event):
            return []
        found = self._answers.get(moment_of(event), {})
        return [found[name] for name in sorted(found) if name != self.reviewer]

    def state(self, event: AnomalyEvent) -> str:
        """Return this reviewer's answer, or "disputed" where another one that may be seen differs."""
        own = self.own(event)
        answers = {each.answer for each in self.others(event)}
        if own is not None:
            answers.add(own.answer)
        if len(answers) > 1:
            return DISPUTED
        return answers.pop() if answers else UNREVIEWED

    def hides(self, event: AnomalyEvent) -> bool:
        """Tell whether score, rank and reasons of an event are still to be hidden."""
        return self.blind and self.own(event) is None

    @property
    def is_hiding(self) -> bool:
        """True while a verdict of this reviewer is still to come that could be swayed."""
        return any(self.hides(event) for event in self._session.events)

    @property
    def left(self) -> int:
        """How many events of the queue have no verdict of this reviewer."""
        return sum(self.own(event) is None for event in self.queue())

    # What the reviewer does --------------------------------------------------------------------------

    def set_reviewer(self, name: str) -> None:
        """Go on as this reviewer; verdicts of each are kept apart."""
        plain = " ".join(name.split())
        if plain and plain != self.reviewer:
            self.reviewer = plain
            self.changed.emit()
            self.hiding_changed.emit()

    def set_blind(self, on: bool) -> None:
        """Hide, or show, what could sway a reviewer."""
        if on != self.blind:
            self.blind = on
            self.changed.emit()
            self.hiding_changed.emit()

    def begin(self) -> None:
        """Go to the first event without a verdict, once all are judged to the next disputed one.

        A reviewer's first pass through a case is blind.
        """
        if not any(self.reviewer in each for each in self._answers.values()):
            self.set_blind(True)
        queue, chosen = self.queue(), self._session.chosen_event
        agreed = [moment_of(event) for event in queue if self.state(event) != DISPUTED]
        disputed = next_unjudged(queue, agreed, chosen)
        if self.left or disputed is None:
            self._go_on(None)
        else:
            self._session.choose_event(disputed.event)

    def judge(
        self, answer: Answer, *, reason: str, confidence: int | None, note: str, tags: str
    ) -> bool:
        """Give a verdict on the chosen event and go on to the next one; False where it was refused."""
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if event is None:
            session.refused.emit("Choose an event first; then it can be judged.")
            return False
        before = len(session.editing.marks.verdicts)
        session.editing.add_verdict(
            Verdict(
                0, self.reviewer, *moment_of(event), answer, reason, confidence, note, tags,
                self.hides(event), datetime.now(UTC).isoformat(timespec="milliseconds"),
            )
        )  # fmt: skip
        if len(session.editing.marks.verdicts) == before:
            return False
        self._go_on(event.event)
        return True

    def skip(self) -> None:
        """Leave the chosen event for later and go on."""
        self._go_on(self._session.chosen_event)

    def _go_on(self, current: int | None) -> None:
        queue = self.queue()
        judged = [moment_of(event) for event in queue if self.own(event) is not None]
        following = next_unjudged(queue, judged, current)
        if following is None:
            self._session.said.emit(f"{self.reviewer} has judged all {len(queue)} events.")
        else:
            self._session.choose_event(following.event)


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"
