"""VideoView: the picture on a dark ground, with the face boxes over it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.jobs.frame_reader import ReadFrame
from fead_desktop.gui.jobs.mesh_maker import Meshes
from fead_desktop.gui.player.overlay import OverlayBox
from fead_desktop.gui.player.overlay_painter import OverlaySwitches, paint_overlay
from fead_desktop.gui.player.picture_adjust import PictureAdjust
from fead_desktop.gui.player.viewport import Focus, Viewport

#: Pictures are judged on the same dark ground whatever the window looks like.
GROUND = "#0B0C0E"
_ON_GROUND = theme.DARK.muted
_PLACEHOLDER = "#1C1F24"
_WHEEL_STEP = 1.25
#: From this enlargement on pixels are drawn as squares.
_PIXELS_SHOW = 3.0


class VideoView(QWidget):
    """Shows one frame as large as it fits, or a sentence where there is none.

    Signals: painted(frame, what it shows) once a new frame is on the screen; shows_changed(what it shows) when the
    same frame comes again as something else (exact after play left others out); size_changed() when pictures should
    come in another size; viewport_changed() when another part of the picture is shown.
    """

    painted = Signal(int, str)
    shows_changed = Signal(str)
    size_changed = Signal()
    viewport_changed = Signal()

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
        self._meshes: Meshes = ()
        self._announced = True
        self._viewport = Viewport()
        self._focus: Focus | None = None
        self._switches = OverlaySwitches()
        self._adjust = PictureAdjust()
        self._adjusted: QImage | None = None
        self._dragged_from: QPointF | None = None

    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    def set_recording_size(self, width: int, height: int) -> None:
        """Tell the size of the recording's upright pictures, in pixels."""
        self._recording_size = (width, height)
        self._shown = self._adjusted = None
        self._boxes = ()
        self.set_viewport(Viewport())
        self.update()

    def set_message(self, message: str) -> None:
        """Show a sentence instead of a picture."""
        self._message = message
        self._recording_size = (0, 0)
        self._shown = self._adjusted = None
        self._boxes = ()
        self.update()

    def show_frame(
        self, frame: ReadFrame, boxes: Sequence[OverlayBox], focus: Focus | None = None
    ) -> None:
        """Show a frame, the boxes that belong to it and the face to follow; painted() follows."""
        before = self._shown
        is_refresh = self._announced and before is not None and before.frame == frame.frame
        self._shown = frame
        self._adjusted = None
        self._focus = focus
        if tuple(boxes) != self._boxes or not is_refresh:
            self._meshes = ()
        self._boxes = tuple(boxes)
        self._announced = is_refresh and frame.exact
        if self._announced and before is not None and before.shows != frame.shows:
            self.shows_changed.emit(frame.shows)
        self.update()
        if self.visibleRegion().isEmpty() or self.window().isMinimized():
            self._announce()  # a hidden window is never painted, yet the frame is the current one

    def set_boxes(self, boxes: Sequence[OverlayBox], focus: Focus | None = None) -> None:
        """Replace the boxes over the shown frame, and the face to follow."""
        if tuple(boxes) != self._boxes:
            self._meshes = ()
        self._boxes = tuple(boxes)
        self._focus = focus
        self.update()

    def set_meshes(self, meshes: Meshes) -> None:
        """Paint these meshes, one for each box, until another frame or other boxes are shown."""
        self._meshes = meshes
        self.update()

    @property
    def boxes(self) -> tuple[OverlayBox, ...]:
        """The boxes over the shown frame."""
        return self._boxes

    @property
    def meshes(self) -> Meshes:
        """The meshes over the shown frame."""
        return self._meshes

    def set_switches(self, switches: OverlaySwitches) -> None:
        """Choose what is painted over the picture."""
        self._switches = switches
        self.update()

    def set_adjust(self, adjust: PictureAdjust) -> None:
        """Change brightness, contrast and gamma of what is seen."""
        self._adjust = adjust
        self._adjusted = None
        self.update()

    @property
    def viewport(self) -> Viewport:
        """Which part of the picture is shown."""
        return self._viewport

    def set_viewport(self, viewport: Viewport) -> None:
        """Show another part of the picture."""
        if viewport == self._viewport:
            return
        resized = (viewport.mode == "fit") != (self._viewport.mode == "fit")
        self._viewport = viewport
        self._set_cursor()
        if resized:
            self.size_changed.emit()
        self.viewport_changed.emit()
        self.update()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the view, or about its middle."""
        if not all(self._recording_size):
            return
        ratio = self.devicePixelRatioF()
        at = QPointF(self.width() / 2, self.height() / 2) if at is None else at
        point = (at.x() * ratio, at.y() * ratio)
        self.set_viewport(
            self._viewport.zoomed(self._room(), self._recording_size, point, factor, self._focus)
        )

    def show_actual_size(self) -> None:
        """Show each pixel of the recording on one of the screen, keeping the middle."""
        _, x, y = self._viewport.look(self._room(), self._recording_size, self._focus)
        self.set_viewport(Viewport("free", 1.0, x, y))

    @property
    def scale(self) -> float:
        """Pixels of the screen per pixel of the recording."""
        return self._viewport.look(self._room(), self._recording_size, self._focus)[0]

    def _room(self) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return self.width() * ratio, self.height() * ratio

    @property
    def shown(self) -> ReadFrame | None:
        """The frame that is shown."""
        return self._shown

    def wanted_size(self) -> tuple[int, int]:
        """Return the size in which pictures are needed: that of the view, or their own where a part is shown."""
        width, height = self._recording_size
        if not width or not height:
            return (0, 0)
        if self._viewport.mode != "fit":
            return width, height
        _, _, wide, high = self._viewport.place(self._room(), self._recording_size)
        return int(wide), int(high)

    def picture_rect(self) -> QRect:
        """Return where the picture lies in the view."""
        return self._picture_rect().toAlignedRect()

    def _picture_rect(self) -> QRectF:
        """Return the picture's place, on whole pixels of the screen so that it is painted 1:1."""
        ratio = self.devicePixelRatioF()
        place = self._viewport.place(self._room(), self._recording_size, self._focus)
        return QRectF(*(side / ratio for side in place))

    # Qt ----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.size_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.size_changed.emit()
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom(_WHEEL_STEP ** (event.angleDelta().y() / 120), event.position())
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._dragged_from = event.position()
            self._set_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_from is None:
            return
        by = (event.position() - self._dragged_from) * self.devicePixelRatioF()
        self._dragged_from = event.position()
        self.set_viewport(
            self._viewport.panned(self._room(), self._recording_size, (by.x(), by.y()), self._focus)
        )

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._dragged_from = None
        self._set_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._viewport.mode == "fit":
            self.zoom(1 / max(self.scale, 1e-3) if self.scale < 1 else 2.0, event.position())
        else:
            self.set_viewport(Viewport())

    def _set_cursor(self) -> None:
        shapes = Qt.CursorShape
        if not self._viewport.is_enlarged(self._focus):
            self.unsetCursor()
        else:
            dragged = self._dragged_from is not None
            self.setCursor(shapes.ClosedHandCursor if dragged else shapes.OpenHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(GROUND))
            if self._shown is None:
                self._paint_message(painter)
            else:
                self._paint_picture(painter, self._shown)
                self._paint_boxes(painter)
                self._paint_badge(painter, self._shown)
        finally:
            # A painter that outlives the event takes the process with it.
            painter.end()
        if self._shown is not None and not self._announced:
            self._announce()

    def _announce(self) -> None:
        if self._shown is not None and not self._announced:
            self._announced = True
            self.painted.emit(self._shown.frame, self._shown.shows)

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
        if self._adjusted is None:
            self._adjusted = self._adjust.applied(shown.image)
        enlarged = place.width() * self.devicePixelRatioF() / shown.image.width()
        # Far enlarged the recording's own pixels are worth seeing.
        if enlarged < _PIXELS_SHOW and enlarged != 1.0:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._adjusted)

    def _paint_boxes(self, painter: QPainter) -> None:
        if not self._boxes:
            return
        place = self._picture_rect()
        scale = place.width() / max(self._recording_size[0], 1)
        painter.save()
        paint_overlay(painter, self._boxes, place, scale, self._switches, meshes=self._meshes)
        painter.restore()

    def _paint_badge(self, painter: QPainter, shown: ReadFrame) -> None:
        """Say in the corner that another frame is shown or frames are left out, and that the levels are not
        the recording's.
        """
        said = [] if shown.shows == "exact" else [shown.shows]
        words = " · ".join(said if self._adjust.is_neutral else [*said, "view adjusted"])
        if not words:
            return
        width = painter.fontMetrics().horizontalAdvance(words) + 2 * theme.UNIT
        height = painter.fontMetrics().height() + 4
        ground = QRectF(self.width() - width - theme.UNIT, theme.UNIT, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 165))
        painter.drawRoundedRect(ground, 3, 3)
        painter.setPen(QColor(theme.DARK.warning))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
