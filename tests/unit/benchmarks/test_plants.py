"""Which moments are planted into a series of the suite."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.pipeline.selftest import Amounts
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.plants import Response
from tests.benchmarks.plants import DURATIONS_S, EACH, MAGNITUDES, _drawn

SPREAD = np.full(len(MEASURE_NAMES), 0.01)


def amounts(measurable: set[str]) -> Amounts:
    """Return what expressions do to a face on which only some kinds can be measured."""
    grown = Response(np.array([0.0, 1.0]), np.stack([np.zeros(35), np.full(35, 0.05)]))
    empty = Response(np.array([1.0]), np.full((1, 1), np.nan))
    variants = [variant for kind in PLANTED_EXPRESSIONS for variant in kind]
    return Amounts({v: grown if v.kind in measurable else empty for v in variants}, SPREAD)


def test_every_strength_and_length_comes_as_often() -> None:
    rng = np.random.default_rng(0)
    every = amounts({kind[0].kind for kind in PLANTED_EXPRESSIONS})
    plants = [plant for k in range(4) for plant in _drawn(rng, every, EACH * k)]
    cells = Counter((plant.magnitude, plant.duration_s) for plant in plants)
    assert set(cells) == {(m, s) for m in MAGNITUDES for s in DURATIONS_S}
    assert set(cells.values()) == {3}
    assert len({plant.expression.kind for plant in plants}) == len(PLANTED_EXPRESSIONS)


def test_the_longest_come_last_so_that_the_others_find_a_place() -> None:
    plants = _drawn(np.random.default_rng(0), amounts({"jaw drop"}), 0)
    lengths = [plant.duration_s for plant in plants]
    assert lengths == sorted(lengths)


def test_what_this_face_does_not_show_is_not_planted() -> None:
    rng = np.random.default_rng(0)
    assert {p.expression.kind for p in _drawn(rng, amounts({"pucker"}), 0)} == {"pucker"}
    assert _drawn(rng, amounts(set()), 0) == []
