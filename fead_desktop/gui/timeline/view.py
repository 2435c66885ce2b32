"""TimelineView: the lanes as one cached picture, with the cursor painted over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap

from fead_desktop.gui import theme
from fead_desktop.gui.timeline.items import (
    EventRegions,
    PyramidCurve,
    TimeBox,
    TimecodeAxis,
    ValueAxis,
)
from fead_desktop.gui.timeline.lanes import Curve
from fead_desktop.gui.timeline.pyramid import Pyramid

_AXIS_WIDTH = 44
_RANKS_PX = 18
#: Part of a lane that stays free for its title.
_HEADROOM = 0.42


class Lane:
    """A row of the timeline: title with legend, event regions, curves."""

    def __init__(self, plot: Any, box: TimeBox, *, ranks: bool = False):
        self.plot, self.box = plot, box
        self.curves: list[PyramidCurve] = []
        self.regions = EventRegions(ranks=ranks)
        plot.addItem(self.regions, ignoreBounds=True)
        self._title = pg.TextItem(anchor=(0, 0))
        self._title.setParentItem(box)
        self._title.setPos(2, -2)
        self._title.setZValue(20)

    def show(
        self, curves: Mapping[str, tuple[Curve, str]], lowest: float, highest: float, title: str
    ) -> None:
        """Replace the curves, name -> ((x, y), colour), and the vertical range."""
        for old in self.curves:
            self.plot.removeItem(old)
        self.curves = []
        for (x, y), colour in curves.values():
            if len(x):
                curve = PyramidCurve(Pyramid(x, y), colour)
                self.plot.addItem(curve, ignoreBounds=True)
                self.curves.append(curve)
                curve.viewRangeChanged()
        room = max(highest - lowest, 1e-9) * _HEADROOM
        self.box.setYRange(lowest - room * 0.2, highest + room, padding=0)
        self.plot.getAxis("left").highest = highest
        self._title.setHtml(title)


class TimelineView(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Ranks of the events, score, emotions and expression over one time axis.

    The lanes are painted into a picture when they change; the cursor is drawn over that picture, so that it
    moves without a curve being touched.

    Signals: sought(seconds, preview).
    """

    sought = Signal(float, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(120)
        self._picture: QPixmap | None = None
        self._cursor_s: float | None = None
        self.painted = 0
        self.ci.setContentsMargins(0, 0, theme.UNIT, 0)
        self.ci.setSpacing(2)
        self.axis = TimecodeAxis()
        self.ranks = self._add_lane(0, ranks=True)
        self.ranks.plot.setFixedHeight(_RANKS_PX)
        self.score = self._add_lane(1)
        self.emotions = self._add_lane(2)
        self.expression = self._add_lane(3, axis=self.axis)
        for lane in self.lanes:
            if lane is not self.score:
                lane.box.setXLink(self.score.box)
        self.scene().changed.connect(self._scene_changed)
        self.restyle()

    @property
    def lanes(self) -> tuple[Lane, Lane, Lane, Lane]:
        """From top to bottom; the first holds the ranks of the events."""
        return self.ranks, self.score, self.emotions, self.expression

    def set_duration(self, duration_s: float) -> None:
        """Limit zoom and pan to the recording, and show all of it."""
        end = max(duration_s, 0.04)
        for lane in self.lanes:
            lane.box.setLimits(
                xMin=-0.01 * end, xMax=1.01 * end, minXRange=min(0.2, end), maxXRange=1.02 * end
            )
        self.show_all()

    def show_all(self) -> None:
        """Zoom out to the whole recording."""
        limits = self.score.box.state["limits"]["xLimits"]
        if limits[0] is not None:
            self.score.box.setXRange(*limits, padding=0)

    def show_time(self, start_s: float, stop_s: float) -> None:
        """Pan, without zooming, until a stretch can be seen."""
        left, right = self.score.box.viewRange()[0]
        if left <= start_s and stop_s <= right:
            return
        half, middle = (right - left) / 2, (start_s + stop_s) / 2
        self.score.box.setXRange(middle - half, middle + half, padding=0)

    def sees(self, time_s: float) -> bool:
        """Tell whether a time lies in the visible range."""
        left, right = self.score.box.viewRange()[0]
        return bool(left <= time_s <= right)

    def set_cursor(self, time_s: float | None) -> None:
        """Move the cursor; the curves are not painted again."""
        if time_s != self._cursor_s:
            self._cursor_s = time_s
            self.viewport().update()

    def restyle(self) -> None:
        """Take the colours of the palette."""
        of = theme.colours()
        self.setBackground(of.base)
        for lane in self.lanes:
            for side in ("left", "bottom"):
                axis = lane.plot.getAxis(side)
                axis.setPen(of.line)
                axis.setTextPen(of.muted)
            lane.box.setBorder(of.line)
        self._stale()

    def _add_lane(self, row: int, *, ranks: bool = False, axis: TimecodeAxis | None = None) -> Lane:
        box = TimeBox()
        box.sought.connect(self.sought)
        items: dict[str, Any] = {"left": ValueAxis(shown=not ranks)}
        if axis is not None:
            items["bottom"] = axis
        plot = self.addPlot(row=row, col=0, viewBox=box, axisItems=items)
        plot.hideButtons()
        plot.setMenuEnabled(False)
        items["left"].setWidth(_AXIS_WIDTH)
        if axis is None:
            plot.hideAxis("bottom")
        self.ci.layout.setRowStretchFactor(row, 0 if ranks else 1)
        return Lane(plot, box, ranks=ranks)

    # Painting ----------------------------------------------------------------------------------------

    def _scene_changed(self, _regions: object) -> None:
        self._stale()

    def _stale(self) -> None:
        self._picture = None
        self.viewport().update()

    def paintEvent(self, ev: QPaintEvent) -> None:
        size = self.viewport().size()
        ratio = self.viewport().devicePixelRatioF()
        if self._picture is None or self._picture.size() != size * ratio:
            self._picture = self._paint_lanes(size, ratio)
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, self._picture)
        self._paint_cursor(painter)
        painter.end()

    def _paint_lanes(self, size: QSize, ratio: float) -> QPixmap:
        self.painted += 1
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(theme.colours().base))
        self.scene().prepareForPaint()
        painter = QPainter(picture)
        self.render(painter, QRectF(0, 0, size.width(), size.height()), self.viewport().rect())
        painter.end()
        return picture

    def _paint_cursor(self, painter: QPainter) -> None:
        if self._cursor_s is None or not self.sees(self._cursor_s):
            return
        top, bottom = self.ranks.box.sceneBoundingRect(), self.expression.box.sceneBoundingRect()
        left, right = self.score.box.viewRange()[0]
        x = top.left() + top.width() * (self._cursor_s - left) / (right - left)
        painter.setPen(QPen(QColor(theme.colours().cursor), 1))
        painter.drawLine(QLineF(round(x) + 0.5, top.top(), round(x) + 0.5, bottom.bottom()))
