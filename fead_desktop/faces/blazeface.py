"""BlazeFace: the short and full range networks that mediapipe's wheel carries, run on frames and tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import LEAST_FACE_PX, BoundingBox, Picture
from fead_desktop.faces.suppression import left_to_right, same_face, suppress_overlaps
from fead_desktop.models.device import mediapipe_file
from fead_desktop.video.scaling import shrink

FloatArray = npt.NDArray[np.float32]

#: Below this a candidate is noise. Up to the confirmation by the mesh a low threshold costs little.
LEAST_CONFIDENCE = 0.5

#: Side of a tile: in 360 px the full range network finds 86 % of faces of 24 px and 98 % or more from 28 px
#: on (55 faces of 19 persons pasted in at known sizes).
TILE_PX = 360

#: A box's height is this uncertain; faces just above the least size must not flicker.
BOX_NOISE = 0.85

#: A found face, its hair and neck; no other face is looked for there.
HEAD_SCALE = 1.6

#: Share of a tile that found heads must leave, and the range of grey without which it shows no face.
LEAST_ROOM, LEAST_CONTRAST = 0.4, 24

#: Side of the small picture by which a tile is known again, the difference of grey from which a cell of it has
#: changed, and the share of a cell that must be free of heads. A face of 24 px covers four cells.
LOOK_PX, CHANGED_FROM, FREE_CELL = 32, 6.0, 0.99

#: Frames wider than this are searched at this size: in 8K a face of 96 px is the least one found.
LARGEST_SIDE_PX = 1920


#: Each of the 256 levels as the networks want it; looking them up takes a tenth of computing them.
_TO_NETWORK: FloatArray = np.arange(256, dtype=np.float32) / np.float32(127.5) - np.float32(1)

#: Left, top and side of a square, in pixels of the searched picture.
_Tile = tuple[int, int, int]


@dataclass(frozen=True)
class _Look:
    """A tile's cells as grey, and which of them no head covers; both (:data:`LOOK_PX`, :data:`LOOK_PX`)."""

    grey: npt.NDArray[np.float64]
    free: npt.NDArray[np.bool_]

    def is_like(self, later: _Look) -> bool:
        """Tell whether nothing changed where no head is and none was, and no head uncovered room for a face."""
        bare = later.free & ~self.free
        room = bare[1:, 1:] & bare[1:, :-1] & bare[:-1, 1:] & bare[:-1, :-1]
        change = np.abs(self.grey - later.grey)[self.free & later.free]
        return not room.any() and bool((change < CHANGED_FROM).all())


@dataclass(frozen=True)
class _Network:
    """A BlazeFace network: its file, the side of its input and its anchors' grid.

    ``layers`` holds (cells a side, anchors a cell); every anchor has size 1, as the networks were trained.
    Its square ends above the brows; ``width``, ``height`` and ``rise`` (in shares of the square's side)
    make it the box from hairline to chin that the other detectors give (medians of 55 faces, against YuNet).
    """

    file: str
    side_px: int
    layers: tuple[tuple[int, int], ...]
    width: float
    height: float
    rise: float

    def anchors(self) -> FloatArray:
        """Return the anchors' centres, (n, 2), in shares of the input's side."""
        centres = []
        for cells, repeat in self.layers:
            line = (np.arange(cells, dtype=np.float32) + 0.5) / cells
            x, y = np.meshgrid(line, line)
            centres.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeat, axis=0))
        return np.concatenate(centres)


SHORT_RANGE = _Network(
    "face_detection_short_range.tflite", 128, ((16, 2), (8, 6)), 0.89, 1.26, 0.105
)
FULL_RANGE = _Network(
    "face_detection_full_range_sparse.tflite", 192, ((48, 1),), 0.845, 1.186, 0.058
)


