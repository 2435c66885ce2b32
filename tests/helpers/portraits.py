"""A public-domain portrait that scikit-image ships, with its face mesh, for tests of the face models."""

from __future__ import annotations

from functools import cache

import numpy as np

from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.models.device import import_mediapipe


@cache
def portrait() -> Picture:
    """Return the upper left of NASA's photograph of Eileen Collins, (300, 300, 3) RGB."""
    from skimage.data import astronaut

    picture = np.ascontiguousarray(astronaut()[:300, 100:400])
    picture.flags.writeable = False
    return picture


@cache
def portrait_mesh() -> Landmarks:
    """Return the (478, 3) mesh of :func:`portrait`, in its pixels."""
    return mesh_of(portrait())


def mesh_of(picture: Picture) -> Landmarks:
    """Return the mesh of a picture that holds one face; the real model."""
    with import_mediapipe().solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, max_num_faces=1
    ) as model:
        found = model.process(picture).multi_face_landmarks
    assert found, "the face mesh sees no face"
    height, width = picture.shape[:2]
    points = [(p.x * width, p.y * height, p.z * width) for p in found[0].landmark]
    return np.array(points, np.float32)
