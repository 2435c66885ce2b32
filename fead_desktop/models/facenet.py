"""InceptionResnetV1 from facenet-pytorch with weights from a file; it never downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from fead_desktop.errors import ModelError
from fead_desktop.models.torchvision_compat import import_torchvision

if TYPE_CHECKING:
    import torch


def load_inception_resnet(path: Path) -> torch.nn.Module:
    """Return the network with the weights of a verified file, ready to embed (b, 3, 160, 160).

    Raises
    ------
    ModelError
        If the file's layers are not the network's.
    """
    import torch

    import_torchvision()
    from facenet_pytorch import InceptionResnetV1

    weights = torch.load(path, map_location="cpu", weights_only=True)
    # The classifier of the training set is in the file and not in the network.
    weights = {name: value for name, value in weights.items() if not name.startswith("logits.")}
    # On the meta device no random weights are drawn only to be replaced.
    with torch.device("meta"):
        network = InceptionResnetV1(pretrained=None, classify=False)
    try:
        network.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise ModelError(
            f"The file {path} does not hold the weights of InceptionResnetV1."
        ) from error
    network.eval().requires_grad_(requires_grad=False)
    return cast("torch.nn.Module", network)
