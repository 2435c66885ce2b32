"""Paints boxes, names, emotion bars, expression measures and head pose over the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF

from fead_desktop.features.measures import EMOTIONS
from fead_desktop.gui import theme
from fead_desktop.gui.player.label_places import Placed, place_labels
from fead_desktop.gui.player.overlay import OverlayBox

if TYPE_CHECKING:
    from fead_desktop.faces.face import Landmarks
    from fead_desktop.gui.jobs.mesh_maker import Meshes

_LABEL_GROUND = QColor(0, 0, 0, 165)
_INK = "#E6E8EB"
_BAR, _ROW = 64.0, 9.0
#: Room for a name where labels are crowded, in usual characters; less and less until all find a place.
_NAME_EM = (18.0, 12.0, 8.0, 5.0, 3.0)


@dataclass(frozen=True)
class OverlaySwitches:
    """What is painted over the picture."""

    box: bool = True
    name: bool = True
    emotions: bool = False
    measures: bool = False
    pose: bool = False
    mesh: bool = False


@dataclass(frozen=True)
class _Row:
    """A line beside a face: a name with words, or with a bar of a share from 0 to 1."""

    name: str
    words: str = ""
    share: float | None = None
    colour: str = ""


def paint_overlay(
    painter: QPainter,
    boxes: Sequence[OverlayBox],
    place: QRectF,
    scale: float,
    switches: OverlaySwitches,
    *,
    meshes: Meshes = (),
) -> None:
    """Paint what belongs to the boxes.

    Parameters
    ----------
    place : where the picture lies; ``scale``: pixels of the view per pixel of the recording.
    meshes : one for each box, or none at all.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view = QRectF(painter.viewport())
    seen = place.intersected(view)
    painter.setClipRect(seen)
    rects = [_rect_of(each, place, scale) for each in boxes]
    if switches.box:
        for each, rect in zip(boxes, rects, strict=True):
            painter.setPen(_box_pen(each))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 3, 3)
    if switches.mesh and len(meshes) == len(boxes):
        for each, mesh in zip(boxes, meshes, strict=True):
            if mesh is not None:
                _paint_mesh(painter, mesh, theme.person_colour(each.person), place, scale)
    for each, rect in zip(boxes, rects, strict=True):
        if switches.pose and each.pose_deg is not None:
            _paint_pose(painter, each.pose_deg, rect)
    taken = _paint_labels(painter, boxes, rects, seen) if switches.name else []
    # Values may stand beside the picture as well: over the face they hide what they are about.
    painter.setClipRect(view)
    _paint_every_value(painter, [_rows_of(each, switches) for each in boxes], rects, view, taken)


def _paint_labels(
    painter: QPainter, boxes: Sequence[OverlayBox], rects: Sequence[QRectF], seen: QRectF
) -> list[QRectF]:
    """Paint names and strongest emotions, lines to their boxes below them; returns where the labels are."""
    pairs = zip(boxes, rects, strict=True)
    labelled = [(each, rect & seen) for each, rect in pairs if rect.intersects(seen)]
    labels = labels_of(painter.fontMetrics(), labelled, seen)
    for each, _, label in labels:
        if label.leader is not None:
            painter.setPen(QPen(QColor(theme.person_colour(each.person)), 1.2))
            painter.drawLine(label.leader)
    for each, text, label in labels:
        _paint_label(painter, each, text, label.rect)
    return [label.rect for _, _, label in labels]


