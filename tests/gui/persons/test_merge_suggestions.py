"""Two persons that may be one, side by side: keys say yes, no or later; each answer can be taken back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.merge_suggestions import MergeSuggestions
from fead_desktop.gui.session import Session


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> MergeSuggestions:
    qtbot.keyClick(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    made = window.findChild(MergeSuggestions)
    assert made is not None
    qtbot.waitUntil(lambda: made.suggestion is not None, timeout=10_000)
    return made


def pair(dialog: MergeSuggestions) -> tuple[int, int] | None:
    shown = dialog.suggestion
    return None if shown is None else (shown.one, shown.other)


def test_the_right_pair_comes_first_with_its_faces(
    qtbot: QtBot, dialog: MergeSuggestions, session: Session
) -> None:
    assert pair(dialog) == (1, 3)
    assert [side.name.text() for side in dialog.sides] == ["Person 1", "Person 3"]
    assert "00:00:" in dialog.said.text()
    assert all(side.accessibleName() for side in dialog.sides)
    before = dialog.sides[0].grab().toImage()
    empty = QImage(before)
    empty.fill(before.pixelColor(0, 0))
    assert before != empty


def test_it_is_opened_once(dialog: MergeSuggestions, window: MainWindow) -> None:
    window.persons.show_suggestions()
    assert window.findChildren(MergeSuggestions) == [dialog]


def test_a_key_makes_them_one_and_undo_two(
    qtbot: QtBot, dialog: MergeSuggestions, session: Session
) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_A)
    assert [each.person for each in session.persons] == [1, 2]
    qtbot.waitUntil(lambda: pair(dialog) != (1, 3))
    qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [each.person for each in session.persons] == [1, 2, 3]
    qtbot.waitUntil(lambda: pair(dialog) == (1, 3), timeout=10_000)


def test_a_key_keeps_them_apart_and_undo_asks_again(
    qtbot: QtBot, dialog: MergeSuggestions, session: Session
) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_R)
    assert session.person_editing.apart == {(1, 3)}
    assert [each.person for each in session.persons] == [1, 2, 3]
    assert pair(dialog) != (1, 3)
    assert not session.person_editing.is_stale
    session.editing.undo()
    qtbot.waitUntil(lambda: pair(dialog) == (1, 3), timeout=10_000)


def test_later_leaves_it_open(qtbot: QtBot, dialog: MergeSuggestions, session: Session) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_D)
    assert pair(dialog) != (1, 3)
    assert not session.editing.steps.undo


def test_the_buttons_answer_as_the_keys(
    qtbot: QtBot, dialog: MergeSuggestions, session: Session
) -> None:
    for button in (dialog.later, dialog.different, dialog.same):
        assert button.text()[-1] in "ARD"
    qtbot.mouseClick(dialog.same, Qt.MouseButton.LeftButton)
    assert len(session.persons) == 2


def test_when_nobody_is_left_it_says_so(
    qtbot: QtBot, dialog: MergeSuggestions, session: Session
) -> None:
    while pair(dialog) is not None:
        qtbot.keyClick(dialog, Qt.Key.Key_D)
    assert not dialog.same.isEnabled()
    assert "No more pairs" in dialog.said.text()
    qtbot.keyClick(dialog, Qt.Key.Key_A)
    assert len(session.persons) == 3


def test_closing_asks_no_more(qtbot: QtBot, dialog: MergeSuggestions, session: Session) -> None:
    dialog.reject()
    assert session.person_editing.suggestions is None
    session.person_editing.merge([1, 2])
    assert session.person_editing.suggestions is None
