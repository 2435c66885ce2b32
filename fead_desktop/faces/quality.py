"""How well a face could be seen, and how the head is turned."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.alignment import (
    ALIGNED_PX,
    STABLE_POINTS,
    eye_line_matrix,
    rigid_fit,
    warp_face,
)
from fead_desktop.faces.face import BoundingBox, FaceQuality, HeadPose, Landmarks, Picture
from fead_desktop.faces.hands import HandFinder, hand_mask
from fead_desktop.faces.landmarks import OUTER_EYES, face_square

#: Below this distance of the outer eye corners a hand can't be told from the face.
LEAST_OCCLUSION_PX = 24

#: Edges of the skin in percent of its brightness; with a hand before the face 9.5 and more, 16 in 9 of 10 frames,
#: on a bare evenly lit face 2 to 8.
SKIN_EDGE = 8.0

#: Side of the square in which hands are looked for, in heights of the mesh: of those tried (1.2 to 2.2) the
#: one that showed most of the hands (94 %) and fewest that are none (1 % of free faces).
HAND_MARGIN = 2.2

#: Outline of the face in the mesh, clockwise from the forehead's middle.
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
    150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

#: Where a face has bare skin only: cheeks, beside the mouth, chin. The forehead may be under hair.
_SKIN = (
    (50, 123, 147, 187, 205, 101),
    (280, 352, 376, 411, 425, 330),
    (205, 187, 147, 192, 214, 212, 57, 206),
    (425, 411, 376, 416, 434, 432, 287, 426),
    (18, 83, 182, 194, 32, 140, 171, 175, 396, 369, 262, 418, 406, 313),
)


def head_pose(landmarks: Landmarks) -> HeadPose:
    """Return the head's rotation from a rigid fit of the mesh's stable points to a frontal face.

    Tait-Bryan angles in the order yaw, pitch, roll. The mesh's depth is a guess of its network, so far
    turns come out too small.
    """
    rotation, _, _ = rigid_fit(landmarks[list(STABLE_POINTS)])
    # Columns are the head's axes in the picture (x right, y down, z away); it looks along -z.
    yaw = math.atan2(-rotation[0, 2], rotation[2, 2])
    pitch = math.asin(max(-1.0, min(1.0, float(rotation[1, 2]))))
    roll = math.atan2(rotation[1, 0], rotation[1, 1])
    return HeadPose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))


def face_quality(
    picture: Picture,
    box: BoundingBox,
    landmarks: Landmarks | None,
    hands: HandFinder | None = None,
    aligned: Picture | None = None,
) -> FaceQuality:
    """Measure size, sharpness, brightness and occlusion of a face.

    Occlusion is the share of the face's outline that hands cover. Hands are looked for only where
    skin shows edges that bare skin has not; other objects before a face are not seen.

    Parameters
    ----------
    picture : (h, w, 3) uint8 RGB
    box : BoundingBox
    landmarks : (478, 3) or None
        Without them only the size is known.
    hands : HandFinder, optional
        Without it occlusion is NaN where a hand might be, and 0 on bare skin.
    aligned : (160, 160, 3) uint8 RGB, optional
        What :func:`~fead_desktop.faces.alignment.align_by_eyes` cuts, where it is there already.
    """
    import cv2

    if landmarks is None:
        return FaceQuality(box.width / 2, math.nan, math.nan, math.nan)
    right, left = (landmarks[point].astype(np.float64) for point in OUTER_EYES)
    size_px = float(np.linalg.norm(left - right))
    matrix = eye_line_matrix(landmarks)
    if aligned is None:
        aligned = warp_face(picture, matrix, ALIGNED_PX)
    grey = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)
    occlusion = math.nan
    if size_px >= LEAST_OCCLUSION_PX:
        points = landmarks[:, :2].astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
        if skin_edge(grey, points) <= SKIN_EDGE:
            occlusion = 0.0
        elif hands is not None:
            occlusion = hand_share(hand_square(picture, landmarks), landmarks, hands)
    return FaceQuality(
        size_px=size_px,
        # Whole numbers, so nothing is lost in the small type.
        sharpness=float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1].item() ** 2),
        brightness=float(grey.mean()),
        occlusion=occlusion,
    )


def may_hide_a_hand(quality: FaceQuality) -> bool:
    """Tell whether a quality measured without a hand finder leaves open if a hand is before the face."""
    return math.isnan(quality.occlusion) and quality.size_px >= LEAST_OCCLUSION_PX


def skin_edge(grey: npt.NDArray[np.uint8], points: npt.NDArray[np.float64]) -> float:
    """Return the strongest edges of the skin's regions, in percent of the region's brightness.

    The 95 % quantile of the gradient in each region, the greatest of all regions.

    Parameters
    ----------
    grey : (s, s) uint8
        Aligned face.
    points : (478, 2)
        Mesh in its pixels.
    """
    import cv2

    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1)
    edges = cv2.magnitude(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1)) / 8
    strongest = 0.0
    for region in _SKIN:
        hull = cv2.convexHull(points[list(region)].astype(np.float32)).astype(np.int32)
        x, y, width, height = cv2.boundingRect(hull)
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, grey.shape[1]), min(y + height, grey.shape[0])
        if right <= left or bottom <= top:
            continue
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillConvexPoly(mask, hull - (left, top), 1)
        inside = mask.astype(bool)
        if inside.any():
            light = max(float(smooth[top:bottom, left:right][inside].mean()), 1.0)
            edge = _quantile(edges[top:bottom, left:right][inside], 0.95)
            strongest = max(strongest, 100 * edge / light)
    return strongest


def _quantile(values: npt.NDArray[np.float32], share: float) -> float:
    """Return what ``np.quantile`` returns, in a sixth of its time."""
    at = share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    ordered = np.partition(values, (below, above))
    return float(ordered[below] + (at - below) * (ordered[above] - ordered[below]))


def hand_square(picture: Picture, landmarks: Landmarks) -> tuple[Picture, int, int, int]:
    """Return the square in which hands before a face are looked for, with its left, top and side in the frame."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    (x, y), (width, height) = low.tolist(), (high - low).tolist()
    return face_square(picture, BoundingBox(x, y, width, height), HAND_MARGIN)


def hand_share(
    square: tuple[Picture, int, int, int], landmarks: Landmarks, hands: HandFinder
) -> float:
    """Return the share of the face's outline that hands cover in its :func:`hand_square`, 0 to 1."""
    import cv2

    shown, left, top, side = square
    found = hands.find(shown)
    if not found:
        return 0.0
    px = shown.shape[0]
    oval = (landmarks[list(FACE_OVAL), :2] - (left, top)) * (px / side)
    face = np.zeros((px, px), np.uint8)
    cv2.fillPoly(face, [oval.astype(np.int32)], 1)
    inside = face.astype(bool)
    if not inside.any():
        return math.nan
    return float(hand_mask(found, px)[inside].mean())
