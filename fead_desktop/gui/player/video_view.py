"""VideoView: the picture on a dark ground, with the face boxes over it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.jobs.frame_reader import ReadFrame
from fead_desktop.gui.player.overlay import OverlayBox

#: Pictures are judged on the same dark ground whatever the window looks like.
GROUND = "#0B0C0E"
_ON_GROUND = theme.DARK.muted
_PLACEHOLDER = "#1C1F24"
_LABEL_GROUND = QColor(0, 0, 0, 165)


class VideoView(QWidget):
    """Shows one frame as large as it fits, or a sentence where there is none.

    Signals: painted(frame, exact) once a new frame is on the screen; size_changed() when pictures should come
    in another size.
    """

    painted = Signal(int, bool)
    size_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("video_view")
        self.setAccessibleName("Picture")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self._recording_size = (0, 0)
        self._message = ""
        self._shown: ReadFrame | None = None
        self._boxes: tuple[OverlayBox, ...] = ()
        self._announced = True

    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    def set_recording_size(self, width: int, height: int) -> None:
        """Tell the size of the recording's upright pictures, in pixels."""
        self._recording_size = (width, height)
        self._shown = None
        self._boxes = ()
        self.update()

    def set_message(self, message: str) -> None:
        """Show a sentence instead of a picture."""
        self._message = message
        self._recording_size = (0, 0)
        self._shown = None
        self._boxes = ()
        self.update()

    def show_frame(self, frame: ReadFrame, boxes: Sequence[OverlayBox]) -> None:
        """Show a frame and the boxes that belong to it; painted() follows when it is on the screen."""
        is_refresh = (
            self._announced and self._shown is not None and self._shown.frame == frame.frame
        )
        self._shown = frame
        self._boxes = tuple(boxes)
        self._announced = is_refresh and frame.exact
        self.update()
        if self.visibleRegion().isEmpty() or self.window().isMinimized():
            self._announce()  # a hidden window is never painted, yet the frame is the current one

    def set_boxes(self, boxes: Sequence[OverlayBox]) -> None:
        """Replace the boxes over the shown frame."""
        self._boxes = tuple(boxes)
        self.update()

    @property
    def shown(self) -> ReadFrame | None:
        """The frame that is shown."""
        return self._shown

    def wanted_size(self) -> tuple[int, int]:
        """Return the size in pixels of the screen in which a picture fills the view."""
        width, height = self._recording_size
        if not width or not height:
            return (0, 0)
        ratio = self.devicePixelRatioF()
        room_x, room_y = self.width() * ratio, self.height() * ratio
        scale = min(room_x / width, room_y / height)
        return max(round(width * scale), 2), max(round(height * scale), 2)

    def picture_rect(self) -> QRect:
        """Return where the picture lies in the view."""
        return self._picture_rect().toAlignedRect()

    def _picture_rect(self) -> QRectF:
        """Return the picture's place, on whole pixels of the screen so that it is painted 1:1."""
        ratio = self.devicePixelRatioF()
        width, height = self.wanted_size()
        left = round((self.width() * ratio - width) / 2)
        top = round((self.height() * ratio - height) / 2)
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    # Qt ----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.size_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.size_changed.emit()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(GROUND))
        if self._shown is None:
            self._paint_message(painter)
        else:
            self._paint_picture(painter, self._shown)
            self._paint_boxes(painter)
        painter.end()
        if self._shown is not None and not self._announced:
            self._announce()

    def _announce(self) -> None:
        if self._shown is not None and not self._announced:
            self._announced = True
            self.painted.emit(self._shown.frame, self._shown.exact)

    # Painting ----------------------------------------------------------------------------------------

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(QColor(_ON_GROUND))
        room = self.rect().adjusted(
            4 * theme.UNIT, 2 * theme.UNIT, -4 * theme.UNIT, -2 * theme.UNIT
        )
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._message)

    def _paint_picture(self, painter: QPainter, shown: ReadFrame) -> None:
        place = self._picture_rect()
        if shown.image is None:
            painter.fillRect(place, QColor(_PLACEHOLDER))
            painter.setPen(QColor(_ON_GROUND))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            sentence = (
                f"Frame {shown.frame} can't be decoded: the recording is damaged at this place."
            )
            painter.drawText(place, flags, sentence)
            return
        if (shown.image.width(), shown.image.height()) != self.wanted_size():
            # Only until the picture comes in the new size.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, shown.image)

    def _paint_boxes(self, painter: QPainter) -> None:
        if not self._boxes:
            return
        place = self._picture_rect()
        scale = place.width() / max(self._recording_size[0], 1)
        painter.setClipRect(place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rects = [
            QRectF(
                place.x() + each.box.x * scale,
                place.y() + each.box.y * scale,
                each.box.width * scale,
                each.box.height * scale,
            )
            for each in self._boxes
        ]
        for each, rect in zip(self._boxes, rects, strict=True):
            painter.setPen(_box_pen(each))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 3, 3)
        taken: list[QRectF] = []
        for each, rect in zip(self._boxes, rects, strict=True):
            label = _label_rect(painter.fontMetrics(), each.label, rect, place, taken)
            taken.append(label)
            self._paint_label(painter, each, label)

    def _paint_label(self, painter: QPainter, box: OverlayBox, label: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_LABEL_GROUND)
        painter.drawRoundedRect(label, 3, 3)
        colour = QColor(theme.person_colour(box.person))
        painter.setPen(colour.lighter(125))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, box.label)


def _label_rect(
    metrics: QFontMetrics, text: str, box: QRectF, place: QRectF, taken: Sequence[QRectF]
) -> QRectF:
    """Return where a label goes: above its box, or below it where there is no room or another label."""
    width = metrics.horizontalAdvance(text) + theme.UNIT
    height = metrics.height() + 2
    left = min(max(box.left(), place.left()), max(place.right() - width, place.left()))
    above = QRectF(left, box.top() - height - 2, width, height)
    below = QRectF(left, min(box.bottom() + 2, place.bottom() - height), width, height)
    if above.top() < place.top() or any(above.intersects(other) for other in taken):
        return below
    return above


def _box_pen(box: OverlayBox) -> QPen:
    """Return a solid line for a measured box, a thin dashed one for an interpolated box."""
    colour = QColor(theme.person_colour(box.person))
    if not box.interpolated:
        return QPen(colour, 2.0)
    colour.setAlpha(190)
    pen = QPen(colour, 1.5)
    pen.setDashPattern([4.0, 3.0])
    return pen
