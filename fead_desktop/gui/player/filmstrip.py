"""Filmstrip: the frames around an event's peak as small pictures; click one to go there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.player.video_view import GROUND

#: Frames before and after the peak.
AROUND = 8
_GAP = 2.0
_CAPTION = 14.0
_LEAST, _MOST = 32, 72


class Filmstrip(QWidget):
    """Shows frames side by side, each under its distance to the peak.

    Signals: frame_clicked(frame).
    """

    frame_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filmstrip")
        self.setAccessibleName("Frames around the event's peak")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_LEAST + round(_CAPTION) + theme.UNIT)
        self._frames: tuple[int, ...] = ()
        self._images: dict[int, QImage | None] = {}
        self._peak = 0
        self._current = 0
        self.hide()

    def set_frames(self, frames: Sequence[int], peak: int) -> None:
        """Make room for these frames; their pictures come later. No frames hide the strip."""
        self._frames = tuple(frames)
        self._images = {}
        self._peak = peak
        self.setVisible(bool(frames))
        self.update()

    def set_images(self, images: dict[int, QImage | None]) -> None:
        """Show pictures by frame; None where a frame can't be decoded."""
        self._images = images
        self.update()

    def set_current(self, frame: int) -> None:
        """Mark the frame that the player shows."""
        if frame != self._current:
            self._current = frame
            self.update()

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames in their order."""
        return self._frames

    @property
    def images(self) -> dict[int, QImage | None]:
        """The pictures that have come so far."""
        return self._images

    def sizeHint(self) -> QSize:
        return QSize(60 * theme.UNIT, self.height())

    def cell(self, frame: int) -> QRectF:
        """Return where a frame's picture lies."""
        side = min(self._pitch() - _GAP, float(_MOST))
        left = (self.width() - self._pitch() * len(self._frames)) / 2
        at = left + self._frames.index(frame) * self._pitch()
        return QRectF(at + (self._pitch() - side) / 2, theme.UNIT / 2, side, side)

    def _pitch(self) -> float:
        room = self.width() - 2 * theme.UNIT
        return min(room / max(len(self._frames), 1), _MOST + _GAP)

    def _frame_at(self, x: float) -> int | None:
        for frame in self._frames:
            cell = self.cell(frame)
            if cell.left() - _GAP <= x < cell.right() + _GAP:
                return frame
        return None

    def resizeEvent(self, _event: object) -> None:
        side = min(max((self.width() - 2 * theme.UNIT) / (2 * AROUND + 1) - _GAP, _LEAST), _MOST)
        self.setFixedHeight(round(side + _CAPTION + theme.UNIT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self._frame_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and frame is not None:
            self.frame_clicked.emit(frame)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            frame = self._frame_at(event.pos().x())
            words = "" if frame is None else f"frame {frame}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        of = theme.colours()
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            font = painter.font()
            font.setPointSizeF(font.pointSizeF() * 0.8)
            painter.setFont(font)
            for frame in self._frames:
                self._paint_cell(painter, frame, of)
        finally:
            painter.end()

    def _paint_cell(self, painter: QPainter, frame: int, of: theme.Colours) -> None:
        cell = self.cell(frame)
        image = self._images.get(frame)
        if image is None:
            painter.fillRect(cell, QColor(GROUND))
        else:
            painter.drawImage(cell, image)
        if frame == self._current:
            painter.setPen(QPen(QColor(of.accent), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
        away = frame - self._peak
        words = "peak" if away == 0 else f"{away:+d}".replace("-", "\u2212")
        painter.setPen(QColor(of.text if away == 0 else of.muted))
        under = QRectF(cell.left() - _GAP, cell.bottom(), cell.width() + 2 * _GAP, _CAPTION)
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, words)
