"""TwinPane: the shown face beside the same person's face on a usual frame, in the same pose and size."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.player.video_view import GROUND


class TwinPane(QWidget):
    """Two pictures side by side; while it flickers the left one is the usual one, in the same place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("twin_pane")
        self.setAccessibleName("The moment beside the person's baseline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self._moment: tuple[str, QImage | None] = ("", None)
        self._usual: tuple[str, QImage | None] = ("", None)
        self._message = ""
        self._flickers = False
        self.hide()

    def say(self, message: str) -> None:
        """Show a sentence in place of the pictures."""
        self._message = message
        self.update()

    def set_moment(self, caption: str, image: QImage | None) -> None:
        """Show the moment."""
        self._message = ""
        self._moment = (caption, image)
        self.update()

    def set_usual(self, caption: str, image: QImage | None) -> None:
        """Show the usual frame."""
        self._usual = (caption, image)
        self.update()

    def set_flicker(self, on: bool) -> None:
        """Put the usual picture into the moment's place, or take it away again."""
        self._flickers = on
        self.update()

    def picture_side(self) -> int:
        """Return the width and height of each picture, in pixels of the screen."""
        return max(round(self._places()[0].width() * self.devicePixelRatioF()), 2)

    def left_place(self) -> QRectF:
        """Return where the moment lies."""
        return self._places()[0]

    def right_place(self) -> QRectF:
        """Return where the usual frame lies."""
        return self._places()[1]

    def _places(self) -> tuple[QRectF, QRectF]:
        caption = self.fontMetrics().height() + theme.UNIT
        side = min((self.width() - 3 * theme.UNIT) / 2, self.height() - caption - 2 * theme.UNIT)
        side = max(side, 16.0)
        middle, top = self.width() / 2, (self.height() - side - caption) / 2
        left = QRectF(round(middle - theme.UNIT / 2 - side), round(top), round(side), round(side))
        right = QRectF(round(middle + theme.UNIT / 2), round(top), round(side), round(side))
        return left, right

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(GROUND))
            painter.setPen(QColor(theme.DARK.muted))
            if self._message:
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                margin = 4 * theme.UNIT
                room = self.rect().adjusted(margin, margin, -margin, -margin)
                painter.drawText(room, flags, self._message)
                return
            left, right = self._places()
            self._paint_one(painter, left, *(self._usual if self._flickers else self._moment))
            self._paint_one(painter, right, *self._usual)
        finally:
            painter.end()

    def _paint_one(
        self, painter: QPainter, place: QRectF, caption: str, image: QImage | None
    ) -> None:
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
        under = QRectF(
            place.left(), place.bottom() + 2, place.width(), painter.fontMetrics().height()
        )
        painter.setPen(QColor(theme.DARK.text))
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, caption)
