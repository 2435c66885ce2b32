"""The region that is searched: typed, drawn on the picture, and given to the analysis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.errors import UsageError
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from tests.helpers.supervise import FakeSupervise, finds_events


@pytest.fixture
def supervise() -> FakeSupervise:
    return FakeSupervise(finds_events)


@pytest.fixture
def window(qtbot: QtBot, recording: Path, supervise: FakeSupervise) -> Iterator[MainWindow]:
    made = MainWindow(Session(supervise=supervise))
    qtbot.addWidget(made)
    made.show()
    session = made.session
    with qtbot.waitSignals([session.recording_opened, session.frame_shown], timeout=15_000):
        session.open_path(recording)
    yield made
    made.close()


def drag(qtbot: QtBot, window: MainWindow, start: QPoint, end: QPoint) -> None:
    view = window.player.view
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, (start + end) / 2)
    qtbot.mouseMove(view, end)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def test_a_rectangle_drawn_on_the_picture_is_searched(
    qtbot: QtBot, window: MainWindow, supervise: FakeSupervise
) -> None:
    index, picture = window.session.index, window.player.view.picture_rect()
    assert index is not None
    window.actions_by_id["draw_region"].trigger()
    # From the middle far beyond the lower right corner: only the picture's own pixels count.
    drag(qtbot, window, picture.center(), picture.bottomRight() + QPoint(50, 50))
    region = window.analysis.region.region()
    assert region is not None
    left, top, width, height = region
    assert left == pytest.approx(index.width / 2, abs=2)
    assert top == pytest.approx(index.height / 2, abs=2)
    assert (left + width, top + height) == (
        pytest.approx(index.width, abs=2),
        pytest.approx(index.height, abs=2),
    )
    assert left + width <= index.width
    assert not window.region_drawer.is_drawing
    window.analysis.start()
    qtbot.waitUntil(lambda: len(supervise.requests) == 1)
    assert supervise.requests[0].parameters.region == region
    assert supervise.requests[0].provisional
    # Other recordings are other pictures.
    assert window.analysis.settings().region is None


def test_escape_gives_up_and_a_click_is_no_region(qtbot: QtBot, window: MainWindow) -> None:
    view = window.player.view
    window.draw_region()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.region_drawer.is_drawing
    window.draw_region()
    drag(qtbot, window, view.picture_rect().center(), view.picture_rect().center() + QPoint(2, 2))
    assert window.analysis.region.region() is None
    QApplication.processEvents()
    assert not window.region_drawer.is_drawing


def test_what_is_typed_is_four_numbers_or_nothing(window: MainWindow) -> None:
    field = window.analysis.region
    field.setText("10, 20,300 200")
    assert field.region() == (10, 20, 300, 200)
    field.set_region((1, 2, 33, 44))
    assert field.text() == "1, 2, 33, 44"
    for text, said in (("10, 20, 30", "four whole numbers"), ("0, 0, 5, 500", "at least 32")):
        field.setText(text)
        with pytest.raises(UsageError, match=said):
            field.region()
        window.analysis.start()
        assert said in window.analysis.text
    field.clear()
    assert field.region() is None
