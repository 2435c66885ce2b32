"""The clock of playback."""

from __future__ import annotations

import pytest

from fead_desktop.gui.player.media_clock import MediaClock


class HandClock:
    """A monotonic clock that a test turns by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


def test_it_runs_at_its_rate(hand):
    clock = MediaClock(hand)
    clock.start(5.0, 0.5)
    hand.now_s += 3.0
    assert clock.position_s() == pytest.approx(6.5)


def test_it_stands_still_after_a_pause(hand):
    clock = MediaClock(hand)
    clock.start(0.0)
    hand.now_s += 1.25
    assert clock.pause() == pytest.approx(1.25)
    hand.now_s += 10
    assert clock.position_s() == pytest.approx(1.25)


def test_it_holds_its_position_until_sound_comes_out(hand):
    clock = MediaClock(hand)
    clock.start(2.0, wait_for_sound_s=2.0)
    hand.now_s += 1.5
    assert clock.position_s() == 2.0
    clock.follow_sound(2.01)
    assert clock.position_s() == pytest.approx(2.01)
    hand.now_s += 0.5
    assert clock.position_s() == pytest.approx(2.51)


def test_sound_that_has_not_moved_yet_does_not_end_the_wait(hand):
    clock = MediaClock(hand)
    clock.start(2.0, wait_for_sound_s=2.0)
    hand.now_s += 0.5
    clock.follow_sound(2.0)
    assert clock.is_waiting
    hand.now_s += 0.5
    assert clock.position_s() == 2.0


def test_it_goes_on_by_itself_when_no_sound_comes(hand):
    clock = MediaClock(hand)
    clock.start(2.0, wait_for_sound_s=2.0)
    hand.now_s += 3.0
    assert not clock.is_waiting
    assert clock.position_s() == pytest.approx(3.0)


def test_it_takes_over_the_pace_of_the_sound(hand):
    clock = MediaClock(hand)
    clock.start(0.0)
    start = hand.now_s
    for tick in range(1, 2500):
        hand.now_s = start + tick * 0.004
        clock.follow_sound((hand.now_s - start) * 1.001)
    assert clock.position_s() == pytest.approx((hand.now_s - start) * 1.001, abs=0.001)


def test_coarse_steps_of_the_device_are_smoothed(hand):
    clock = MediaClock(hand)
    clock.start(0.0)
    start, worst = hand.now_s, 0.0
    for tick in range(1, 2500):
        hand.now_s = start + tick * 0.004
        elapsed = hand.now_s - start
        clock.follow_sound(elapsed // 0.02 * 0.02)
        if tick > 250:
            worst = max(worst, abs(clock.position_s() - (elapsed - 0.01)))
    assert worst < 0.008


def test_it_never_runs_backwards(hand):
    clock = MediaClock(hand)
    clock.start(0.0)
    hand.now_s += 1.0
    before = clock.position_s()
    clock.follow_sound(0.2)
    assert clock.position_s() == before
    hand.now_s += 0.3
    assert clock.position_s() == before
    hand.now_s += 1.0
    assert clock.position_s() == pytest.approx(1.5)
