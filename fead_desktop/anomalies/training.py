"""What the networks share that are trained on a recording: bounded values, few directions, when training stops."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.optimiser import OneCycleAdam
from fead_desktop.models.device import choose_device

if TYPE_CHECKING:
    import torch

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


def training_device() -> str:
    """Return ``cuda`` where :func:`choose_device` does, else ``cpu``: mps was never tried with these networks."""
    return "cuda" if choose_device() == "cuda" else "cpu"


def training_precision(device: str) -> AbstractContextManager[Any]:
    """Return what training steps run under: bfloat16 where a GPU multiplies in it by itself, else what there is.

    Older GPUs stay at float32: float16 would need its losses scaled, and networks this small gain little from it.
    """
    import torch

    if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


@dataclass
class Autoencoder(ABC):
    """A network that learns from a recording to write its usual values again through a short code.

    Adam, early stopping on held-out values, the best weights kept. Same seed, same numbers: own generator, one thread.

    Trained and read on the GPU where :func:`training_device` finds one, steps in mixed precision, errors in float32.
    First weights and batches are drawn on the processor, so that they are the same everywhere; the numbers differ
    a little from the processor's all the same. No GPU has measured this: batches are small whatever the
    recording's length, so one may be no faster, and ``FEAD_DEVICE=cpu`` keeps everything on the processor.

    Parameters
    ----------
    code : length of the code.
    hidden : size of the layers between values and code.
    steps : most Adam steps.
    patience : stop after this many checks (one every ``check_every`` steps) without improvement.
    share : the values are read along the directions that hold this share of their variance.
    """

    seed: int = 1
    code: int = 24
    hidden: int = 48
    steps: int = 300
    batch_size: int = 32
    learning_rate: float = 2e-2
    check_every: int = 50
    patience: int = 3
    share: float = 0.95
    _network: Any = field(default=None, init=False, repr=False)
    _directions: Values = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False)

    @abstractmethod
    def _make_network(self, features: int, values: Values) -> torch.nn.Module:
        """Return an untrained network that reads this many directions of the values."""

    @abstractmethod
    def _loss(self, train: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return the loss of a batch that is drawn from the training values."""

    @abstractmethod
    def _held_out(self, held_out: torch.Tensor) -> float:
        """Return the error of values that are not learned from."""

    def _most_steps(self, number: int) -> int:
        """Return how many steps so many training values are worth."""
        return self.steps

    def _learn(self, values: Values, overlap: int = 0) -> None:
        import torch

        from fead_desktop.anomalies.networks import initialise

        if len(values) < 2:
            raise ValueError("the autoencoder needs at least two windows or rows")
        generator = torch.Generator().manual_seed(self.seed)
        train, held_out = hold_out(values, self.seed, overlap)
        self._directions = main_directions(cut(train), self.share)
        # The layers draw their first weights from torch's own generator, which is others' business.
        with one_thread(), torch.random.fork_rng(devices=[]):
            self._network = self._make_network(self._directions.shape[1], values)
            initialise(self._network, generator)
            self._network.to(training_device())
            self._train(self._tensor(train), self._tensor(held_out), generator)

    def _train(
        self, train: torch.Tensor, held_out: torch.Tensor, generator: torch.Generator
    ) -> None:
        network, steps = self._network, self._most_steps(len(train))
        optimiser = OneCycleAdam(network.parameters(), self.learning_rate, steps)
        best, best_weights, waited = np.inf, network.state_dict(), 0
        for step in range(1, steps + 1):
            with training_precision(train.device.type):
                loss = self._loss(train, generator)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if step % self.check_every and step < steps:
                continue
            error = self._held_out(held_out)
            if error < best * 0.995:
                best, waited = error, 0
                best_weights = {key: value.clone() for key, value in network.state_dict().items()}
            else:
                waited += 1
                if waited > self.patience:
                    break
        network.load_state_dict(best_weights)

    def _tensor(self, values: Values) -> torch.Tensor:
        import torch

        along = torch.from_numpy((cut(values) @ self._directions).astype(np.float32))
        return along.to(next(self._network.parameters()).device)


def hold_out(values: Values, seed: int, overlap: int = 0) -> tuple[Values, Values]:
    """Return values (n, ...) to learn from, and one run of them to stop by.

    ``overlap`` neighbours of the run on either side share frames with it and are left out of both.
    """
    n = len(values)
    held = max(1, n // 8)
    overlap = min(overlap, max(0, (n - held) // 4))
    start = int(np.random.default_rng(seed).integers(0, n - held + 1))
    index = np.arange(n)
    train = (index < start - overlap) | (index >= start + held + overlap)
    if not train.any():
        return values, values
    return values[train], values[start : start + held]
