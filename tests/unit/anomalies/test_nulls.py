"""The whole way from measures to flags keeps its promise on a person to whom nothing happens."""

from __future__ import annotations

from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from tests.helpers.nulls import flags_of, simulated


def quick(_view: str, seed: int) -> SequenceAutoencoder:
    return SequenceAutoencoder(seed=seed, code=4, hidden=8, steps=80)


def test_ordinary_minutes_are_flagged_about_as_often_as_was_asked_for() -> None:
    flags = flags_of(simulated("ar1", 3, 4.0), quick)
    assert flags.minutes > 3.8
    assert 1 <= flags.count[2.0] <= 1.5 * 2.0 * flags.minutes
    assert flags.count[0.5] <= 1.5 * 0.5 * flags.minutes
    assert flags.count[0.2] <= 2 * 0.2 * flags.minutes
