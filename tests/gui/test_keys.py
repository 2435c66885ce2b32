"""Every key of the sheet is pressed, and something must change; keys work wherever the focus is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QListView, QWidget
from pytestqt.qtbot import QtBot

from fead_desktop.gui import key_map, theme
from fead_desktop.gui.action import Action
from fead_desktop.gui.actions import ACTIONS
from fead_desktop.gui.dialogs.change_keys import ChangeKeysDialog
from fead_desktop.gui.dialogs.keys import KeysDialog
from fead_desktop.gui.dialogs.palette import CommandPalette, match
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.settings import load_settings
from tests.helpers.effects import EFFECTS, Stage
from tests.helpers.supervise import FakeSupervise, finds_events

BY_ID = {action.id: action for action in ACTIONS}


@pytest.fixture
def window(qtbot: QtBot, finished_case: Path, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on a copy of the case, because some keys write into it."""
    case = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    made = MainWindow(Session(supervise=FakeSupervise(finds_events)))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    session = made.session
    with qtbot.waitSignals([session.results_changed, session.frame_shown], timeout=15_000):
        session.open_path(case)
    yield made
    for each in QApplication.topLevelWidgets():
        if isinstance(each, QDialog) and each.isVisible():
            each.reject()
    made.close()


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    palette = qapp.palette()
    yield
    theme.use(qapp, "light")
    qapp.setPalette(palette)


def press(qtbot: QtBot, receiver: QWidget, key: str) -> None:
    pressed = QKeySequence(key)[0]
    qtbot.keyClick(receiver, pressed.key(), pressed.keyboardModifiers())


def test_the_keys_of_every_action_are_pressed() -> None:
    assert set(EFFECTS) == {action.id for action in ACTIONS}


@pytest.mark.parametrize(
    ("action", "key"),
    [
        pytest.param(action, key, id=f"{action.id} {key}")
        for action in ACTIONS
        for key in action.keys
    ],
)
def test_a_key_does_what_the_sheet_says(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, action: Action, key: str
) -> None:
    effect = EFFECTS[action.id]
    effect.prepare(Stage(window, qtbot, monkeypatch))
    QApplication.processEvents()
    window.refresh_actions()
    assert window.actions_by_id[action.id].isEnabled()
    before = effect.see(window)
    press(qtbot, window, key)
    qtbot.waitUntil(lambda: effect.see(window) != before, timeout=5_000)


@pytest.mark.parametrize("where", ["persons", "events", "person box", "tool button", "player"])
def test_keys_work_wherever_the_focus_is(qtbot: QtBot, window: MainWindow, where: str) -> None:
    widget: QWidget = {
        "persons": window.gallery.list,
        "events": window.events.table,
        "person box": window.person_box,
        "tool button": window.tools.widgetForAction(window.actions_by_id["open"]),
        "player": window.player.transport.play_button,
    }[where]
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    press(qtbot, widget, "N")
    assert window.session.chosen_event == 1
    press(qtbot, widget, "Right")
    peak = window.session.events[0].peak_frame
    qtbot.waitUntil(lambda: window.session.frame == peak + 1, timeout=5_000)


