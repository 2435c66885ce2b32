"""What an aligned face looks like, block by block, and where its eyes look."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks, Picture

Blocks = npt.NDArray[np.float64]

#: The aligned face is looked at in so many blocks across and down.
BLOCKS = 20
#: The face in the aligned picture: an ellipse, as shares of its side (middle and half axes).
_FACE = (0.5, 0.56, 0.36, 0.42)
#: Brightness below which a colour's logarithm says nothing, of 255.
_DARK = 12.0
#: A block that differs more than this, in doublings of a colour's brightness, shows something else.
CHANGED = 0.2

#: So many blocks (a tenth of the aligned face's width) a movement of the face carries what it shows; with half
#: of it a dropped jaw and a turned head looked like something before the face.
_REACH = 2

#: Iris centre, outer and inner corner, upper and lower lid of each eye in the mesh.
_EYES = ((468, 33, 133, 159, 145), (473, 263, 362, 386, 374))
#: An eye that is less open than this, in eye widths, shows no gaze.
_LEAST_OPEN = 0.1


class Difference(NamedTuple):
    """How a face differs from a usual one.

    light : doublings of its brightness, the median over the face.
    changed : share of the face, 0 to 1, that shows something else once the light is taken out.
    """

    light: float
    changed: float


def blocks_of(aligned: Picture) -> Blocks:
    """Return the logarithm to base 2 of the blocks' mean colours, (20, 20, 3).

    Parameters
    ----------
    aligned : (s, s, 3) uint8 RGB
        As :func:`~fead_desktop.faces.alignment.align_by_eyes` cuts it.
    """
    import cv2

    small = cv2.resize(aligned, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
    logs: Blocks = np.log2(small.astype(np.float64) + _DARK)
    return logs


def difference(blocks: Blocks, usual: Blocks) -> Difference:
    """Compare a face with what is usual; both as :func:`blocks_of` gives them.

    A block counts as changed only if it resembles no usual block near its place: a head that turns, a mouth that
    widens and a chin that drops move what was there before.
    """
    inside = _face_blocks()
    light = float(np.median((blocks - usual).mean(axis=2)[inside]))
    gain = np.median((blocks - usual)[inside], axis=0)
    padded = np.pad(usual + gain, ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
    apart = np.full((BLOCKS, BLOCKS), np.inf)
    for down in range(2 * _REACH + 1):
        for across in range(2 * _REACH + 1):
            shifted = padded[down : down + BLOCKS, across : across + BLOCKS]
            apart = np.minimum(apart, np.abs(blocks - shifted).max(axis=2))
    return Difference(light, float((apart[inside] > CHANGED).mean()))


def gaze_of(landmarks: Landmarks) -> tuple[float, float]:
    """Return where the irises stand between the corners of the eyes, in eye widths: across and down.

    0.14 is about 20 degrees of an eye (radius 12 mm, width 30 mm). NaN where both eyes are closed.
    """
    points = landmarks[:, :2].astype(np.float64)
    places = []
    for iris, outer, inner, upper, lower in _EYES:
        left, right = sorted((points[outer], points[inner]), key=lambda point: float(point[0]))
        width = float(np.linalg.norm(right - left))
        if width <= 0 or np.linalg.norm(points[upper] - points[lower]) < _LEAST_OPEN * width:
            continue
        across = (right - left) / width
        away = (points[iris] - (left + right) / 2) / width
        places.append((away @ across, away @ np.array([-across[1], across[0]])))
    if not places:
        return math.nan, math.nan
    x, y = np.mean(places, axis=0)
    return float(x), float(y)


def _face_blocks() -> npt.NDArray[np.bool_]:
    middle = (np.arange(BLOCKS) + 0.5) / BLOCKS
    x, y, across, down = _FACE
    away: npt.NDArray[np.bool_] = ((middle[None] - x) / across) ** 2 + (
        (middle[:, None] - y) / down
    ) ** 2 <= 1
    return away
