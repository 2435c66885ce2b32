"""p-values keep their promise on series in which nothing happens, and moments don't hide each other."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.anomalies.calibration import (
    background_of,
    calibrate,
    false_alarms_per_minute,
    limits_of,
    passes,
    shortest_visible,
    within,
)
from fead_desktop.anomalies.scoring import standardised_log

RATE_FPS, MEASURES = 10, 28
Array = npt.NDArray[np.float64]


def null_series(kind: str, rng: np.random.Generator, frames: int) -> Array:
    shape = (frames, MEASURES)
    if kind == "normal":
        return rng.normal(size=shape)
    if kind == "lognormal":
        return rng.lognormal(0, 0.7, size=shape)
    if kind == "chi2":
        return rng.chisquare(3, size=shape)
    values = rng.normal(size=shape)
    for row in range(1, frames):
        values[row] = 0.9 * values[row - 1] + np.sqrt(1 - 0.81) * values[row]
    return values


def robust_score(series: Array) -> Array:
    """Mean of the four largest |z|, as its standardised logarithm, over three frames: a vote of the fusion."""
    median = np.median(series, axis=0)
    z = np.abs(series - median) / (1.4826 * np.median(np.abs(series - median), axis=0))
    score = standardised_log(np.sort(z, axis=1)[:, -4:].mean(axis=1))
    return np.convolve(score, np.ones(3) / 3, "same")


@pytest.mark.parametrize("minutes", [1, 5])
@pytest.mark.parametrize("kind", ["normal", "lognormal", "chi2", "ar1"])
def test_ordinary_seconds_are_flagged_no_more_often_than_the_dial_says(
    kind: str, minutes: int
) -> None:
    rng = np.random.default_rng(7)
    total = 120
    flags = {0.5: 0, 2.0: 0}
    for _ in range(total // minutes):
        score = robust_score(null_series(kind, rng, 60 * RATE_FPS * minutes))
        background = background_of(np.arange(len(score)) / RATE_FPS, score)
        for second, highest in zip(background.block, background.highest, strict=True):
            p = background.p_value(float(second), float(second), float(highest))
            assert p is not None
            for dial in flags:
                flags[dial] += false_alarms_per_minute(p) <= dial
    for dial, count in flags.items():
        assert count / total <= 1.5 * dial, (dial, count / total)


def planted(moments: int, height: float = 6.0) -> tuple[Array, Array, list[float]]:
    """A minute of ordinary scores with moments of one second each."""
    rng = np.random.default_rng(3)
    score = robust_score(null_series("normal", rng, 60 * RATE_FPS))
    times = [4.0 + 52.0 * k / max(moments - 1, 1) for k in range(moments)]
    for time_s in times:
        row = int(time_s * RATE_FPS)
        score[row : row + RATE_FPS] += height
    return np.arange(len(score)) / RATE_FPS, score, times


@pytest.mark.parametrize("moments", [1, 4, 7])
def test_moments_do_not_hide_each_other(moments: int) -> None:
    time_s, score, times = planted(moments)
    background = background_of(time_s, score)
    for start in times:
        inside = (time_s >= start) & (time_s < start + 1)
        p = background.p_value(start, start + 0.9, float(score[inside].max()))
        assert p is not None
        assert false_alarms_per_minute(p) < 0.2


@pytest.mark.parametrize("dial", [0.2, 0.5])
def test_what_comes_back_again_and_again_is_ordinary(dial: float) -> None:
    rng = np.random.default_rng(8)
    score = robust_score(null_series("normal", rng, 600 * RATE_FPS))
    for start in range(5, 595, 15):  # four times a minute, each time a little different
        score[start * RATE_FPS : start * RATE_FPS + 8] = rng.normal(6.0, 0.4)
    background = background_of(np.arange(len(score)) / RATE_FPS, score)
    passed = sum(
        passes(background.p_value(float(block), float(block), float(highest)), dial)
        for block, highest in zip(background.block, background.highest, strict=True)
    )
    assert 1 <= passed <= 10 * dial * 1.5


def test_one_enormous_moment_changes_no_other_p_value_much() -> None:
    time_s, score, times = planted(3)
    before = background_of(time_s, score).p_value(times[0], times[0] + 0.9, 6.0)
    score[300:310] = 1e6
    after = background_of(time_s, score).p_value(times[0], times[0] + 0.9, 6.0)
    assert before is not None
    assert after is not None
    assert after < 3 * before + 1e-6


def test_a_higher_score_never_has_a_higher_p_value() -> None:
    time_s, score, _ = planted(2)
    background = background_of(time_s, score)
    values = [background.p_value(30.0, 30.5, level) for level in np.linspace(-3, 12, 60)]
    assert all(b <= a + 0.02 for a, b in itertools.pairwise(values))


def test_in_a_long_recording_the_highest_moments_pass_where_lower_ones_do() -> None:
    rng = np.random.default_rng(5)
    score = rng.uniform(0, 1, 3600)  # an exponential tail overstates what ends at 1
    background = background_of(np.arange(3600.0), score)
    values = [background.p_value(-9, -9, level) for level in np.linspace(0.9, 1.0, 40)]
    assert all(b <= a for a, b in itertools.pairwise(values))
    assert passes(values[-1], 0.5)


@pytest.mark.parametrize("minutes", [1, 5, 60])
@pytest.mark.parametrize("dial", [0.2, 0.5, 2.0])
def test_the_threshold_is_where_the_p_value_passes(minutes: int, dial: float) -> None:
    score = robust_score(null_series("ar1", np.random.default_rng(2), 60 * RATE_FPS * minutes))
    background = background_of(np.arange(len(score)) / RATE_FPS, score)
    threshold = background.threshold(dial)
    assert threshold is not None
    assert passes(background.p_value(-9, -9, threshold + 1e-9), dial)
    assert not passes(background.p_value(-9, -9, threshold - 1e-6), dial)


def test_a_calibration_says_what_limits_it() -> None:
    time_s, score, _ = planted(4)
    found = calibrate(1, time_s, score, background_of(time_s, score), 0.2)
    assert found.seconds == 60
    assert found.is_extrapolated
    assert found.moments >= 4
    names = {1: "Anna", 2: "Ben"}
    (short,) = limits_of([found], names, 10)
    assert short.startswith("Anna (1.0 min): shorter than the 5 min in which 0.2 expected false")
    assert "extrapolated" in short
    _, few = limits_of([found], names, 3)
    assert few.startswith(f"{found.moments} moments of Anna")
    brief = background_of(time_s[:90], score[:90])
    none = [calibrate(person, time_s, score, brief, 0.2) for person in (1, 2)]
    (silent,) = limits_of(none, names, 5)
    assert silent.startswith("Anna, Ben were scored for less than 20 s")
    assert "go by the 5 most unusual" in silent
    long = np.arange(3600.0)
    ordinary = background_of(long, np.random.default_rng(1).normal(size=3600))
    assert limits_of([calibrate(1, long, np.zeros(3600), ordinary, 0.2)], names, 10) == []


def test_a_moment_rarer_than_the_recording_can_show_is_known_as_extrapolated() -> None:
    time_s, score, times = planted(1)
    background = background_of(time_s, score)
    span = times[0], times[0] + 0.9
    highest = float(score[(time_s >= span[0]) & (time_s <= span[1])].max())
    p = background.p_value(*span, highest)
    assert p is not None
    assert p < background.resolution(*span) < 1 / 50
    assert background.p_value(30.0, 30.5, 0.0) > background.resolution(30.0, 30.5)


def test_spans_and_the_shortest_movement() -> None:
    inside = within(np.arange(6.0), [(1.0, 2.0), (4.5, 9.0)])
    assert inside.tolist() == [False, True, True, False, False, True]
    assert shortest_visible(0.1) == "At 10 frames a second nothing shorter than 0.2 s can be seen."
    assert shortest_visible(1 / 25).endswith("shorter than 0.08 s can be seen.")


def test_a_short_recording_has_no_p_value_and_gaps_are_no_observations() -> None:
    time_s = np.arange(150) / RATE_FPS
    assert background_of(time_s, np.ones(150)).p_value(3.0, 3.5, 9.0) is None
    assert background_of(time_s, np.full(150, np.nan)).p_value(3.0, 3.5, 9.0) is None
    score = np.ones(600)
    score[203:210] = np.nan
    assert 20 not in background_of(np.arange(600) / RATE_FPS, score).block
