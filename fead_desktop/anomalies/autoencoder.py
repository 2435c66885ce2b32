"""LSTM autoencoder over windows: what it can't write again from a short code is unusual."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.optimiser import OneCycleAdam
from fead_desktop.anomalies.training import cut, main_directions, one_thread

if TYPE_CHECKING:
    import torch

Windows = npt.NDArray[np.float64]

#: Fewer steps of training than this teach nothing.
LEAST_STEPS = 80


@dataclass
class SequenceAutoencoder:
    """Reconstructs windows of frames through a code much shorter than the window.

    Malhotra et al. 2016, "LSTM-based Encoder-Decoder for Multi-sensor Anomaly Detection". Adam, early
    stopping on held-out windows, the best weights kept. Same seed, same numbers: own generator, one thread.

    A minute of recording holds some 450 overlapping windows, far too few for an LSTM to learn more than their
    mean. So it learns from random mixtures of two windows each (after Zhang et al. 2018, "mixup", with weights
    on a circle): the usual movements and their usual combinations span the same space as their mixtures.

    Parameters
    ----------
    code : length of the code; the window holds length x features numbers.
    hidden : size of the LSTM states.
    steps : most Adam steps; with fewer windows only as many as there are windows (:data:`LEAST_STEPS`
        at least). On ten minutes 300 steps leave the area under the curve of reordered stretches at 0.956
        and 800 raise it to 0.966, in three times the time.
    patience : stop after this many checks (one every ``check_every`` steps) without improvement.
    share : the windows are read along the directions that hold this share of the frames' variance.
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
    name: str = "autoencoder"
    held_out_error: float = field(default=float("nan"), init=False)
    _network: Any = field(default=None, init=False, repr=False)
    _directions: Windows = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False)

    def fit(self, windows: Windows) -> SequenceAutoencoder:
        """Learn from windows (n, length, features) that follow each other in time."""
        import torch

        from fead_desktop.anomalies.networks import SequenceNetwork, initialise

        if len(windows) < 2:
            raise ValueError("the autoencoder needs at least two windows")
        generator = torch.Generator().manual_seed(self.seed)
        train, held_out = self._split(windows)
        self._directions = main_directions(cut(train), self.share)
        # The layers draw their first weights from torch's own generator, which is others' business.
        with one_thread(), torch.random.fork_rng(devices=[]):
            network = SequenceNetwork(
                self._directions.shape[1], windows.shape[1], self.hidden, self.code
            )
            initialise(network, generator)
            self._network = network
            self._train(self._tensor(train), self._tensor(held_out), generator)
        return self

    def reconstruct(self, windows: Windows) -> Windows:
        """Return the windows as the network writes them again, (n, length, features)."""
        import torch

        with one_thread(), torch.no_grad():
            parts = [
                self._network(self._tensor(windows[start : start + 1024])).numpy()
                for start in range(0, len(windows), 1024)
            ]
        if not parts:
            return np.zeros_like(windows)
        back = np.linalg.pinv(self._directions)
        written: Windows = np.concatenate(parts).astype(np.float64) @ back
        return written

    def residuals(self, windows: Windows) -> Windows:
        """Return what was seen minus what was expected, signed, (n, length, features)."""
        return cut(windows) - self.reconstruct(windows)

    def score_samples(self, windows: Windows) -> npt.NDArray[np.float64]:
        """Return the mean squared error of every frame of every window, (n, length)."""
        error: npt.NDArray[np.float64] = np.mean(self.residuals(windows) ** 2, axis=2)
        return error

    def _split(self, windows: Windows) -> tuple[Windows, Windows]:
        """Hold one run of windows out; its neighbours share frames with it and are left out of both."""
        n, length = windows.shape[:2]
        held = max(1, n // 8)
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
        steps = min(self.steps, max(LEAST_STEPS, len(train)))
        optimiser = OneCycleAdam(network.parameters(), self.learning_rate, steps)
        best, best_weights, waited = np.inf, network.state_dict(), 0
        for step in range(1, steps + 1):
            batch = _mixtures(train, self.batch_size, generator)
            # Huber instead of the square: a single unusual moment must not bend the model towards itself.
            loss = torch.nn.functional.smooth_l1_loss(network(batch), batch)
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
        self.held_out_error = best

    def _held_out(self, held_out: torch.Tensor) -> float:
        import torch

        with torch.no_grad():
            return float(torch.nn.functional.smooth_l1_loss(self._network(held_out), held_out))

    def _tensor(self, windows: Windows) -> torch.Tensor:
        import torch

        return torch.from_numpy((cut(windows) @ self._directions).astype(np.float32))


def _mixtures(windows: torch.Tensor, number: int, generator: torch.Generator) -> torch.Tensor:
    """Draw windows w1, w2 and an angle a each; return cos(a) w1 + sin(a) w2."""
    import torch

    first = windows[torch.randint(len(windows), (number,), generator=generator)]
    second = windows[torch.randint(len(windows), (number,), generator=generator)]
    angle = 2 * np.pi * torch.rand(number, 1, 1, generator=generator)
    return torch.cos(angle) * first + torch.sin(angle) * second
