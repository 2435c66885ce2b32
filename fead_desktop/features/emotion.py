"""Faces to scores of seven apparent emotions: one protocol and the FER adapter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.alignment import estimate_similarity, warp_face
from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.features.embedding import meshes_in_batches
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.models import registry
from fead_desktop.models.device import shared_thread_count

FloatArray = npt.NDArray[np.float32]

FER_INPUT_PX = 64

#: FER's API adds this many pixels on every side of its box, and a border this wide around the picture.
_API_OFFSET_PX = 10
_API_BORDER_PX = 40

#: Mesh points that hardly move with expression: eye corners (right outer, inner, left inner, outer), bridge
#: and base of the nose; and where they stand in the box of FER's own Haar detector (241 frontal faces of nine
#: recordings, made symmetric; deviation 0.03).
_MESH_POINTS = (33, 133, 362, 263, 168, 2)
_HAAR_TEMPLATE = np.array(
    [
        [0.231, 0.399],
        [0.394, 0.409],
        [0.606, 0.409],
        [0.769, 0.399],
        [0.500, 0.376],
        [0.500, 0.684],
    ]
)

#: The API's 10 pixels as a share of a Haar box, for the box of about 120 pixels that it finds in an aligned
#: face of 160; as a share, so that walking to the camera does not look like a change of expression.
_MARGIN = 1 / 12


class EmotionClassifier(Protocol):
    """Scores apparent emotions. ``model`` is the weights' name in the registry."""

    name: str
    model: str

    def classify(
        self, pictures: Sequence[Picture], landmarks: Sequence[Landmarks | None]
    ) -> FloatArray:
        """Return (n, 7) float32 in the order of :data:`fead_desktop.features.measures.EMOTIONS`.

        ``pictures`` are whole frames and ``landmarks`` the mesh of one face in each. Rows sum to 1; a face
        without a usable mesh gets a row of NaN.
        """


class FerClassifier:
    """FER's network (Shenk, ``fer``; Arriaga et al. 2017, arXiv:1710.07557) on LiteRT.

    Parameters
    ----------
    batch_size : faces per call.
    threads : None = :func:`fead_desktop.models.device.shared_thread_count`.
    fers_kernels : compute as FER's API does, which agrees with it to its rounding but is three times slower.
        The default kernels differ from it by 0.003 on average and 0.05 at most (212 faces), and lie nearer to
        the network before it was quantized (0.0020 against 0.0028 on average).
    """

    name = "fer"
    model = "fer_emotion"

    def __init__(
        self, batch_size: int = 32, threads: int | None = None, *, fers_kernels: bool = False
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.batch_size = batch_size
        self._interpreter: Any = Interpreter(
            model_path=str(registry.locate(self.model)),
            num_threads=threads or shared_thread_count(),
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            if fers_kernels
            else OpResolverType.AUTO,
        )
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]
        self._allocated = 0

    def classify(
        self, pictures: Sequence[Picture], landmarks: Sequence[Landmarks | None]
    ) -> FloatArray:
        """Return scores (n, 7); each face is cut level, as FER's detector would box it."""
        result = np.full((len(pictures), len(EMOTIONS)), np.nan, np.float32)
        for batch in meshes_in_batches(landmarks, self.batch_size):
            crops = [_level_grey(pictures[row], mesh) for row, mesh in batch]
            result[[row for row, _ in batch]] = self.classify_crops(np.stack(crops))
        return result

    def classify_boxes(
        self, pictures: Sequence[Picture], boxes: Sequence[tuple[int, int, int, int]]
    ) -> FloatArray:
        """Return scores (n, 7) for given Haar-like boxes (x, y, width, height), cut exactly as FER's API does."""
        result = np.full((len(pictures), len(EMOTIONS)), np.nan, np.float32)
        crops = [_api_grey(picture, box) for picture, box in zip(pictures, boxes, strict=True)]
        rows = [row for row, crop in enumerate(crops) if crop is not None]
        for start in range(0, len(rows), self.batch_size):
            batch = rows[start : start + self.batch_size]
            result[batch] = self.classify_crops(np.stack([crops[row] for row in batch]))  # type: ignore[misc]
        return result

    def classify_crops(self, crops: npt.NDArray[np.uint8]) -> FloatArray:
        """Return scores (n, 7) of grey crops (n, 64, 64) that are already cut."""
        values = (crops.astype(np.float32)[..., None] / np.float32(255) - np.float32(0.5)) * 2
        if len(values) != self._allocated:
            self._interpreter.resize_tensor_input(self._input, values.shape)
            self._interpreter.allocate_tensors()
            self._allocated = len(values)
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output), np.float32)


def fer_matrix(landmarks: Landmarks) -> npt.NDArray[np.float64]:
    """Return frame to FER's crop (2, 3): the detector's box with its margin, eyes level."""
    target = (_HAAR_TEMPLATE + _MARGIN) / (1 + 2 * _MARGIN) * FER_INPUT_PX
    return estimate_similarity(landmarks[list(_MESH_POINTS), :2], target)


def _level_grey(picture: Picture, landmarks: Landmarks) -> npt.NDArray[np.uint8]:
    import cv2

    crop = warp_face(picture, fer_matrix(landmarks), FER_INPUT_PX)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)


def _api_grey(picture: Picture, box: tuple[int, int, int, int]) -> npt.NDArray[np.uint8] | None:
    """Cut a box as FER's API does: squared, enlarged, the picture's border filled with the last rows' mean."""
    import cv2

    x, y, width, height = (int(value) for value in box)
    side = max(width, height)
    x, y = x - (side - width) // 2, y - (side - height) // 2
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    border = _API_BORDER_PX
    padded = cv2.copyMakeBorder(
        grey, border, border, border, border, cv2.BORDER_CONSTANT, value=cv2.mean(grey[-2:])[:1] * 3
    )
    reach = side + _API_OFFSET_PX + border
    left, top = (max(0, start - _API_OFFSET_PX + border) for start in (x, y))
    cut = padded[top : max(0, y + reach), left : max(0, x + reach)]
    if cut.size == 0:
        return None
    return np.asarray(cv2.resize(cut, (FER_INPUT_PX, FER_INPUT_PX)), np.uint8)
