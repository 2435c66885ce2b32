"""Faces to identity embeddings: one protocol, an adapter for each network, each with its own crop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import UsageError
from fead_desktop.faces.alignment import estimate_similarity, warp_face
from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.models import registry
from fead_desktop.models.device import choose_device, has_native_bfloat16

FloatArray = npt.NDArray[np.float32]

#: Width of each embedder's embedding.
DLIB_DIMENSION = 128
FACENET_DIMENSION = 512

DLIB_CHIP_PX = 150
FACENET_CROP_PX = 160

#: Where dlib's five points stand in a chip without padding (dlib, ``get_face_chip_details``): the person's
#: left eye (outer, inner), right eye (outer, inner), base of the nose.
_DLIB_TEMPLATE = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
_DLIB_PADDING = 0.25

#: The mesh points that are dlib's five points. Measured on 264 faces of nine recordings: on average less than
#: 2.5 % of the outer eye distance away from what dlib's own predictor finds.
_DLIB_MESH_POINTS = (263, 362, 33, 133, 2)

#: MTCNN's box, on whose cuts InceptionResnetV1 was trained, against the mesh's bounding box: as wide, and
#: higher at the forehead by this share of the height (249 frontal faces: 0.138, deviation 0.033).
_MTCNN_FOREHEAD = 0.138


class FaceEmbedder(Protocol):
    """Turns faces into vectors that are near for one person and far for two.

    name : "dlib" or "facenet".
    model : the weights' name in the registry.
    dimension : length of an embedding.
    """

    name: str
    model: str
    dimension: int

    @staticmethod
    def crop(picture: Picture, landmarks: Landmarks | None) -> Picture | None:
        """Cut the face that has this mesh as the network wants it; None without a usable mesh.

        Needs no weights, so faces can be cut before the network is loaded.
        """

    def embed(self, crops: Sequence[Picture | None]) -> FloatArray:
        """Return (n, dimension) float32; a row of NaN where there is no crop."""


class DlibEmbedder:
    """dlib's face ResNet, run in torch from the installed weights (CC0); one person below about 0.6 apart.

    Its descriptors are not normalised.

    Parameters
    ----------
    batch_size : faces per call.
    device : None = :func:`fead_desktop.models.device.choose_device`.
    half : compute the residual blocks in bfloat16. Descriptors then differ by 0.0082 at most and 0.0054 on
        average, and distances between two of them by 0.0032 at most (147 faces of 14 persons).
    """

    name = "dlib"
    model = "dlib_face"
    dimension = DLIB_DIMENSION

    def __init__(
        self, batch_size: int = 32, device: str | None = None, *, half: bool = False
    ) -> None:
        from fead_desktop.models.dlib_weights import read_dlib_weights
        from fead_desktop.models.networks import build_dlib_net

        self.batch_size = batch_size
        self._device = device or choose_device()
        network = build_dlib_net(*read_dlib_weights(registry.locate(self.model)))
        if half:
            network.blocks.bfloat16()
        self._network = network.to(self._device)

    @staticmethod
    def crop(picture: Picture, landmarks: Landmarks | None) -> Picture | None:
        """Cut the 150-pixel chip dlib's network was trained with (``get_face_chip``, padding 0.25)."""
        if landmarks is None or not has_mesh(landmarks):
            return None
        points = landmarks[list(_DLIB_MESH_POINTS), :2]
        return warp_face(picture, dlib_chip_matrix(points), DLIB_CHIP_PX)

    def embed(self, crops: Sequence[Picture | None]) -> FloatArray:
        """Return descriptors (n, 128); a row of NaN where there is no chip."""
        return _embed(crops, self.batch_size, self.dimension, self._describe)

    def _describe(self, chips: npt.NDArray[np.uint8]) -> FloatArray:
        import torch

        with torch.inference_mode():
            descriptors = self._network(torch.from_numpy(chips).to(self._device))
        return np.asarray(descriptors.cpu().numpy(), np.float32)


