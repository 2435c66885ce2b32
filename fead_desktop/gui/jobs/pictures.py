"""Pictures as the window shows them, and a cache of them."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

if TYPE_CHECKING:
    from fead_desktop.faces.face import Picture


@dataclass(frozen=True)
class Still:
    """A picture beside the player's own: a frame, whole or cropped.

    crop : middle (x, y) and side of a square in pixels of the recording, None = the whole frame.
    turn_deg : how far the square is turned clockwise; the picture stands upright.
    """

    frame: int
    crop: tuple[float, float, float] | None = None
    turn_deg: float = 0.0


StillImages = Mapping[int, QImage | None]


def to_image(picture: Picture) -> QImage:
    """Return a copy of an RGB picture (height, width, 3) in the format that paints fastest."""
    height, width = picture.shape[:2]
    wrapped = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)


def still_image(picture: Picture | None, still: Still, side: int) -> QImage | None:
    """Return what a still shows of its frame's picture, of at most ``side`` pixels."""
    if picture is None:
        return None
    height, width = picture.shape[:2]
    whole = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    if still.crop is not None and still.turn_deg:
        return _turned(whole, still.crop, still.turn_deg, side)
    if still.crop is not None:
        x, y, square = still.crop
        left, top, sides = round(x - square / 2), round(y - square / 2), max(round(square), 2)
        whole = whole.copy(left, top, sides, sides)
    fitted = whole.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    return fitted.convertToFormat(QImage.Format.Format_RGB32)


def _turned(whole: QImage, crop: tuple[float, float, float], turn_deg: float, side: int) -> QImage:
    """Return a turned square upright, ``side`` pixels wide."""
    x, y, square = crop
    # What the square can reach, first made small: turning alone would leave out pixels and look jagged.
    reach = math.ceil(square * math.sqrt(0.5)) + 1
    left, top = round(x) - reach, round(y) - reach
    shrink = min(side / square, 1.0)
    near = whole.copy(left, top, 2 * reach, 2 * reach)
    small = near.scaled(
        round(2 * reach * shrink),
        round(2 * reach * shrink),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    made = QImage(side, side, QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.black)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(side / 2, side / 2)
    painter.rotate(-turn_deg)
    painter.scale(side / square, side / square)
    painter.translate(left - x, top - y)
    painter.drawImage(QRectF(0, 0, 2 * reach, 2 * reach), small)
    painter.end()
    return made


class PictureCache:
    """Pictures of one size, by frame number, up to a size in bytes; another size empties it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._size = (0, 0)
        self._images: OrderedDict[int, QImage | None] = OrderedDict()

    def __contains__(self, key: tuple[int, tuple[int, int]]) -> bool:
        return key[1] == self._size and key[0] in self._images

    def room_for(self, size: tuple[int, int]) -> int:
        """Return how many pictures of a size are kept."""
        return max(self._most_bytes // max(4 * size[0] * size[1], 1), 2)

    def get(self, frame: int, size: tuple[int, int]) -> QImage | None:
        """Return a picture that is in the cache and mark it as used."""
        if size != self._size:
            return None
        self._images.move_to_end(frame)
        return self._images[frame]

    def put(self, frame: int, size: tuple[int, int], image: QImage | None) -> None:
        """Keep a picture; the ones not used for longest go."""
        if size != self._size:
            self._images.clear()
            self._size = size
        self._images[frame] = image
        self._images.move_to_end(frame)
        while len(self._images) > self.room_for(size):
            self._images.popitem(last=False)
