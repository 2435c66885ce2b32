"""The sequence autoencoder's network; imported only where it is trained."""

from __future__ import annotations

import torch
from torch import nn


class SequenceNetwork(nn.Module):
    """Encoder LSTM → code of fixed length → decoder LSTM that writes the window again.

    The encoder reads the window in both directions, its two last states become the code; the decoder reads
    the code at every step, beside the place in the window and its square, and writes the last frame first
    (Srivastava, Mansimov and Salakhutdinov 2015, "Unsupervised Learning of Video Representations using LSTMs").
    """

    def __init__(self, features: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(features, hidden // 2, batch_first=True, bidirectional=True)
        self.to_code = nn.Linear(2 * (hidden // 2), code)
        self.decoder = nn.LSTM(code + 2, hidden, batch_first=True)
        self.to_features = nn.Linear(hidden, features)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Reconstruct windows, (batch, length, features) → the same shape."""
        batch, length, _ = windows.shape
        _, (state, _) = self.encoder(windows)
        code = self.to_code(torch.cat([state[0], state[1]], dim=1))
        place = torch.linspace(-1.0, 1.0, length)
        place = torch.stack([place, place**2], dim=1).expand(batch, -1, -1)
        decoded, _ = self.decoder(
            torch.cat([code[:, None, :].expand(-1, length, -1), place], dim=2)
        )
        reconstruction: torch.Tensor = self.to_features(decoded.flip(1))
        return reconstruction


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights from ``generator``, leaving torch's global one alone.

    Orthogonal recurrent weights and open forget gates: with PyTorch's own start the few hundred steps that a
    recording of a minute can pay for don't get past the mean.
    """
    for name, parameter in network.named_parameters():
        with torch.no_grad():
            if "bias" in name:
                parameter.zero_()
                if "coder" in name:
                    quarter = len(parameter) // 4
                    parameter[quarter : 2 * quarter] = 0.5
            elif "weight_hh" in name:
                for gate in parameter.chunk(4):
                    nn.init.orthogonal_(gate, generator=generator)
            else:
                nn.init.xavier_uniform_(parameter, generator=generator)
