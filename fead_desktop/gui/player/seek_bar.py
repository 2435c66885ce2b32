"""SeekBar: the whole recording as a line, with its events; click or drag to go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fead_desktop.gui import theme
from fead_desktop.video.timebase import format_timecode

_HEIGHT = 3 * theme.UNIT
_GROOVE = 4.0
_HANDLE = 6.0
_MARK = 3.0
_BRACKET = 6.0


@dataclass(frozen=True)
class EventMark:
    """An event on the bar, in seconds; ``chosen`` ones stand out."""

    onset_s: float
    peak_s: float
    offset_s: float
    colour: str
    chosen: bool = False


class SeekBar(QWidget):
    """Shows where the player stands; linear in time.

    Signals: preview_requested(seconds) while the mouse is down; seek_requested(seconds) on release.
    """

    preview_requested = Signal(float)
    seek_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seek_bar")
        self.setAccessibleName("Position in the recording")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._duration_s = 0.0
        self._position_s = 0.0
        self._dragged_s: float | None = None
        self._marks: tuple[EventMark, ...] = ()
        self._range: tuple[float, float] | None = None
        self._range_is_played = False

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.UNIT, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * theme.UNIT, _HEIGHT)

    def set_duration(self, duration_s: float) -> None:
        """Set the time of the last frame, in seconds."""
        self._duration_s = duration_s
        self._dragged_s = None
        self.update()

    def set_position(self, position_s: float) -> None:
        """Move the handle to the shown frame; while it is dragged it stays at the mouse."""
        self._position_s = position_s
        self.update()

    def set_marks(self, marks: Sequence[EventMark]) -> None:
        """Show these events."""
        self._marks = tuple(marks)
        self.update()

    def set_range(self, range_s: tuple[float, float] | None, *, is_played: bool = False) -> None:
        """Show in and out, in seconds; filled while play keeps to them. None = not set."""
        self._range = range_s
        self._range_is_played = is_played
        self.update()

    def x_of(self, time_s: float) -> float:
        """Return where a time lies on the bar, in pixels."""
        span = max(self.width() - 2 * _HANDLE, 1.0)
        share = time_s / self._duration_s if self._duration_s > 0 else 0.0
        return _HANDLE + span * min(max(share, 0.0), 1.0)

    def time_at(self, x: float) -> float:
        """Return the time at a place on the bar, in seconds."""
        span = max(self.width() - 2 * _HANDLE, 1.0)
        return self._duration_s * min(max((x - _HANDLE) / span, 0.0), 1.0)

    # Qt ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._duration_s > 0:
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_s is not None:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._dragged_s is None:
            return
        self._position_s = self.time_at(event.position().x())
        self._dragged_s = None
        self.update()
        self.seek_requested.emit(self._position_s)

    def _drag_to(self, x: float) -> None:
        time_s = self.time_at(x)
        if time_s != self._dragged_s:
            self._dragged_s = time_s
            self.update()
            self.preview_requested.emit(time_s)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._duration_s > 0:
            asked = cast("QHelpEvent", event)
            QToolTip.showText(
                asked.globalPos(), format_timecode(self.time_at(asked.pos().x())), self
            )
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        at = self.x_of(self._position_s if self._dragged_s is None else self._dragged_s)
        left, right = _HANDLE, self.width() - _HANDLE
        self._bar(painter, left, right, middle, colours.line)
        if not self.isEnabled() or self._duration_s <= 0:
            return
        self._bar(painter, left, at, middle, colours.accent)
        if self._range is not None:
            self._paint_range(painter, self._range, middle, colours.score)
        for mark in self._marks:
            self._paint_mark(painter, mark, middle)
        painter.setBrush(QColor(colours.text))
        painter.drawEllipse(QPointF(at, middle), _HANDLE, _HANDLE)

    def _bar(
        self, painter: QPainter, left: float, right: float, middle: float, colour: str
    ) -> None:
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(
            QRectF(left, middle - _GROOVE / 2, max(right - left, 0.0), _GROOVE), 2, 2
        )

    def _paint_mark(self, painter: QPainter, mark: EventMark, middle: float) -> None:
        """Draw an event's stretch below the line, higher where it is chosen."""
        left, right = self.x_of(mark.onset_s), self.x_of(mark.offset_s)
        height = _MARK * (2.0 if mark.chosen else 1.0)
        top = middle + _GROOVE
        painter.setBrush(QColor(mark.colour))
        painter.drawRect(
            QRectF(min(left, self.x_of(mark.peak_s) - 1), top, max(right - left, 2.0), height)
        )

    def _paint_range(
        self, painter: QPainter, range_s: tuple[float, float], middle: float, colour: str
    ) -> None:
        """Draw brackets at in and out above the line, and a band between them while play keeps to it."""
        left, right = (self.x_of(time_s) for time_s in range_s)
        top = middle - _GROOVE / 2 - _BRACKET
        painter.setBrush(QColor(colour))
        if self._range_is_played:
            painter.drawRect(QRectF(left, top, max(right - left, 2.0), 2.0))
        for x, inwards in ((left, 4.0), (right, -4.0)):
            painter.drawRect(QRectF(x - 1, top, 2.0, _BRACKET + _GROOVE))
            painter.drawRect(QRectF(min(x, x + inwards), top, 4.0, 2.0))
