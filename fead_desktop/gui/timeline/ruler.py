"""Ruler: the timecodes above the lanes; drag along it to scrub."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.timeline.drawing import smooth
from fead_desktop.gui.timeline.lane_heads import head_font
from fead_desktop.gui.timeline.scale import TimeScale, ticks

_TICK_PX = 5


class Ruler(QWidget):
    """As many timecodes as fit; the cursor's handle.

    Signals: sought(seconds, preview), preview while the drag goes on.
    """

    sought = Signal(float, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Time")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Drag to scrub")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.scale = TimeScale.whole(1.0)
        self.cursor_s: float | None = None
        self.selection: tuple[float, float] | None = None

    def sizeHint(self) -> QSize:
        high = QFontMetricsF(head_font(self.font())).height()
        return QSize(40 * theme.UNIT, round(high) + _TICK_PX + 3)

    def set_scale(self, scale: TimeScale) -> None:
        """Show another part of the recording."""
        self.scale = scale
        self.update()

    def set_cursor(self, time_s: float | None) -> None:
        """Move the handle."""
        if time_s != self.cursor_s:
            self.cursor_s = time_s
            self.update()

    def set_selection(self, selection: tuple[float, float] | None) -> None:
        """Show what is selected, in seconds."""
        self.selection = selection
        self.update()

    def labels(self) -> list[tuple[float, float, str]]:
        """Return the timecodes: where each stands, where its text begins, the text."""
        metrics = QFontMetricsF(head_font(self.font()))
        room = metrics.horizontalAdvance("00:00:00.000") + 2 * theme.UNIT
        found: list[tuple[float, float, str]] = []
        free = 0.0
        for tick in ticks(self.scale, self.width(), room):
            x = round(self.scale.x_of(tick.time_s, self.width())) + 0.5
            wide = metrics.horizontalAdvance(tick.text)
            left = min(max(x - wide / 2, 0.0), self.width() - wide)
            if left >= free:
                found.append((x, left, tick.text))
                free = left + wide + theme.UNIT
        return found

    # Qt ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event, preview=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event, preview=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event, preview=False)

    def _seek(self, event: QMouseEvent, *, preview: bool) -> None:
        time_s = self.scale.time_at(event.position().x(), self.width())
        self.sought.emit(self.scale.inside(time_s), preview)

    def paintEvent(self, _event: QPaintEvent) -> None:
        of = theme.colours()
        painter = QPainter(self)
        painter.setFont(head_font(self.font()))
        metrics = QFontMetricsF(painter.font())
        bottom = self.height() - 1.0
        if self.selection is not None:
            left, right = (self.scale.x_of(t, self.width()) for t in self.selection)
            tint = QColor(of.accent)
            tint.setAlpha(90)
            painter.fillRect(QRectF(left, 0, right - left, bottom), tint)
        painter.setPen(QPen(QColor(of.muted), 0))
        for x, left, text in self.labels():
            painter.drawLine(QPointF(x, bottom - _TICK_PX), QPointF(x, bottom))
            painter.drawText(QPointF(left, metrics.ascent() + 1), text)
        painter.setPen(QPen(QColor(of.line), 0))
        painter.drawLine(QPointF(0, bottom), QPointF(self.width(), bottom))
        if self.cursor_s is not None and self.scale.sees(self.cursor_s):
            x = self.scale.x_of(self.cursor_s, self.width())
            smooth(painter, on=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(of.cursor))
            painter.drawPolygon(
                QPolygonF(
                    [QPointF(x - 5, bottom - 6), QPointF(x + 5, bottom - 6), QPointF(x, bottom)]
                )
            )
        painter.end()
