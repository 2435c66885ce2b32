"""Landmarks to similarity transform to crop, for a template given by who needs it; pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture

#: Mesh points of the eye corners, the person's right eye first (outer, inner), then the left (inner, outer).
EYE_CORNERS = (33, 133, 362, 263)

#: Side of the aligned face that is saved and shown.
ALIGNED_PX = 160
#: Where the middles of the two eyes stand in it, in shares of the side.
_EYES_AT = ((0.335, 0.4), (0.665, 0.4))

#: Mesh points that hardly move with expression: bridge of the nose, eye corners, temples, cheekbones.
#: Chosen by the least residual motion of 70 candidates on recordings with pout, smile and brow raise; the
#: forehead and the tip of the nose moved two to four times as much and are left out.
STABLE_POINTS: tuple[int, ...] = (
    6, 21, 33, 34, 122, 127, 133, 139, 162, 168, 193, 197, 234, 251, 263, 264, 351, 356, 362, 368, 389, 417,
    454,
)  # fmt: skip

#: Their places on a frontal face, (k, 3): x to the picture's right, y down, z away from the camera, in units
#: of the distance between the outer eye corners, origin at their centre. Mean of the meshes of 12
#: persons (generalised Procrustes), made symmetric; pitch 0 is the median of those who look at the camera.
STABLE_TEMPLATE: npt.NDArray[np.float64] = np.array(
    [
        (0.0000, 0.0564, -0.4206),  # 6
        (-0.7139, -0.2575, 0.1589),  # 21
        (-0.5000, 0.0059, -0.1282),  # 33
        (-0.7405, 0.0576, 0.1953),  # 34
        (-0.0651, 0.0732, -0.3934),  # 122
        (-0.7526, 0.0464, 0.4193),  # 127
        (-0.1976, 0.0238, -0.1876),  # 133
        (-0.7098, -0.0863, 0.1208),  # 139
        (-0.7433, -0.1215, 0.3037),  # 162
        (0.0000, -0.0371, -0.3743),  # 168
        (-0.0897, -0.0281, -0.3279),  # 193
        (0.0000, 0.1407, -0.4749),  # 197
        (-0.7446, 0.2065, 0.4740),  # 234
        (0.7139, -0.2575, 0.1589),  # 251
        (0.5000, 0.0059, -0.1282),  # 263
        (0.7405, 0.0576, 0.1953),  # 264
        (0.0651, 0.0732, -0.3934),  # 351
        (0.7526, 0.0464, 0.4193),  # 356
        (0.1976, 0.0238, -0.1876),  # 362
        (0.7098, -0.0863, 0.1208),  # 368
        (0.7433, -0.1215, 0.3037),  # 389
        (0.0897, -0.0281, -0.3279),  # 417
        (0.7446, 0.2065, 0.4740),  # 454
    ]
)


def estimate_similarity(source: npt.ArrayLike, target: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the (2, 3) similarity that maps ``source`` to ``target`` points with the least squares.

    Umeyama 1991 ("Least-squares estimation of transformation parameters between two point patterns"),
    without reflection. Both are (k, 2), k >= 2.
    """
    src, dst = np.asarray(source, np.float64), np.asarray(target, np.float64)
    src_mean, dst_mean = src.mean(axis=0), dst.mean(axis=0)
    a, b = src - src_mean, dst - dst_mean
    spread = float((a**2).sum())
    if spread == 0:
        raise ValueError("the source points coincide")
    # In the plane rotation and scale are one complex factor.
    real = float((a * b).sum()) / spread
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    linear = np.array([[real, -imaginary], [imaginary, real]])
    return np.column_stack([linear, dst_mean - linear @ src_mean])


def warp_face(picture: Picture, matrix: npt.ArrayLike, size_px: int) -> Picture:
    """Cut the (size_px, size_px, 3) crop that ``matrix`` (2, 3: frame to crop) describes; edges repeat."""
    import cv2

    transform = np.asarray(matrix, np.float64)
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    # Shrinking by more than two needs area averaging, or the crop aliases.
    if scale < 0.5:
        picture, transform = _shrunk(picture, transform, size_px, int(1 / scale))
    crop = cv2.warpAffine(
        picture,
        transform,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop)


