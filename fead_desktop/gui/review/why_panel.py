"""WhyPanel: which measures drove the chosen event, as bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.anomalies.calibration import false_alarms_per_minute
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.case.baseline import baseline_frame
from fead_desktop.gui import theme
from fead_desktop.gui.adjusting import original_text
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState, bold, scrolled
from fead_desktop.review.controls import is_control
from fead_desktop.video.timebase import format_timecode

_BAR_PX = 6


class ReasonBars(QWidget):
    """One row a reason: its name, how far from the person's own baseline, and its share as a bar."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.reasons: tuple[Reason, ...] = ()

    def show_reasons(self, reasons: tuple[Reason, ...]) -> None:
        """Show these in the event's own order, the main reason first."""
        self.reasons = tuple(reasons)
        self.setMinimumHeight(self.sizeHint().height())
        self.setToolTip("\n".join(str(each) for each in self.reasons))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self._row_px() * max(len(self.reasons), 1))

    def _row_px(self) -> int:
        return self.fontMetrics().height() + _BAR_PX + 2 * theme.UNIT

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        for number, reason in enumerate(self.reasons):
            row = QRect(0, number * self._row_px(), self.width(), self._row_px())
            self._paint_reason(painter, row, reason)
        painter.end()

    def _paint_reason(self, painter: QPainter, row: QRect, reason: Reason) -> None:
        of = theme.colours()
        height = painter.fontMetrics().height()
        number = f"{reason.sigma:+.1f} σ   {reason.share:.0%}"
        wide = painter.fontMetrics().horizontalAdvance(number) + theme.UNIT
        painter.setPen(QColor(of.text))
        label = painter.fontMetrics().elidedText(
            reason.label, Qt.TextElideMode.ElideRight, row.width() - wide
        )
        painter.drawText(row.left(), row.top(), row.width() - wide, height, 0, label)
        painter.setPen(QColor(of.muted))
        painter.drawText(
            row.left(), row.top(), row.width(), height, Qt.AlignmentFlag.AlignRight, number
        )
        track = QRect(row.left(), row.top() + height + 3, row.width(), _BAR_PX)
        painter.fillRect(track, QColor(of.raised))
        track.setWidth(round(track.width() * min(max(reason.share, 0.0), 1.0)))
        painter.fillRect(track, QColor(of.accent))


class WhyPanel(QWidget):
    """The chosen event in words, and the measures that set it apart from the person's own baseline."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._headline = bold(QLabel())
        self._headline.setWordWrap(True)
        self._detail = QLabel()
        self._detail.setWordWrap(True)
        self._detail.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.bars = ReasonBars()
        self.agreement = QLabel()
        self.agreement.setWordWrap(True)
        self.usual = QPushButton()
        self.usual.setToolTip("T shows the moment and this frame side by side")
        self.usual.clicked.connect(self._go_to_usual)
        self._usual_frame: int | None = None
        self.empty = EmptyState()
        self._page = self._make_page()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._page)
        session.event_chosen.connect(self._refresh)
        session.results_changed.connect(self._refresh)
        session.reviewing.changed.connect(self._refresh)
        session.recording_closed.connect(self._refresh)
        session.events_changed.connect(self._refresh)
        self._refresh()

    def _make_page(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(*(theme.UNIT + 4,) * 4)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(self._headline)
        column.addWidget(self._detail)
        column.addSpacing(theme.UNIT)
        column.addWidget(self.bars)
        column.addSpacing(theme.UNIT)
        column.addWidget(self.agreement)
        column.addWidget(self.usual)
        column.addStretch()
        area = scrolled(inside, "Why this moment")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _refresh(self, _event: object = None) -> None:
        event = self._session.event_by_rank(self._session.chosen_event)
        if event is None:
            hint = "Choose an event to see what set it apart." if self._session.events else ""
            self.empty.say("", hint)
            self._stack.setCurrentWidget(self.empty)
            return
        if self._session.reviewing.hides(event):
            self.empty.say("Blind first", "What is known is shown once your verdict is in.")
            self._stack.setCurrentWidget(self.empty)
            return
        if is_control(event):
            self.empty.say("A control", f"{event.detector[0].upper()}{event.detector[1:]}.")
            self._stack.setCurrentWidget(self.empty)
            return
        self._headline.setText(f"Event {event.event} · {self._session.name_of(event.person)}")
        self._detail.setText(_in_words(event))
        self.bars.show_reasons(event.reasons)
        self._compare(event)
        self._stack.setCurrentWidget(self._page)

    @property
    def detail(self) -> str:
        """What is said of the chosen event."""
        return self._detail.text()

    def _compare(self, event: AnomalyEvent) -> None:
        """Say who agrees, and which frame shows the same person as usual in the nearest head pose."""
        scores = self._session.scores(event.person)
        # Brings the detectors with it, which the window needs for nothing else.
        from fead_desktop.anomalies.explanation import agreement

        agreed = None if scores is None else agreement(scores.scores, scores.time_s, event)
        told = agreed is not None and agreed.detectors and not event.added_by
        self.agreement.setText(f"{agreed}." if told else "")
        self.agreement.setVisible(bool(self.agreement.text()))
        frame = baseline_frame(self._session.table, scores, event.person, event.peak_frame)
        self._usual_frame = frame
        self.usual.setVisible(frame is not None)
        if frame is not None:
            when = format_timecode(self._session.time_of(frame))
            self.usual.setText(f"Usual face in this head pose: {when}")

    def _go_to_usual(self) -> None:
        if self._usual_frame is not None:
            self._session.request_frame(self._usual_frame)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.bars.update()
        super().changeEvent(event)


def _in_words(event: AnomalyEvent) -> str:
    span = f"{format_timecode(event.onset_s)} – {format_timecode(event.offset_s)}"
    where = f"{span} ({event.duration_s:.2f} s), peak at frame {event.peak_frame}. "
    if event.original is not None:
        where += f"Borders changed by a reviewer; {original_text(event, hidden=False)}. "
    if event.added_by:
        return f"{where}Added by hand by {event.added_by}; no score. For human review."
    return (
        f"{where}Score {event.score:.2f}; "
        f"view {event.view}, {event.detector}. {_rarity(event)}"
        f"{_artefact(event)}A change from this person's own baseline, for human review."
    )


def _artefact(event: AnomalyEvent) -> str:
    if event.artefact is None or event.artefact.label is None:
        return ""
    return f"Likely an artefact: {event.artefact.label} ({event.artefact.likelihood:.0%}). "


def _rarity(event: AnomalyEvent) -> str:
    if event.p_value is None:
        return ""
    a_minute = false_alarms_per_minute(event.p_value)
    beyond = (
        " (extrapolated: rarer than this recording alone can show)" if event.extrapolated else ""
    )
    flagged = "Flagged by" if event.flagged else "Not flagged by"
    return (
        f"{flagged} the false alarms asked for: this person's ordinary behaviour reaches it about {a_minute:.2g} "
        f"times a minute{beyond}. "
    )
