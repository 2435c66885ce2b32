"""RegionDetector: a detector that looks at a rectangle of the picture and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fead_desktop.errors import UsageError
from fead_desktop.faces.detector import FaceDetector
from fead_desktop.faces.face import BoundingBox, Picture

#: Left, upper edge, width and height, in pixels of the upright picture.
Region = tuple[int, int, int, int]


def clipped(region: Region, width: int, height: int) -> Region:
    """Return the part of a region that lies in a picture of this size.

    Raises
    ------
    UsageError
        If nothing of it does.
    """
    left, top, wide, high = region
    right, bottom = min(left + wide, width), min(top + high, height)
    if right <= left or bottom <= top:
        raise UsageError(
            f"The region begins at {left}, {top}, outside of the picture, which is {width} pixels wide "
            f"and {height} high."
        )
    return left, top, right - left, bottom - top


class RegionDetector(FaceDetector):
    """Lets another detector search a part of each picture; boxes are in pixels of the whole picture.

    ``region`` lies inside the pictures (:func:`clipped`).
    """

    def __init__(self, detector: FaceDetector, region: Region):
        self._detector, self._region = detector, region
        self.name = detector.name

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces of each picture that are in the region."""
        parts = [self._part(picture) for picture in pictures]
        return [self._moved(boxes) for boxes in self._detector.detect(parts)]

    def searcher(self) -> Callable[[Picture], list[BoundingBox]]:
        """Return a search of the region."""
        search = self._detector.searcher()
        return lambda picture: self._moved(search(self._part(picture)))

    def _part(self, picture: Picture) -> Picture:
        left, top, width, height = self._region
        return np.ascontiguousarray(picture[top : top + height, left : left + width])

    def _moved(self, boxes: list[BoundingBox]) -> list[BoundingBox]:
        left, top, *_ = self._region
        return [replace(box, x=box.x + left, y=box.y + top) for box in boxes]
