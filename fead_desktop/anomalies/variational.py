"""Variational autoencoder over single frames: what its usual codes can't write again is unusual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.training import Autoencoder, cut, one_thread

if TYPE_CHECKING:
    import torch

Matrix = npt.NDArray[np.float64]


@dataclass
class VariationalAutoencoder(Autoencoder):
    """Reconstructs frames through a Gaussian code, and scores them by the mean code's error.

    Kingma and Welling 2014, "Auto-Encoding Variational Bayes", with the weight on the codes of Higgins et al. 2017.
    A score made from a drawn code would differ from draw to draw (two seeds of the ancestor's version shared three
    of their ten first frames); the mean is always the same.

    Parameters
    ----------
    beta : weight of the codes' distance from the standard normal distribution.
    """

    code: int = 3
    hidden: int = 24
    steps: int = 120
    batch_size: int = 64
    check_every: int = 20
    patience: int = 2
    beta: float = 0.005
    name: str = "variational"

    def fit(self, rows: Matrix) -> VariationalAutoencoder:
        """Learn from rows (n, d) in the order of time; one run of them is held out to stop by."""
        self._learn(rows)
        return self

    def score_samples(self, rows: Matrix) -> npt.NDArray[np.float64]:
        """Score rows (n, d) → (n,): the mean squared error of what the mean code writes."""
        import torch

        with one_thread(), torch.no_grad():
            mean, _ = self._network.encode(self._tensor(rows))
            written = self._network.decode(mean).cpu().numpy().astype(np.float64)
        error: npt.NDArray[np.float64] = np.mean(
            (cut(rows) - written @ np.linalg.pinv(self._directions)) ** 2, axis=1
        )
        return error

    def _make_network(self, features: int, values: Matrix) -> torch.nn.Module:
        from fead_desktop.anomalies.networks import VariationalNetwork

        return VariationalNetwork(features, self.hidden, self.code)

    def _loss(self, train: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        import torch

        network = self._network
        batch = train[torch.randint(len(train), (self.batch_size,), generator=generator)]
        mean, log_variance = network.encode(batch)
        noise = torch.randn(mean.shape, generator=generator).to(mean.device)
        written = network.decode(mean + noise * torch.exp(log_variance / 2))
        apart: torch.Tensor = (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        # Huber instead of the square: a single unusual moment must not bend the model towards itself.
        error = torch.nn.functional.smooth_l1_loss(written, batch)
        return error + self.beta * (apart.mean() / 2)

    def _held_out(self, held_out: torch.Tensor) -> float:
        import torch

        with torch.no_grad():
            mean, _ = self._network.encode(held_out)
            return float(torch.nn.functional.smooth_l1_loss(self._network.decode(mean), held_out))
