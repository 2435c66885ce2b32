"""FaceDetector: where the faces are in a frame; one protocol, three detectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fead_desktop.errors import ModelError, UsageError
from fead_desktop.faces.blazeface import BOX_NOISE, BlazeFaceDetector
from fead_desktop.faces.face import LEAST_FACE_PX, BoundingBox, Picture
from fead_desktop.faces.suppression import left_to_right, suppress_overlaps

__all__ = [
    "AUTO_DETECTOR",
    "BlazeFaceDetector",
    "FaceDetector",
    "MTCNNDetector",
    "YuNetDetector",
    "make_detector",
]

#: What 'auto' stands for; README's table of detectors says why.
AUTO_DETECTOR = "blazeface"


class FaceDetector(Protocol):
    """Finds all faces of :data:`LEAST_FACE_PX` and more."""

    name: str

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces of each picture, in its pixels, from left to right.

        Which pictures share a call changes a result by float noise at most.
        """

    def searcher(self) -> Callable[[Picture], list[BoundingBox]]:
        """Return a search for pictures that come in order; it may pass over what has not changed."""
        return lambda picture: self.detect([picture])[0]


def make_detector(name: str, weights: Path | None = None) -> FaceDetector:
    """Return the detector called ``auto``, ``mtcnn``, ``blazeface`` or ``yunet``.

    Parameters
    ----------
    name : str
    weights : Path, optional
        The imported ``.onnx`` file; needed for ``yunet`` only.

    Raises
    ------
    ModelError
        If weights are missing or can't be read.
    UsageError
        If there is no such detector.
    """
    if name == "auto":
        name = AUTO_DETECTOR
    if name == "mtcnn":
        return MTCNNDetector()
    if name == "blazeface":
        return BlazeFaceDetector()
    if name == "yunet":
        return YuNetDetector(weights)
    raise UsageError(
        f"There is no face detector '{name}'; choose from auto, mtcnn, blazeface, yunet."
    )


class MTCNNDetector(FaceDetector):
    """Faces by MTCNN (Zhang et al. 2016, arXiv:1604.02878), with the weights of facenet-pytorch's wheel.

    Frames larger than :data:`LARGEST_SIDE_PX` are searched at that size, so that the cost of a frame has
    a bound.
    """

    name = "mtcnn"

    #: 24 px stay 24 px up to 720p; in 4K the least face found is 72 px.
    LARGEST_SIDE_PX = 1280

    #: Of the last network; at its default of 0.7 hands and folds of cloth pass.
    LEAST_CONFIDENCE = 0.9

    def __init__(self) -> None:
        from fead_desktop.models.device import configure_torch
        from fead_desktop.models.torchvision_compat import import_torchvision

        import_torchvision()
        from facenet_pytorch import MTCNN

        self._network: Any = MTCNN(
            keep_all=True, min_face_size=20, device=_mtcnn_device(configure_torch())
        )

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces of each picture, in its pixels, from left to right."""
        return [self._detect_one(picture) for picture in pictures]

    def _detect_one(self, picture: Picture) -> list[BoundingBox]:
        # Measured: stacking frames into one call gains nothing on a CPU (35 against 37 ms at 640x360).
        small, shrink = _limited(picture, self.LARGEST_SIDE_PX)
        if min(small.shape[:2]) < LEAST_FACE_PX:
            return []
        corners, confidences = self._network.detect(np.ascontiguousarray(small))
        if corners is None:
            return []
        boxes = [
            BoundingBox(
                float(x1) * shrink,
                float(y1) * shrink,
                float(x2 - x1) * shrink,
                float(y2 - y1) * shrink,
                float(confidence),
            )
            for (x1, y1, x2, y2), confidence in zip(corners, confidences, strict=True)
            if confidence >= self.LEAST_CONFIDENCE
        ]
        return left_to_right(
            box for box in suppress_overlaps(boxes) if box.height >= LEAST_FACE_PX * BOX_NOISE
        )


class YuNetDetector(FaceDetector):
    """Faces by YuNet (Wu et al. 2023) through OpenCV, when the user has imported its weights."""

    name = "yunet"
    LARGEST_SIDE_PX = 1280
    LEAST_CONFIDENCE = 0.6

    def __init__(self, weights: Path | None) -> None:
        import cv2

        if weights is None or not weights.is_file():
            raise ModelError(
                "The weights of the YuNet face detector are missing; import them with "
                "'fead models import yunet PATH'."
            )
        try:
            self._network: Any = cv2.FaceDetectorYN.create(
                str(weights), "", (320, 320), self.LEAST_CONFIDENCE
            )
        except cv2.error as error:
            raise ModelError(
                f"The file '{weights.name}' does not hold the YuNet face detector; import the right file."
            ) from error

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        """Return the faces of each picture, in its pixels, from left to right."""
        return [self._detect_one(picture) for picture in pictures]

    def _detect_one(self, picture: Picture) -> list[BoundingBox]:
        small, shrink = _limited(picture, self.LARGEST_SIDE_PX)
        if min(small.shape[:2]) < LEAST_FACE_PX:
            return []
        self._network.setInputSize((small.shape[1], small.shape[0]))
        # OpenCV's networks want BGR.
        _, rows = self._network.detect(np.ascontiguousarray(small[..., ::-1]))
        boxes = [
            BoundingBox(
                float(row[0]) * shrink,
                float(row[1]) * shrink,
                float(row[2]) * shrink,
                float(row[3]) * shrink,
                float(row[14]),
            )
            for row in (rows if rows is not None else ())
        ]
        return left_to_right(
            box for box in suppress_overlaps(boxes) if box.height >= LEAST_FACE_PX * BOX_NOISE
        )


def _limited(picture: Picture, largest_side_px: int) -> tuple[Picture, float]:
    """Return the picture no larger than this, and by what factor it shrank."""
    import cv2

    height, width = picture.shape[:2]
    shrink = max(1.0, max(height, width) / largest_side_px)
    if shrink == 1:
        return picture, 1.0
    size = (round(width / shrink), round(height / shrink))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)), shrink


def _mtcnn_device(device: str) -> str:
    # MTCNN pools areas of odd sizes, which mps does not implement.
    return "cpu" if device == "mps" else device
