"""MeshOverlay: asks for the meshes of the faces that are shown in a pause."""

from __future__ import annotations

from PySide6.QtCore import QObject

from fead_desktop.gui.jobs.mesh_maker import Meshes, MeshFace
from fead_desktop.gui.player.controller import PlayerController
from fead_desktop.gui.player.video_view import VideoView


class MeshOverlay(QObject):
    """Keeps the view's meshes in step with its picture and boxes; cases keep no mesh points.

    They are made anew from the picture with the box of the case, also between two analysed frames.
    """

    def __init__(self, controller: PlayerController, view: VideoView) -> None:
        super().__init__(controller)
        self._controller = controller
        self._view = view
        self._on = False
        self._asked: object = None
        self._meshes: Meshes | None = None
        controller.meshes_ready.connect(self._take)

    def set_on(self, *, on: bool) -> None:
        """Show meshes or not."""
        self._on = on

    def renew(self) -> None:
        """Look what is shown, and ask for the meshes that belong to it."""
        shown, boxes = self._view.shown, self._view.boxes
        wanted = self._on and not self._controller.is_playing
        if not wanted or shown is None or not shown.exact or not boxes:
            self._asked = None
            self._view.set_meshes(())
        elif self._asked != (shown.frame, boxes):
            self._asked, self._meshes = (shown.frame, boxes), None
            roll = 2
            faces = [
                MeshFace(each.box, float("nan") if each.pose_deg is None else each.pose_deg[roll])
                for each in boxes
            ]
            self._controller.ask_meshes(shown.frame, faces)
        elif self._meshes is not None:
            self._view.set_meshes(self._meshes)

    def _take(self, frame: int, meshes: Meshes) -> None:
        if self._asked == (frame, self._view.boxes):
            self._meshes = meshes
            self._view.set_meshes(meshes)
