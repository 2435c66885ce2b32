"""LSTM autoencoder over windows: what it can't write again from a short code is unusual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

Windows = npt.NDArray[np.float64]

#: Values beyond this many robust σ are cut, so that one enormous outlier doesn't own the training.
LARGEST_Z = 12.0


@dataclass
class SequenceAutoencoder:
    """Reconstructs windows of frames through a code much shorter than the window.

    Malhotra et al. 2016, "LSTM-based Encoder-Decoder for Multi-sensor Anomaly Detection". Adam, early
    stopping on held-out windows, the best weights kept. Same seed, same numbers: own generator, one thread.

    Parameters
    ----------
    code : length of the code; the window holds length x features numbers.
    hidden : size of the LSTM states.
    steps : most Adam steps.
    patience : stop after this many checks (one every ``check_every`` steps) without improvement.
    """

    seed: int = 1
    code: int = 12
    hidden: int = 48
    steps: int = 240
    batch_size: int = 64
    learning_rate: float = 6e-3
    check_every: int = 20
    patience: int = 3
    name: str = "autoencoder"
    held_out_error: float = field(default=float("nan"), init=False)
    _network: Any = field(default=None, init=False, repr=False)

    def fit(self, windows: Windows) -> SequenceAutoencoder:
        """Learn from windows (n, length, features) that follow each other in time."""
        import torch

        from fead_desktop.anomalies.networks import SequenceNetwork, initialise

        if len(windows) < 2:
            raise ValueError("the autoencoder needs at least two windows")
        generator = torch.Generator().manual_seed(self.seed)
        train, held_out = self._split(windows)
        with _one_thread():
            network = SequenceNetwork(windows.shape[2], self.hidden, self.code)
            initialise(network, generator)
            self._network = network
            self._train(_tensor(train), _tensor(held_out), generator)
        return self

    def reconstruct(self, windows: Windows) -> Windows:
        """Return the windows as the network writes them again, (n, length, features)."""
        import torch

        with _one_thread(), torch.no_grad():
            parts = [
                self._network(_tensor(windows[start : start + 1024])).numpy()
                for start in range(0, len(windows), 1024)
            ]
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros_like(windows)

    def residuals(self, windows: Windows) -> Windows:
        """Return what was seen minus what was expected, signed, (n, length, features)."""
        return np.clip(windows, -LARGEST_Z, LARGEST_Z) - self.reconstruct(windows)

    def score_samples(self, windows: Windows) -> npt.NDArray[np.float64]:
        """Return the mean squared error of every frame of every window, (n, length)."""
        error: npt.NDArray[np.float64] = np.mean(self.residuals(windows) ** 2, axis=2)
        return error

    def _split(self, windows: Windows) -> tuple[Windows, Windows]:
        """Hold one run of windows out; its neighbours share frames with it and are left out of both."""
        n, length = windows.shape[:2]
        held = max(1, n // 7)
        overlap = min(length - 1, max(0, (n - held) // 4))
        start = int(np.random.default_rng(self.seed).integers(0, n - held + 1))
        index = np.arange(n)
        train = (index < start - overlap) | (index >= start + held + overlap)
        if not train.any():
            return windows, windows
        return windows[train], windows[start : start + held]

    def _train(
        self, train: torch.Tensor, held_out: torch.Tensor, generator: torch.Generator
    ) -> None:
        import torch

        network = self._network
        optimiser = torch.optim.Adam(network.parameters(), self.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimiser, self.steps, self.learning_rate / 20
        )
        best, best_weights, waited = np.inf, network.state_dict(), 0
        for step in range(1, self.steps + 1):
            picked = torch.randint(
                len(train), (min(self.batch_size, len(train)),), generator=generator
            )
            batch = train[picked]
            # Huber instead of the square: a single unusual moment must not bend the model towards itself.
            loss = torch.nn.functional.smooth_l1_loss(network(batch), batch, beta=2.0)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if step % self.check_every:
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
        self.held_out_error = best

    def _held_out(self, held_out: torch.Tensor) -> float:
        import torch

        with torch.no_grad():
            loss = torch.nn.functional.smooth_l1_loss(self._network(held_out), held_out, beta=2.0)
            return float(loss)


def _tensor(windows: Windows) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.clip(windows, -LARGEST_Z, LARGEST_Z).astype(np.float32))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in a fixed order; small matrices are no faster on more threads anyway."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
