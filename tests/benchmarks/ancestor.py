"""The ancestor's second version as a reference: what ranks and flags there, on the faces and features found here.

Given to it: our faces, embeddings (dlib's 128 numbers where InceptionResnetV1's weights are not there), emotion
scores and persons, every one of them and not the largest cluster alone. Its own face stage reads colours wrongly and
finds fewer faces, so this is kinder than the original. From there on as it was: UMAP components and emotions, a failed
emotion read as zeros, one sequence as one batch, two LSTM layers of 128, a linear output at every step, 100 epochs of
Adam at 0.001, the mean squared error of each frame on the very data that was learned, flags above mean + 4 σ without
the first five, grouped within a second.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.features.table import FeatureTable

Array = npt.NDArray[np.float64]

HIDDEN, LAYERS, EPOCHS, LEARNING_RATE = 128, 2, 100, 1e-3
SIGMAS, DROPPED, GROUPED_S, LISTED = 4.0, 5, 1.0, 10


def views_of(table: FeatureTable, components: npt.NDArray[np.float32]) -> dict[str, Array]:
    """Return the ancestor's views, each (n, d): "all" and "embedding"; "components" are a part of the first."""
    found = np.nan_to_num(components.astype(np.float64))
    low, high = found.min(axis=0), found.max(axis=0)
    within = (found - low) / np.maximum(high - low, 1e-9)
    emotions = np.nan_to_num(table.emotions.astype(np.float64), nan=0.0)
    return {
        "all": np.concatenate([within, emotions], axis=1),
        "embedding": np.nan_to_num(table.embedding.astype(np.float64)),
    }


def errors(rows: Array, *, seed: int = 1, epochs: int = EPOCHS) -> Array:
    """Learn a series (n, d) and return the mean squared error of each of its frames, (n,)."""
    import torch
    from torch import nn

    series = torch.from_numpy(rows.astype(np.float32))[None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        lstm = nn.LSTM(rows.shape[1], HIDDEN, LAYERS, batch_first=True)
        linear = nn.Linear(HIDDEN, rows.shape[1])
    optimiser = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], LEARNING_RATE)
    for _ in range(epochs):
        optimiser.zero_grad()
        nn.functional.mse_loss(linear(lstm(series)[0]), series).backward()
        optimiser.step()
    with torch.no_grad():
        written = linear(lstm(series)[0])
    return np.asarray(((written - series) ** 2).mean(dim=2)[0].numpy(), np.float64)


def flags(error: Array, time_s: Array) -> list[int]:
    """Return the rows that are flagged: one for each group, the highest of it."""
    above = np.flatnonzero(error > error.mean() + SIGMAS * error.std())[DROPPED:]
    if not len(above):
        return []
    groups = np.split(above, np.flatnonzero(np.diff(time_s[above]) > GROUPED_S) + 1)
    return [int(group[np.argmax(error[group])]) for group in groups]


def top(error: Array) -> list[int]:
    """Return the ten rows with the highest error, highest first."""
    return np.argsort(-error, kind="stable")[:LISTED].tolist()
