"""Natural behaviour stays natural and leaves planted moments their room."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.planting.behaviour import (
    END_MARGIN_S,
    LEAST_GAP_S,
    Moment,
    natural_behaviour,
    place_moments,
)

TIME_S = np.arange(1800) / 30


@given(seed=st.integers(0, 10_000), duration_s=st.floats(0.5, 90))
@settings(max_examples=60, deadline=None)
def test_moments_keep_their_distances(seed: int, duration_s: float) -> None:
    moments = place_moments(np.random.default_rng(seed), duration_s, 6)

    for moment in moments:
        assert moment.start_s >= END_MARGIN_S
        assert moment.end_s <= duration_s - END_MARGIN_S + 1e-9
        assert 0.5 <= moment.end_s - moment.start_s <= 1.5
        assert moment.start_s + moment.rise_s <= moment.peak_s <= moment.end_s - moment.rise_s
    for before, after in itertools.pairwise(moments):
        assert after.start_s - before.end_s >= LEAST_GAP_S - 1e-9


def test_a_minute_holds_six_moments_and_eight_seconds_hold_one() -> None:
    for seed in range(20):
        assert len(place_moments(np.random.default_rng(seed), 60.0, 6)) == 6
        assert len(place_moments(np.random.default_rng(seed), 8.0, 6)) == 1


def test_an_envelope_rises_smoothly_from_nothing_to_one_and_back() -> None:
    moment = Moment(2.0, 3.0, 0.25)
    time_s = np.linspace(1.5, 3.5, 2001)
    envelope = moment.envelope(time_s)

    assert envelope[time_s < 2.0].max() == 0
    assert envelope[time_s > 3.0].max() == 0
    assert envelope[np.abs(time_s - moment.peak_s) < 0.2] == pytest.approx(1.0)
    assert np.abs(np.diff(envelope)).max() < 0.01


def test_the_same_seed_behaves_the_same() -> None:
    one, other, third = (
        natural_behaviour(np.random.default_rng(seed), TIME_S, []) for seed in (4, 4, 5)
    )

    assert np.array_equal(one.head, other.head)
    assert all(np.array_equal(one.amounts[name], other.amounts[name]) for name in one.amounts)
    assert not np.array_equal(one.head, third.head)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_blinks_are_short_and_irregular(seed: int) -> None:
    closed = natural_behaviour(np.random.default_rng(seed), TIME_S, []).amounts["blink_l"]
    fine = np.diff(np.concatenate([[0], (closed > 0).astype(int), [0]]))
    lengths = (np.flatnonzero(fine == -1) - np.flatnonzero(fine == 1)) / 30
    starts = np.flatnonzero(fine == 1) / 30

    assert 8 <= len(lengths) <= 30
    assert lengths.max() <= 0.24
    assert np.std(np.diff(starts)) > 0.5


def test_talk_and_blinks_leave_planted_moments_free() -> None:
    moments = place_moments(np.random.default_rng(7), 60.0, 6)
    behaviour = natural_behaviour(np.random.default_rng(7), TIME_S, moments)

    for moment in moments:
        inside = moment.envelope(TIME_S) > 0
        assert behaviour.amounts["blink_l"][inside].max() == 0
        assert np.abs(np.diff(behaviour.amounts["jaw"][inside])).max() < 0.002


def test_the_head_moves_by_a_few_degrees_only() -> None:
    head = natural_behaviour(np.random.default_rng(2), TIME_S, []).head

    assert np.abs(head[:, :3]).max() < 5
    assert np.ptp(head[:, 0]) > 0.5
    assert np.abs(head[:, 5] - 1).max() < 0.03
