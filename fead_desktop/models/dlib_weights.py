"""Reads dlib's face ResNet out of dlib's own file format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import ModelError

FloatArray = npt.NDArray[np.float32]

STEM_CHANNELS = 32

#: Residual blocks from the input up: channels, and whether the block halves the picture.
BLOCKS: tuple[tuple[int, bool], ...] = (
    (32, False), (32, False), (32, False),
    (64, True), (64, False), (64, False), (64, False),
    (128, True), (128, False), (128, False),
    (256, True), (256, False), (256, False),
    (256, True),
)  # fmt: skip

DESCRIPTOR = 128

#: First integer of every tensor in the file.
_TENSOR_VERSION = 2


@dataclass(frozen=True)
class DlibLayer:
    """A convolution, weight (n, c, k, k) and bias (n,), and the affine layer after it, factor and offset (n,)."""

    weight: FloatArray
    bias: FloatArray
    factor: FloatArray
    offset: FloatArray


def read_dlib_weights(path: Path) -> tuple[list[DlibLayer], FloatArray]:
    """Return the 29 convolutions from the input up, and the last layer's weights (256, 128), inputs first.

    dlib writes an integer as a length byte and that many little-endian bytes, and a tensor as five integers
    (version 2, and its four sizes) followed by raw little-endian float32. The network's shape is known, so
    the file is walked from tensor header to tensor header and the text between them is skipped.

    Raises
    ------
    ModelError
        If a tensor of the expected size is not there.
    """
    data = path.read_bytes()
    position = 0
    layers = []
    for n, c, k in _convolution_shapes():
        values, position = _next_tensor(data, position, (n * c * k * k + n, 1, 1, 1), path)
        affine, position = _next_tensor(data, position, (2 * n, 1, 1, 1), path)
        weight, bias = values[:-n].reshape(n, c, k, k), values[-n:]
        layers.append(DlibLayer(weight, bias, affine[:n], affine[n:]))
    width = BLOCKS[-1][0]
    head, _ = _next_tensor(data, position, (width, DESCRIPTOR, 1, 1), path)
    return layers, head.reshape(width, DESCRIPTOR)


def _convolution_shapes() -> list[tuple[int, int, int]]:
    """Outputs, inputs and kernel side of each convolution, from the input up."""
    shapes = [(STEM_CHANNELS, 3, 7)]
    inputs = STEM_CHANNELS
    for outputs, _ in BLOCKS:
        shapes += [(outputs, inputs, 3), (outputs, outputs, 3)]
        inputs = outputs
    return shapes


def _next_tensor(
    data: bytes, position: int, shape: tuple[int, int, int, int], path: Path
) -> tuple[FloatArray, int]:
    header = b"".join(_integer(value) for value in (_TENSOR_VERSION, *shape))
    found = data.find(header, position)
    start = found + len(header)
    count = int(np.prod(shape))
    if found < 0 or start + 4 * count > len(data):
        raise ModelError(f"The file {path} is not dlib's face network: a layer is missing.")
    return np.frombuffer(data, "<f4", count, start).astype(np.float32), start + 4 * count


def _integer(value: int) -> bytes:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "little")
    return bytes([len(raw)]) + raw
