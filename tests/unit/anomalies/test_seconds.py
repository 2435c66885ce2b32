"""The p-values of all seconds at once are those of the seconds one by one."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.anomalies.calibration import LEAST_BLOCKS, Background
from fead_desktop.anomalies.seconds import p_values_against, p_values_of_seconds


def one_by_one(background: Background) -> np.ndarray:
    found = [
        background.p_value(float(block), float(block), float(highest))
        for block, highest in zip(background.block, background.highest, strict=True)
    ]
    return np.array([np.nan if p is None else p for p in found])


@pytest.mark.parametrize("seconds", [22, 24, 25, 60, 300])
@pytest.mark.parametrize("kind", ["normal", "heavy", "ties", "flat"])
def test_all_at_once_equals_one_by_one(kind: str, seconds: int) -> None:
    rng = np.random.default_rng(seconds)
    block = np.sort(rng.choice(2 * seconds, seconds, replace=False)).astype(np.int64)
    score = {
        "normal": rng.normal(size=seconds),
        "heavy": rng.standard_t(2, size=seconds),
        "ties": rng.integers(0, 4, seconds).astype(float),
        "flat": np.zeros(seconds),
    }[kind]
    score[seconds // 2] += 30.0
    background = Background(block, score)
    found, wanted = p_values_of_seconds(background), one_by_one(background)
    assert np.isfinite(wanted).any()
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-300)


def test_the_planted_second_is_the_rarest() -> None:
    score = np.random.default_rng(1).normal(size=120)
    score[77] = 9.0
    p = p_values_of_seconds(Background(np.arange(120), score))
    assert int(np.argmin(p)) == 77
    assert p[77] < 1e-3


def test_too_few_seconds_have_no_p_value() -> None:
    for seconds in (0, 1, LEAST_BLOCKS, LEAST_BLOCKS + 2):
        p = p_values_of_seconds(Background(np.arange(seconds), np.arange(seconds, dtype=float)))
        assert len(p) == seconds
        assert not np.isfinite(p).any()


@pytest.mark.parametrize("marked", [(0, 40), (150, 300), (20, 30)])
def test_all_seconds_against_the_ordinary_ones_are_those_one_by_one(
    marked: tuple[int, int],
) -> None:
    rng = np.random.default_rng(7)
    block = np.sort(rng.choice(320, 300, replace=False)).astype(np.int64)
    score = rng.normal(size=300)
    score[100] += 30.0
    every = Background(block, score)
    inside = (block >= marked[0]) & (block < marked[1])
    ordinary = Background(block[inside], score[inside])
    found = p_values_against(ordinary, every)
    wanted = [
        ordinary.p_value(float(b), float(b), float(s)) for b, s in zip(block, score, strict=True)
    ]
    expected = np.array([np.nan if p is None else p for p in wanted])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-300)
    assert np.isfinite(found).any() == (inside.sum() >= LEAST_BLOCKS)
