"""The parts of a lane: a curve of a pyramid, the event regions, the axis of timecodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.gui.theme import Colours
from fead_desktop.gui.timeline.pyramid import Pyramid
from fead_desktop.video.timebase import format_timecode

#: Distances between two timecodes that read well, in seconds.
_TICK_STEPS_S = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    14400, 28800, 86400,
)  # fmt: skip
_LEAST_REGION_PX = 3.0
_LEAST_TICK_PX = 16.0


class PyramidCurve(pg.PlotCurveItem):  # type: ignore[misc]
    """A curve that takes from its pyramid what the visible range needs."""

    def __init__(self, pyramid: Pyramid, colour: str):
        super().__init__(pen=pg.mkPen(colour, width=1), connect="finite")
        self._pyramid = pyramid
        #: How often points were taken; moving the cursor must not raise it.
        self.taken = 0

    def viewRangeChanged(self) -> None:
        super().viewRangeChanged()
        box = self.getViewBox()
        if not isinstance(box, pg.ViewBox):
            return
        start, stop = box.viewRange()[0]
        x, y = self._pyramid.window(start, stop, int(box.width()))
        self.taken += 1
        self.setData(x, y, connect="finite")

    def dataBounds(self, *args: Any, **kwargs: Any) -> tuple[None, None]:
        """The lane sets its ranges itself."""
        return None, None


class EventRegions(pg.UIGraphicsItem):  # type: ignore[misc]
    """The events as bands behind the curves, the chosen one stronger, with their ranks on top if wanted."""

    def __init__(self, *, ranks: bool):
        super().__init__()
        self.setZValue(-10)
        self._ranks = ranks
        self._events: Sequence[AnomalyEvent] = ()
        self._chosen: int | None = None
        self._colours: Colours | None = None

    def show(self, events: Sequence[AnomalyEvent], chosen: int | None, colours: Colours) -> None:
        """Draw these events."""
        self._events, self._chosen, self._colours = events, chosen, colours
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        if self._colours is None or not self._events:
            return
        range_ = self.viewRect()
        pixel = self.pixelVectors()[0]
        least = _LEAST_REGION_PX * (pixel.x() if pixel is not None else 0.0)
        # The most unusual and the chosen one last, on top of their neighbours.
        for event in sorted(self._events, key=lambda e: (e.event == self._chosen, -e.event)):
            wide = max(event.offset_s - event.onset_s, least)
            left = (event.onset_s + event.offset_s - wide) / 2
            if left > range_.right() or left + wide < range_.left():
                continue
            chosen = event.event == self._chosen
            colour = QColor(self._colours.chosen_event if chosen else self._colours.event)
            colour.setAlpha(120 if chosen else 90)
            painter.fillRect(QRectF(left, range_.top(), wide, range_.height()), colour)
        if self._ranks:
            self._paint_ranks(painter, range_)

    def _paint_ranks(self, painter: QPainter, range_: QRectF) -> None:
        assert self._colours is not None
        to_pixels = painter.transform()
        painter.save()
        painter.resetTransform()
        font = QFont(painter.font())
        font.setPixelSize(10)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        taken: list[QRectF] = []
        order = sorted(self._events, key=lambda e: (e.event != self._chosen, e.event))
        for event in order:
            if not range_.left() <= event.peak_s <= range_.right():
                continue
            at = to_pixels.map(QPointF(event.peak_s, range_.bottom()))
            wide = metrics.horizontalAdvance(str(event.event)) + 8
            tag = QRectF(at.x() - wide / 2, at.y() + 1, wide, 15)
            if any(tag.intersects(other) for other in taken):
                continue
            taken.append(tag)
            chosen = event.event == self._chosen
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._colours.chosen_event if chosen else self._colours.raised))
            painter.drawRoundedRect(tag, 3, 3)
            painter.setPen(QColor(self._colours.on_accent if chosen else self._colours.text))
            painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, str(event.event))
        painter.restore()


class TimecodeAxis(pg.AxisItem):  # type: ignore[misc]
    """Timecodes along the bottom, as many as fit without touching."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setHeight(24)
        self.setStyle(tickLength=5, tickTextOffset=3)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        span = high - low
        if span <= 0 or size <= 0 or not np.isfinite(span):
            return []
        font = self.style["tickFont"] or self.font()
        widest = QFontMetricsF(font).horizontalAdvance("00:00:00.000") + 20
        least = span * widest / size
        step = next((each for each in _TICK_STEPS_S if each >= least), _TICK_STEPS_S[-1])
        first, last = int(np.ceil(max(low, 0) / step)), int(np.floor(high / step))
        return [(step, [n * step for n in range(first, last + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        texts = [format_timecode(value) for value in values]
        return texts if spacing < 1 else [text.partition(".")[0] for text in texts]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """A few numbers beside a lane; none where its title is."""

    def __init__(self, *, shown: bool):
        super().__init__("left", showValues=shown)
        self.setStyle(tickLength=-4)
        self.highest = 1.0

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        span = high - low
        if span <= 0 or size <= 0 or not np.isfinite(span):
            return []
        least = span * _LEAST_TICK_PX / size
        magnitude = 10.0 ** np.floor(np.log10(least))
        step = next(magnitude * n for n in (1, 2, 5, 10) if magnitude * n >= least)
        last = min(self.highest, high - span * _LEAST_TICK_PX / 3 / size)
        first_n = int(np.ceil((low + span * _LEAST_TICK_PX / 3 / size) / step))
        return [(step, [n * step for n in range(first_n, int(np.floor(last / step + 1e-9)) + 1)])]


class TimeBox(pg.ViewBox):  # type: ignore[misc]
    """The field of a lane: click or drag seeks, the wheel zooms, dragging with Shift or another button pans.

    Signals: sought(seconds, preview), preview while the drag goes on.
    """

    sought = Signal(float, bool)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=True, y=False)
        self.setDefaultPadding(0)

    def mouseClickEvent(self, ev: Any) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            self._seek(ev.scenePos(), preview=False)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        ev.accept()
        pans = (
            ev.button() != Qt.MouseButton.LeftButton
            or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        if pans:
            moved = (
                self.mapSceneToView(ev.lastScenePos()).x() - self.mapSceneToView(ev.scenePos()).x()
            )
            self.translateBy(x=moved)
        else:
            self._seek(ev.scenePos(), preview=not ev.isFinish())

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        ev.accept()
        sideways = ev.orientation() == Qt.Orientation.Horizontal
        if sideways or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            start, stop = self.viewRange()[0]
            self.translateBy(x=-(stop - start) * ev.delta() / 1200)
        else:
            at = self.mapSceneToView(ev.scenePos())
            self.scaleBy(x=1.02 ** (-ev.delta() / 8), center=at)

    def _seek(self, at: QPointF, *, preview: bool) -> None:
        self.sought.emit(float(self.mapSceneToView(at).x()), preview)
