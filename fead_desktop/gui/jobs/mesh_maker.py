"""MeshMaker: the face meshes of one picture, made when somebody wants to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fead_desktop.errors import FeadError, ModelError

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


class MeshMaker:
    """Loads the network for the first picture, so that a window that shows no mesh does without it.

    For one thread only, the one that calls :meth:`meshes` first.
    """

    def __init__(self) -> None:
        self._mesh: FaceMesh | None = None

    def meshes(self, picture: Picture, faces: Sequence[MeshFace]) -> Meshes:
        """Return the meshes of these faces, as the analysis finds them.

        Raises
        ------
        ModelError
            Where the network can't be loaded.
        """
        if self._mesh is None:
            self._mesh = _load()
        mesh = self._mesh
        return tuple(mesh.landmarks_where(picture, each.box, each.roll_deg) for each in faces)

    def close(self) -> None:
        """Free the network."""
        if self._mesh is not None:
            self._mesh.close()
        self._mesh = None


def _load() -> FaceMesh:
    from fead_desktop.faces.landmarks import FaceMesh

    try:
        return FaceMesh()
    except FeadError:
        raise
    except Exception as error:
        raise ModelError(
            "The face mesh can't be shown: its network can't be loaded; the log file says more."
        ) from error
