"""The borders of the chosen event as handles in the lane of the events: where they lie and how they are dragged."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.gui import theme
from fead_desktop.gui.timeline.drawing import smooth
from fead_desktop.gui.timeline.lane import NEAR_PX
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.review.moments import EDGES, Edge

#: An event that is narrower than this can't be gripped: zoom in first.
_LEAST_PX = 4 * NEAR_PX
_SERIF_PX = 4.0


def edge_time(event: AnomalyEvent, edge: Edge) -> float:
    """Return where a border lies, in seconds."""
    return float(getattr(event, f"{edge}_s"))


def edge_near(event: AnomalyEvent, x: float, width: float, scale: TimeScale) -> Edge | None:
    """Return the border at a place of the field; None where there is none, or the event is too narrow to grip."""
    places = {edge: scale.x_of(edge_time(event, edge), width) for edge in EDGES}
    if places["offset"] - places["onset"] < _LEAST_PX:
        return None
    near = {edge: abs(place - x) for edge, place in places.items()}
    best = min(EDGES, key=lambda edge: near[edge])
    return best if near[best] <= NEAR_PX else None


def paint_borders(
    painter: QPainter,
    field: QRectF,
    scale: TimeScale,
    event: AnomalyEvent,
    dragged: tuple[Edge, float] | None,
) -> None:
    """Paint brackets at onset and offset and a notch at the peak; a dragged one where the mouse is."""
    of = theme.colours()
    painter.setPen(QPen(QColor(of.chosen_event), 2))
    for edge, inwards in (("onset", _SERIF_PX), ("offset", -_SERIF_PX)):
        x = field.left() + scale.x_of(_time(event, edge, dragged), field.width())
        painter.drawLine(QLineF(x, field.top() + 1, x, field.bottom() - 1))
        for y in (field.top() + 1, field.bottom() - 1):
            painter.drawLine(QLineF(x, y, x + inwards, y))
    x = field.left() + scale.x_of(_time(event, "peak", dragged), field.width())
    smooth(painter, on=True)
    painter.setBrush(QColor(of.chosen_event))
    top = field.bottom() - _SERIF_PX
    corners = [QPointF(x - 4, field.bottom()), QPointF(x + 4, field.bottom()), QPointF(x, top)]
    painter.drawPolygon(QPolygonF(corners))
    smooth(painter, on=False)


def _time(event: AnomalyEvent, edge: str, dragged: tuple[Edge, float] | None) -> float:
    if dragged is not None and dragged[0] == edge:
        return dragged[1]
    return float(getattr(event, f"{edge}_s"))
