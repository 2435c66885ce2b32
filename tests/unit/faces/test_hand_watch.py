"""Hands are looked for where something is new; rows between take the nearest answer."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.faces.hand_watch import HANDS_EVERY_S, HandWatch, occlusion_between
from fead_desktop.faces.hands import HandFinder
from tests.helpers.portraits import portrait, portrait_mesh


class CountingFinder(HandFinder):
    """Counts the looks and answers with a hand over the whole picture, or with none."""

    def __init__(self) -> None:
        self.looks = 0
        self.there = False

    def find(self, picture):
        self.looks += 1
        px = picture.shape[0]
        hand = np.zeros((21, 2))
        hand[[0, 1, 5, 17]] = [[0, 0], [px, 0], [px, px], [0, px]]
        hand[[9, 13]] = hand[17]
        return [hand] if self.there else []


@pytest.fixture
def finder() -> CountingFinder:
    return CountingFinder()


def test_a_face_that_looks_the_same_is_not_looked_at_again(finder) -> None:
    watch = HandWatch(finder)
    shares = [watch.share(1, k * HANDS_EVERY_S, portrait(), portrait_mesh()) for k in range(4)]
    assert shares == [0.0] * 4
    assert finder.looks == 1


def test_what_comes_before_the_face_is_looked_at(finder) -> None:
    watch = HandWatch(finder)
    assert watch.share(1, 0.0, portrait(), portrait_mesh()) == 0
    covered = portrait().copy()
    low, high = (
        portrait_mesh()[:, :2].min(0).astype(int),
        portrait_mesh()[:, :2].max(0).astype(int),
    )
    middle = (low + high) // 2
    covered[middle[1] : high[1], middle[0] : high[0]] = 90  # a quarter of the face
    finder.there = True
    assert watch.share(1, 0.5, covered, portrait_mesh()) > 0.5
    finder.there = False
    assert watch.share(1, 1.0, portrait(), portrait_mesh()) == 0
    assert finder.looks == 3


def test_slow_changes_add_up_to_a_new_look(finder) -> None:
    watch = HandWatch(finder)
    for k in range(20):
        darker = (portrait() * (1 - 0.02 * k)).astype(np.uint8)
        watch.share(1, k * 0.5, darker, portrait_mesh())
    assert finder.looks >= 2


def test_each_track_has_its_own_turn(finder) -> None:
    watch = HandWatch(finder)
    assert watch.is_due(1, 0.0)
    watch.share(1, 0.0, portrait(), portrait_mesh())
    assert not watch.is_due(1, HANDS_EVERY_S - 0.01)
    assert watch.is_due(1, HANDS_EVERY_S)
    assert watch.is_due(2, 0.0)


def test_rows_between_two_looks_take_the_nearest_of_their_track_and_the_greater_of_two() -> None:
    time_s = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.0, 0.1])
    track = np.array([0, 0, 0, 0, 0, 1, 1])
    measured = np.array([0.0, np.nan, np.nan, np.nan, 0.5, np.nan, np.nan])
    left_open = np.array([False, True, True, True, False, False, True])
    filled = occlusion_between(time_s, track, measured, left_open)
    np.testing.assert_array_equal(filled, [0.0, 0.0, 0.5, 0.5, 0.5, np.nan, np.nan])
