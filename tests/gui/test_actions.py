from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QAction, QKeySequence
from pytestqt.qtbot import QtBot

from fead_desktop import paths
from fead_desktop.gui.action import always
from fead_desktop.gui.actions import ACTIONS
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session


def test_no_two_actions_share_a_key(qapp: object) -> None:
    keys = Counter(QKeySequence(key).toString() for action in ACTIONS for key in action.keys)
    assert [key for key, times in keys.items() if times > 1] == []
    assert all(QKeySequence(key).count() == 1 for action in ACTIONS for key in action.keys)


def test_every_action_has_a_key() -> None:
    assert [action.id for action in ACTIONS if not action.keys] == []


def test_ids_are_unique_and_menu_letters_do_not_clash() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for menu in {action.menu for action in ACTIONS}:
        letters = Counter(
            action.title.lower().partition("&")[2][:1]
            for action in ACTIONS
            if action.menu == menu and "&" in action.title
        )
        assert [letter for letter, times in letters.items() if times > 1] == [], menu


def test_every_icon_is_there_and_takes_the_palettes_colour() -> None:
    for action in ACTIONS:
        if action.icon:
            svg = (paths.resources_dir() / "icons" / f"{action.icon}.svg").read_text()
            assert "currentColor" in svg, action.id


def test_without_a_recording_only_what_makes_sense_is_enabled(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    enabled = {name for name, action in window.actions_by_id.items() if action.isEnabled()}
    expected = {action.id for action in ACTIONS if action.enabled is always}
    assert enabled == expected
    assert {"open", "quit", "keys"} <= enabled
    assert not {"close", "save_copy", "play", "next_event", "analyse", "cancel"} & enabled
    window.close()


def test_with_results_all_but_cancel_is_enabled(qtbot: QtBot, opened: Session) -> None:
    window = MainWindow(opened)
    qtbot.addWidget(window)
    disabled = {name for name, action in window.actions_by_id.items() if not action.isEnabled()}
    expected = {action.id for action in ACTIONS if not action.enabled(opened)}
    assert disabled == expected
    assert "cancel" in disabled
    assert not {"open", "close", "save_copy", "play", "next_event", "analyse"} & disabled
    assert all(isinstance(action, QAction) for action in window.actions_by_id.values())
    window.close()
