"""Drawing that several parts of the timeline share: curves of a pyramid, stretches, texts that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from shiboken6 import VoidPtr

from fead_desktop.gui import theme
from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline.pyramid import FloatArray, Pyramid
from fead_desktop.gui.timeline.scale import TimeScale

#: Marker colours by name, readable on dark and on light.
MARKER_STYLES: dict[str, Style] = {
    "yellow": Style("#F0B429", "#AD7A00"),
    "orange": Style("#E4671A", "#A83A00"),
    "red": Style("#F2606A", "#B3202C"),
    "green": Style("#1FB386", "#00805C"),
    "blue": Style("#3F86E0", "#1A5FD0"),
    "purple": Style("#D070B0", "#9A3F86"),
    "grey": Style("#C4C8CE", "#858C97"),
}
#: More of the recording than this between two samples on screen, and dashes can be told apart.
_DASHED_STEP_PX = 4.0
#: A stretch is seen however short it is.
LEAST_STRETCH_PX = 2.0


def draw_curve(
    painter: QPainter,
    pyramid: Pyramid,
    scale: TimeScale,
    field: QRectF,
    *,
    limits: tuple[float, float],
    style: Style,
) -> None:
    """Draw what a pyramid has for the visible range; ``limits`` are its values at the bottom and the top."""
    x, y = pyramid.window(scale.start_s, scale.stop_s, int(field.width()))
    low, high = limits
    px = field.left() + (x - scale.start_s) / scale.span_s * field.width()
    share = (y - low) / max(high - low, 1e-12)
    py = field.bottom() - 1 - np.clip(share, -0.05, 1.05) * (field.height() - 2)
    sparse = len(px) * _DASHED_STEP_PX < field.width()
    painter.setPen(curve_pen(style, sparse=sparse))
    smooth(painter, on=sparse)
    for part in _polygons(px, py):
        painter.drawPolyline(part)
    smooth(painter, on=False)


def curve_pen(style: Style, *, sparse: bool = True) -> QPen:
    """Return the line of a curve: dashed as its style says where samples are far enough apart."""
    if sparse:
        return theme.pen(style)
    # A hairline is drawn many times faster than any other line.
    pen = QPen(QColor(style.shown), 0)
    pen.setCosmetic(True)
    return pen


def smooth(painter: QPainter, *, on: bool) -> None:
    """Soften slanted edges, or not: what is upright is sharper without."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on)


def stretch(scale: TimeScale, field: QRectF, start_s: float, stop_s: float) -> QRectF | None:
    """Return where a stretch lies, at least two pixels wide; None where it can't be seen."""
    if stop_s < scale.start_s or start_s > scale.stop_s:
        return None
    left = field.left() + scale.x_of(max(start_s, scale.start_s), field.width())
    right = field.left() + scale.x_of(min(stop_s, scale.stop_s), field.width())
    if right - left < LEAST_STRETCH_PX:
        middle = (left + right) / 2
        left, right = middle - LEAST_STRETCH_PX / 2, middle + LEAST_STRETCH_PX / 2
    return QRectF(left, field.top(), right - left, field.height())


def fill_pattern(painter: QPainter, area: QRectF, style: Style, alpha: int) -> None:
    """Fill an area with a tint of a style and, stronger, its pattern."""
    tint = QColor(style.shown)
    tint.setAlpha(alpha // 2)
    painter.fillRect(area, tint)
    if style.pattern not in {Qt.BrushStyle.SolidPattern, Qt.BrushStyle.NoBrush}:
        tint.setAlpha(alpha)
        painter.fillRect(area, QBrush(tint, style.pattern))


def draw_elided(
    painter: QPainter,
    area: QRectF,
    text: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    at: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Draw one line of text, shortened if it has no room."""
    shown = QFontMetricsF(painter.font()).elidedText(text, at, area.width())
    painter.drawText(area, int(align | Qt.AlignmentFlag.AlignVCenter), shown)


def draw_tag(painter: QPainter, area: QRectF, text: str) -> None:
    """Draw one line of text on plain ground, so that it can be read over a pattern; nothing without room."""
    metrics = QFontMetricsF(painter.font())
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    if area.width() < 4 * metrics.averageCharWidth():
        return
    ground = QRectF(area)
    ground.setWidth(min(metrics.horizontalAdvance(shown) + 4, area.width()))
    painter.fillRect(ground.adjusted(-2, 0, 0, 0), QColor(theme.colours().base))
    painter.setPen(QColor(theme.colours().text))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def draw_sample(painter: QPainter, area: QRectF, style: Style, *, filled: bool) -> None:
    """Draw what stands for a style in a legend: a piece of its line or of its area."""
    middle = area.center().y()
    if filled:
        box = QRectF(area.left(), middle - 4, area.width(), 8)
        fill_pattern(painter, box, style, 255)
        if style.pattern == Qt.BrushStyle.SolidPattern:
            painter.fillRect(box, QColor(style.shown))
        return
    painter.setPen(theme.pen(style, 2))
    painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))


def readable_on(colour: str) -> str:
    """Return black or white, whichever can be read on a colour."""
    return "#000000" if QColor(colour).lightnessF() > 0.45 else "#FFFFFF"


def _polygons(x: FloatArray, y: FloatArray) -> Sequence[QPolygonF]:
    there = np.isfinite(y)
    if there.all():
        return (_polygon(x, y),) if len(x) > 1 else ()
    edges = np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0))
    return [
        _polygon(x[first:last], y[first:last])
        for first, last in zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True)
        if last - first > 1
    ]


def _polygon(x: FloatArray, y: FloatArray) -> QPolygonF:
    """Return an open polygon, written where Qt keeps its points: one by one they would take a hundred times as long."""
    made = QPolygonF()
    made.resize(len(x))
    # shiboken's stubs know neither the sizes nor that its pointers are buffers.
    memory: Any = VoidPtr(made.data(), 16 * len(x), True)  # type: ignore[call-arg, arg-type] # noqa: FBT003
    points = np.frombuffer(memory)
    points[0::2], points[1::2] = x, y
    return made
