"""A quiet room with somebody breathing in it; nothing in it marks a planted moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]

#: Root mean square of room and breath, of full scale 1 (about -54 and -44 dB).
_ROOM_RMS = 0.002
_BREATH_RMS = 0.006


def room_tone(
    rng: np.random.Generator, breath_time_s: Floats, breath: Floats, rate_hz: int
) -> Samples:
    """Return a soft sound track, (n,) float32 in [-1, 1], as long as the breath lasts.

    Parameters
    ----------
    breath_time_s, breath : (k,)
        The course of the breath, -1 (out) to 1 (in), at evenly spaced times.
    rate_hz : samples a second.
    """
    step_s = float(breath_time_s[1] - breath_time_s[0]) if len(breath_time_s) > 1 else 1.0
    count = round(len(breath_time_s) * step_s * rate_hz)
    time_s = np.arange(count) / rate_hz
    flow = np.interp(time_s, breath_time_s, np.gradient(breath) if len(breath) > 1 else breath)
    loudness = (np.abs(flow) / max(float(np.abs(flow).max(initial=0)), 1e-9)) ** 1.5
    room = _noise(rng, count, rate_hz, low_hz=40, high_hz=400, slope=1.0)
    air = _noise(rng, count, rate_hz, low_hz=300, high_hz=2500, slope=0.6)
    return (_ROOM_RMS * room + _BREATH_RMS * loudness * air).astype(np.float32)


def _noise(
    rng: np.random.Generator, count: int, rate_hz: int, *, low_hz: float, high_hz: float, slope: float
) -> Floats:  # fmt: skip
    """Noise of unit power between two soft corners, falling by ``slope`` in amplitude per frequency."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate_hz)
    shape = 1 / (1 + (low_hz / np.maximum(frequency, 1e-3)) ** 4) / (1 + (frequency / high_hz) ** 4)
    noise = np.fft.irfft(spectrum * shape / np.maximum(frequency, 1.0) ** slope, count)
    unit: Floats = noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12)
    return unit
