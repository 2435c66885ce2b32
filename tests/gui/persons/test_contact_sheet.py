"""The contact sheet: all faces in an order, the frame of each, and chosen faces given to somebody else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.jobs.face_pictures import FaceKey
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.contact_sheet import ContactSheet
from fead_desktop.gui.persons.face_model import BY_QUALITY, BY_SCORE, BY_TIME, ORDERS
from fead_desktop.gui.persons.person_model import FACES_MIME, numbers_of
from fead_desktop.gui.session import Session
from fead_desktop.persons.roster import portrait_merit
from tests.helpers.person_cases import STRETCH

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def sheet(qtbot: QtBot, window: MainWindow, session: Session) -> ContactSheet:
    session.choose_person(2)
    QApplication.processEvents()
    qtbot.keyClick(window, Qt.Key.Key_C)
    made = window.persons.faces
    assert made.isVisible()
    return made


def choose(sheet: ContactSheet, *places: int) -> None:
    chosen = sheet.list.selectionModel()
    chosen.clearSelection()
    for place in places:
        chosen.select(sheet.model.index(place, 0), QItemSelectionModel.SelectionFlag.Select)


def tracks_of(session: Session, person: int) -> set[int]:
    return set(session.table["track"][session.table.person == person].tolist())


def test_all_faces_of_the_chosen_person_are_there_by_time(
    sheet: ContactSheet, session: Session
) -> None:
    assert sheet.count.text() == "30 faces"
    assert (session.table.person[sheet.model.rows] == 2).all()
    assert (np.diff(session.table.frame_number[sheet.model.rows]) > 0).all()
    session.choose_person(UNASSIGNED)
    assert sheet.count.text() == "15 faces"
    session.choose_person(None)
    assert sheet.count.text() == "0 faces"
    assert sheet.empty.isVisible()


def test_faces_are_ordered_by_quality_and_by_score(sheet: ContactSheet, session: Session) -> None:
    sheet.order.setCurrentText(BY_QUALITY)
    merit = portrait_merit(session.table.select(sheet.model.rows))
    assert (np.diff(merit) <= 0).all()
    sheet.order.setCurrentText(BY_SCORE)
    # The scores of the made case rise with time.
    assert (np.diff(session.table.frame_number[sheet.model.rows]) < 0).all()


def test_a_blind_review_is_not_told_the_order_by_score(
    sheet: ContactSheet, session: Session
) -> None:
    sheet.order.setCurrentText(BY_SCORE)
    session.reviewing.set_blind(True)
    assert sheet.order.currentText() == BY_TIME
    assert (np.diff(session.table.frame_number[sheet.model.rows]) > 0).all()
    entry = sheet.order.model().index(ORDERS.index(BY_SCORE), 0)
    assert not entry.flags() & Qt.ItemFlag.ItemIsEnabled
    session.reviewing.set_blind(False)
    assert entry.flags() & Qt.ItemFlag.ItemIsEnabled


def test_a_click_shows_the_frame(qtbot: QtBot, sheet: ContactSheet, session: Session) -> None:
    spot = sheet.list.visualRect(sheet.model.index(7, 0)).center()
    with qtbot.waitSignal(session.frame_requested) as asked:
        qtbot.mouseClick(sheet.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    frame = int(session.table.frame_number[sheet.model.rows[7]])
    assert asked.args == [frame, False]
    with qtbot.waitSignal(session.frame_requested) as asked:
        qtbot.keyClick(sheet.list, Qt.Key.Key_Right)
    assert asked.args == [int(session.table.frame_number[sheet.model.rows[8]]), False]


def test_opening_the_sheet_chooses_nothing(sheet: ContactSheet, session: Session) -> None:
    assert session.person_editing.chosen_faces == ()
    assert session.frame == 0


def test_pictures_are_read_when_they_are_seen(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    cell = sheet.model.index(3, 0)
    qtbot.waitUntil(lambda: cell.data(Qt.ItemDataRole.DecorationRole) is not None, timeout=5_000)
    assert cell.data(Qt.ItemDataRole.DecorationRole).width() == 160
    assert "frame" in cell.data(Qt.ItemDataRole.AccessibleTextRole)


def test_of_thousands_of_faces_only_those_in_sight_are_read(
    qtbot: QtBot, sheet: ContactSheet, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = np.tile(np.flatnonzero(session.table.person == 2), 700)
    asked: set[FaceKey] = set()
    table = session.table.select(many).with_columns(frame_number=np.arange(len(many)))
    session.show_results(replace(session.results, table=table))
    monkeypatch.setattr(session.face_pictures, "get", asked.add)
    sheet.grab()
    assert sheet.count.text() == "21,000 faces"
    assert 20 < len(asked) < 400
    asked.clear()
    sheet.list.scrollToBottom()
    QApplication.processEvents()
    sheet.grab()
    assert max(frame for frame, _ in asked) == len(many) - 1
    assert len(asked) < 400


def test_chosen_faces_become_a_new_person_by_a_key(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    choose(sheet, *range(STRETCH, 2 * STRETCH))
    assert sheet.count.text() == "30 faces, 15 chosen"
    QApplication.processEvents()
    with qtbot.waitSignal(session.said) as said:
        qtbot.keyClick(sheet, Qt.Key.Key_N, CTRL | SHIFT)
    assert said.args == ["The 15 faces are Person 4 now."]
    assert [each.person for each in session.persons] == [1, 2, 3, 4]
    assert tracks_of(session, 2) == {2}
    assert tracks_of(session, 4) == {3}
    assert sheet.count.text() == "15 faces"
    qtbot.keyClick(sheet, Qt.Key.Key_Z, CTRL)
    assert tracks_of(session, 2) == {2, 3}


def test_one_face_of_a_track_brings_the_whole_track(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    choose(sheet, STRETCH + 2)
    QApplication.processEvents()
    qtbot.keyClick(sheet, Qt.Key.Key_T, CTRL | SHIFT)
    assert len(session.person_editing.chosen_faces) == STRETCH
    assert set(session.table["track"][list(session.person_editing.chosen_faces)]) == {3}


def test_chosen_faces_are_moved_to_a_person_of_the_menu(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    choose(sheet, *range(STRETCH, 2 * STRETCH))
    QApplication.processEvents()
    qtbot.keyClick(sheet, Qt.Key.Key_J, CTRL | SHIFT)
    assert sheet.move_menu.isVisible()
    offered = [action.text() for action in sheet.move_menu.actions() if action.text()]
    assert offered == ["Person 1", "Person 3", "Nobody (unassigned)"]
    qtbot.keyClick(sheet.move_menu, Qt.Key.Key_Down)
    qtbot.keyClick(sheet.move_menu, Qt.Key.Key_Return)
    assert tracks_of(session, 1) == {0, 1, 3}


def test_chosen_faces_go_to_nobody(qtbot: QtBot, sheet: ContactSheet, session: Session) -> None:
    choose(sheet, 0, 1)
    sheet.ask_where_to()
    sheet.move_menu.actions()[-1].trigger()
    sheet.move_menu.close()
    assert int((session.table.person == UNASSIGNED).sum()) == STRETCH + 2


def test_a_split_is_suggested_and_chosen(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    QApplication.processEvents()
    with qtbot.waitSignal(session.person_editing.split_suggested, timeout=10_000):
        qtbot.keyClick(sheet, Qt.Key.Key_G, CTRL | SHIFT)
    chosen = list(session.person_editing.chosen_faces)
    assert len(chosen) == STRETCH
    assert len(set(session.table["track"][chosen])) == 1


def test_a_person_who_is_one_is_left_whole(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    session.choose_person(1)
    with qtbot.waitSignal(session.said, check_params_cb=lambda text: "look like one" in text):
        session.person_editing.suggest_split(1)
    assert session.person_editing.chosen_faces == ()


def test_dragged_faces_are_rows_of_the_table(sheet: ContactSheet) -> None:
    data = sheet.model.mimeData([sheet.model.index(k, 0) for k in (0, 5)])
    assert numbers_of(data, FACES_MIME) == [int(sheet.model.rows[k]) for k in (0, 5)]


def test_closing_the_sheet_lets_the_faces_go(
    qtbot: QtBot, sheet: ContactSheet, session: Session
) -> None:
    choose(sheet, 0)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert session.person_editing.chosen_faces == ()


def test_whatever_tab_reaches_in_the_sheet_has_a_name(qtbot: QtBot, sheet: ContactSheet) -> None:
    choose(sheet, 0)
    QApplication.processEvents()
    sheet.list.setFocus(Qt.FocusReason.TabFocusReason)
    reached = []
    while (focus := QApplication.focusWidget()) not in reached:
        assert focus is not None
        reached.append(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert len(reached) == 7
    assert all(each.accessibleName() for each in reached)
