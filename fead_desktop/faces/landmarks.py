"""FaceMesh: 478 points on each face crop, by MediaPipe's face mesh with attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
from fead_desktop.models.device import import_mediapipe

#: Side of the crop in box heights. From 1.2 to 2.2 recall was 363 of 363 faces and jitter the same within
#: its noise (0.005 to 0.008 eye distances for a box shifted by 6 %); 2.6 met neighbours and clouds.
CROP_MARGIN = 1.6

#: Tried when the crop shows a neighbour's face instead.
TIGHT_MARGIN = 1.15

#: Of the second look, and the mean distance of the two meshes in outer eye distances that is allowed.
SECOND_MARGIN, MOST_DISAGREEMENT = 1.25, 0.1

#: Mesh points of the outer eye corners, the person's right eye first.
OUTER_EYES = (33, 263)

#: Side of the picture the mesh sees.
CROP_PX = 256


class FaceMesh:
    """Mesh of one face at a time; a face's mesh depends on its frame and box only.

    MediaPipe's static mode: it finds the face anew in every crop, so there is no memory of earlier frames
    (its video mode gives other points when it starts elsewhere, up to 8.5 px).
    Method: Grishchenko et al. 2020, arXiv:2006.10962.
    """

    def __init__(self) -> None:
        mediapipe = import_mediapipe()
        self._mesh: Any = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=0.5,
        )

    def landmarks(self, picture: Picture, box: BoundingBox) -> Landmarks | None:
        """Return the face's (478, 3) points in pixels of the frame; None where there is no such face.

        A mesh that does not fit the box (a neighbour's face, nonsense) is None too.
        """
        for margin in (CROP_MARGIN, TIGHT_MARGIN):
            found = self._in_crop(picture, box, margin)
            if found is None:
                return None
            if fits_box(found, box):
                return found
        return None

    def agrees(self, picture: Picture, box: BoundingBox, landmarks: Landmarks) -> bool:
        """Tell whether a second look at the face, from nearer, shows the same mesh.

        On 250 true faces of 24 px and more the two differed by 0.06 eye distances at most; on clouds and
        letters the second look found nothing.
        """
        again = self._in_crop(picture, box, SECOND_MARGIN)
        if again is None:
            return False
        right, left = (landmarks[point, :2] for point in OUTER_EYES)
        apart = np.linalg.norm((again - landmarks)[:, :2], axis=1).mean()
        return bool(apart < MOST_DISAGREEMENT * np.linalg.norm(left - right))

    def close(self) -> None:
        """Free the network."""
        self._mesh.close()

    def _in_crop(self, picture: Picture, box: BoundingBox, margin: float) -> Landmarks | None:
        crop, left, top, side = face_square(picture, box, margin)
        faces = self._mesh.process(crop).multi_face_landmarks
        if not faces:
            return None
        points = np.array([(p.x, p.y, p.z) for p in faces[0].landmark], np.float64) * side
        points[:, :2] += (left, top)
        return points.astype(np.float32)


def fits_box(landmarks: Landmarks, box: BoundingBox) -> bool:
    """Tell whether a mesh shows the face in the box: about its place and size, and not folded."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    width, height = (float(v) for v in high - low)
    if not np.isfinite(landmarks).all() or width <= 0 or height <= 0:
        return False
    middle_x, middle_y = (float(v) for v in (low + high) / 2)
    centre_x, centre_y = box.center
    near = (
        abs(middle_x - centre_x) < 0.4 * box.width and abs(middle_y - centre_y) < 0.4 * box.height
    )
    ratio = (width * height) / (box.width * box.height)
    return near and 0.3 < ratio < 2.5


def face_square(
    picture: Picture, box: BoundingBox, margin: float = CROP_MARGIN
) -> tuple[Picture, int, int, int]:
    """Return the square around a box, black beyond the picture, with its left, top and side in pixels."""
    import cv2

    centre_x, centre_y = box.center
    side = max(8, round(margin * max(box.width, box.height)))
    left, top = round(centre_x - side / 2), round(centre_y - side / 2)
    height, width = picture.shape[:2]
    inside = picture[
        min(max(top, 0), height) : max(0, min(top + side, height)),
        min(max(left, 0), width) : max(0, min(left + side, width)),
    ]
    if inside.size == 0:
        return np.zeros((CROP_PX, CROP_PX, 3), np.uint8), left, top, side
    above, before = max(0, -top), max(0, -left)
    square = cv2.copyMakeBorder(
        inside,
        above,
        side - above - inside.shape[0],
        before,
        side - before - inside.shape[1],
        cv2.BORDER_CONSTANT,
    )
    method = cv2.INTER_AREA if side > CROP_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (CROP_PX, CROP_PX), interpolation=method)), left, top, side
