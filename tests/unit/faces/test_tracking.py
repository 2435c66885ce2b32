"""Tracks follow faces within a shot and no further."""

from __future__ import annotations

import itertools

from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.tracking import Sighting, Tracker, link_tracks, match_boxes


def box(x: float, y: float = 100, size: float = 80) -> BoundingBox:
    return BoundingBox(x, y, size * 0.8, size)


def test_two_faces_that_drift_keep_their_tracks() -> None:
    tracker = Tracker()
    for step in range(20):
        assert tracker.update(step * 3, [box(50 + 2 * step), box(400 - 2 * step)], cut=False) == [
            0,
            1,
        ]


def test_two_faces_that_come_close_are_not_swapped() -> None:
    tracker = Tracker()
    tracker.update(0, [box(100), box(170)], cut=False)
    assert tracker.update(3, [box(110), box(160)], cut=False) == [0, 1]


def test_a_face_that_was_hidden_briefly_keeps_its_track_and_later_does_not() -> None:
    tracker = Tracker(rate_fps=30)
    tracker.update(0, [box(100)], cut=False)
    tracker.update(3, [], cut=False)
    assert tracker.update(12, [box(104)], cut=False) == [0]
    tracker.update(15, [], cut=False)
    assert tracker.update(30, [box(104)], cut=False) == [1]


def test_a_cut_ends_every_track_even_at_the_same_place() -> None:
    tracker = Tracker()
    tracker.update(0, [box(100), box(300)], cut=False)
    assert tracker.update(3, [box(100), box(300)], cut=True) == [2, 3]


def test_a_face_that_jumps_or_changes_its_size_is_another_one() -> None:
    tracker = Tracker()
    tracker.update(0, [box(100)], cut=False)
    assert tracker.update(3, [box(180)], cut=False) == [1]
    assert tracker.update(6, [box(160, 80, size=160)], cut=False) == [2]


def test_at_one_analysed_frame_a_second_a_still_face_keeps_its_track() -> None:
    tracker = Tracker(rate_fps=30)
    tracks = [tracker.update(n, [box(100)], cut=False) for n in (0, 30, 60)]
    assert tracks == [[0], [0], [0]]


def test_a_new_face_between_two_known_ones_gets_a_new_number() -> None:
    tracker = Tracker()
    tracker.update(0, [box(50), box(450)], cut=False)
    assert tracker.update(3, [box(50), box(250), box(450)], cut=False) == [0, 2, 1]


def test_the_pairing_does_not_depend_on_the_order_of_the_boxes() -> None:
    before, after = [box(50), box(120), box(300)], [box(60), box(128), box(310)]
    expected = {(a.x, b.x) for a, b in zip(before, after, strict=True)}
    for order in itertools.permutations(after):
        pairs = match_boxes(before, order)
        assert {(before[i].x, order[k].x) for i, k in pairs} == expected


def test_tracks_go_on_over_a_chunk_border_without_a_cut() -> None:
    ended = [Sighting(4, 9.9, box(100)), Sighting(7, 9.9, box(300)), Sighting(2, 3.0, box(500))]
    begun = [Sighting(0, 10.0, box(302)), Sighting(1, 10.0, box(101)), Sighting(2, 10.0, box(500))]
    assert link_tracks(ended, begun, cut=False) == {0: 7, 1: 4}
    assert link_tracks(ended, begun, cut=True) == {}
    assert link_tracks([], begun, cut=False) == {}