class FacenetEmbedder:
    """InceptionResnetV1 trained on VGGFace2, through facenet-pytorch; embeddings of length 1."""

    name = "facenet"
    model = "facenet_vggface2"
    dimension = FACENET_DIMENSION

    def __init__(self, batch_size: int = 32, device: str | None = None) -> None:
        from fead_desktop.models.facenet import load_inception_resnet

        self.batch_size = batch_size
        self._device = device or choose_device()
        self._network = load_inception_resnet(registry.locate(self.model)).to(self._device)

    @staticmethod
    def crop(picture: Picture, landmarks: Landmarks | None) -> Picture | None:
        """Cut MTCNN's upright box, stretched to a square of 160 pixels.

        The published weights were trained on such stretched boxes; levelling the eyes would be foreign to them.
        """
        if landmarks is None or not has_mesh(landmarks):
            return None
        left, top = landmarks[:, :2].min(axis=0).astype(np.float64)
        right, bottom = landmarks[:, :2].max(axis=0).astype(np.float64)
        top -= _MTCNN_FOREHEAD * (bottom - top)
        across, down = FACENET_CROP_PX / (right - left), FACENET_CROP_PX / (bottom - top)
        return warp_face(
            picture, [[across, 0, -left * across], [0, down, -top * down]], FACENET_CROP_PX
        )

    def embed(self, crops: Sequence[Picture | None]) -> FloatArray:
        """Return embeddings (n, 512) of length 1; a row of NaN where there is no crop."""
        return _embed(crops, self.batch_size, self.dimension, self._describe)

    def _describe(self, crops: npt.NDArray[np.uint8]) -> FloatArray:
        import torch

        with torch.inference_mode():
            values = torch.from_numpy(crops).to(self._device, torch.float32).permute(0, 3, 1, 2)
            embeddings = self._network((values - 127.5) / 128)
        return np.asarray(embeddings.cpu().numpy(), np.float32)


#: By name.
EMBEDDERS: dict[str, type[DlibEmbedder] | type[FacenetEmbedder]] = {
    "dlib": DlibEmbedder,
    "facenet": FacenetEmbedder,
}


def make_embedder(choice: str = "auto", batch_size: int = 32) -> FaceEmbedder:
    """Return the embedder for ``choice``; "auto" is facenet if its weights are there, else dlib.

    dlib's network computes in bfloat16 on a processor that does so natively.

    Raises
    ------
    ModelError
        If the chosen weights are missing or not the right ones.
    UsageError
        For an unknown choice.
    """
    if choice == "auto":
        choice = "facenet" if registry.is_available(FacenetEmbedder.model) else "dlib"
    if choice == "facenet":
        return FacenetEmbedder(batch_size)
    if choice == "dlib":
        device = choose_device()
        return DlibEmbedder(batch_size, device, half=device == "cpu" and has_native_bfloat16())
    raise UsageError(f"There is no embedder '{choice}'; choose from auto, facenet, dlib.")


def dlib_chip_matrix(five_points: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return frame to chip (2, 3) from dlib's five points (5, 2) in pixels of the frame."""
    target = (_DLIB_TEMPLATE + _DLIB_PADDING) / (1 + 2 * _DLIB_PADDING) * DLIB_CHIP_PX
    # dlib counts pixels from their corners, warp_face from their middles.
    return estimate_similarity(five_points, target - 0.5)


def _embed(
    crops: Sequence[Picture | None],
    batch_size: int,
    dimension: int,
    describe: Callable[[npt.NDArray[np.uint8]], FloatArray],
) -> FloatArray:
    result = np.full((len(crops), dimension), np.nan, np.float32)
    there = [(row, crop) for row, crop in enumerate(crops) if crop is not None]
    for start in range(0, len(there), batch_size):
        rows, batch = zip(*there[start : start + batch_size], strict=True)
        result[list(rows)] = describe(np.stack(batch))
    return result


def has_mesh(landmarks: Landmarks | None) -> bool:
    """Return whether the landmarks are there, finite, and span an area."""
    if landmarks is None or not np.isfinite(landmarks[:, :2]).all():
        return False
    return bool((np.ptp(landmarks[:, :2], axis=0) > 1).all())


def meshes_in_batches(
    landmarks: Sequence[Landmarks | None], batch_size: int
) -> Iterator[list[tuple[int, Landmarks]]]:
    """Yield the usable meshes with their row numbers, ``batch_size`` at a time."""
    faces = [
        (row, mesh) for row, mesh in enumerate(landmarks) if mesh is not None and has_mesh(mesh)
    ]
    for start in range(0, len(faces), batch_size):
        yield faces[start : start + batch_size]
