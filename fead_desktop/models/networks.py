"""dlib's face ResNet (its example ``dnn_face_recognition_ex``, 29 convolutions) in torch; imported lazily."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from fead_desktop.models.dlib_weights import BLOCKS, STEM_CHANNELS, DlibLayer

#: What dlib takes off red, green and blue before it divides by 256.
RGB_MEAN = (122.782, 117.001, 104.298)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and the input added; ``down`` halves the picture.

    dlib adds tensors of different sizes by filling the smaller with zeros at the end of every axis.
    """

    def __init__(self, inputs: int, outputs: int, down: bool) -> None:
        super().__init__()
        self.down = down
        self.first = nn.Conv2d(
            inputs, outputs, 3, stride=2 if down else 1, padding=0 if down else 1
        )
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, inputs, h, w) to (b, outputs, h', w')."""
        out = self.second(functional.relu(self.first(x), inplace=True))
        if not self.down:
            return functional.relu(out + x, inplace=True)
        kept = functional.avg_pool2d(x, 2, 2)
        channels, high, wide = (
            max(a, b) for a, b in zip(out.shape[1:], kept.shape[1:], strict=True)
        )
        return functional.relu(
            _fill(out, channels, high, wide) + _fill(kept, channels, high, wide), inplace=True
        )


class DlibFaceNet(nn.Module):
    """From (b, 150, 150, 3) RGB in 0 to 255 to (b, 128); a descriptor's length is about 1.4, not 1."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(RGB_MEAN).view(1, 3, 1, 1), persistent=False)
        self.stem = nn.Conv2d(3, STEM_CHANNELS, 7, stride=2)
        inputs, blocks = STEM_CHANNELS, []
        for outputs, down in BLOCKS:
            blocks.append(ResidualBlock(inputs, outputs, down))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(inputs, 128, bias=False)

    def forward(self, chips: Tensor) -> Tensor:
        """Map chips (b, 150, 150, 3), any number type, to descriptors (b, 128) float32."""
        x = chips.permute(0, 3, 1, 2).to(torch.float32)
        x = (x - cast("Tensor", self.mean)) / 256
        x = functional.relu(self.stem(x), inplace=True)
        x = functional.max_pool2d(x, 3, 2)
        # The blocks may compute in bfloat16.
        x = self.blocks(x.to(next(self.blocks.parameters()).dtype))
        return cast("Tensor", self.head(x.to(torch.float32).mean(dim=(2, 3))))

    def _convolutions(self) -> Iterator[nn.Conv2d]:
        yield self.stem
        for block in self.blocks:
            yield cast("ResidualBlock", block).first
            yield cast("ResidualBlock", block).second


def build_dlib_net(
    layers: Sequence[DlibLayer], head: npt.NDArray[np.float32], *, channels_last: bool = True
) -> DlibFaceNet:
    """Return the network with dlib's weights, each affine layer folded into the convolution before it.

    Parameters
    ----------
    layers : the 29 convolutions with their affine factors, from the input up.
    head : (256, 128) weights of the last layer, inputs first.
    channels_last : memory layout; faster on processors, same result.
    """
    net = DlibFaceNet()
    with torch.no_grad():
        for convolution, layer in zip(net._convolutions(), layers, strict=True):
            factor = layer.factor[:, None, None, None]
            convolution.weight.copy_(torch.from_numpy(layer.weight * factor))
            convolution.bias.copy_(  # type: ignore[union-attr]
                torch.from_numpy(layer.bias * layer.factor + layer.offset)
            )
        net.head.weight.copy_(torch.from_numpy(np.ascontiguousarray(head.T)))
    net.eval().requires_grad_(requires_grad=False)
    return net.to(memory_format=torch.channels_last) if channels_last else net  # type: ignore[call-overload]


def _fill(x: Tensor, channels: int, high: int, wide: int) -> Tensor:
    missing = (0, wide - x.shape[3], 0, high - x.shape[2], 0, channels - x.shape[1])
    return functional.pad(x, missing) if any(missing) else x
