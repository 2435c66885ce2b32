"""QueuePanel: the event to judge now, the verdict on it, and what is left; everything has a key."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.gui import theme
from fead_desktop.gui.adjusting import original_text
from fead_desktop.gui.reviewing import SIGNS
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import CheckBox, PushButton
from fead_desktop.review import agreement
from fead_desktop.review.controls import is_control
from fead_desktop.review.verdict import ANSWERS, CONFIDENCES, UNREVIEWED, Answer, Verdict
from fead_desktop.video.timebase import format_timecode

_BUTTONS: tuple[tuple[Answer, str], ...] = (
    ("confirmed", "Confirm  A"),
    ("rejected", "Reject  R"),
    ("unsure", "Unsure  U"),
)
_OPEN = "–"


class QueuePanel(QWidget):
    """One event at a time: when it is and whose, the verdict with reason, confidence, note and tags, and the count.

    Signals: typed() when a line was ended with Enter, so that the keys work in the window again;
    share_chosen(share) of controls in a review that is still to begin.
    """

    typed = Signal()
    share_chosen = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._reviewing = session.reviewing
        self.progress, self.current, self.detail, self.seen, self.before = (
            QLabel() for _ in range(5)
        )
        for label in (self.progress, self.current, self.detail, self.seen, self.before):
            label.setWordWrap(True)
        font = self.current.font()
        font.setBold(True)
        self.current.setFont(font)
        for label in (self.detail, self.seen, self.before):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.buttons = {answer: PushButton(words) for answer, words in _BUTTONS}
        self.skip = PushButton("Skip  D")
        self.reason, self.confidence = QComboBox(), QComboBox()
        self.note, self.tags, self.reviewer = QLineEdit(), QLineEdit(), QLineEdit()
        self.blind = CheckBox("Blind first")
        self.share = QSpinBox()
        self._make_fields()
        self._lay_out()
        self._connect()
        self.refresh()

    # What the keys do --------------------------------------------------------------------------------

    def judge(self, answer: Answer) -> None:
        """Give this verdict on the chosen event, with what the fields say, and go on to the next one."""
        given = self._reviewing.judge(
            answer,
            reason=self._shown_reason(),
            confidence=self._shown_confidence(),
            note=self.note.text(),
            tags=self.tags.text(),
        )
        if given:
            self._empty_fields()

    def move_reason(self, step: int) -> None:
        """Show the next or previous reason; before the first is none."""
        count = self.reason.count()
        self.reason.setCurrentIndex((max(self.reason.currentIndex(), 0) + step) % count)

    def drop_reason(self) -> None:
        """Take the shown reason off the list."""
        shown = self._shown_reason()
        words = self._session.editing.marks.reasons
        if shown in words:
            self._session.editing.set_reasons(word for word in words if word != shown)

    def set_confidence(self, confidence: int) -> None:
        """Show how sure the reviewer is, 1 to 5."""
        self.confidence.setCurrentIndex(confidence)

    def write(self, field: str) -> None:
        """Give the keys to the note or to the tags."""
        line = {"note": self.note, "tags": self.tags}[field]
        line.setFocus()
        line.selectAll()

    # What is shown -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the chosen event and how far the queue is."""
        reviewing, session = self._reviewing, self._session
        queue = reviewing.queue()
        event = session.event_by_rank(session.chosen_event)
        counts = Counter(own.answer for own in map(reviewing.own, queue) if own is not None)
        judged = "   ".join(f"{SIGNS[answer]} {counts[answer]}" for answer in ANSWERS)
        left = reviewing.left
        time_left = f" ({reviewing.remaining})" if reviewing.remaining else ""
        what = f"{left} of {len(queue)} left{time_left}"
        if reviewing.has_controls:  # how many are left would tell how many of them are controls
            to_come = reviewing.to_come
            about = f", about {to_come} to come" if to_come else ", one comes at a time"
            what = f"{counts.total()} judged{about}{time_left}"
        if reviewing.shows_disputed:
            what = f"{len(queue)} disputed"
        told = f"{what}   {judged}"
        self.progress.setText(told if queue else "")
        self.current.setText(self._words_of(event, len(queue)))
        self.detail.setText(self._detail_of(event))
        self.detail.setVisible(bool(self.detail.text()))
        self.seen.setText(self._what_may_be_seen(event))
        self.seen.setVisible(bool(self.seen.text()))
        # Once all are judged, how reliable that was is read before anything else is done.
        above = self.before if left else self.detail
        if self._column.indexOf(self.seen) != self._column.indexOf(above) + 1:
            self._column.removeWidget(self.seen)
            self._column.insertWidget(self._column.indexOf(above) + 1, self.seen)
        self.before.setText(self._words_before(event))
        self.before.setVisible(bool(self.before.text()))
        self.blind.setChecked(reviewing.blind)
        if not self.share.hasFocus():
            self.share.setValue(round(100 * reviewing.control_share))
        if not self.reviewer.hasFocus():
            self.reviewer.setText(reviewing.reviewer)
        self._fill_reasons()
        for button in self.buttons.values():
            button.setEnabled(event is not None)
        self.skip.setEnabled(bool(queue))

    def _words_of(self, event: AnomalyEvent | None, queued: int) -> str:
        if event is None:
            if not queued:
                return "There are no events to judge."
            if not self._reviewing.left:
                return "All events are judged; V goes through those that reviewers dispute."
            return "Press V to go through the events."
        own = self._reviewing.own(event)
        state = UNREVIEWED if own is None else own.answer
        return (
            f"{SIGNS[state]}  {self._session.name_of(event.person)} · {format_timecode(event.peak_s)} · "
            f"frame {event.peak_frame} · {event.duration_s:.2f} s"
        )

    def _detail_of(self, event: AnomalyEvent | None) -> str:
        """Say where the borders were found, and who added an event."""
        if event is None:
            return ""
        hidden = self._reviewing.hides(event)
        by_hand = f"added by hand by {event.added_by}" if event.added_by and not hidden else ""
        return " · ".join(
            words for words in (by_hand, original_text(event, hidden=hidden)) if words
        )

    def _words_before(self, event: AnomalyEvent | None) -> str:
        """Say what the program and the others say of the event that was judged before."""
        before = self._reviewing.before
        if before is None or (event is not None and before.event == event.event):
            return ""
        own = self._reviewing.own(before)
        told = [SIGNS[own.answer] if own is not None else "", format_timecode(before.peak_s)]
        told += [_by_program(before), *map(_in_words, self._reviewing.others(before))]
        return f"Before: {' · '.join(filter(None, told))}"

    def _what_may_be_seen(self, event: AnomalyEvent | None) -> str:
        lines = []
        if event is not None:
            own = self._reviewing.own(event)
            given = ([] if own is None else [own]) + self._reviewing.others(event)
            lines += [_in_words(each) for each in given]
        if not self._reviewing.is_hiding:  # the whole says something of each
            lines += self._reliability()
        return "\n".join(lines)

    def _reliability(self) -> list[str]:
        """Say how far reviewers agree, and what the controls of the pass tell."""
        lines = []
        reliability = agreement.overall(self._reviewing.judged)
        if reliability is not None:
            lines.append(f"Agreement: {reliability}.")
        figures = self._reviewing.figures
        return lines if figures is None else [*lines, *figures.lines]

    def _fill_reasons(self) -> None:
        words = [_OPEN, *self._session.editing.marks.reasons]
        if words != [self.reason.itemText(k) for k in range(self.reason.count())]:
            shown = self.reason.currentText()
            self.reason.clear()
            self.reason.addItems(words)
            self.reason.setCurrentIndex(max(self.reason.findText(shown), 0))

    def _shown_reason(self) -> str:
        text = self.reason.currentText().strip()
        return "" if text == _OPEN else text

    def _shown_confidence(self) -> int | None:
        return self.confidence.currentIndex() or None

    def _empty_fields(self) -> None:
        self.reason.setCurrentIndex(0)
        self.confidence.setCurrentIndex(0)
        self.note.clear()
        self.tags.clear()

    # Making ------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.reason.setEditable(True)
        self.reason.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.reason.setToolTip("Y for the next one; new words join the list")
        self.confidence.addItems([_OPEN, *map(str, CONFIDENCES)])
        self.confidence.setToolTip("1 (a guess) to 5 (certain), by the keys 1 to 5")
        self.note.setPlaceholderText("Ctrl+N")
        self.tags.setPlaceholderText("Ctrl+T, with commas between")
        self.reviewer.setPlaceholderText("Reviewer")
        self.reviewer.setToolTip("Your name; verdicts of each reviewer are kept apart")
        self.share.setRange(0, 100)
        self.share.setSingleStep(5)
        self.share.setPrefix("controls ")
        self.share.setSuffix(" %")
        self.share.setToolTip(
            "Ordinary moments mixed into a blind review, about so many for each hundred events; they look like events "
            "until they are judged, and tell how reliable the judging was"
        )
        self.blind.setToolTip(
            "Hides score, rank, reasons and the verdicts of others until yours is in"
        )
        for field, name in (
            (self.reason, "Reason"),
            (self.confidence, "Confidence"),
            (self.note, "Note"),
            (self.tags, "Tags"),
            (self.reviewer, "Reviewer"),
            (self.share, "Share of controls in a blind review"),
        ):
            field.setAccessibleName(name)
        self.before.setToolTip("P goes back to it; a second answer is kept beside the first")
        for choice in (self.reason, self.confidence):
            choice.setMinimumContentsLength(2)
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )

    def _lay_out(self) -> None:
        who = QHBoxLayout()
        who.addWidget(self.reviewer, 1)
        who.addWidget(self.blind)
        who.addWidget(self.share)
        verdicts = QHBoxLayout()
        for button in (*self.buttons.values(), self.skip):
            button.setMinimumWidth(0)
            verdicts.addWidget(button, 1)
        fields = QGridLayout()
        for row, pairs in enumerate(
            (
                (("Reason", self.reason), ("Confidence", self.confidence)),
                (("Note", self.note), ("Tags", self.tags)),
            )
        ):
            for column, (words, field) in enumerate(pairs):
                fields.addWidget(QLabel(words), row, 2 * column)
                fields.addWidget(field, row, 2 * column + 1)
        fields.setColumnStretch(1, 3)
        fields.setColumnStretch(3, 2)
        inside = QWidget()
        self._column = column_of_all = QVBoxLayout(inside)
        column_of_all.setContentsMargins(theme.UNIT, theme.UNIT // 2, theme.UNIT, 0)
        column_of_all.setSpacing(theme.UNIT // 2)
        column_of_all.addWidget(self.progress)
        column_of_all.addWidget(self.current)
        column_of_all.addWidget(self.detail)
        column_of_all.addLayout(verdicts)
        column_of_all.addLayout(fields)
        column_of_all.addWidget(self.before)
        column_of_all.addWidget(self.seen)
        column_of_all.addLayout(who)
        column_of_all.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName("Review")
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _connect(self) -> None:
        for answer, button in self.buttons.items():
            button.setProperty("answer", answer)
            button.clicked.connect(self._button_pressed)
        self.skip.clicked.connect(self._reviewing.skip)
        self.blind.clicked.connect(self._reviewing.set_blind)
        self.share.editingFinished.connect(self._share_typed)
        self.reviewer.editingFinished.connect(self._reviewer_named)
        choice = self.reason.lineEdit()
        for line in (self.note, self.tags, self.reviewer, choice):
            if line is not None:
                line.returnPressed.connect(self.typed)
        session = self._session
        self._reviewing.changed.connect(self.refresh)
        session.event_chosen.connect(self._event_chosen)
        for signal in (
            session.results_changed,
            session.recording_closed,
            session.person_chosen,
            session.events_changed,
            session.filtering.changed,
        ):
            signal.connect(self._look_again)

    def _button_pressed(self) -> None:
        sender = self.sender()
        if isinstance(sender, PushButton):
            self.judge(sender.property("answer"))

    def _share_typed(self) -> None:
        self.share_chosen.emit(self.share.value() / 100)

    def _reviewer_named(self) -> None:
        self._reviewing.set_reviewer(self.reviewer.text())

    def _event_chosen(self, _event: object) -> None:
        self.refresh()

    def _look_again(self, _person: object = None) -> None:
        self.refresh()


def _by_program(event: AnomalyEvent) -> str:
    if is_control(event):
        return event.detector
    if event.added_by:
        return f"added by hand by {event.added_by}"
    flagged = "flagged" if event.flagged else "not flagged"
    reason = f", {event.reasons[0]}" if event.reasons else ""
    return f"event {event.event}, score {event.score:.2f}, {flagged}{reason}"


def _in_words(verdict: Verdict) -> str:
    sure = "" if verdict.confidence is None else f"confidence {verdict.confidence}"
    first = "blind" if verdict.blind else ""
    facts = [each for each in (verdict.reason, sure, first, verdict.note, verdict.tags) if each]
    return f"{verdict.reviewer}: {verdict.answer}" + (f" ({', '.join(facts)})" if facts else "")
