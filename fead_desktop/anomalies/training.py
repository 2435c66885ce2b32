"""What the networks share that are trained on a recording: bounded values, few directions, one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

#: Values beyond this many robust σ are cut, so that one enormous outlier doesn't own the training.
LARGEST_Z = 12.0

#: More directions than these are noise in every recording measured.
MOST_DIRECTIONS = 14


def cut(values: Values) -> Values:
    """Return robust z-scores cut at :data:`LARGEST_Z`."""
    return np.clip(values, -LARGEST_Z, LARGEST_Z)


def main_directions(values: Values, share: float) -> Values:
    """Return (features, k) directions that hold this share of the variance of (..., features) values.

    Scaled so that what lies along them is of order one; at most :data:`MOST_DIRECTIONS`.
    """
    frames = values.reshape(-1, values.shape[-1])
    variance, axes = np.linalg.eigh(frames.T @ frames / len(frames))
    variance, axes = np.maximum(variance[::-1], 0.0), axes[:, ::-1]
    total = float(variance.sum())
    if total <= 0:
        return axes[:, :1]
    kept = 1 + int(np.searchsorted(np.cumsum(variance) / total, share))
    kept = min(kept, MOST_DIRECTIONS, len(variance))
    # A sign by rule, because the eigenvectors' own depends on the library.
    axes = axes[:, :kept] * np.where(
        axes[np.abs(axes[:, :kept]).argmax(axis=0), np.arange(kept)] < 0, -1.0, 1.0
    )
    directions: Values = axes / np.sqrt(variance[:kept].sum() / kept)
    return directions


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in a fixed order; small matrices are no faster on more threads anyway."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
