"""Filmstrip: the frames around an event's peak as small pictures; click one to go there."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fead_desktop.case.eye_lines import AROUND_PEAK
from fead_desktop.gui import theme
from fead_desktop.gui.player.video_view import GROUND

#: Frames before and after the peak.
AROUND = AROUND_PEAK
_GAP = 2.0
_LEAST, _MOST = 32, 72
_PLAIN = "plain crop: where the eyes are in this frame is not known"


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
        self._frames: tuple[int, ...] = ()
        #: Frames in which the face is shown upright by its eyes.
        self.aligned: frozenset[int] = frozenset()
        self._images: dict[int, QImage | None] = {}
        self._peak = 0
        self._current = 0
        self._fit()
        self.hide()

    def set_frames(
        self, frames: Sequence[int], peak: int, *, aligned: Collection[int] = ()
    ) -> None:
        """Make room for these frames; their pictures come later. No frames hide the strip.

        Frames that are not ``aligned`` show a plain crop, and are marked so.
        """
        self._frames = tuple(frames)
        self.aligned = frozenset(aligned)
        plain = len(self._frames) - len(self.aligned)
        self.setAccessibleDescription(
            f"{plain} of {len(self._frames)} as {_PLAIN}" if plain else ""
        )
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
        return min(room / (2 * AROUND + 1), _MOST + _GAP)

    def _frame_at(self, x: float) -> int | None:
        for frame in self._frames:
            cell = self.cell(frame)
            if cell.left() - _GAP <= x < cell.right() + _GAP:
                return frame
        return None

    def resizeEvent(self, _event: object) -> None:
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        side = min(max((self.width() - 2 * theme.UNIT) / (2 * AROUND + 1) - _GAP, _LEAST), _MOST)
        caption = QFontMetricsF(self._caption_font()).height()
        self.setFixedHeight(math.ceil(side + caption + theme.UNIT / 2))

    def _caption_font(self) -> QFont:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        return font

    def captioned(self) -> list[tuple[int, str]]:
        """Return the frames whose distance to the peak has room under them, and that distance in words."""
        metrics = QFontMetricsF(self._caption_font())
        wide = metrics.horizontalAdvance("\u22128") + 2 * _GAP
        every = max(math.ceil(wide / self._pitch()), 1)
        from_peak = (metrics.horizontalAdvance("peak") + wide) / 2
        shown = []
        for frame in self._frames:
            away = frame - self._peak
            if away == 0:
                shown.append((frame, "peak"))
            elif away % every == 0 and abs(away) * self._pitch() >= from_peak:
                shown.append((frame, f"{away:+d}".replace("-", "\u2212")))
        return shown

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self._frame_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and frame is not None:
            self.frame_clicked.emit(frame)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            frame = self._frame_at(event.pos().x())
            words = "" if frame is None else f"frame {frame}"
            if frame is not None and frame not in self.aligned:
                words += f"\n{_PLAIN}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        of = theme.colours()
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setFont(self._caption_font())
            for frame in self._frames:
                self._paint_cell(painter, frame, of)
            for frame, words in self.captioned():
                cell = self.cell(frame)
                painter.setPen(QColor(of.text if frame == self._peak else of.muted))
                under = QRectF(
                    cell.center().x() - 40, cell.bottom(), 80, self.height() - cell.bottom()
                )
                painter.drawText(under, Qt.AlignmentFlag.AlignCenter, words)
        finally:
            painter.end()

    def _paint_cell(self, painter: QPainter, frame: int, of: theme.Colours) -> None:
        cell = self.cell(frame)
        image = self._images.get(frame)
        if image is None:
            painter.fillRect(cell, QColor(GROUND))
        else:
            painter.drawImage(cell, image)
        if frame not in self.aligned:
            painter.setPen(QPen(QColor(of.warning), 1.0, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
        if frame == self._current:
            painter.setPen(QPen(QColor(of.accent), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
