"""Boxes of one face become one, boxes of two faces stay two."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.suppression import left_to_right, same_face, suppress_overlaps

boxes = st.lists(
    st.builds(
        BoundingBox,
        st.floats(0, 500),
        st.floats(0, 300),
        st.floats(5, 200),
        st.floats(5, 200),
        st.floats(0.5, 1),
    ),
    max_size=12,
)


@given(boxes)
def test_no_two_kept_boxes_show_the_same_face_and_every_lost_box_shows_a_kept_one(
    candidates: list[BoundingBox],
) -> None:
    kept = suppress_overlaps(candidates)
    for k, box in enumerate(kept):
        assert not any(same_face(box, other) for other in kept[k + 1 :])
    for box in candidates:
        assert any(box == k or same_face(box, k) for k in kept)


@given(boxes)
def test_suppressing_twice_changes_nothing(candidates: list[BoundingBox]) -> None:
    once = suppress_overlaps(candidates)
    assert suppress_overlaps(once) == once


def test_the_more_confident_box_wins_unless_the_order_counts() -> None:
    sure = BoundingBox(0, 0, 100, 100, 0.9)
    trusted = BoundingBox(5, 5, 100, 100, 0.6)
    assert suppress_overlaps([trusted, sure]) == [sure]
    assert suppress_overlaps([trusted, sure], keep_order=True) == [replace(trusted, confidence=0.9)]


def test_a_small_box_inside_a_large_one_is_the_same_face() -> None:
    face, mouth = BoundingBox(0, 0, 200, 240, 0.9), BoundingBox(60, 150, 60, 50, 0.8)
    assert suppress_overlaps([face, mouth]) == [face]


def test_blending_weighs_the_boxes_by_confidence() -> None:
    a, b = BoundingBox(0, 0, 100, 100, 0.9), BoundingBox(10, 0, 100, 100, 0.6)
    (mean,) = suppress_overlaps([a, b], blend=True)
    assert mean.x == (0 * 0.9 + 10 * 0.6) / 1.5
    assert mean.confidence == 0.9


def test_boxes_are_sorted_by_their_middle() -> None:
    wide, narrow = BoundingBox(0, 0, 100, 50), BoundingBox(20, 0, 10, 50)
    assert left_to_right([wide, narrow]) == [narrow, wide]
