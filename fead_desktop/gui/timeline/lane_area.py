"""LaneArea: what the mouse does to the lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.event_borders import edge_near
from fead_desktop.gui.timeline.gestures import Drag, Follow, Gesture, Pan, Slide
from fead_desktop.gui.timeline.lane import NEAR_PX
from fead_desktop.gui.timeline.lane_field import LaneField
from fead_desktop.gui.timeline.lane_heads import head_font
from fead_desktop.gui.timeline.mark_lanes import EventsLane, MarkersLane
from fead_desktop.gui.widgets import plain_tip
from fead_desktop.review.moments import Edge


class LaneArea(LaneField):
    """Click seeks, drag pans, the wheel zooms at the pointer, Shift-drag selects; the borders of the chosen event can
    be dragged in the lane of the events.

    In the heads: drag a lane to another place, drag its lower edge to resize it, the wheel scrolls.

    Signals: scale_wanted(TimeScale); sought(seconds); selecting(start, stop, done) in seconds;
    event_picked(rank); border_dragged(edge, seconds, done);
    marker_picked(number) to be edited; threshold_moved(value);
    heights_wanted({lane: lines}); move_wanted(lane, before or ""); menu_wanted(lane or "", seconds, place).
    """

    scale_wanted = Signal(object)
    sought = Signal(float)
    selecting = Signal(float, float, bool)
    event_picked = Signal(int)
    border_dragged = Signal(str, float, bool)
    marker_picked = Signal(int)
    threshold_moved = Signal(float)
    heights_wanted = Signal(object)
    move_wanted = Signal(str, str)
    menu_wanted = Signal(str, float, object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._gesture: Gesture | None = None

    # Mouse -------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = Pan(at, self._pan, None)
        elif not left or not self.lanes:
            self._gesture = None
        elif at.x() < self.field_left:
            self._gesture = self._head_gesture(at)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._gesture = self._selecting(self.time_at(at.x()))
        elif (index := self._threshold_near(at)) is not None:
            self._gesture = self._threshold_gesture(index, at)
        elif (edge := self._border_near(at)) is not None:
            self._gesture = self._border_gesture(edge, at)
        else:
            self._gesture = Pan(at, self._pan, self._click)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._gesture is not None and event.buttons():
            self._gesture.moved(at)
        inside = at.x() >= self.field_left and at.x() <= self.field_left + self.field_width
        self._point_at(self.time_at(at.x()) if inside else None)
        self._show_cursor_shape(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.released(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        index = self.index_at(at.y())
        lane = None if index is None else self.lanes[index]
        if at.x() >= self.field_left and isinstance(lane, MarkersLane):
            marker = lane.marker_at(self.time_at(at.x()), self._near_s)
            if marker is not None:
                self.marker_picked.emit(marker.marker)
                return
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        turned = event.angleDelta()
        at = event.position()
        keys = event.modifiers()
        if at.x() < self.field_left or keys & Qt.KeyboardModifier.ControlModifier:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(turned.y() / 120 * 2 * bar.singleStep()))
        elif turned.x() or keys & Qt.KeyboardModifier.ShiftModifier:
            steps = (turned.x() or turned.y()) / 120
            self.scale_wanted.emit(self.scale.moved(-0.1 * steps * self.scale.span_s))
        else:
            place = self.scale.time_at(at.x() - self.field_left, self.field_width)
            self.scale_wanted.emit(self.scale.zoomed(0.8 ** (turned.y() / 120), place))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.index_at(event.pos().y())
        lane = "" if index is None else self.lanes[index].kind.id
        self.menu_wanted.emit(lane, self.time_at(event.pos().x()), event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            asked = cast("QHelpEvent", event)
            index = self.index_at(asked.pos().y())
            in_head = asked.pos().x() < self.field_left
            time_s = self.cursor_s or 0.0 if in_head else self.time_at(asked.pos().x())
            text = "" if index is None else self.lanes[index].tip(time_s, self._near_s)
            QToolTip.showText(asked.globalPos(), plain_tip(text), self)
            return True
        return super().viewportEvent(event)

    # Gestures ----------------------------------------------------------------------------------------

    @property
    def _near_s(self) -> float:
        return NEAR_PX / self.field_width * self.scale.span_s

    def _pan(self, pixels: float) -> None:
        self.scale_wanted.emit(self.scale.moved(pixels / self.field_width * self.scale.span_s))

    def _click(self, at: QPointF) -> None:
        time_s = self.time_at(at.x())
        index = self.index_at(at.y())
        lane = None if index is None else self.lanes[index]
        if isinstance(lane, EventsLane):
            event = lane.event_at(time_s, self._near_s)
            if event is not None:
                self.event_picked.emit(event.event)
                return
        if isinstance(lane, MarkersLane):
            marker = lane.marker_at(time_s, self._near_s)
            time_s = time_s if marker is None else marker.start_s
        self.sought.emit(time_s)

    def _selecting(self, start_s: float) -> Gesture:
        def tell(at: QPointF, done: bool) -> None:
            self.selecting.emit(start_s, self.time_at(at.x()), done)

        return Follow(tell)

    def _threshold_near(self, at: QPointF) -> int | None:
        for index, lane in enumerate(self.lanes):
            if isinstance(lane, ScoreLane) and lane.has_threshold:
                field = self.field_of(index)
                if field.contains(at) and abs(lane.threshold_y(field) - at.y()) <= NEAR_PX:
                    return index
        return None

    def _threshold_gesture(self, index: int, at: QPointF) -> Gesture:
        def tell(y: float) -> None:
            lane = self.lanes[index]
            if isinstance(lane, ScoreLane):
                self.threshold_moved.emit(lane.threshold_at(self.field_of(index), y))

        return Slide(at, tell, self._click)

    def _border_near(self, at: QPointF) -> Edge | None:
        index = self.index_at(at.y())
        lane = None if index is None else self.lanes[index]
        event = lane.chosen_one if isinstance(lane, EventsLane) else None
        if event is None:
            return None
        return edge_near(event, at.x() - self.field_left, self.field_width, self.scale)

    def _border_gesture(self, edge: Edge, at: QPointF) -> Gesture:
        def tell(at: QPointF, done: bool) -> None:
            self.border_dragged.emit(edge, self.time_at(at.x()), done)

        return Drag(at, tell, self._click)

    def _head_gesture(self, at: QPointF) -> Gesture | None:
        edge = self._edge_near(at.y())
        if edge is not None:
            return self._resizing(edge, at.y())
        index = self.index_at(at.y())
        return None if index is None else self._moving(index)

    def _edge_near(self, y: float) -> int | None:
        """Return the lane whose lower edge is near."""
        return next(
            (
                k
                for k in range(len(self.lanes))
                if abs(self.field_of(k).bottom() - y) <= NEAR_PX - 1
            ),
            None,
        )

    def _resizing(self, index: int, y: float) -> Gesture:
        line = QFontMetricsF(head_font(self.font())).height()
        before = self.lines
        name = self.lanes[index].kind.id

        def tell(at: QPointF, _done: bool) -> None:
            wanted: Mapping[str, float] = {**before, name: before[name] + (at.y() - y) / line}
            self.heights_wanted.emit(wanted)

        return Follow(tell)

    def _moving(self, index: int) -> Gesture:
        def tell(at: QPointF, done: bool) -> None:
            to = self.index_at(at.y())
            if to is not None and at.y() > self.field_of(to).center().y():
                to += 1
            to = (0 if at.y() < 0 else len(self.lanes)) if to is None else to
            moves = to not in {index, index + 1}
            self._drop = to if moves and not done else None
            self.viewport().update()
            if moves and done:
                before = self.lanes[to].kind.id if to < len(self.lanes) else ""
                self.move_wanted.emit(self.lanes[index].kind.id, before)

        return Follow(tell)

    def _point_at(self, time_s: float | None) -> None:
        if time_s != self.pointer_s:
            self.pointer_s = time_s
            self.viewport().update()

    def _show_cursor_shape(self, at: QPointF) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if at.x() < self.field_left:
            if self._edge_near(at.y()) is not None:
                shape = Qt.CursorShape.SizeVerCursor
        elif self._threshold_near(at) is not None:
            shape = Qt.CursorShape.SizeVerCursor
        elif self._border_near(at) is not None:
            shape = Qt.CursorShape.SizeHorCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)
