"""OverviewBar: the whole recording with the density of its events and the part that the lanes show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import Marks, Range
from fead_desktop.gui import theme
from fead_desktop.gui.timeline.drawing import MARKER_STYLES, fill_pattern, stretch
from fead_desktop.gui.timeline.gestures import Follow, Gesture
from fead_desktop.gui.timeline.lanes import density
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.video.timebase import format_timecode

_BAR_PX = 3
_EDGE_PX = 5.0
_HEIGHT = 3 * theme.UNIT + 2


class OverviewBar(QWidget):
    """Drag the window to pan, its edges to zoom; a click beside it brings it there, a double click shows all.

    Signals: scale_wanted(TimeScale).
    """

    scale_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Overview of the recording")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.scale = TimeScale.whole(1.0)
        self.cursor_s: float | None = None
        self._events: Sequence[AnomalyEvent] = ()
        self._marks = Marks()
        self._ranges: Sequence[Range] = ()
        self._gesture: Gesture | None = None

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.UNIT, _HEIGHT)

    def show_events(self, events: Sequence[AnomalyEvent]) -> None:
        """Show how many events there are where."""
        self._events = events
        self.update()

    def show_marks(self, marks: Marks, ranges: Sequence[Range]) -> None:
        """Show markers and ranges."""
        self._marks, self._ranges = marks, ranges
        self.update()

    def set_scale(self, scale: TimeScale) -> None:
        """Show which part can be seen."""
        self.scale = scale
        self.update()

    def set_cursor(self, time_s: float | None) -> None:
        """Move the cursor."""
        if self.cursor_s != time_s:
            self.cursor_s = time_s
            self.update()

    @property
    def whole(self) -> TimeScale:
        """The scale of the bar itself."""
        return TimeScale.whole(self.scale.duration_s)

    @property
    def window(self) -> QRectF:  # type: ignore[override]
        """Where the visible part lies."""
        left = self.whole.x_of(self.scale.start_s, self.width())
        right = self.whole.x_of(self.scale.stop_s, self.width())
        if right - left < 2 * _EDGE_PX:
            middle = (left + right) / 2
            left, right = middle - _EDGE_PX, middle + _EDGE_PX
        return QRectF(left, 0, right - left, self.height())

    def time_at(self, x: float) -> float:
        """Return the time at a place."""
        return self.whole.time_at(x, self.width())

    # Qt ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        edge = self._edge_at(x)
        if edge is not None:
            self._gesture = self._stretching(edge)
            return
        if not self.window.contains(QPointF(x, 1)):
            middle = self.time_at(x)
            self.scale_wanted.emit(
                self.scale.moved(middle - (self.scale.start_s + self.scale.stop_s) / 2)
            )
        self._gesture = self._dragging(self.time_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.moved(event.position())
        at_edge = self._edge_at(event.position().x()) is not None
        self.setCursor(Qt.CursorShape.SizeHorCursor if at_edge else Qt.CursorShape.OpenHandCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._gesture = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.scale_wanted.emit(self.whole)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        at = self.time_at(event.position().x())
        self.scale_wanted.emit(self.scale.zoomed(0.8 ** (event.angleDelta().y() / 120), at))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            asked = cast("QHelpEvent", event)
            time_s = self.whole.inside(self.time_at(asked.pos().x()))
            QToolTip.showText(asked.globalPos(), format_timecode(time_s), self)
            return True
        return super().event(event)

    def _edge_at(self, x: float) -> str | None:
        if self.scale.is_whole and not self.window.left() - 1 <= x <= self.window.right() + 1:
            return None
        if abs(x - self.window.left()) <= _EDGE_PX:
            return "left"
        return "right" if abs(x - self.window.right()) <= _EDGE_PX else None

    def _stretching(self, edge: str) -> Gesture:
        start, stop = self.scale.start_s, self.scale.stop_s

        def tell(at: QPointF, _done: bool) -> None:
            time_s = self.time_at(at.x())
            first, last = (
                (min(time_s, stop), stop) if edge == "left" else (start, max(time_s, start))
            )
            self.scale_wanted.emit(self.scale.showing(first, last))

        return Follow(tell)

    def _dragging(self, grabbed_s: float) -> Gesture:
        start = self.scale.start_s

        def tell(at: QPointF, _done: bool) -> None:
            wanted = start + self.time_at(at.x()) - grabbed_s
            self.scale_wanted.emit(self.scale.moved(wanted - self.scale.start_s))

        return Follow(tell)

    def paintEvent(self, _event: QPaintEvent) -> None:
        of = theme.colours()
        painter = QPainter(self)
        area = QRectF(self.rect())
        painter.fillRect(area, QColor(of.base))
        inner = area.adjusted(0, 2, 0, -2)
        for each in self._ranges:
            place = stretch(self.whole, inner, each.start_s, each.end_s)
            if place is not None:
                fill_pattern(painter, place, theme.COVERAGE_STYLES[each.kind], 110)
        self._paint_density(painter, inner)
        for marker in self._marks.markers:
            place = stretch(self.whole, inner, marker.start_s, marker.end_s)
            if place is not None:
                place.setHeight(4)
                painter.fillRect(place, QColor(MARKER_STYLES[marker.colour].shown))
        self._paint_window(painter, area)
        if self.cursor_s is not None:
            x = round(self.whole.x_of(self.cursor_s, self.width())) + 0.5
            painter.setPen(QPen(QColor(of.cursor), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, area.bottom()))
        painter.end()

    def _paint_density(self, painter: QPainter, inner: QRectF) -> None:
        colour = QColor(theme.colours().score)
        left = self.whole.x_of(0.0, inner.width())
        wide = self.whole.x_of(self.scale.duration_s, inner.width()) - left
        columns = max(int(wide) // _BAR_PX, 1)
        counts = density(self._events, self.scale.duration_s, columns)
        most = int(counts.max()) if len(counts) else 0
        for column in counts.nonzero()[0].tolist():
            # One event among many is still to be seen.
            high = inner.height() * (0.3 + 0.7 * (int(counts[column]) - 1) / max(most - 1, 1))
            high = inner.height() * 0.7 if most == 1 else high
            x = left + column * wide / columns
            painter.fillRect(QRectF(x, inner.bottom() - high, _BAR_PX - 1, high), colour)

    def _paint_window(self, painter: QPainter, area: QRectF) -> None:
        of = theme.colours()
        window = self.window
        if not self.scale.is_whole:
            shade = QColor(of.window)
            shade.setAlpha(150)
            painter.fillRect(QRectF(0, 0, window.left(), area.height()), shade)
            painter.fillRect(
                QRectF(window.right(), 0, area.right() - window.right(), area.height()), shade
            )
        painter.setPen(QPen(QColor(of.accent), 2 if not self.scale.is_whole else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(window.adjusted(1, 1, -1, -1))
