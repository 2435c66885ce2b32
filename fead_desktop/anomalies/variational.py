"""Variational autoencoder over single frames: what its usual codes can't write again is unusual."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.optimiser import OneCycleAdam
from fead_desktop.anomalies.training import cut, main_directions, one_thread

if TYPE_CHECKING:
    import torch

Matrix = npt.NDArray[np.float64]


@dataclass
class VariationalAutoencoder:
    """Reconstructs frames through a Gaussian code, and scores them by the mean code's error.

    Kingma and Welling 2014, "Auto-Encoding Variational Bayes", with the weight on the codes of Higgins et al. 2017.
    A score made from a drawn code would differ from draw to draw (two seeds of the ancestor's version shared three
    of their ten first frames); the mean is always the same. Same seed, same numbers: own generator, one thread.

    Parameters
    ----------
    code : length of the code.
    beta : weight of the codes' distance from the standard normal distribution.
    share : the frames are read along the directions that hold this share of their variance.
    """

    seed: int = 1
    code: int = 3
    hidden: int = 24
    beta: float = 0.005
    steps: int = 120
    batch_size: int = 64
    learning_rate: float = 2e-2
    check_every: int = 20
    patience: int = 2
    share: float = 0.95
    name: str = "variational"
    _network: Any = field(default=None, init=False, repr=False)
    _directions: Matrix = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False)

    def fit(self, rows: Matrix) -> VariationalAutoencoder:
        """Learn from rows (n, d) in the order of time; one run of them is held out to stop by."""
        import torch

        from fead_desktop.anomalies.networks import VariationalNetwork, initialise

        if len(rows) < 2:
            raise ValueError("the autoencoder needs at least two rows")
        generator = torch.Generator().manual_seed(self.seed)
        held = max(1, len(rows) // 8)
        start = int(np.random.default_rng(self.seed).integers(0, len(rows) - held + 1))
        kept = np.ones(len(rows), bool)
        kept[start : start + held] = False
        self._directions = main_directions(cut(rows[kept]), self.share)
        # The layers draw their first weights from torch's own generator, which is others' business.
        with one_thread(), torch.random.fork_rng(devices=[]):
            self._network = VariationalNetwork(self._directions.shape[1], self.hidden, self.code)
            initialise(self._network, generator)
            self._train(self._tensor(rows[kept]), self._tensor(rows[~kept]), generator)
        return self

    def score_samples(self, rows: Matrix) -> npt.NDArray[np.float64]:
        """Score rows (n, d) → (n,): the mean squared error of what the mean code writes."""
        import torch

        with one_thread(), torch.no_grad():
            mean, _ = self._network.encode(self._tensor(rows))
            written = self._network.decode(mean).numpy().astype(np.float64)
        error: npt.NDArray[np.float64] = np.mean(
            (cut(rows) - written @ np.linalg.pinv(self._directions)) ** 2, axis=1
        )
        return error

    def _train(
        self, train: torch.Tensor, held_out: torch.Tensor, generator: torch.Generator
    ) -> None:
        import torch

        network = self._network
        optimiser = OneCycleAdam(network.parameters(), self.learning_rate, self.steps)
        best, best_weights, waited = np.inf, network.state_dict(), 0
        for step in range(1, self.steps + 1):
            drawn = torch.randint(len(train), (self.batch_size,), generator=generator)
            batch = train[drawn]
            mean, log_variance = network.encode(batch)
            noise = torch.randn(mean.shape, generator=generator)
            written = network.decode(mean + noise * torch.exp(log_variance / 2))
            apart = (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2
            # Huber instead of the square: a single unusual moment must not bend the model towards itself.
            loss = torch.nn.functional.smooth_l1_loss(written, batch) + self.beta * apart
            loss.backward()
            optimiser.step()
            if step % self.check_every and step < self.steps:
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

    def _held_out(self, held_out: torch.Tensor) -> float:
        import torch

        with torch.no_grad():
            mean, _ = self._network.encode(held_out)
            return float(torch.nn.functional.smooth_l1_loss(self._network.decode(mean), held_out))

    def _tensor(self, rows: Matrix) -> torch.Tensor:
        import torch

        return torch.from_numpy((cut(rows) @ self._directions).astype(np.float32))