class BlazeFaceDetector:
    """Faces by BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047).

    Both networks see the whole frame; overlapping tiles go through the full range network so that faces
    down to :data:`LEAST_FACE_PX` are found. A tile sees only what is too small for the whole frame.
    """

    name = "blazeface"

    def __init__(self) -> None:
        self._short = Runner(SHORT_RANGE)
        self._full = Runner(FULL_RANGE)

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces of each picture, in its pixels, from left to right."""
        return [self._search(picture, {}) for picture in pictures]

    def searcher(self) -> Callable[[Picture], list[BoundingBox]]:
        """Return a search for pictures in order; a tile that shows no face of its own is passed
        over until it changes."""
        empty: dict[_Tile, _Look] = {}
        return lambda picture: self._search(picture, empty)

    def _search(self, picture: Picture, empty: dict[_Tile, _Look]) -> list[BoundingBox]:
        height, width = picture.shape[:2]
        if min(height, width) < LEAST_FACE_PX:
            return []
        shrink = max(1.0, max(height, width) / LARGEST_SIDE_PX)
        small = _resized(picture, shrink)
        # Full range first: the short range network's boxes of smaller faces lie beside them.
        far, near = self._full.detect([small])[0], self._short.detect([small])[0]
        heads = suppress_overlaps(far + near, keep_order=True)
        for tile in _tiles(small.shape[1], small.shape[0]):
            look = _look(small, tile, heads)
            before = empty.pop(tile, None)
            if look is None:
                continue
            if before is not None and before.is_like(look):
                empty[tile] = before
                continue
            found = self._in_tile(small, tile)
            if all(any(same_face(head, box) for head in heads) for box in found):
                empty[tile] = look
            far += found
        boxes = [_times(box, shrink) for box in suppress_overlaps(far + near, keep_order=True)]
        return left_to_right(box for box in boxes if box.height >= LEAST_FACE_PX * BOX_NOISE)

    def _in_tile(self, picture: Picture, tile: _Tile) -> list[BoundingBox]:
        x, y, side = tile
        boxes = self._full.detect([picture[y : y + side, x : x + side]])[0]
        return [
            BoundingBox(box.x + x, box.y + y, box.width, box.height, box.confidence)
            for box in boxes
            if _belongs_to_tile(box, side)
        ]


class Runner:
    """One network on LiteRT."""

    def __init__(self, network: _Network) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._network = network
        self._anchors = network.anchors()
        path = mediapipe_file(f"face_detection/{network.file}")
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = self._interpreter.get_output_details()
        self._boxes = next(o["index"] for o in outputs if o["shape"][-1] == 16)
        self._scores = next(o["index"] for o in outputs if o["shape"][-1] == 1)

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces this network sees in each picture, in no order."""
        return [self._detect_one(picture) for picture in pictures]

    def _detect_one(self, picture: Picture) -> list[BoundingBox]:
        side = self._network.side_px
        letterbox, scale, origin = _letterbox(picture, side)
        self._interpreter.set_tensor(self._input, letterbox[np.newaxis])
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._scores)[0, :, 0]
        raw = self._interpreter.get_tensor(self._boxes)[0, :, :4]
        scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        rows = np.flatnonzero(scores >= LEAST_CONFIDENCE)
        net = self._network
        squares = raw[rows, 3] / scale
        centres = (raw[rows, :2] + self._anchors[rows] * side - origin) / scale
        centres[:, 1] -= net.rise * squares
        sizes = np.stack([net.width * squares, net.height * squares], axis=1)
        boxes = [
            BoundingBox(float(cx - w / 2), float(cy - h / 2), float(w), float(h), float(confidence))
            for (cx, cy), (w, h), confidence in zip(centres, sizes, scores[rows], strict=True)
        ]
        return suppress_overlaps(boxes, blend=True)


def _resized(picture: Picture, shrink: float) -> Picture:
    import cv2

    if shrink == 1:
        return picture
    height, width = picture.shape[:2]
    size = (round(width / shrink), round(height / shrink))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _letterbox(picture: Picture, side: int) -> tuple[FloatArray, float, tuple[int, int]]:
    """Put a picture into the middle of a black square, as the networks were trained.

    Returns the square as float in [-1, 1], the picture's scale, and its left and top in the square.
    """
    import cv2

    height, width = picture.shape[:2]
    scale = side / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - wide) // 2, (side - high) // 2
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + high, left : left + wide] = cv2.resize(
        picture, (wide, high), interpolation=method
    )
    return np.asarray(cv2.LUT(square, _TO_NETWORK), np.float32), scale, (left, top)


def _tiles(width: int, height: int) -> list[_Tile]:
    """Return overlapping squares (x, y, side) in which a least face is large enough to be found."""
    if max(width, height) <= TILE_PX:
        return []
    side = min(TILE_PX, width, height)
    return [(x, y, side) for y in _starts(height, side) for x in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    # Neighbours share a least face and a half, so that one of them holds it whole.
    step = side - LEAST_FACE_PX * 3 // 2
    count = max(1, -(-(length - side) // step) + 1)
    if count == 1:
        return [0]
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _look(picture: Picture, tile: _Tile, found: Sequence[BoundingBox]) -> _Look | None:
    """Return what a tile looks like if it may hold a small face: found heads leave room, and it has contrast."""
    import cv2

    x, y, side = tile
    free = np.full((side, side), 255, np.uint8)
    for head in (box.scaled(HEAD_SCALE) for box in found):
        left, top = max(0, round(head.x - x)), max(0, round(head.y - y))
        right, bottom = round(head.x + head.width - x), round(head.y + head.height - y)
        free[top : max(0, bottom), left : max(0, right)] = 0
    if cv2.countNonZero(free) < LEAST_ROOM * free.size:
        return None
    size = (LOOK_PX, LOOK_PX)
    cells = shrink(picture[y : y + side, x : x + side], size)
    grey = cells.mean(axis=2)
    if grey.max() - grey.min() <= LEAST_CONTRAST:
        return None
    share = cv2.resize(free, size, interpolation=cv2.INTER_AREA)
    return _Look(grey, share > FREE_CELL * 255)


def _belongs_to_tile(box: BoundingBox, side: int) -> bool:
    """Tell whether a tile's face is small and whole; a larger one is seen better on the whole frame."""
    edge = 0.02 * side
    whole = (
        box.x > -edge
        and box.y > -edge
        and box.x + box.width < side + edge
        and box.y + box.height < side + edge
    )
    return whole and box.height <= side / 2


def _times(box: BoundingBox, factor: float) -> BoundingBox:
    return BoundingBox(
        box.x * factor, box.y * factor, box.width * factor, box.height * factor, box.confidence
    )
