"""Labels of face boxes: none covers another one, and each is as near and as whole as there is room for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from fead_desktop.gui.player.label_places import Placed, place_labels

HEIGHT = 16.0
#: Name with emotion, name, and two shortened names.
WIDTHS = (150.0, 60.0, 34.0, 22.0)


def placed(boxes: list[QRectF], area: QRectF) -> tuple[int, list[Placed | None]]:
    widths = [[wide] * len(boxes) for wide in WIDTHS]
    return place_labels(boxes, widths, HEIGHT, area)


def row_of(count: int, area: QRectF, *, height: float = 60.0) -> list[QRectF]:
    pitch = area.width() / count
    middle = area.center().y() - height / 2
    return [
        QRectF(area.left() + k * pitch + 0.1 * pitch, middle, 0.8 * pitch, height)
        for k in range(count)
    ]


boxes_anywhere = st.lists(
    st.builds(
        QRectF, st.floats(-20, 600), st.floats(-20, 340), st.floats(4, 300), st.floats(4, 300)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(boxes=boxes_anywhere)
def test_no_label_ever_covers_another_one_or_leaves_the_picture(boxes: list[QRectF]) -> None:
    area = QRectF(0, 0, 640, 360)
    level, places = placed([box & area for box in boxes if box.intersects(area)], area)
    rects = [each.rect for each in places if each is not None]
    assert all(area.contains(rect) for rect in rects)
    assert all(rect.width() == WIDTHS[level] for rect in rects)
    for one, other in itertools.combinations(rects, 2):
        assert not one.intersects(other)


@pytest.mark.parametrize("wide", [480.0, 900.0, 1280.0])
def test_twelve_narrow_boxes_in_a_row_all_have_their_label(wide: float) -> None:
    area = QRectF(0, 0, wide, wide * 9 / 16)
    boxes = row_of(12, area)
    level, places = placed(boxes, area)
    assert None not in places
    assert level <= 1
    for box, place in zip(boxes, places, strict=True):
        assert place is not None
        if place.leader is not None:
            assert box.left() <= place.leader.x2() <= box.right()
            assert place.leader.y2() in {box.top(), box.bottom()}
            assert place.rect.left() <= place.leader.x1() <= place.rect.right()


def test_a_label_with_room_stands_whole_above_its_box() -> None:
    area = QRectF(0, 0, 640, 360)
    boxes = [QRectF(40, 100, 60, 80), QRectF(400, 100, 60, 80)]
    level, places = placed(boxes, area)
    assert level == 0
    for box, place in zip(boxes, places, strict=True):
        assert place is not None
        assert place.leader is None
        assert place.rect.bottom() <= box.top()
        assert place.rect.left() == box.left()


def test_a_label_covers_no_other_face_where_it_can_be_helped() -> None:
    area = QRectF(0, 0, 640, 360)
    upper, lower = QRectF(200, 100, 160, 80), QRectF(200, 184, 160, 80)
    _, (_, place) = placed([upper, lower], area)
    assert place is not None
    assert not place.rect.intersects(upper)


def test_a_face_larger_than_the_view_has_its_label_inside() -> None:
    area = QRectF(0, 0, 640, 360)
    level, (place,) = placed([QRectF(area)], area)
    assert level == 0
    assert place is not None
    assert place.leader is None


def test_where_there_is_no_room_at_all_some_stay_without() -> None:
    area = QRectF(0, 0, 60, 40)
    boxes = [QRectF(k, 4, 20, 20) for k in range(20)]
    level, places = placed(boxes, area)
    assert level == len(WIDTHS) - 1
    assert None in places
    assert any(places)