def _shrunk(
    picture: Picture, transform: npt.NDArray[np.float64], size_px: int, factor: int
) -> tuple[Picture, npt.NDArray[np.float64]]:
    """Return the part of the picture that a crop shows, shrunk by a whole factor, and the transform from it."""
    import cv2

    linear, shift = transform[:, :2], transform[:, 2]
    ends = np.array([[-1, -1], [size_px, -1], [-1, size_px], [size_px, size_px]], np.float64)
    corners = np.linalg.solve(linear, (ends - shift).T).T
    height, width = picture.shape[:2]
    low = np.floor(corners.min(axis=0)).astype(int) - factor
    high = np.ceil(corners.max(axis=0)).astype(int) + factor
    left, top = (
        min(max(int(v), 0), max(0, side - factor))
        for v, side in zip(low, (width, height), strict=True)
    )
    wide, high_px = (
        max(1, (min(int(v), side) - start) // factor)
        for v, side, start in zip(high, (width, height), (left, top), strict=True)
    )
    part = picture[top : top + high_px * factor, left : left + wide * factor]
    small = np.asarray(cv2.resize(part, (wide, high_px), interpolation=cv2.INTER_AREA))
    # Pixel k of the small picture has its middle at (k + 0.5) * factor - 0.5 of the part.
    first = np.array([left, top]) + (factor - 1) / 2
    return small, np.column_stack([linear * factor, linear @ first + shift])


def eye_middles(landmarks: Landmarks) -> npt.NDArray[np.float64]:
    """Return the middles of the person's right and left eye, (2, 2), each between the corners of the eye."""
    right_outer, right_inner, left_inner, left_outer = (
        landmarks[point, :2].astype(np.float64) for point in EYE_CORNERS
    )
    return np.stack([(right_outer + right_inner) / 2, (left_inner + left_outer) / 2])


def eye_line_matrix(landmarks: Landmarks, size_px: int = ALIGNED_PX) -> npt.NDArray[np.float64]:
    """Return frame to crop: eye line level at 40 % of the height, outer corners 47 % of the width apart."""
    return estimate_similarity(eye_middles(landmarks), np.array(_EYES_AT) * size_px)


def eye_line_square(eyes: npt.ArrayLike) -> tuple[float, float, float, float]:
    """Return the crop of :func:`eye_line_matrix` as a turned square: middle (x, y), side, clockwise turn in degrees.

    ``eyes`` are the middles of right and left eye, (2, 2) or (4,); the square is in pixels of the frame.
    """
    right, left = np.asarray(eyes, np.float64).reshape(2, 2)
    across = left - right
    side = float(np.hypot(*across)) / (_EYES_AT[1][0] - _EYES_AT[0][0])
    down = np.array([-across[1], across[0]]) / max(float(np.hypot(*across)), 1e-9)
    x, y = (right + left) / 2 + down * (0.5 - _EYES_AT[0][1]) * side
    return float(x), float(y), side, float(np.degrees(np.arctan2(across[1], across[0])))


def align_by_eyes(picture: Picture, landmarks: Landmarks, size_px: int = ALIGNED_PX) -> Picture:
    """Return the upright face with a level eye line, as it is saved and shown."""
    return warp_face(picture, eye_line_matrix(landmarks, size_px), size_px)


def rigid_fit(
    landmarks: npt.ArrayLike, template: npt.ArrayLike = STABLE_TEMPLATE
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """Return the rotation (3, 3), translation (3,) and scale that carry ``template`` onto ``landmarks``.

    ``landmarks ~ scale * template @ rotation.T + translation`` with the least squares (Umeyama 1991); so
    ``(landmarks - translation) @ rotation / scale`` is the face turned frontal, in the template's units.

    Parameters
    ----------
    landmarks, template : (k, 3)
        The same points in the same order, k >= 3; for the stable points pass
        ``landmarks[list(STABLE_POINTS)]``.

    Raises
    ------
    ValueError
        If the template's points coincide.
    """
    target, source = np.asarray(landmarks, np.float64), np.asarray(template, np.float64)
    target_mean, source_mean = target.mean(axis=0), source.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    spread = float((a**2).sum())
    if spread == 0:
        raise ValueError("the template's points coincide")
    u, singular, vt = np.linalg.svd(b.T @ a)
    # A reflection is no motion of a head.
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum()) / spread
    return rotation, target_mean - scale * rotation @ source_mean, scale
