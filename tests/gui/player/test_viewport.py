"""Which part of the picture is shown."""

from __future__ import annotations

import pytest

from fead_desktop.gui.player.viewport import FACE_SHARE, Focus, Viewport

VIEW, PICTURE = (800.0, 600.0), (1600.0, 900.0)


def under(viewport, point):
    """Return the recording's pixel under a point of the view."""
    scale, x, y = viewport.look(VIEW, PICTURE)
    return x + (point[0] - VIEW[0] / 2) / scale, y + (point[1] - VIEW[1] / 2) / scale


def test_fit_shows_all_in_the_middle():
    assert Viewport().place(VIEW, PICTURE) == (0, 75, 800, 450)


@pytest.mark.parametrize("at", [(400.0, 300.0), (100.0, 200.0), (700.0, 450.0)])
def test_zoom_keeps_what_lies_under_the_pointer(at):
    filled = Viewport("free", 1.0, 800, 450)
    before = under(filled, at)
    viewport = filled
    for _ in range(5):
        viewport = viewport.zoomed(VIEW, PICTURE, at, 1.5)
    assert under(viewport, at) == pytest.approx(before, abs=1e-6)
    assert viewport.scale == pytest.approx(1.5**5)


def test_zoom_from_the_whole_picture_keeps_the_pointers_column_and_no_empty_edge():
    viewport = Viewport().zoomed(VIEW, PICTURE, (100.0, 200.0), 4.0)
    assert under(viewport, (100.0, 200.0))[0] == pytest.approx(200)
    left, top, width, height = viewport.place(VIEW, PICTURE)
    assert left <= 0 <= left + width - VIEW[0]
    assert top <= 0 <= top + height - VIEW[1]


def test_shrinking_ends_at_the_whole_picture_and_enlarging_at_a_limit():
    viewport = Viewport().zoomed(VIEW, PICTURE, (10.0, 10.0), 3.0)
    assert viewport.zoomed(VIEW, PICTURE, (700.0, 10.0), 0.2) == Viewport()
    for _ in range(40):
        viewport = viewport.zoomed(VIEW, PICTURE, (400.0, 300.0), 2.0)
    assert viewport.scale == 32.0


def test_panning_moves_the_picture_and_stops_at_its_edge():
    viewport = Viewport("free", 1.0, 800, 450)
    moved = viewport.panned(VIEW, PICTURE, (100.0, -50.0))
    assert (moved.x, moved.y) == (700, 500)
    left, top, _, _ = viewport.panned(VIEW, PICTURE, (9000.0, 9000.0)).place(VIEW, PICTURE)
    assert (left, top) == (0, 0)
    assert Viewport().panned(VIEW, PICTURE, (100.0, 0.0)) == Viewport()


def test_following_puts_the_face_into_the_middle_at_a_good_size():
    focus = Focus(600, 400, 100)
    left, top, width, _ = Viewport("follow").place(VIEW, PICTURE, focus)
    scale = width / PICTURE[0]
    assert scale * focus.height == pytest.approx(FACE_SHARE * VIEW[1])
    assert left + focus.x * scale == pytest.approx(400, abs=1)
    assert top + focus.y * scale == pytest.approx(300, abs=1)


def test_a_face_that_is_not_seen_leaves_the_whole_picture():
    assert Viewport("follow").place(VIEW, PICTURE, None) == Viewport().place(VIEW, PICTURE)
