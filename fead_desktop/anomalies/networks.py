"""The sequence autoencoder's network; imported only where it is trained."""

from __future__ import annotations

import torch
from torch import nn


class SequenceNetwork(nn.Module):
    """Encoder LSTM → code of fixed length → decoder LSTM that writes the window again, last frame first.

    The order is turned round because the code stands closest to the window's end (Srivastava, Mansimov and
    Salakhutdinov 2015, "Unsupervised Learning of Video Representations using LSTMs").
    """

    def __init__(self, features: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(features, hidden, batch_first=True)
        self.to_code = nn.Linear(hidden, code)
        self.decoder = nn.LSTM(code, hidden, batch_first=True)
        self.to_features = nn.Linear(hidden, features)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Reconstruct windows, (batch, length, features) → the same shape."""
        _, (state, _) = self.encoder(windows)
        code = self.to_code(state[-1])
        steps = code[:, None, :].expand(-1, windows.shape[1], -1)
        decoded, _ = self.decoder(steps)
        reconstruction: torch.Tensor = self.to_features(decoded.flip(1))
        return reconstruction


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights from ``generator``, leaving torch's global one alone."""
    for parameter in network.parameters():
        bound = parameter.shape[-1] ** -0.5
        with torch.no_grad():
            parameter.uniform_(-bound, bound, generator=generator)
