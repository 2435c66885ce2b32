"""Moves the points of a face in a picture: a mesh of triangles that carries the picture along."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.planting import regions
from fead_desktop.planting.openings import (
    SHIFT,
    Opening,
    eye_openings,
    fixed_point,
    mouth_opening,
)

Floats = npt.NDArray[np.float64]
Maps = npt.NDArray[np.float32]

#: Rings of points about the face oval (factor of its size) that let hair and neck follow the head:
#: factor, share of the head's movement above the chin, share below it.
_RINGS = ((1.35, 1.0, 0.55), (1.8, 0.8, 0.2))
_FRAME_STEP_PX = 60.0
#: Points of the rings keep away from the picture's edge by this.
_EDGE_PX = 6.0
#: Lids and lips come no nearer than this, in units of the distance between the outer eye corners.
_LEAST_GAP = 0.003
_LEAST_AREA_PX = 0.02
_SILHOUETTE = 0.05
#: Colour between lips or lids that nearly meet.
_DARK_RGB = np.array([78.0, 40.0, 40.0])


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
        rings, share = _rings(skin, self.axes[1])
        inside = (rings > _EDGE_PX).all(axis=1)
        inside &= (rings < np.array([self.width, self.height]) - 1 - _EDGE_PX).all(axis=1)
        rings, self._ring_share = rings[inside], share[inside]
        self.rest: Floats = np.concatenate([skin, rings, _frame_points(self.width, self.height)])
        self._rings = slice(len(skin), len(skin) + len(rings))
        kept = np.flatnonzero(~self._at_silhouette(skin))
        corners = kept[Delaunay(self.rest[kept]).simplices]
        self.triangles = cast("npt.NDArray[np.intp]", corners)
        corners = self.rest[self.triangles]
        self._sides = corners[:, 1:] - corners[:, :1]
        self._orientation = np.sign(np.linalg.det(self._sides))
        skull = self.rest[list(regions.SKULL)]
        self._skull_fit = np.linalg.pinv(np.column_stack([skull, np.ones(len(skull))]))
        columns, rows = np.meshgrid(np.arange(self.width), np.arange(self.height))
        self._columns, self._rows = columns.astype(np.float32), rows.astype(np.float32)
        points = np.asarray(landmarks, np.float64)[:, :2]
        self._openings = (
            mouth_opening(picture, points, self.axes[1], self.eye_distance),
            *eye_openings(picture, points),
        )

    def _at_silhouette(self, skin: Floats) -> npt.NDArray[np.bool_]:
        """Vertices so near the face's outline that a slight turn of the head would fold the mesh there."""
        import cv2

        outline = skin[list(regions.FACE_OVAL)].astype(np.float32)
        near = np.zeros(len(self.rest), bool)
        for n, (x, y) in enumerate(skin):
            inside = cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True)
            near[n] = inside < _SILHOUETTE * self.eye_distance
        near[list(regions.FACE_OVAL)] = False
        return near

    def render(self, displacement: Floats | Maps) -> Picture:
        """Return the picture with the mesh points moved.

        Parameters
        ----------
        displacement : (478, 2 or 3) float
            Movement of each mesh point in pixels; depth and irises are not used.
        """
        import cv2

        head, moved = self._placed(displacement)
        maps = self._maps(head, moved)
        warped = cv2.remap(
            self.picture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        for opening in self._openings:
            self._fill(cast("Picture", warped), opening, head, moved)
        return cast("Picture", warped)

    def moved_points(self, displacement: Floats | Maps) -> Floats:
        """Return where the 468 points of the skin really go, after lips and lids were kept apart."""
        return self._placed(displacement)[1][: regions.SKIN_POINTS]

    def _placed(self, displacement: Floats | Maps) -> tuple[Floats, Floats]:
        """Affine movement of the head (3, 2) and the vertices in the new picture."""
        skin_shift = np.asarray(displacement, np.float64)[: regions.SKIN_POINTS, :2]
        moved = self.rest.copy()
        moved[: regions.SKIN_POINTS] += skin_shift
        self._keep_apart(moved)
        head = self._head_movement(skin_shift)
        ring = self.rest[self._rings]
        ring_target = np.column_stack([ring, np.ones(len(ring))]) @ head
        moved[self._rings] += (ring_target - ring) * self._ring_share[:, None]
        return head, moved

    def _head_movement(self, shift: Floats) -> Floats:
        """Affine movement of the skull, (3, 2): least squares over points that don't show expression."""
        skull = list(regions.SKULL)
        return self._skull_fit @ (self.rest[skull] + shift[skull])

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

    def _maps(self, head: Floats, moved: Floats) -> tuple[Maps, Maps]:
        """For each pixel of the new picture the place in the old one."""
        import cv2

        target = moved[self.triangles]
        sides = target[:, 1:] - target[:, :1]
        area = sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]
        # Triangles that turned over lie hidden behind their neighbours.
        shown = area * self._orientation > _LEAST_AREA_PX
        area[~shown] = 1.0
        affine = np.empty((len(target) + 1, 3, 2))
        affine[0] = _inverse(head)
        affine[1:] = self._back_to_picture(target[:, 0], sides, area)
        affine -= np.eye(3, 2)
        columns = np.ascontiguousarray(affine.transpose(1, 2, 0), np.float32)
        # Number 0 is what no triangle covers: it goes with the head.
        drawn = np.zeros((self.height, self.width), np.int32)
        polygons = fixed_point(target)
        for n in np.flatnonzero(shown):
            cv2.fillConvexPoly(drawn, polygons[n], int(n) + 1, lineType=cv2.LINE_8, shift=SHIFT)
        number = drawn.astype(np.intp)
        maps = []
        for axis, identity in enumerate((self._columns, self._rows)):
            shift = np.take(columns[0, axis], number)
            shift *= self._columns
            part = np.take(columns[1, axis], number)
            part *= self._rows
            shift += part
            shift += np.take(columns[2, axis], number)
            # Triangles meet in a crease; a small blur of the movement (not of the picture) rounds it.
            maps.append(cv2.blur(shift, (3, 3)) + identity)
        return maps[0], maps[1]

    def _back_to_picture(self, corner: Floats, sides: Floats, area: Floats) -> Floats:
        """Affine maps (n, 3, 2) that lead each moved triangle back to where it lies in the picture."""
        inverse = np.empty_like(sides)
        inverse[:, 0, 0], inverse[:, 1, 1] = sides[:, 1, 1], sides[:, 0, 0]
        inverse[:, 0, 1], inverse[:, 1, 0] = -sides[:, 0, 1], -sides[:, 1, 0]
        linear = inverse / area[:, None, None] @ self._sides
        offset = self.rest[self.triangles[:, 0]] - (corner[:, None] @ linear)[:, 0]
        return np.concatenate([linear, offset[:, None]], axis=1)

    def _fill(self, warped: Picture, opening: Opening, head: Floats, moved: Floats) -> None:
        """Paint into ``warped`` what is seen between the lips or lids; it moves with the skull only."""
        import cv2

        outline = moved[opening.outline]
        low = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 3, 0)
        high = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + 4, [self.width, self.height])
        if (high - low <= 1).any():
            return
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(mask, [fixed_point(outline - low)], 255, cv2.LINE_AA, SHIFT)
        back = _inverse(head)
        affine = np.column_stack([back[:2].T, np.array([low[0], low[1], 1.0]) @ back])
        place = (slice(low[1], high[1]), slice(low[0], high[0]))
        share = self._widened_share(opening, head, moved)
        behind = (1 - share) * _carried(opening.as_shown, affine, size)
        if opening.widened is None:
            behind += share * warped[place]
        else:
            behind += share * _carried(opening.widened, affine, size)
        light = self._light(opening, moved)
        behind = light * behind + (1 - light) * _DARK_RGB
        alpha = cv2.blur(mask, (3, 3))[..., None] / 255.0
        warped[place] = np.round(warped[place] * (1 - alpha) + behind * alpha).astype(np.uint8)

    def _light(self, opening: Opening, moved: Floats) -> float:
        """Lips and lids that nearly meet let no light in; 1 from a third of the picture's own opening on."""
        upper, lower = list(opening.upper[3:-3]), list(opening.lower[3:-3])
        gap = (moved[lower] - moved[upper]) @ self.axes[1]
        shown = (self.rest[lower] - self.rest[upper]) @ self.axes[1]
        share = float(np.clip(gap.mean() / max(0.33 * shown.mean(), 1e-6), 0, 1))
        return 0.3 + 0.7 * share

    def _widened_share(self, opening: Opening, head: Floats, moved: Floats) -> float:
        """0 while the opening is no wider than in the picture, rising to 1 beyond."""
        beyond = 0.0
        for row, outward in ((opening.upper, -1), (opening.lower, 1)):
            middle = list(row[3:-3])
            carried = np.column_stack([self.rest[middle], np.ones(len(middle))]) @ head
            beyond = max(beyond, float(((moved[middle] - carried) @ self.axes[1] * outward).max()))
        return float(np.clip(beyond / self.eye_distance / opening.full_at, 0, 1))


def _inverse(affine: Floats) -> Floats:
    """Affine map (3, 2) that undoes another."""
    (a, b), (c, d), offset = affine
    linear = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
    return np.vstack([linear, -offset @ linear])


def _carried(layer: Picture, affine: Floats, size: tuple[int, int]) -> Floats:
    """The part of a layer that the new picture shows at the opening; ``affine`` leads from new to old."""
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part = cv2.warpAffine(layer, affine, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(part, np.float64)


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
