"""Landmarks to similarity transform to crop, for a template given by who needs it; pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture

#: Mesh points of the eye corners, the person's right eye first (outer, inner), then the left (inner, outer).
EYE_CORNERS = (33, 133, 362, 263)

#: Side of the aligned face that is saved and shown.
ALIGNED_PX = 160


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
    flags = cv2.INTER_LINEAR
    if scale < 0.5:
        factor = 2 ** int(np.floor(np.log2(0.5 / scale)) + 1)
        big = cv2.warpAffine(
            picture,
            transform * factor,
            (size_px * factor, size_px * factor),
            flags=flags,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(cv2.resize(big, (size_px, size_px), interpolation=cv2.INTER_AREA))
    crop = cv2.warpAffine(
        picture, transform, (size_px, size_px), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop)


def eye_line_matrix(landmarks: Landmarks, size_px: int = ALIGNED_PX) -> npt.NDArray[np.float64]:
    """Return frame to crop: eye line level at 40 % of the height, outer corners 47 % of the width apart."""
    right_outer, right_inner, left_inner, left_outer = (
        landmarks[point, :2].astype(np.float64) for point in EYE_CORNERS
    )
    right, left = (right_outer + right_inner) / 2, (left_inner + left_outer) / 2
    # The middles of the two eyes stand at 0.335 and 0.665 of the width.
    target = np.array([[0.335, 0.4], [0.665, 0.4]]) * size_px
    return estimate_similarity(np.stack([right, left]), target)


def align_by_eyes(picture: Picture, landmarks: Landmarks, size_px: int = ALIGNED_PX) -> Picture:
    """Return the upright face with a level eye line, as it is saved and shown."""
    return warp_face(picture, eye_line_matrix(landmarks, size_px), size_px)
