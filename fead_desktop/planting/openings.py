"""What lips and lids hide: teeth, the dark of the mouth and eyeballs, made from what the picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Picture
from fead_desktop.planting import regions

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Sub-pixel bits of OpenCV's polygon filling.
SHIFT = 4
_THROAT_RGB = np.array([54.0, 20.0, 20.0])
_TONGUE_RGB = np.array([128.0, 62.0, 62.0])


@dataclass(frozen=True)
class Opening:
    """A mouth or an eye: what is seen between two rows of mesh points.

    ``as_shown`` is the layer while the opening is no wider than in the picture, ``widened`` the one for
    a wider opening (None: the mesh goes on), reached when it has grown by ``full_at`` eye distances.
    Layers are the size of the picture and stay with the skull; only the neighbourhood of the opening is
    meant to be looked at.
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    as_shown: Picture
    widened: Picture | None
    full_at: float

    @property
    def outline(self) -> list[int]:
        """Mesh points around the opening, in order."""
        return list(self.upper + self.lower[-2:0:-1])


def mouth_opening(picture: Picture, points: Floats, down: Floats, eye_distance: float) -> Opening:
    """Teeth as the picture shows them; where the mouth opens wider, the dark below them.

    Parameters
    ----------
    picture : (height, width, 3) uint8 RGB
    points : (478, 2) float
        Face mesh in pixels.
    down : (2,) float
        Unit vector from brow to chin in the picture.
    eye_distance : float
        Distance between the outer eye corners in pixels.
    """
    upper, lower = regions.UPPER_LIP_ROWS[0], regions.LOWER_LIP_ROWS[0]
    inside = _filled(picture, points[list(upper + lower[-2:0:-1])])
    spread = _spread_outwards(picture, inside)
    u, v = _coordinates(picture, down)
    across = np.array([down[1], -down[0]])
    above, below = points[list(upper)], points[list(lower)]
    # The lowest part of the opening shows the lip's own rim; the teeth end above it.
    edge = np.interp(u, below @ across, (below + (above - below) * 0.16) @ down)
    depth = (v - edge) / eye_distance
    dark = np.clip(depth / 0.025 + 0.5, 0, 1)[..., None]
    tongue = np.clip((depth - 0.03) / 0.12, 0, 1)[..., None] * 0.7
    throat = _THROAT_RGB * (1 - tongue) + _TONGUE_RGB * tongue
    widened = np.round(spread * (1 - dark) + throat * dark).astype(np.uint8)
    return Opening(upper, lower, _with_rim(spread, picture, inside), widened, 0.03)


def eye_openings(picture: Picture, points: Floats) -> tuple[Opening, Opening]:
    """Return the person's right and left eye: closing lids cover the eyeball instead of squeezing it.

    A wider eye than in the picture is left to the mesh, which stretches the iris: the white that would
    show above it is not in the picture, and painted grey the face mesh takes it for the lid.

    Parameters
    ----------
    picture : (height, width, 3) uint8 RGB
    points : (478, 2) float
        Face mesh in pixels.
    """
    right, left = (
        (regions.RIGHT_UPPER_LID, regions.RIGHT_LOWER_LID),
        (regions.LEFT_UPPER_LID, regions.LEFT_LOWER_LID),
    )
    return _eye(picture, points, *right), _eye(picture, points, *left)


def _eye(
    picture: Picture, points: Floats, upper: tuple[int, ...], lower: tuple[int, ...]
) -> Opening:
    inside = _filled(picture, points[list(upper + lower[-2:0:-1])])
    shown = _with_rim(_spread_outwards(picture, inside), picture, inside)
    return Opening(upper, lower, shown, None, 0.004)


def fixed_point(points: Floats) -> npt.NDArray[np.int32]:
    """Points in OpenCV's sub-pixel integers."""
    return cast("npt.NDArray[np.int32]", np.round(points * (1 << SHIFT)).astype(np.int32))


def _filled(picture: Picture, outline: Floats) -> Mask:
    import cv2

    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [fixed_point(outline)], 255, cv2.LINE_8, SHIFT)
    return inside > 0


def _coordinates(picture: Picture, down: Floats) -> tuple[Floats, Floats]:
    """For each pixel how far it lies across and down the face."""
    rows, columns = np.indices(picture.shape[:2])
    return columns * down[1] - rows * down[0], columns * down[0] + rows * down[1]


def _with_rim(layer: Picture, picture: Picture, inside: Mask) -> Picture:
    """Keep the picture on the outline, whose pixels belong to both sides: at rest nothing may change."""
    import cv2

    rim = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    kept = layer.copy()
    kept[rim] = picture[rim]
    return kept


def _spread_outwards(picture: Picture, inside: Mask) -> Picture:
    """Picture in which every pixel outside has the colour of the nearest one inside."""
    from scipy.ndimage import distance_transform_edt

    if not inside.any():
        return picture.copy()
    nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return cast("Picture", picture[nearest[0], nearest[1]])
