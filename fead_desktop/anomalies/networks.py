"""The networks of the autoencoders; imported only where they are trained."""

from __future__ import annotations

import torch
from torch import nn

#: Numbers the decoder is given at each step.
UNFOLDED = 8


class SequenceNetwork(nn.Module):
    """Encoder LSTM → code of fixed length → decoder LSTM that writes the window again.

    The code is read off the encoder's states at all steps and unfolded into the decoder's inputs at all
    steps, not squeezed through one last state: with the windows of a single recording this learns in a few
    hundred steps what the plain form doesn't in thousands.
    """

    def __init__(self, features: int, length: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(features, hidden // 2, batch_first=True)
        self.to_code = nn.Linear(length * (hidden // 2), code)
        self.unfold = nn.Linear(code, length * UNFOLDED)
        self.decoder = nn.LSTM(UNFOLDED, hidden, batch_first=True)
        self.to_features = nn.Linear(hidden, features)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Reconstruct windows, (batch, length, features) → the same shape."""
        batch, length, _ = windows.shape
        states, _ = self.encoder(windows)
        code = self.to_code(states.reshape(batch, -1))
        decoded, _ = self.decoder(self.unfold(code).reshape(batch, length, UNFOLDED))
        reconstruction: torch.Tensor = self.to_features(decoded)
        return reconstruction


class VariationalNetwork(nn.Module):
    """One hidden layer on each side of a Gaussian code; the encoder says its mean and log variance."""

    def __init__(self, features: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(features, hidden)
        self.to_mean = nn.Linear(hidden, code)
        self.to_log_variance = nn.Linear(hidden, code)
        self.decoder = nn.Linear(code, hidden)
        self.to_features = nn.Linear(hidden, features)

    def encode(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map rows (batch, features) to mean and log variance of their codes, (batch, code) each."""
        hidden = torch.tanh(self.encoder(rows))
        return self.to_mean(hidden), self.to_log_variance(hidden)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Map codes (batch, code) to rows (batch, features)."""
        rows: torch.Tensor = self.to_features(torch.tanh(self.decoder(codes)))
        return rows


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights from ``generator``, leaving torch's global one alone.

    Orthogonal recurrent weights and open forget gates: with PyTorch's own start the few hundred steps that a
    recording of a minute can pay for don't get past the mean.
    """
    for name, parameter in network.named_parameters():
        with torch.no_grad():
            if "bias" in name:
                parameter.zero_()
                if "coder.bias_" in name:  # of an LSTM
                    quarter = len(parameter) // 4
                    parameter[quarter : 2 * quarter] = 0.5
            elif "weight_hh" in name:
                for gate in parameter.chunk(4):
                    nn.init.orthogonal_(gate, generator=generator)
            else:
                nn.init.xavier_uniform_(parameter, generator=generator)