def labels_of(
    metrics: QFontMetrics, boxes: Sequence[tuple[OverlayBox, QRectF]], seen: QRectF
) -> list[tuple[OverlayBox, str, Placed]]:
    """Return boxes, words and places of the labels, beside each box's own part of what is seen.

    Where they would cover each other they become the names alone, then names shortened in the middle.
    """

    def elided(em: float) -> list[str]:
        room = round(em * metrics.averageCharWidth())
        return [
            metrics.elidedText(each.name, Qt.TextElideMode.ElideMiddle, room) for each, _ in boxes
        ]

    texts = [[each.label for each, _ in boxes], *(elided(em) for em in _NAME_EM)]
    widths = [[metrics.horizontalAdvance(text) + theme.UNIT for text in row] for row in texts]
    rects = [rect for _, rect in boxes]
    level, places = place_labels(rects, widths, metrics.height() + 2, seen)
    return [
        (each, text, place)
        for (each, _), text, place in zip(boxes, texts[level], places, strict=True)
        if place is not None
    ]


def _rect_of(each: OverlayBox, place: QRectF, scale: float) -> QRectF:
    return QRectF(
        place.x() + each.box.x * scale,
        place.y() + each.box.y * scale,
        each.box.width * scale,
        each.box.height * scale,
    )


def _paint_mesh(
    painter: QPainter, mesh: Landmarks, person_colour: str, place: QRectF, scale: float
) -> None:
    """Draw the points of a face mesh, each a dot that is seen on dark and on light skin."""
    points = QPolygonF(
        [QPointF(place.x() + float(x) * scale, place.y() + float(y) * scale) for x, y, _ in mesh]
    )
    for ink, wide in ((QColor(0, 0, 0, 120), 3.4), (QColor(person_colour).lighter(140), 2.2)):
        pen = QPen(ink, wide)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(points)


def _paint_label(painter: QPainter, box: OverlayBox, text: str, label: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_LABEL_GROUND)
    painter.drawRoundedRect(label, 3, 3)
    painter.setPen(QColor(theme.person_colour(box.person)).lighter(125))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)


def _rows_of(box: OverlayBox, switches: OverlaySwitches) -> list[_Row]:
    rows: list[_Row] = []
    if switches.emotions and box.emotions:
        for name, score in zip(EMOTIONS, box.emotions, strict=True):
            rows.append(_Row(name, share=score, colour=theme.EMOTION_STYLES[name].colour))
    if switches.measures:
        for title, sigma in box.measures:
            rows.append(_Row(title, f"{sigma:+.1f} σ".replace("-", "\u2212")))
    return rows


def _paint_every_value(
    painter: QPainter,
    rows: Sequence[Sequence[_Row]],
    rects: Sequence[QRectF],
    seen: QRectF,
    taken: Sequence[QRectF],
) -> None:
    """Write each face's values beside it, never over another one, and say for how many there is no room."""
    avoid, without = [*taken, *rects], 0
    for own, rect in zip(rows, rects, strict=True):
        if own:
            others = [each for each in avoid if each is not rect]
            ground = _paint_values(painter, own, rect, seen, others)
            avoid += [] if ground is None else [ground]
            without += ground is None
    if without:
        words = f"No room for the values of {without} of {len(rects)} faces: zoom in"
        _paint_remark(painter, words, seen)


def _paint_values(
    painter: QPainter, rows: Sequence[_Row], rect: QRectF, seen: QRectF, avoid: Sequence[QRectF]
) -> QRectF | None:
    """Write the emotion bars and the measures beside the face; returns where, None without room."""
    painter.save()
    font = painter.font()
    font.setPointSizeF(max(font.pointSizeF() * 0.85, 7.0))
    painter.setFont(font)
    metrics = painter.fontMetrics()
    names = max(metrics.horizontalAdvance(row.name) for row in rows)
    width = names + _BAR + 2.5 * theme.UNIT
    height = len(rows) * metrics.height() + theme.UNIT
    ground = _beside(rect, width, height, seen, avoid)
    if ground is None:
        painter.restore()
        return None
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_LABEL_GROUND)
    painter.drawRoundedRect(ground, 3, 3)
    line = QRectF(ground).adjusted(theme.UNIT / 2, theme.UNIT / 2, -theme.UNIT / 2, 0)
    line.setHeight(metrics.height())
    for row in rows:
        _paint_row(painter, line, row)
        line.translate(0, metrics.height())
    painter.restore()
    return ground


