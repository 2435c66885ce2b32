"""The sound track is soft and tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.planting.sound import room_tone

TIME_S = np.arange(600) / 30
BREATH = np.sin(2 * np.pi * TIME_S / 4)


def test_it_is_as_long_as_the_breath_and_soft() -> None:
    samples = room_tone(np.random.default_rng(1), TIME_S, BREATH, 22_050)

    assert len(samples) == 20 * 22_050
    assert 0.001 < float(np.sqrt(np.mean(samples**2))) < 0.02
    assert np.abs(samples).max() < 0.1


def test_it_breathes() -> None:
    """Louder while air flows (breath at its steepest) than between breaths."""
    samples = room_tone(np.random.default_rng(1), TIME_S, BREATH, 22_050)
    flow = np.abs(np.cos(2 * np.pi * (np.arange(len(samples)) / 22_050) / 4))

    assert np.std(samples[flow > 0.9]) > 2 * np.std(samples[flow < 0.1])


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_frames_have_sound_too(count: int) -> None:
    samples = room_tone(np.random.default_rng(1), TIME_S[:count], BREATH[:count], 22_050)

    assert np.isfinite(samples).all()
    assert len(samples) > 0
