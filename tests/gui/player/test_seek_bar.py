"""The seek bar is linear in time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from fead_desktop.gui.player.seek_bar import EventMark, SeekBar

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def bar(qtbot):
    made = SeekBar()
    qtbot.addWidget(made)
    made.resize(412, 24)
    made.set_duration(100.0)
    made.show()
    return made


def pixels(bar):
    return bar.grab().toImage()


@pytest.mark.parametrize("time_s", [0.0, 12.5, 50.0, 100.0])
def test_place_and_time_belong_together(bar, time_s):
    assert bar.time_at(bar.x_of(time_s)) == pytest.approx(time_s)


def test_places_beside_the_line_are_its_ends(bar):
    assert bar.time_at(-50) == 0.0
    assert bar.time_at(5000) == 100.0


def test_a_click_previews_and_then_seeks(bar, qtbot):
    told = []
    bar.preview_requested.connect(lambda t: told.append(("preview", round(t))))
    bar.seek_requested.connect(lambda t: told.append(("seek", round(t))))
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(206, 12))
    assert told == [("preview", 50), ("seek", 50)]


def test_without_a_recording_a_click_asks_for_nothing(bar, qtbot):
    bar.set_duration(0.0)
    with qtbot.assertNotEmitted(bar.seek_requested):
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(206, 12))


def test_an_event_is_drawn_where_it_lies_in_its_colour(bar):
    bar.set_marks([EventMark(40.0, 45.0, 50.0, "#ff0000")])
    image = pixels(bar)
    red = {
        x
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).green() < 60
    }
    assert min(red) == pytest.approx(bar.x_of(40.0), abs=2)
    assert max(red) == pytest.approx(bar.x_of(50.0), abs=2)


def test_the_handle_stays_at_the_mouse_while_it_is_dragged(bar):
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(306, 12))
    dragged = pixels(bar)
    bar.set_position(1.0)
    assert pixels(bar) == dragged
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(306, 12))
    bar.set_position(1.0)
    assert pixels(bar) != dragged
