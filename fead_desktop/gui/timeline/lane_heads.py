"""The heads of the lanes: title, person, and what every curve shows at the cursor."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from fead_desktop.gui import theme
from fead_desktop.gui.timeline.drawing import draw_elided, draw_sample
from fead_desktop.gui.timeline.lane import Entry, Lane

_SAMPLE_PX = 12.0
_PAD = 6.0


def head_font(usual: QFont) -> QFont:
    """Return the font of heads, numbers and tags: a little smaller than usual."""
    font = QFont(usual)
    font.setPointSizeF(max(usual.pointSizeF() * 0.88, 6.5))
    return font


def paint_head(painter: QPainter, head: QRectF, lane: Lane, time_s: float) -> None:
    """Paint the head of a lane with its values at a time; as many as there is room for."""
    of = theme.colours()
    line = QFontMetricsF(painter.font()).height()
    painter.save()
    painter.setClipRect(head)
    entries = lane.entries(time_s)
    area = head.adjusted(_PAD, 1, -_PAD, -1)
    single = head.height() < 2.2 * line
    title = QRectF(area.left(), area.top(), area.width(), area.height() if single else line)
    if lane.who:
        chip = QRectF(title.left(), title.center().y() - 4, 4, 8)
        painter.fillRect(chip, QColor(theme.person_colour(lane.person or 0)))
        title.setLeft(title.left() + 8)
    painter.setPen(QColor(of.text))
    if single and entries:
        _paint_single(painter, title, lane, entries[0])
        painter.restore()
        return
    draw_elided(painter, title, _name(lane, painter, title.width()))
    below = QRectF(area.left(), title.bottom(), area.width(), area.bottom() - title.bottom())
    _paint_entries(painter, below, entries, line)
    painter.restore()


def _name(lane: Lane, painter: QPainter, room: float) -> str:
    """Return title and person, as much of it as there is room for: the mark in the person's colour stays."""
    titles = [lane.title, lane.kind.short] if lane.title == lane.kind.title else [lane.title]
    names = [f"{title} · {lane.who}" for title in titles if title] if lane.who else []
    names += [title for title in titles if title]
    metrics = QFontMetricsF(painter.font())
    return next((name for name in names if metrics.horizontalAdvance(name) <= room), names[-1])


def _paint_single(painter: QPainter, row: QRectF, lane: Lane, entry: Entry) -> None:
    """Paint title and state in one line."""
    metrics = QFontMetricsF(painter.font())
    text = f"{entry.label} {entry.value}".strip()
    sample = _SAMPLE_PX + 4 if entry.style is not None else 0.0
    wide = min(metrics.horizontalAdvance(text) + 2 + sample, 0.62 * row.width())
    left = row.adjusted(0, 0, -wide - 6, 0)
    draw_elided(painter, left, _name(lane, painter, left.width()))
    right = QRectF(row.right() - wide, row.top(), wide, row.height())
    if entry.style is not None:
        box = QRectF(right.left(), right.top(), _SAMPLE_PX, right.height())
        draw_sample(painter, box, entry.style, filled=entry.filled)
    painter.setPen(QColor(theme.colours().muted))
    draw_elided(painter, right.adjusted(sample, 0, 0, 0), text, Qt.AlignmentFlag.AlignRight)


def _paint_entries(painter: QPainter, area: QRectF, entries: list[Entry], line: float) -> None:
    rows = max(int((area.height() + 0.3 * line) / line), 0)
    if not rows or not entries:
        return
    columns = 1 if len(entries) <= rows else 2
    of = theme.colours()
    wide = (area.width() - (columns - 1) * theme.UNIT) / columns
    for k, entry in enumerate(entries[: rows * columns]):
        column, row = divmod(k, rows)
        left = area.left() + column * (wide + theme.UNIT)
        cell = QRectF(left, area.top() + row * line, wide, line)
        if entry.style is not None:
            sample = QRectF(cell.left(), cell.top(), _SAMPLE_PX, cell.height())
            draw_sample(painter, sample, entry.style, filled=entry.filled)
            cell.setLeft(cell.left() + _SAMPLE_PX + 4)
        value = QFontMetricsF(painter.font()).horizontalAdvance(entry.value)
        painter.setPen(QColor(of.text))
        draw_elided(painter, cell, entry.value, Qt.AlignmentFlag.AlignRight)
        painter.setPen(QColor(of.muted))
        # Measures differ in their ends: lip corner pull L, lip corner depress R.
        at = Qt.TextElideMode.ElideMiddle
        draw_elided(painter, cell.adjusted(0, 0, -value - 4, 0), entry.label, at=at)
