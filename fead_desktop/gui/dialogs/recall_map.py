"""RecallMap: the share of planted moments that were flagged, by strength and length, as a heat map with numbers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fead_desktop.case.selftest import Cell
from fead_desktop.gui import theme

_CELL = QSize(13 * theme.UNIT, 6 * theme.UNIT)
_SIDE = 9 * theme.UNIT
_TOP = 3 * theme.UNIT


class RecallMap(QWidget):
    """Rows by strength, columns by length; a cell says its share and 95 % interval, and is filled by the share."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._cells: tuple[Cell, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Flagged share of the planted moments")

    def show_cells(self, cells: tuple[Cell, ...]) -> None:
        """Show these, one for each strength and length."""
        self._cells = cells
        self.setAccessibleDescription("; ".join(_spoken(cell) for cell in cells))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lengths, magnitudes = self._axes()
        return QSize(_SIDE + len(lengths) * _CELL.width(), _TOP + len(magnitudes) * _CELL.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _axes(self) -> tuple[list[float], list[float]]:
        lengths = sorted({cell.duration_s for cell in self._cells})
        return lengths, sorted({cell.magnitude for cell in self._cells}, reverse=True)

    def _placed(self) -> list[tuple[Cell, QRectF]]:
        lengths, magnitudes = self._axes()
        wide = (self.width() - _SIDE) / max(len(lengths), 1)
        return [
            (
                cell,
                QRectF(
                    _SIDE + lengths.index(cell.duration_s) * wide,
                    _TOP + magnitudes.index(cell.magnitude) * _CELL.height(),
                    wide,
                    _CELL.height(),
                ).adjusted(1, 1, -1, -1),
            )
            for cell in self._cells
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:
        of = theme.colours()
        painter = QPainter(self)
        lengths, magnitudes = self._axes()
        wide = (self.width() - _SIDE) / max(len(lengths), 1)
        painter.setPen(QColor(of.muted))
        middle = Qt.AlignmentFlag.AlignCenter
        for k, length in enumerate(lengths):
            painter.drawText(QRectF(_SIDE + k * wide, 0, wide, _TOP), middle, f"{length:g} s")
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for k, magnitude in enumerate(magnitudes):
            area = QRectF(0, _TOP + k * _CELL.height(), _SIDE, _CELL.height())
            painter.drawText(area, left, f"{magnitude:g} σ")
        for cell, area in self._placed():
            self._paint(painter, cell, area)
        painter.end()

    def _paint(self, painter: QPainter, cell: Cell, area: QRectF) -> None:
        of = theme.colours()
        ground = _between(of.raised, of.accent, cell.recall)
        painter.fillRect(area, ground)
        dark = ground.lightness() < 140
        painter.setPen(QColor("#FFFFFF" if dark else "#14171B"))
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        half = area.height() / 2
        upper = QRectF(area.left(), area.top() + 4, area.width(), half)
        bottom = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(upper, bottom, f"{cell.recall * 100:.0f} %")
        painter.setFont(self.font())
        low, high = cell.interval
        lower = QRectF(area.left(), area.top() + half + 3, area.width(), half - 4)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(lower, top, f"{low * 100:.0f}–{high * 100:.0f} %")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = event.pos().toPointF()
            cell = next((cell for cell, area in self._placed() if area.contains(at)), None)
            if cell is not None:
                QToolTip.showText(event.globalPos(), _spoken(cell), self)
                return True
        return super().event(event)


def _spoken(cell: Cell) -> str:
    low, high = cell.interval
    return (
        f"{cell.magnitude:g} σ for {cell.duration_s:g} s: {cell.flagged} of {cell.planted} flagged "
        f"(95 % interval {low * 100:.0f} to {high * 100:.0f} %)"
    )


def _between(low: str, high: str, share: float) -> QColor:
    """Return a colour between two, share 0 to 1."""
    one, other = QColor(low), QColor(high)
    parts = (
        round(a + (b - a) * share)
        for a, b in (
            (one.red(), other.red()),
            (one.green(), other.green()),
            (one.blue(), other.blue()),
        )
    )
    return QColor(*parts)
