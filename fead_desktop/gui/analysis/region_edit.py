"""The region of the picture in which faces are searched for: typed as four numbers, or drawn on the picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QRubberBand, QWidget

from fead_desktop.case.parameters import LEAST_REGION_PX, parse_region
from fead_desktop.gui.player.video_view import VideoView
from fead_desktop.gui.session import Session

Region = tuple[int, int, int, int]


class RegionEdit(QLineEdit):
    """Takes x, y, width and height in pixels of the picture; empty = the whole picture."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setPlaceholderText("whole picture")
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("1280, 0, 640, 720") + 12)
        self.setToolTip(
            "Search faces in this part of the picture only: x, y, width, height in pixels; "
            "leave it empty for all of it"
        )

    def region(self) -> Region | None:
        """Return the region, None when empty.

        Raises
        ------
        UsageError
            When the text is no region.
        """
        return parse_region(self.text())

    def set_region(self, region: Region | None) -> None:
        """Show a region."""
        self.setText("" if region is None else ", ".join(str(each) for each in region))


class RegionDrawer(QObject):
    """Lets the analyst drag a rectangle over the picture, once; Escape gives up.

    Signals: drawn(region) in pixels of the recording; ended() however it ended.
    """

    drawn = Signal(object)
    ended = Signal()

    def __init__(self, view: VideoView, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._view, self._session = view, session
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, view)
        self._corner: QPoint | None = None
        self.is_drawing = False
        session.recording_closed.connect(self.stop)

    def start(self) -> None:
        """Wait for a rectangle."""
        if not self.is_drawing and self._session.index is not None:
            self.is_drawing = True
            self._view.installEventFilter(self)
            self._view.window().installEventFilter(self)
            self._view.setCursor(Qt.CursorShape.CrossCursor)
            self._session.said.emit(
                "Drag a rectangle over the picture around where faces are to be searched; Escape gives up."
            )

    def stop(self) -> None:
        """Wait no longer."""
        if self.is_drawing:
            self.is_drawing = False
            self._corner = None
            self._view.removeEventFilter(self)
            self._view.window().removeEventFilter(self)
            self._view.unsetCursor()
            self._band.hide()
            self._session.said.emit("")
            self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.stop()
            return True
        if watched is not self._view or not isinstance(event, QMouseEvent):
            return False
        place = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress:
            self._corner = place
        elif event.type() == QEvent.Type.MouseMove and self._corner is not None:
            self._band.setGeometry(QRect(self._corner, place).normalized())
            self._band.show()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._corner is not None:
            region = self._region(QRect(self._corner, place).normalized())
            self.stop()
            if region is None:
                self._session.said.emit(
                    f"A region is at least {LEAST_REGION_PX} pixels of the recording wide and high."
                )
            else:
                self.drawn.emit(region)
        return True

    def _region(self, drawn: QRect) -> Region | None:
        """Return the recording's pixels under a rectangle of the view; None where these are too few."""
        index, picture = self._session.index, self._view.picture_rect()
        inside = drawn.intersected(picture)
        if index is None or inside.isEmpty():
            return None
        scale = index.width / max(picture.width(), 1)
        left, top = (
            max(round((side - edge) * scale), 0)
            for side, edge in (
                (inside.left(), picture.left()),
                (inside.top(), picture.top()),
            )
        )
        width = min(round(inside.width() * scale), index.width - left)
        height = min(round(inside.height() * scale), index.height - top)
        return (left, top, width, height) if min(width, height) >= LEAST_REGION_PX else None
