"""Hands before a face: MediaPipe's palm and hand networks, as its wheel carries them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Picture
from fead_desktop.models.device import mediapipe_file

#: 21 points of a hand in pixels of the picture, (21, 2): wrist, then four a finger from the thumb on.
Hand = npt.NDArray[np.float64]

#: Of the palm network, which proposes, and of the hand network, which decides.
LEAST_PALM, LEAST_HAND = 0.3, 0.7

_PALM_PX, _HAND_PX = 192, 224

#: A hand's square is this much larger than its palm's, and its middle lies half a palm towards the fingers
#: (Zhang et al. 2020, arXiv:2006.10214, as MediaPipe's hand graph sets them).
_HAND_SCALE, _HAND_SHIFT = 2.6, 0.5

#: Palms that overlap more than this are one.
_SAME_PALM_IOU = 0.3

_PALM = (0, 1, 5, 9, 13, 17)
_FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))


@dataclass(frozen=True)
class _Palm:
    """Square of the hand in pixels: middle, side, and rotation that makes the fingers point up."""

    x: float
    y: float
    side: float
    angle: float


class HandFinder:
    """Finds hands in a picture that shows little more than a face (the palm network sees 192 pixels)."""

    def __init__(self) -> None:
        self._palms = _Network("palm_detection/palm_detection_lite.tflite")
        self._hands = _Network("hand_landmark/hand_landmark_lite.tflite")
        self._anchors = _palm_anchors()

    def find(self, picture: Picture) -> list[Hand]:
        """Return the hands of a square picture; none below :data:`LEAST_HAND`."""
        hands = [self._points(picture, palm) for palm in self._palms_of(picture)]
        return [hand for hand in hands if hand is not None]

    def _palms_of(self, picture: Picture) -> list[_Palm]:
        import cv2

        side = picture.shape[0]
        small = cv2.resize(picture, (_PALM_PX, _PALM_PX), interpolation=cv2.INTER_AREA)
        outputs = self._palms.run(small.astype(np.float32) / 255)
        raw = next(o for o in outputs if o.shape[-1] == 18)[0]
        logits = next(o for o in outputs if o.shape[-1] == 1)[0, :, 0]
        rows = np.flatnonzero(logits >= math.log(LEAST_PALM / (1 - LEAST_PALM)))
        rows = rows[np.argsort(-logits[rows], kind="stable")]
        palms: list[_Palm] = []
        boxes: list[tuple[float, float, float]] = []
        for row in rows:
            points = raw[row].reshape(9, 2) / _PALM_PX * side
            centre = self._anchors[row] * side
            (x, y), size = points[0] + centre, float(points[1].max())
            if any(_overlap((x, y, size), box) > _SAME_PALM_IOU for box in boxes):
                continue
            boxes.append((x, y, size))
            wrist, knuckle = points[2] + centre, points[4] + centre
            dx, dy = (float(v) for v in knuckle - wrist)
            angle = math.pi / 2 - math.atan2(-dy, dx)
            palms.append(
                _Palm(
                    float(x) + math.sin(angle) * _HAND_SHIFT * size,
                    float(y) - math.cos(angle) * _HAND_SHIFT * size,
                    _HAND_SCALE * size,
                    angle,
                )
            )
        return palms[:2]

    def _points(self, picture: Picture, palm: _Palm) -> Hand | None:
        import cv2

        cos, sin = math.cos(palm.angle), math.sin(palm.angle)
        scale = palm.side / _HAND_PX
        linear = scale * np.array([[cos, -sin], [sin, cos]])
        to_picture = np.column_stack(
            [linear, np.array([palm.x, palm.y]) - linear @ np.full(2, _HAND_PX / 2)]
        )
        crop = cv2.warpAffine(
            picture,
            to_picture,
            (_HAND_PX, _HAND_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        outputs = self._hands.run(crop.astype(np.float32) / 255)
        presence = float(outputs[self._hands.named("Identity_1")].ravel()[0])
        if presence < LEAST_HAND:
            return None
        points = outputs[self._hands.named("Identity")].reshape(21, 3)[:, :2].astype(np.float64)
        return np.asarray(points @ linear.T + to_picture[:, 2])


def hand_mask(hands: list[Hand], size_px: int) -> npt.NDArray[np.bool_]:
    """Return where hands cover a (size_px, size_px) picture; their points are in its pixels."""
    import cv2

    mask = np.zeros((size_px, size_px), np.uint8)
    for hand in hands:
        # Four fingers side by side are a palm wide.
        width = max(1, round(float(np.linalg.norm(hand[5] - hand[17])) / 3))
        cv2.fillConvexPoly(mask, cv2.convexHull(hand[list(_PALM)].astype(np.int32)), 1)
        for finger in _FINGERS:
            cv2.polylines(mask, [hand[list(finger)].astype(np.int32)], False, 1, width)  # noqa: FBT003
    return mask.astype(bool)


class _Network:
    def __init__(self, file: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        path = mediapipe_file(file)
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = self._interpreter.get_output_details()

    def named(self, name: str) -> int:
        return next(k for k, output in enumerate(self._outputs) if output["name"] == name)

    def run(self, picture: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        self._interpreter.set_tensor(self._input, picture[np.newaxis])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output["index"]) for output in self._outputs]


def _palm_anchors() -> npt.NDArray[np.float64]:
    centres = []
    for cells, repeat in ((24, 2), (12, 6)):
        line = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(line, line)
        centres.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeat, axis=0))
    return np.concatenate(centres)


def _overlap(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    wide = min(a[0] + a[2] / 2, b[0] + b[2] / 2) - max(a[0] - a[2] / 2, b[0] - b[2] / 2)
    high = min(a[1] + a[2] / 2, b[1] + b[2] / 2) - max(a[1] - a[2] / 2, b[1] - b[2] / 2)
    both = max(wide, 0.0) * max(high, 0.0)
    return both / (a[2] ** 2 + b[2] ** 2 - both)
