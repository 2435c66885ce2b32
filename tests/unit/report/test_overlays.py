"""What is burnt in stays in its place, however long it is and wherever the face is."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.faces.face import BoundingBox
from fead_desktop.report.overlays import Annotator, Curve, Layout, text_row

LAYOUT = Layout.of(640, 360, ("title", "timecode", "curve", "box", "person"))
PICTURE = np.full((360, 640, 3), 90, np.uint8)


def annotator(title: str = "Event 1", curve: Curve | None = None) -> Annotator:
    return Annotator(LAYOUT, 1.0, title, curve)


def curve(score: list[float]) -> Curve:
    times = np.linspace(0.0, 1.0, len(score))
    return Curve(times, np.array(score, np.float32), 0.0, 1.0, 0.4, 0.6)


def test_a_text_too_long_is_cut_off_before_the_edge() -> None:
    row, background = text_row("moment " * 90, 480, 28), text_row("", 480, 28)
    assert row.shape == (28, 480, 3)
    assert (row[:, -6:] == background[:, -6:]).all()
    assert (row != background).any()


def test_letters_of_other_scripts_are_drawn() -> None:
    rows = [text_row(text, 480, 28) for text in ("Zoë", "Ζωή", "Зоя", "Zoe")]
    assert len({row.tobytes() for row in rows}) == len(rows)


def test_the_picture_itself_is_untouched_without_box_and_name() -> None:
    frame = annotator().draw(PICTURE, "00:00:00.000", 0.0)
    x, y, width, height = LAYOUT.picture
    assert frame.shape == (LAYOUT.height, LAYOUT.width, 3)
    assert (frame[y : y + height, x : x + width] == PICTURE).all()


@pytest.mark.parametrize("place", [(-80, -50), (600, 340), (0, 0), (5000, 5000), (300, 100)])
def test_a_box_at_any_place_stays_inside_the_picture(place) -> None:
    box = BoundingBox(*map(float, place), 100.0, 120.0)
    drawn = annotator()
    name = "<b>" + "Quillfeather " * 40
    frame = drawn.draw(PICTURE, "", 0.0, box=box, name=name, name_at=box)
    plain = drawn.draw(PICTURE, "", 0.0)
    assert (frame[360:] == plain[360:]).all()
    assert (frame[:360] != plain[:360]).any()


def test_a_curve_with_gaps_is_drawn_where_it_is_known() -> None:
    whole, holes = (
        annotator(curve=curve(values)).draw(PICTURE, "", 1.0)[-LAYOUT.curve_px :].astype(int)
        for values in ([1, 2, 9, 2, 1], [1, 2, 9, np.nan, np.nan])
    )
    blue = [(row[..., 2] - row[..., 0] > 60).any(axis=0) for row in (whole, holes)]
    assert blue[0][50:590].all()
    assert blue[1][50:300].all()
    assert not blue[1][340:600].any()


def test_no_score_and_one_value_are_no_error() -> None:
    for values in ([], [np.nan, np.nan], [3.0], [2.0, 2.0]):
        frame = annotator(curve=curve(values)).draw(PICTURE, "", 0.5)
        assert frame.shape == (LAYOUT.height, LAYOUT.width, 3)
