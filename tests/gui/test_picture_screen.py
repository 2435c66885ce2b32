"""The picture alone on the whole screen, and all as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.settings import load_settings


@pytest.fixture
def window(qtbot: QtBot, opened: Session) -> Iterator[MainWindow]:
    made = MainWindow(opened)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    opened.request_frame(20)
    qtbot.waitUntil(lambda: made.player.view.shown is not None)
    yield made
    made.close()


def chrome(window: MainWindow) -> list[QWidget]:
    player = window.player
    return [window.menuBar(), window.statusBar(), window.tools, player.transport, player.filmstrip,
            *window.docks.by_name.values()]  # fmt: skip


def open_panels(window: MainWindow) -> set[str]:
    return {name for name in window.docks.by_name if window.docks.is_open(name)}


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key)
    QApplication.processEvents()


def test_only_the_picture_is_left_and_all_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.by_name["why"].close()
    QApplication.processEvents()
    shown = [each for each in chrome(window) if not each.isHidden()]
    places = {name: dock.geometry() for name, dock in window.docks.by_name.items()}
    size = window.size()
    press(qtbot, window, Qt.Key.Key_F)
    assert window.isFullScreen()
    assert [each for each in chrome(window) if each.isVisible()] == []
    qtbot.waitUntil(lambda: window.player.view.size() == window.size())
    press(qtbot, window, Qt.Key.Key_N)
    assert window.session.chosen_event == 1
    assert not window.player.filmstrip.isVisible()
    window.session.choose_event(None)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert [each for each in chrome(window) if not each.isHidden()] == shown
    qtbot.waitUntil(lambda: window.size() == size)
    assert {n: dock.geometry() for n, dock in window.docks.by_name.items()} == places


def test_escape_leaves_the_entry_for_a_place_first(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_F)
    press(qtbot, window, Qt.Key.Key_G)
    entry = window.player.transport.go_to
    assert entry.isVisible()
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not entry.isVisible()
    assert window.picture_screen.is_on
    assert not window.player.transport.isVisible()
    press(qtbot, window, Qt.Key.Key_F)
    assert not window.picture_screen.is_on


def test_another_layout_brings_everything_back(qtbot: QtBot, window: MainWindow) -> None:
    shown = open_panels(window)
    assert {"persons", "events", "why", "timeline"} <= shown
    press(qtbot, window, Qt.Key.Key_F)
    press(qtbot, window, Qt.Key.Key_F6)
    assert not window.picture_screen.is_on
    assert window.docks.layout == "analysis"
    assert window.docks.is_open("analysis")
    assert window.menuBar().isVisible()
    press(qtbot, window, Qt.Key.Key_F5)
    assert open_panels(window) == shown


def test_closing_the_window_remembers_the_panels_as_they_were(
    qtbot: QtBot, window: MainWindow
) -> None:
    shown = open_panels(window)
    press(qtbot, window, Qt.Key.Key_F)
    window.close()
    stored = load_settings()
    again = MainWindow(Session())
    qtbot.addWidget(again)
    assert stored.layouts["review"]
    assert open_panels(again) == shown
    assert not again.isFullScreen()
    again.close()
