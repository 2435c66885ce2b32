"""Lets torchvision be imported where its compiled operators can't be loaded, as facenet-pytorch needs it.

A torchvision wheel built for CUDA beside a CPU-only torch can't load its operators, and its import
then fails at ``torchvision::nms``. Only then are the two schemas defined here, with non-maximum
suppression in numpy; nothing else of torchvision's operators is used by this program.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

# The operators live as long as their library object.
_libraries: list[Any] = []


def import_torchvision() -> ModuleType:
    """Import torchvision, with a stand-in for its operators only where they are missing.

    Call it before anything that imports torchvision, such as facenet_pytorch.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]
    _define_operators()
    module = importlib.import_module("torchvision")
    boxes = importlib.import_module("torchvision.ops.boxes")
    # It refuses to run without the compiled library, although the operator is there now.
    boxes._assert_has_ops = lambda: None  # type: ignore[attr-defined]
    return module


def suppress(
    boxes: npt.NDArray[np.floating[Any]], scores: npt.NDArray[np.floating[Any]], iou: float
) -> npt.NDArray[np.int64]:
    """Return the rows that survive greedy non-maximum suppression, best score first.

    Parameters
    ----------
    boxes : (n, 4)
        Corners x1, y1, x2, y2 in any unit.
    scores : (n,)
        Higher is better; equal scores keep their order.
    iou : float
        A box goes if its intersection over union with a kept one is greater.
    """
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1) * (y2 - y1)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        wide = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest])
        high = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest])
        both = np.clip(wide, 0, None) * np.clip(high, 0, None)
        with np.errstate(divide="ignore", invalid="ignore"):
            overlap = both / (areas[best] + areas[rest] - both)
        order = rest[~(overlap > iou)]
    return np.array(kept, dtype=np.int64)


def _define_operators() -> None:
    import torch

    make_library: Any = torch.library.Library  # untyped in torch
    library = make_library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

    def nms(dets: Any, scores: Any, iou_threshold: float) -> Any:
        kept = suppress(
            dets.detach().cpu().numpy(), scores.detach().cpu().numpy(), float(iou_threshold)
        )
        return torch.from_numpy(kept).to(dets.device)

    for name in ("CPU", "CUDA", "MPS"):
        library.impl("nms", nms, name)
    _libraries.append(library)
