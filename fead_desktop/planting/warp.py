"""Moves the points of a face in a picture: a mesh of triangles that carries the picture along."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.planting import regions

Floats = npt.NDArray[np.float64]
Maps = npt.NDArray[np.float32]

#: Rings of points about the face oval (factor of its size) that let hair and neck follow the head:
#: factor, share of the head's movement above the chin, share below it.
_RINGS = ((1.35, 1.0, 0.55), (1.8, 0.8, 0.2))
_FRAME_STEP_PX = 60.0
#: Lids and lips come no nearer than this, in units of the distance between the outer eye corners.
_LEAST_GAP = 0.001
#: Sub-pixel bits of OpenCV's polygon filling.
_SHIFT = 4
_CAVITY_RGB = np.array([46.0, 16.0, 18.0])
_TONGUE_RGB = np.array([112.0, 52.0, 54.0])


class MeshWarp:
    """A picture of a face that can be rendered with its mesh points displaced.

    Triangles (Delaunay) over the mesh, rings about the face and the frame carry the picture by one
    affine map each. What lies behind the skin does not stretch with it: eyeballs stay while lids
    close over them, and teeth stay with the skull; a mouth that opens wider than in the picture
    shows a dark cavity.

    Parameters
    ----------
    picture : (height, width, 3) uint8 RGB
    landmarks : (478, 3) float32
        The face mesh in pixels of the picture.
    """

    def __init__(self, picture: Picture, landmarks: Landmarks):
        from scipy.spatial import Delaunay

        self.picture = picture
        self.height, self.width = picture.shape[:2]
        skin = np.asarray(landmarks, np.float64)[: regions.SKIN_POINTS, :2]
        right, left = skin[regions.RIGHT_EYE_OUTER], skin[regions.LEFT_EYE_OUTER]
        self.eye_distance = float(np.hypot(*(left - right)))
        across = (left - right) / self.eye_distance
        #: Rows: the face's own axes (towards the person's left, and down) in the picture.
        self.axes = np.array([across, [-across[1], across[0]]])
        rings, self._ring_share = _rings(skin, self.axes[1])
        self.rest: Floats = np.concatenate([skin, rings, _frame_points(self.width, self.height)])
        self._rings = slice(len(skin), len(skin) + len(rings))
        self.triangles = cast("npt.NDArray[np.int32]", Delaunay(self.rest).simplices)
        self._lid_sign = np.zeros(len(self.rest))
        self._lid_sign[list(regions.RIGHT_UPPER_LID[1:-1] + regions.LEFT_UPPER_LID[1:-1])] = 1
        self._lid_sign[list(regions.RIGHT_LOWER_LID[1:-1] + regions.LEFT_LOWER_LID[1:-1])] = -1
        self._eye_triangles = np.concatenate(
            [
                self._inside_eye(regions.RIGHT_UPPER_LID, regions.RIGHT_LOWER_LID),
                self._inside_eye(regions.LEFT_UPPER_LID, regions.LEFT_LOWER_LID),
            ]
        )
        columns, rows = np.meshgrid(np.arange(self.width), np.arange(self.height))
        self._columns, self._rows = columns.astype(np.float32), rows.astype(np.float32)
        self._teeth = self._behind_the_lips(cavity=False)
        self._cavity = self._behind_the_lips(cavity=True)

    def render(self, displacement: Floats | Maps) -> Picture:
        """Return the picture with the mesh points moved.

        Parameters
        ----------
        displacement : (478, 2 or 3) float
            Movement of each mesh point in pixels; depth and irises are not used.
        """
        import cv2

        head, moved, source = self._placed(displacement)
        maps = self._maps(moved, source)
        warped = cv2.remap(
            self.picture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return self._with_mouth(cast("Picture", warped), head, moved)

    def moved_points(self, displacement: Floats | Maps) -> Floats:
        """Return where the 468 points of the skin really go, after lips and lids were kept apart."""
        return self._placed(displacement)[1][: regions.SKIN_POINTS]

    def _placed(self, displacement: Floats | Maps) -> tuple[Floats, Floats, Floats]:
        """Head movement (3, 2), vertices in the new picture, and in the old one per triangle corner."""
        skin_shift = np.asarray(displacement, np.float64)[: regions.SKIN_POINTS, :2]
        moved = self.rest.copy()
        moved[: regions.SKIN_POINTS] += skin_shift
        self._keep_apart(moved)
        head = self._head_movement(skin_shift)
        ring = self.rest[self._rings]
        ring_target = np.column_stack([ring, np.ones(len(ring))]) @ head
        moved[self._rings] += (ring_target - ring) * self._ring_share[:, None]
        source = self.rest[self.triangles]
        self._leave_eyeballs(source, moved, head)
        return head, moved, source

    def _head_movement(self, shift: Floats) -> Floats:
        """Affine movement of the skull, (3, 2): least squares over points that don't show expression."""
        skull = list(regions.SKULL)
        design = np.column_stack([self.rest[skull], np.ones(len(skull))])
        return np.linalg.lstsq(design, self.rest[skull] + shift[skull], rcond=None)[0]

    def _keep_apart(self, moved: Floats) -> None:
        """Stop upper and lower lips and lids from crossing: both give way to their middle."""
        down = self.axes[1]
        least = _LEAST_GAP * self.eye_distance
        for upper, lower in (
            (regions.UPPER_LIP_ROWS[0], regions.LOWER_LIP_ROWS[0]),
            (regions.RIGHT_UPPER_LID, regions.RIGHT_LOWER_LID),
            (regions.LEFT_UPPER_LID, regions.LEFT_LOWER_LID),
        ):
            above, below = list(upper[1:-1]), list(lower[1:-1])
            at_rest = (self.rest[below] - self.rest[above]) @ down
            lacking = np.minimum(least, at_rest) - (moved[below] - moved[above]) @ down
            push = np.maximum(lacking, 0)[:, None] / 2 * down
            moved[above] -= push
            moved[below] += push

    def _inside_eye(self, upper: tuple[int, ...], lower: tuple[int, ...]) -> npt.NDArray[np.intp]:
        """Numbers of the triangles between the lids of one eye."""
        import cv2

        outline = self.rest[list(upper + lower[-2:0:-1])].astype(np.float32)
        on_lids = np.isin(self.triangles, upper + lower).all(axis=1)
        inside = [
            cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) > 0
            for x, y in self.rest[self.triangles].mean(axis=1)
        ]
        return np.flatnonzero(on_lids & np.array(inside))

    def _leave_eyeballs(self, source: Floats, moved: Floats, head: Floats) -> None:
        """Let closing lids cover the eyeball instead of squeezing it; opening lids stretch it."""
        corners = self.triangles[self._eye_triangles]
        rest = self.rest[corners]
        carried = np.concatenate([rest, np.ones((*rest.shape[:2], 1))], axis=2) @ head
        closing = (moved[corners] - carried) @ self.axes[1] * self._lid_sign[corners]
        shift = np.maximum(closing, 0) * self._lid_sign[corners]
        source[self._eye_triangles] = rest + shift[..., None] * self.axes[1]

    def _maps(self, moved: Floats, source: Floats) -> tuple[Maps, Maps]:
        """For each pixel of the new picture the place in the old one."""
        import cv2

        target = moved[self.triangles]
        homogeneous = np.concatenate([target, np.ones((*target.shape[:2], 1))], axis=2)
        flat = np.abs(np.linalg.det(homogeneous)) < 1e-3
        homogeneous[flat] = np.eye(3)
        affine = np.linalg.solve(homogeneous, source).astype(np.float32)
        affine -= np.eye(3, 2, dtype=np.float32)
        affine = np.ascontiguousarray(affine.transpose(1, 2, 0))
        number = np.zeros((self.height, self.width), np.int32)
        polygons = np.round(target * (1 << _SHIFT)).astype(np.int32)
        for n in np.flatnonzero(~flat):
            cv2.fillConvexPoly(number, polygons[n], int(n), lineType=cv2.LINE_8, shift=_SHIFT)
        maps = []
        for axis, identity in enumerate((self._columns, self._rows)):
            shift = np.take(affine[0, axis], number)
            shift *= self._columns
            part = np.take(affine[1, axis], number)
            part *= self._rows
            shift += part
            shift += np.take(affine[2, axis], number)
            # Triangles meet in a crease; a small blur of the movement (not of the picture) rounds it.
            maps.append(cv2.blur(shift, (3, 3)) + identity)
        return maps[0], maps[1]

    def _behind_the_lips(self, *, cavity: bool) -> Picture:
        """Picture of what the lips hide: the teeth drawn on beyond their edge, or below them the dark.

        Only the neighbourhood of the mouth is meant to be looked at.
        """
        import cv2

        inside = np.zeros((self.height, self.width), np.uint8)
        outline = self.rest[list(regions.INNER_LIPS)]
        cv2.fillPoly(inside, [_fixed_point(outline)], 255, cv2.LINE_8, _SHIFT)
        layer = _spread_outwards(self.picture, inside > 0)
        if not cavity:
            # The outline's own pixels belong to lip and teeth alike; at rest they must stay as they are.
            rim = cv2.dilate(inside, np.ones((5, 5), np.uint8)) > 0
            layer[rim] = self.picture[rim]
            return layer
        lower = self.rest[list(regions.LOWER_LIP_ROWS[0])]
        upper = self.rest[list(regions.UPPER_LIP_ROWS[0])]
        across, down = self.axes
        u = self._columns * across[0] + self._rows * across[1]
        v = self._columns * down[0] + self._rows * down[1]
        # The lowest part of the opening shows the lip's own rim; the teeth end above it.
        edge = np.interp(u, lower @ across, (lower + (upper - lower) * 0.16) @ down)
        depth = (v - edge) / self.eye_distance
        dark = np.clip(depth / 0.02 + 0.5, 0, 1)[..., None]
        tongue = np.clip((depth - 0.05) / 0.15, 0, 1)[..., None] * 0.6
        throat = _CAVITY_RGB * (1 - tongue) + _TONGUE_RGB * tongue
        return cast("Picture", np.round(layer * (1 - dark) + throat * dark).astype(np.uint8))

    def _with_mouth(self, warped: Picture, head: Floats, moved: Floats) -> Picture:
        """Put teeth and the dark of the mouth between the lips."""
        import cv2

        lips = moved[list(regions.INNER_LIPS)]
        low = np.maximum(np.floor(lips.min(axis=0)).astype(int) - 3, 0)
        high = np.minimum(np.ceil(lips.max(axis=0)).astype(int) + 4, [self.width, self.height])
        if (high - low <= 1).any():
            return warped
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        opening = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(opening, [_fixed_point(lips - low)], 255, cv2.LINE_AA, _SHIFT)
        back = np.linalg.inv(np.column_stack([head, [0, 0, 1]]))[:, :2]
        offset = np.array([low[0], low[1], 1.0]) @ back
        affine = np.column_stack([back[:2].T, offset])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        teeth, cavity = (
            cv2.warpAffine(layer, affine, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
            for layer in (self._teeth, self._cavity)
        )
        open_share = self._opened_beyond_picture(head, moved)
        behind = teeth * (1 - open_share) + cavity * open_share
        alpha = opening[..., None] / 255.0
        place = (slice(low[1], high[1]), slice(low[0], high[0]))
        warped[place] = np.round(warped[place] * (1 - alpha) + behind * alpha).astype(np.uint8)
        return warped

    def _opened_beyond_picture(self, head: Floats, moved: Floats) -> float:
        """0 while the mouth opens no wider than in the picture, 1 when the cavity must show."""
        beyond = 0.0
        for row, outward in ((regions.UPPER_LIP_ROWS[0], -1), (regions.LOWER_LIP_ROWS[0], 1)):
            middle = list(row[3:8])
            carried = np.column_stack([self.rest[middle], np.ones(len(middle))]) @ head
            beyond = max(beyond, float(((moved[middle] - carried) @ self.axes[1] * outward).max()))
        return float(np.clip(beyond / self.eye_distance / 0.03, 0, 1))


def _fixed_point(points: Floats) -> npt.NDArray[np.int32]:
    return cast("npt.NDArray[np.int32]", np.round(points * (1 << _SHIFT)).astype(np.int32))


def _spread_outwards(picture: Picture, inside: npt.NDArray[np.bool_]) -> Picture:
    """Picture in which every pixel outside has the colour of the nearest one inside."""
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return cast("Picture", picture[nearest[0], nearest[1]])


def _rings(skin: Floats, down: Floats) -> tuple[Floats, Floats]:
    """Points on larger copies of the face oval, and the share of the head's movement each follows."""
    oval = skin[list(regions.FACE_OVAL)]
    centre = oval.mean(axis=0)
    reach = float(np.abs((oval - centre) @ down).max())
    points, shares = [], []
    for factor, above, below in _RINGS:
        ring = centre + (oval - centre) * factor
        depth = np.clip((ring - centre) @ down / reach, 0, 1)
        points.append(ring)
        shares.append(above + (below - above) * depth)
    return np.concatenate(points), np.concatenate(shares)


def _frame_points(width: int, height: int) -> Floats:
    """Points along the picture's edge; they never move."""
    right, bottom = width - 1.0, height - 1.0
    columns = np.linspace(0, right, max(2, round(width / _FRAME_STEP_PX) + 1))
    rows = np.linspace(0, bottom, max(2, round(height / _FRAME_STEP_PX) + 1))[1:-1]
    return np.concatenate(
        [
            np.column_stack([columns, np.zeros_like(columns)]),
            np.column_stack([columns, np.full_like(columns, bottom)]),
            np.column_stack([np.zeros_like(rows), rows]),
            np.column_stack([np.full_like(rows, right), rows]),
        ]
    )
