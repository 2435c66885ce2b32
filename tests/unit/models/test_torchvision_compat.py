"""torchvision can be imported here, with its own operators or with the stand-in."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.models.torchvision_compat import import_torchvision, suppress


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


@given(st.integers(0, 40), st.integers(0, 2**31), st.sampled_from([0.3, 0.5, 0.7]))
def test_suppression_keeps_what_the_definition_keeps(n: int, seed: int, iou: float) -> None:
    rng = np.random.default_rng(seed)
    boxes = np.concatenate(
        [corner := rng.uniform(0, 50, (n, 2)), corner + rng.uniform(5, 40, (n, 2))], 1
    )
    scores = rng.choice([0.2, 0.5, 0.9], n)
    kept: list[int] = []
    for row in sorted(range(n), key=lambda r: -scores[r]):
        if all(overlap(boxes[row], boxes[k]) <= iou for k in kept):
            kept.append(row)
    assert suppress(boxes, scores, iou).tolist() == kept


def test_the_operator_that_mtcnn_calls_works() -> None:
    import torch

    torchvision = import_torchvision()
    boxes = torch.tensor([[0.0, 0, 10, 10], [1.0, 1, 10, 10], [20.0, 20, 30, 30]])
    kept = torchvision.ops.nms(boxes, torch.tensor([0.5, 0.9, 0.1]), 0.5)
    assert kept.tolist() == [1, 2]
    same = torchvision.ops.batched_nms(
        boxes, torch.tensor([0.5, 0.9, 0.1]), torch.tensor([0, 1, 0]), 0.5
    )
    assert same.tolist() == [1, 0, 2]


def test_the_stand_in_is_there_only_where_the_operators_are_missing() -> None:
    code = (
        "from fead_desktop.models import torchvision_compat as compat\n"
        "compat.import_torchvision(); compat.import_torchvision()\n"
        "from torchvision import extension\n"
        "print(bool(compat._libraries) is not extension._has_ops(), len(compat._libraries) <= 1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["True", "True"]