def _paint_remark(painter: QPainter, words: str, seen: QRectF) -> None:
    metrics = painter.fontMetrics()
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(seen.width()) - theme.UNIT)
    ground = QRectF(0, 0, metrics.horizontalAdvance(text) + theme.UNIT, metrics.height() + 2)
    ground.moveBottomLeft(seen.bottomLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_LABEL_GROUND)
    painter.drawRect(ground)
    painter.setPen(QColor(_INK))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)


def _paint_row(painter: QPainter, line: QRectF, row: _Row) -> None:
    painter.setPen(QColor(_INK))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.name)
    if row.share is None:
        at = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, at, row.words)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    groove = QRectF(line.right() - _BAR, line.center().y() - _ROW / 2, _BAR, _ROW)
    painter.setBrush(QColor(255, 255, 255, 40))
    painter.drawRect(groove)
    painter.setBrush(QColor(row.colour))
    groove.setWidth(_BAR * min(max(row.share, 0.0), 1.0))
    painter.drawRect(groove)


def _beside(
    rect: QRectF, width: float, height: float, seen: QRectF, taken: Sequence[QRectF]
) -> QRectF | None:
    """Return a free place right or left of a face, else under or over it, else over as little of it as may be.

    None without one.
    """
    top = max(min(rect.top(), seen.bottom() - height), seen.top())
    middle = max(min(rect.left(), seen.right() - width), seen.left())
    on_the_left = rect.left() - seen.left() > seen.right() - rect.right()
    edge = seen.left() if on_the_left else max(seen.right() - width, seen.left())
    places = [
        QRectF(rect.right() + 4, top, width, height),
        QRectF(rect.left() - 4 - width, top, width, height),
        QRectF(middle, rect.bottom() + 4, width, height),
        QRectF(middle, rect.top() - 4 - height, width, height),
    ]
    fitting = [place for place in places if seen.contains(place)]
    fitting.append(QRectF(edge, top, width, height))
    free = (place for place in fitting if not any(place.intersects(other) for other in taken))
    return next(free, None)


def _paint_pose(painter: QPainter, pose_deg: tuple[float, float, float], rect: QRectF) -> None:
    """Draw the head's axes: to the person's left, up, and out of the face."""
    middle, length = rect.center(), rect.width() * 0.5
    for (x, y), colour in zip(pose_axes(*pose_deg), ("#E4671A", "#1FB386", "#7DD3F7"), strict=True):
        end = QPointF(middle.x() + x * length, middle.y() + y * length)
        for ink, wide in ((QColor(0, 0, 0, 150), 4.0), (QColor(colour), 2.0)):
            pen = QPen(ink, wide)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QLineF(middle, end))


def pose_axes(
    yaw_deg: float, pitch_deg: float, roll_deg: float
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Return where a head's axes of length 1 end in the picture: its left, up, and forward; y points down.

    Positive angles turn the face to the picture's right, up, and clockwise.
    """
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))

    def turned(x: float, y: float) -> tuple[float, float]:
        return (
            x * math.cos(roll) - y * math.sin(roll),
            x * math.sin(roll) + y * math.cos(roll),
        )

    left = turned(math.cos(yaw), math.sin(yaw) * math.sin(pitch))
    up = turned(0.0, -math.cos(pitch))
    forward = turned(math.sin(yaw), -math.cos(yaw) * math.sin(pitch))
    return left, up, forward


def _box_pen(box: OverlayBox) -> QPen:
    """Return a solid line for a measured box, a thin dashed one for an interpolated box."""
    colour = QColor(theme.person_colour(box.person))
    if not box.interpolated:
        return QPen(colour, 2.0)
    colour.setAlpha(190)
    pen = QPen(colour, 1.5)
    pen.setDashPattern([4.0, 3.0])
    return pen