def test_no_key_works_while_typing(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.bring_forward("analysis")
    for field in (window.analysis.range_start, window.analysis.anomalies):
        field.setFocus()
        for key in ("N", "Left", "Home", "B", "1"):
            press(qtbot, field, key)
    assert window.session.chosen_event is None
    assert window.player.overlay_on
    assert "b1n" in window.analysis.range_start.text().lower().replace(" ", "")


def test_space_works_the_button_that_tab_has_reached(qtbot: QtBot, window: MainWindow) -> None:
    button = window.player.transport.forward_button
    button.setFocus(Qt.FocusReason.TabFocusReason)
    press(qtbot, button, "Space")
    qtbot.waitUntil(lambda: window.session.frame == 1, timeout=5_000)
    assert not window.player.is_playing


# Choosing keys ---------------------------------------------------------------------------------------


def test_the_sheet_shows_every_action_and_the_keys_in_use(qtbot: QtBot) -> None:
    sheet = KeysDialog({"open": ("F2",)})
    qtbot.addWidget(sheet)
    lines = dict(line for _, section in sheet.sections for line in section)
    assert lines["Open"] == "F2"
    assert {action.plain_title for action in ACTIONS} <= set(lines)


def test_a_new_key_works_at_once_and_is_remembered(qtbot: QtBot, window: MainWindow) -> None:
    window.change_keys()
    dialog = window.findChild(ChangeKeysDialog)
    assert dialog is not None
    dialog.choose("next_event")
    dialog.editor.setKeySequence(QKeySequence("F9"))
    assert dialog.conflict.text() == ""
    dialog.add()
    dialog.accept()
    press(qtbot, window, "F9")
    assert window.session.chosen_event == 1
    assert load_settings().keys == {"next_event": ("N", "F9")}


def test_a_key_in_use_is_named_and_taken_only_when_wanted(qtbot: QtBot) -> None:
    dialog = ChangeKeysDialog({})
    qtbot.addWidget(dialog)
    dialog.choose("close")
    dialog.editor.setKeySequence(QKeySequence("N"))
    assert "“Next event”" in dialog.conflict.text()
    assert dialog.changes == {}
    dialog.add()
    assert dialog.changes == {"next_event": (), "close": ("Ctrl+W", "N")}
    dialog.choose("next_event")
    dialog.restore()
    assert "stays" in dialog.conflict.text()
    assert dialog.changes["next_event"] == ()
    dialog.restore_all()
    assert dialog.changes == {}


def test_no_choice_of_keys_gives_one_key_to_two_actions(qtbot: QtBot) -> None:
    changes: dict[str, tuple[str, ...]] = {}
    for action, key in zip(ACTIONS, [k for a in reversed(ACTIONS) for k in a.keys], strict=False):
        changes = key_map.taken_from_others(changes, action, key)
    used = [key for action in ACTIONS for key in key_map.keys_of(action, changes)]
    assert len(used) == len({key_map.portable(key) for key in used})


def test_the_search_leaves_what_fits(qtbot: QtBot) -> None:
    dialog = ChangeKeysDialog({})
    qtbot.addWidget(dialog)
    dialog.search.setText("next ev")
    left = [
        item.text(1)
        for row in range(dialog.list.topLevelItemCount())
        if (item := dialog.list.topLevelItem(row)) is not None and not item.isHidden()
    ]
    assert left == ["Next event"]


# The palette -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("ne", "Next event", "Close analysis entry"),
        ("fs", "Full screen", "Focus"),
        ("exp", "Export", "Enlarge text, usual"),
    ],
)
def test_letters_at_the_starts_of_words_fit_best(query: str, better: str, worse: str) -> None:
    good, bad = match(query, better), match(query, worse)
    assert good is not None
    assert bad is None or good > bad


def test_letters_in_the_wrong_order_do_not_fit() -> None:
    assert match("xe", "Export") is None
    assert match("", "anything") is not None


def test_the_palette_finds_and_does(qtbot: QtBot, window: MainWindow) -> None:
    window.show_palette()
    palette = window.findChild(CommandPalette)
    assert palette is not None
    qtbot.keyClicks(palette.line, "nextev")
    assert palette.shown[0] == "next_event"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.chosen_event == 1)


def test_the_palette_does_nothing_that_can_not_be_done(qtbot: QtBot, window: MainWindow) -> None:
    window.show_palette()
    palette = window.findChild(CommandPalette)
    assert palette is not None
    palette.line.setText("Cancel")
    assert palette.shown[0] == "cancel"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.line.setText("loop")
    grey = [not window.actions_by_id[name].isEnabled() for name in palette.shown[:3]]
    assert grey == [False, False, True], "without a selection it can't be looped"


# Reach -----------------------------------------------------------------------------------------------


def test_tab_reaches_every_panel_and_whatever_it_reaches_has_a_name(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.docks.use("review")
    window.activateWindow()
    start = window.gallery.list
    start.setFocus(Qt.FocusReason.TabFocusReason)
    reached: list[QWidget] = []
    for _ in range(200):
        focus = QApplication.focusWidget()
        if focus in reached:
            break
        reached.append(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert len(reached) < 200, "the chain has no end"
    nameless = [
        f"{type(each).__name__} {each.objectName()}"
        for each in reached
        if not (each.accessibleName() or getattr(each, "text", str)())
    ]
    assert nameless == []
    for panel in (window.tools, window.gallery, window.events, window.player):
        assert any(panel.isAncestorOf(each) for each in reached), panel


def test_every_field_of_the_analysis_has_a_name(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.bring_forward("analysis")
    fields = [
        each
        for each in window.analysis.findChildren(QWidget)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.objectName() != "qt_spinbox_lineedit"
        and not isinstance(each, QListView)  # the list that a choice opens
    ]
    assert fields
    nameless = [
        type(each).__name__
        for each in fields
        if not (
            each.accessibleName() or (hasattr(each, "text") and type(each).__name__ == "PushButton")
        )
    ]
    assert nameless == []
