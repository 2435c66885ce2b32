"""Made-up series of expression measures that behave like a talking face: smooth, correlated, with blinks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable

NOISE = 0.003


def band(
    rng: np.random.Generator,
    time_s: npt.NDArray[np.float64],
    low: float,
    high: float,
    lines: int = 24,
) -> npt.NDArray[np.float64]:
    """Return a smooth random curve of unit variance with frequencies between ``low`` and ``high`` Hz."""
    frequency = rng.uniform(low, high, lines)
    phase = rng.uniform(0, 2 * np.pi, lines)
    curve: npt.NDArray[np.float64] = np.sin(2 * np.pi * frequency * time_s[:, None] + phase).sum(
        axis=1
    ) * np.sqrt(2 / lines)
    return curve


def talking(
    seed: int = 0, seconds: float = 60.0, rate_fps: float = 10.0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return times (n,) and expression measures (n, m) of a person who talks and pauses."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_fps)) / rate_fps
    phrases = 1 / (1 + np.exp(-4 * band(rng, time_s, 0.05, 0.25)))
    drivers = np.stack(
        [
            phrases * band(rng, time_s, 0.8, 1.8),
            phrases * band(rng, time_s, 0.8, 1.8),
            band(rng, time_s, 0.1, 0.5),
            band(rng, time_s, 0.1, 0.5),
            band(rng, time_s, 0.05, 0.3),
        ]
    )
    values = np.empty((len(time_s), len(MEASURE_NAMES)))
    for k, name in enumerate(MEASURE_NAMES):
        mouth = any(word in name for word in ("lip", "mouth", "jaw", "chin", "dimple"))
        weights = rng.normal(0, 1, 5) * (
            np.array([1, 1, 0.3, 0.3, 0.3]) if mouth else np.array([0.1, 0.1, 1, 1, 1])
        )
        values[:, k] = 0.4 + 0.012 * weights @ drivers / np.linalg.norm(weights)
    for start in np.arange(1.5, seconds, 3.7):
        shut = np.exp(-(((time_s - start) / 0.08) ** 2))
        for name in ("lid_open_l", "lid_open_r"):
            values[:, MEASURE_NAMES.index(name)] -= 0.08 * shut
    return time_s, values + rng.normal(0, NOISE, values.shape)


def bump(
    time_s: npt.NDArray[np.float64], start_s: float, end_s: float, rise_s: float = 0.2
) -> npt.NDArray[np.float64]:
    """Return a movement that rises, holds and falls, between 0 and 1."""
    up = np.clip((time_s - start_s) / rise_s, 0, 1)
    down = np.clip((end_s - time_s) / rise_s, 0, 1)
    return np.minimum(up, down)


def table_of(
    time_s: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    emotions: npt.NDArray[np.float64] | None = None,
    embedding: npt.NDArray[np.float32] | None = None,
    **columns: npt.ArrayLike,
) -> FeatureTable:
    """Build a person's table; the face is frontal, large and always happy unless said otherwise."""
    n = len(time_s)
    if emotions is None:
        emotions = np.zeros((n, 7))
        emotions[:, EMOTIONS.index("happy")] = 1.0
    given = {
        "frame_number": np.arange(n) * 3,
        "time_s": time_s,
        "person": np.zeros(n),
        "size_px": np.full(n, 90.0),
        "occlusion": np.zeros(n),
        "yaw_deg": np.zeros(n),
        "pitch_deg": np.zeros(n),
        "roll_deg": np.zeros(n),
        **{name: values[:, k] for k, name in enumerate(MEASURE_NAMES)},
        **{name: emotions[:, k] for k, name in enumerate(EMOTIONS)},
        **columns,
    }
    return FeatureTable(given, embedding)
