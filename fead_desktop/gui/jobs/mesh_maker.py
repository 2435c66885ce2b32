"""MeshMaker: the thread that makes the face meshes of a picture when somebody wants to see them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from fead_desktop.logs import logger

if TYPE_CHECKING:
    from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
    from fead_desktop.faces.landmarks import FaceMesh


@dataclass(frozen=True)
class MeshFace:
    """A face that is known to be in the picture: its box in pixels and its roll, NaN where that is unknown."""

    box: BoundingBox
    roll_deg: float


#: For each face (478, 3) points in pixels of the picture, None where the mesh finds no such face.
Meshes = tuple["Landmarks | None", ...]


class MeshMaker(QThread):
    """Makes the meshes of one picture at a time; the latest request wins.

    It loads the network for the first picture, so that a window that shows no mesh does without it, and in a
    thread of its own, so that pictures go on while it does.

    Signals: ready(frame, Meshes); failed(sentence) where the network can't be loaded.
    """

    ready = Signal(int, object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("MeshMaker")
        # Shared by both threads, under the lock.
        self._lock = threading.Condition()
        self._stopping = False
        self._wanted: tuple[int, Picture, Sequence[MeshFace]] | None = None

    def make(self, frame: int, picture: Picture, faces: Sequence[MeshFace]) -> None:
        """Ask for the meshes of these faces, as the analysis finds them."""
        with self._lock:
            self._wanted = (frame, picture, faces)
            self._lock.notify_all()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self.wait()

    def run(self) -> None:
        mesh: FaceMesh | None = None
        try:
            while (wanted := self._next()) is not None:
                mesh = mesh or load_mesh()
                frame, picture, faces = wanted
                self.ready.emit(frame, meshes_of(mesh, picture, faces))
        except Exception:
            logger("gui").exception("no face mesh")
            self.failed.emit("The face mesh can't be shown; the log file says more.")
        finally:
            if mesh is not None:
                mesh.close()

    def _next(self) -> tuple[int, Picture, Sequence[MeshFace]] | None:
        with self._lock:
            while not self._stopping and self._wanted is None:
                self._lock.wait()
            wanted, self._wanted = self._wanted, None
            return None if self._stopping else wanted


def load_mesh() -> FaceMesh:
    """Load the network."""
    from fead_desktop.faces.landmarks import FaceMesh

    return FaceMesh()


def meshes_of(mesh: FaceMesh, picture: Picture, faces: Sequence[MeshFace]) -> Meshes:
    """Return the meshes of faces that are known to be in a picture."""
    return tuple(mesh.landmarks_where(picture, each.box, each.roll_deg) for each in faces)
