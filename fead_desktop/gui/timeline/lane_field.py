"""LaneField: the lanes one below another as one cached picture, with the cursor and the values painted over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import Marks, Range
from fead_desktop.gui import theme
from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.drawing import MARKER_STYLES, fill_pattern, stretch
from fead_desktop.gui.timeline.event_borders import paint_borders
from fead_desktop.gui.timeline.lane import Lane
from fead_desktop.gui.timeline.lane_heads import head_font, paint_head
from fead_desktop.gui.timeline.lane_table import LaneLayout, fitted_heights
from fead_desktop.gui.timeline.lanes import joined
from fead_desktop.gui.timeline.mark_lanes import EventsLane, MarkersLane
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.review.moments import Edge

#: As wide as the end of a range gets.
_AXIS_WIDEST = "-9.9k"
_HEAD_CHARACTERS = 36
_BARE_LINES = 1.3
#: The mouse shows where it is by itself; keys need a frame around what they work on.
_BY_MOUSE = {Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason}


class LaneField(QAbstractScrollArea):
    """Heads left, time right: where each lane lies, and how all of them look.

    Signals: field_moved() when the field has another place or width.
    """

    field_moved = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Lanes of the timeline")
        self.viewport().setMouseTracking(True)
        self.lanes: Sequence[Lane] = ()
        #: What to do next, said where lanes are still to come.
        self.words = ""
        self.scale = TimeScale.whole(1.0)
        self.cursor_s: float | None = None
        self.pointer_s: float | None = None
        self.selection: tuple[float, float] | None = None
        #: The border of the chosen event that is being dragged, and where it is, in seconds.
        self.dragged: tuple[Edge, float] | None = None
        #: How often the lanes were painted; moving the cursor must not raise it.
        self.painted = 0
        self._layout = LaneLayout()
        self._events: Sequence[AnomalyEvent] = ()
        self._chosen: int | None = None
        self._ranges: Sequence[Range] = ()
        self._marks = Marks()
        self._heights: list[float] = []
        self._picture: QPixmap | None = None
        self._drop: int | None = None
        #: The lane that keys work on, empty = none.
        self.chosen = ""
        self._has_tab_focus = False
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # What is shown -----------------------------------------------------------------------------------

    def show_lanes(self, lanes: Sequence[Lane], layout: LaneLayout) -> None:
        """Show these lanes from top to bottom."""
        self.lanes, self._layout = lanes, layout
        names = [f"{lane.title} {lane.who}".strip() for lane in lanes]
        self.setAccessibleDescription(", ".join(names))
        self._arrange()

    def show_events(self, events: Sequence[AnomalyEvent], chosen: int | None) -> None:
        """Draw events as bands behind the lanes, the chosen one stronger."""
        self._events, self._chosen = events, chosen
        self.stale()

    def show_marks(self, marks: Marks, ranges: Sequence[Range]) -> None:
        """Draw markers as lines and ranges as bands through the lanes."""
        self._marks, self._ranges = marks, ranges
        self.stale()

    def set_scale(self, scale: TimeScale) -> None:
        """Show another part of the recording."""
        if scale != self.scale:
            self.scale = scale
            self.stale()

    def set_cursor(self, time_s: float | None) -> None:
        """Move the cursor; no curve is painted again."""
        if time_s != self.cursor_s:
            self.cursor_s = time_s
            self.viewport().update()

    def set_selection(self, selection: tuple[float, float] | None) -> None:
        """Show what is selected, in seconds."""
        self.selection = selection
        self.viewport().update()

    def set_dragged(self, dragged: tuple[Edge, float] | None) -> None:
        """Show a border of the chosen event where it is dragged to; None = where it lies."""
        self.dragged = dragged
        self.viewport().update()

    def stale(self) -> None:
        """Paint the lanes anew when the window next paints."""
        self._picture = None
        self.viewport().update()

    # Places ------------------------------------------------------------------------------------------

    @property
    def head_px(self) -> float:
        """Width of the heads."""
        metrics = QFontMetricsF(head_font(self.font()))
        return min(_HEAD_CHARACTERS * metrics.averageCharWidth(), 0.22 * self.viewport().width())

    @property
    def field_left(self) -> float:
        """Where time begins, in pixels."""
        metrics = QFontMetricsF(head_font(self.font()))
        return round(self.head_px + metrics.horizontalAdvance(_AXIS_WIDEST) + theme.UNIT)

    @property
    def field_width(self) -> float:
        """Pixels that show time."""
        return max(self.viewport().width() - self.field_left - theme.UNIT, 1.0)

    def time_at(self, x: float) -> float:
        """Return the time at a place of the viewport, within the recording."""
        return self.scale.inside(self.scale.time_at(x - self.field_left, self.field_width))

    def field_of(self, index: int) -> QRectF:
        """Return where a lane shows time, in the viewport."""
        top = sum(self._heights[:index]) - self.verticalScrollBar().value()
        return QRectF(self.field_left, top, self.field_width, self._heights[index] - 1)

    @property
    def lines(self) -> dict[str, float]:
        """Heights of the lanes as they are, in lines of text."""
        line = QFontMetricsF(head_font(self.font())).height()
        pairs = zip(self.lanes, self._heights, strict=True)
        return {lane.kind.id: (height - 2) / line for lane, height in pairs}

    def choose_lane(self, lane: str) -> None:
        """Mark the lane that keys work on, and scroll to it."""
        self.chosen = lane
        place = next((k for k, each in enumerate(self.lanes) if each.kind.id == lane), None)
        if place is not None:
            field, bar = self.field_of(place), self.verticalScrollBar()
            below = max(field.bottom() - self.viewport().height(), 0.0)
            bar.setValue(bar.value() + round(min(field.top(), 0.0) or below))
        self.viewport().update()

    def index_at(self, y: float) -> int | None:
        """Return the lane at a height of the viewport."""
        for index in range(len(self.lanes)):
            field = self.field_of(index)
            if field.top() <= y <= field.bottom() + 1:
                return index
        return None

    def _arrange(self) -> None:
        line = QFontMetricsF(head_font(self.font())).height()
        states = {state.id: state.height for state in self._layout.lanes}
        wanted = {k: states[lane.kind.id] * line + 2 for k, lane in enumerate(self.lanes)}
        if self._layout.fits:
            least = {
                k: (_BARE_LINES if lane.is_bare else lane.kind.least) * line + 2
                for k, lane in enumerate(self.lanes)
            }
            wanted = {k: least[k] if self.lanes[k].is_bare else h for k, h in wanted.items()}
            wanted = fitted_heights(wanted, least, self.viewport().height())
        # Rounded edges, not rounded heights: together they are as high as the panel.
        edges = np.round(np.cumsum([0.0, *(wanted[k] for k in range(len(self.lanes)))]))
        self._heights = np.diff(edges).tolist()
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(2 * line))
        bar.setRange(0, max(round(sum(self._heights)) - self.viewport().height() - 1, 0))
        self.stale()

    def _scrolled(self, _value: int) -> None:
        self.stale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self.field_moved.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.PaletteChange}:
            self._arrange()
            self.field_moved.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_tab_focus = event.reason() not in _BY_MOUSE
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # Painting ----------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.viewport().devicePixelRatioF()
        size = self.viewport().size()
        if self._picture is None or self._picture.size() != size * ratio:
            self._picture = self._paint_lanes(ratio)
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, self._picture)
        painter.setFont(head_font(self.font()))
        self._paint_heads(painter)
        self._paint_over(painter)
        if self.hasFocus() and self._has_tab_focus:
            painter.setPen(QPen(QColor(theme.colours().accent), 2))
            painter.drawRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_lanes(self, ratio: float) -> QPixmap:
        self.painted += 1
        of = theme.colours()
        picture = QPixmap(self.viewport().size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(of.base))
        painter = QPainter(picture)
        painter.setFont(head_font(self.font()))
        for index, lane in enumerate(self.lanes):
            field = self.field_of(index)
            if field.bottom() < 0 or field.top() > self.viewport().height():
                continue
            painter.save()
            painter.setClipRect(field)
            self._paint_ground(painter, field, lane)
            lane.paint(painter, field, self.scale)
            painter.restore()
            self._paint_limits(painter, field, lane)
            painter.setPen(QPen(QColor(of.muted if self._ends_person(index) else of.line), 0))
            y = field.bottom() + 0.5
            painter.drawLine(QLineF(0, y, self.viewport().width(), y))
        free = QRectF(self.viewport().rect()).adjusted(0, self._bottom, 0, 0)
        if self.words and free.height() > 3 * QFontMetricsF(painter.font()).height():
            painter.setPen(QColor(of.muted))
            painter.drawText(free, int(Qt.AlignmentFlag.AlignCenter), self.words)
        painter.setPen(QPen(QColor(of.line), 0))
        painter.drawLine(
            QLineF(self.field_left - 0.5, 0, self.field_left - 0.5, self.viewport().height())
        )
        painter.end()
        return picture

    def _ends_person(self, index: int) -> bool:
        """Tell whether another person's lanes begin below."""
        pair = [lane.person for lane in self.lanes[index : index + 2]]
        several = len({lane.person for lane in self.lanes} - {None}) > 1
        return several and len(set(pair)) > 1

    def _paint_ground(self, painter: QPainter, field: QRectF, lane: Lane) -> None:
        """Paint ranges, events and markers behind a lane."""
        if not isinstance(lane, MarkersLane):
            for each in self._ranges:
                if each.person is not None and lane.person not in {None, each.person}:
                    continue
                area = stretch(self.scale, field, each.start_s, each.end_s)
                if area is not None:
                    fill_pattern(painter, area, theme.COVERAGE_STYLES[each.kind], 56)
        of = theme.colours()
        events = [e for e in self._events if lane.person is None or e.person == lane.person]
        # Where events overlap the ground must not grow darker and darker.
        for start_s, stop_s in joined([(e.onset_s, e.offset_s) for e in events]):
            self._paint_band(painter, field, (start_s, stop_s), colour=of.event, alpha=80)
        for event in events:
            if event.event == self._chosen:
                span = (event.onset_s, event.offset_s)
                self._paint_band(painter, field, span, colour=of.chosen_event, alpha=120)
        for marker in self._marks.markers:
            if self.scale.sees(marker.start_s):
                x = round(field.left() + self.scale.x_of(marker.start_s, field.width())) + 0.5
                colour = QColor(MARKER_STYLES[marker.colour].shown)
                colour.setAlpha(150)
                painter.setPen(QPen(colour, 0))
                painter.drawLine(QLineF(x, field.top(), x, field.bottom()))

    def _paint_band(
        self,
        painter: QPainter,
        field: QRectF,
        span_s: tuple[float, float],
        *,
        colour: str,
        alpha: int,
    ) -> None:
        area = stretch(self.scale, field, *span_s)
        if area is not None:
            tint = QColor(colour)
            tint.setAlpha(alpha)
            painter.fillRect(area, tint)

    def _paint_limits(self, painter: QPainter, field: QRectF, lane: Lane) -> None:
        line = QFontMetricsF(painter.font()).height()
        if field.height() < 2 * line or (axis := lane.axis) is None:
            return
        painter.setPen(QColor(theme.colours().muted))
        low, high = axis
        left, wide = self.head_px, self.field_left - self.head_px - 4
        for text, top in ((high, field.top()), (low, field.bottom() - line)):
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(left, top, wide, line), right, text)

    def _paint_heads(self, painter: QPainter) -> None:
        moment = self.pointer_s if self.pointer_s is not None else self.cursor_s
        for index, lane in enumerate(self.lanes):
            field = self.field_of(index)
            if field.bottom() >= 0 and field.top() <= self.viewport().height():
                head = QRectF(0, field.top(), self.head_px, field.height())
                paint_head(painter, head, lane, moment or 0.0)
                if lane.kind.id == self.chosen:
                    bar = QRectF(0, field.top(), 3, field.height())
                    painter.fillRect(bar, QColor(theme.colours().accent))
        if self._drop is not None:
            y = self.field_of(self._drop).top() if self._drop < len(self.lanes) else self._bottom
            painter.fillRect(QRectF(0, y - 1, self.field_left, 2), QColor(theme.colours().accent))

    def _paint_over(self, painter: QPainter) -> None:
        """Paint what moves: selection, threshold, pointer and cursor."""
        of = theme.colours()
        whole = QRectF(
            self.field_left, 0, self.field_width, min(self._bottom, self.viewport().height())
        )
        if self.selection is not None:
            area = stretch(self.scale, whole, *self.selection)
            if area is not None:
                tint = QColor(of.accent)
                tint.setAlpha(60)
                painter.fillRect(area, tint)
                painter.setPen(QPen(QColor(of.accent), 1))
                for x in (area.left(), area.right()):
                    painter.drawLine(QLineF(round(x) + 0.5, 0, round(x) + 0.5, whole.bottom()))
        for index, lane in enumerate(self.lanes):
            if isinstance(lane, ScoreLane):
                lane.paint_threshold(painter, self.field_of(index))
            if isinstance(lane, EventsLane) and (event := lane.chosen_one) is not None:
                field = self.field_of(index)
                painter.save()
                painter.setClipRect(field)
                paint_borders(painter, field, self.scale, event, self.dragged)
                painter.restore()
        for time_s, colour in ((self.pointer_s, of.muted), (self.cursor_s, of.cursor)):
            if time_s is not None and self.scale.sees(time_s):
                x = round(self.field_left + self.scale.x_of(time_s, self.field_width)) + 0.5
                painter.setPen(QPen(QColor(colour), 1))
                painter.drawLine(QLineF(x, 0, x, whole.bottom()))

    @property
    def _bottom(self) -> float:
        return sum(self._heights) - self.verticalScrollBar().value()
