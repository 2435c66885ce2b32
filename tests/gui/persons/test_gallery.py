"""The gallery: what a card tells, and persons renamed, merged by dragging or by selecting, ignored, reset."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QModelIndex, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fead_desktop.case.store import Case
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.person_card import PORTRAIT_PX
from fead_desktop.gui.persons.person_model import FACES_MIME, PERSONS_MIME, STRIP_ROLE, mime_of
from fead_desktop.gui.session import Session
from tests.helpers.person_cases import STRETCH, make_person_case


def card(gallery: PersonGallery, person: int | None) -> QModelIndex:
    model = gallery.model
    return model.index(model.row_of(person), 0)


def words(gallery: PersonGallery, person: int | None) -> str:
    return str(card(gallery, person).data(Qt.ItemDataRole.ToolTipRole))


def numbers(session: Session) -> list[int]:
    return [each.person for each in session.persons]


def select(gallery: PersonGallery, *persons: int) -> None:
    gallery.list.setCurrentIndex(card(gallery, persons[0]))
    for person in persons[1:]:
        gallery.list.selectionModel().select(
            card(gallery, person), QItemSelectionModel.SelectionFlag.Select
        )


def drop(gallery: PersonGallery, data: QMimeData, onto: int | None) -> None:
    gallery.list.scrollTo(card(gallery, onto))
    spot = QPointF(gallery.list.visualRect(card(gallery, onto)).center())
    gallery.list.dropEvent(
        QDropEvent(
            spot,
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


# What a card tells -----------------------------------------------------------------------------------


def test_a_card_tells_name_time_faces_events_and_when(gallery: PersonGallery) -> None:
    assert words(gallery, None) == "All persons\n3 persons · 3 events"
    assert words(gallery, 1).split("\n") == [
        "Person 1",
        "3.0 s on screen",
        "30 faces · 1 event",
        "0:00 – 0:02",
    ]
    assert words(gallery, UNASSIGNED).startswith("Unassigned\n15 faces")


def test_a_strip_shows_faces_from_first_to_last(
    qtbot: QtBot, gallery: PersonGallery, session: Session
) -> None:
    keys = card(gallery, 2).data(STRIP_ROLE)
    frames = [frame for frame, _ in keys]
    rows = session.table.of_person(2)
    assert frames == sorted(frames)
    assert len(frames) > 4
    assert set(frames) <= set(rows.frame_number.tolist())
    pictures = session.face_pictures
    qtbot.waitUntil(lambda: pictures.get(keys[0]) is not None, timeout=5_000)
    picture = pictures.get(keys[0])
    assert picture is not None
    assert (picture.width(), picture.height()) == (160, 160)


def test_a_face_that_is_nowhere_is_an_empty_picture(qtbot: QtBot, session: Session) -> None:
    pictures = session.face_pictures
    assert pictures.get((123_456, 0)) is None
    qtbot.waitUntil(lambda: pictures.get((123_456, 0)) is not None, timeout=5_000)
    missing = pictures.get((123_456, 0))
    assert missing is not None
    assert missing.isNull()


def test_no_number_of_events_is_told_while_the_review_is_blind(
    gallery: PersonGallery, session: Session, window: MainWindow
) -> None:
    told = [words(gallery, each) for each in (None, 1, 2, 3)]
    assert all("event" in each for each in told)
    session.reviewing.set_blind(True)
    roles = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole)
    hidden = [str(card(gallery, each).data(role)) for each in (None, 1, 2, 3) for role in roles]
    assert not any("event" in each for each in hidden)
    session.reviewing.set_blind(False)
    assert "1 event" in words(gallery, 1)


@pytest.mark.parametrize(("wide", "side_by_side"), [(230, False), (700, True)])
def test_as_many_cards_stand_side_by_side_as_fit(
    gallery: PersonGallery, wide: int, side_by_side: bool
) -> None:
    gallery.resize(wide, 500)
    QApplication.processEvents()
    first, second = (gallery.list.visualRect(card(gallery, each)) for each in (1, 2))
    assert (first.top() == second.top()) is side_by_side
    assert first.width() >= 2 * PORTRAIT_PX


@pytest.mark.parametrize("persons", [1, 12, 60])
def test_one_person_or_sixty_each_has_a_card_of_its_own(
    qtbot: QtBot,
    qapp: QApplication,
    session: Session,
    gallery: PersonGallery,
    recording: Path,
    tmp_path: Path,
    persons: int,
) -> None:
    path = make_person_case(tmp_path / "many.fead", recording, persons=persons)
    with qtbot.waitSignal(session.results_changed, timeout=15_000):
        session.open_path(path)
    session.person_editing.rename(
        1, "a name that is longer than any card has room for, at every size of text"
    )
    QApplication.processEvents()
    cards = [
        gallery.list.visualRect(gallery.model.index(row, 0))
        for row in range(gallery.model.rowCount())
    ]
    assert len(cards) == 1 + persons
    assert all(below.top() > above.bottom() for above, below in pairwise(cards))
    assert all(each.right() <= gallery.list.viewport().width() for each in cards)
    gallery.list.scrollTo(card(gallery, persons))
    before, pictures = qapp.palette(), []
    for colours in (theme.LIGHT, theme.DARK):
        qapp.setPalette(theme.palette(colours))
        pictures.append(gallery.grab().toImage())
    qapp.setPalette(before)
    assert pictures[0] != pictures[1]


# Names -----------------------------------------------------------------------------------------------


def rename_by_keys(qtbot: QtBot, window: MainWindow, name: str, end: Qt.Key) -> None:
    QApplication.processEvents()  # the actions learn who is chosen
    qtbot.keyClick(window, Qt.Key.Key_F2)
    editor = window.gallery.list.findChild(QLineEdit)
    assert editor is not None
    qtbot.waitUntil(editor.hasFocus)
    editor.selectAll()
    qtbot.keyClicks(editor, name)
    qtbot.keyClick(editor, end)


def test_f2_changes_the_name_in_place_and_undo_brings_it_back(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    session.choose_person(2)
    rename_by_keys(qtbot, window, "Anna Maria", Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.name_of(2) == "Anna Maria")
    assert session.person == 2
    assert words(window.gallery, 2).startswith("Anna Maria\n")
    assert session.case is not None
    with Case.open(session.case.path) as case:
        assert [each.name for each in case.persons()] == ["Person 1", "Anna Maria", "Person 3"]
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.name_of(2) == "Person 2"


def test_escape_leaves_the_name(qtbot: QtBot, window: MainWindow, session: Session) -> None:
    session.choose_person(1)
    rename_by_keys(qtbot, window, "Nobody", Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert session.name_of(1) == "Person 1"
    assert not session.editing.steps.undo


def test_a_name_alone_makes_no_score_stale(gallery: PersonGallery, session: Session) -> None:
    session.person_editing.rename(1, "Anna")
    assert not session.person_editing.is_stale
    assert not gallery.stale.isVisible()


# Merging, ignoring, resetting ------------------------------------------------------------------------


def test_one_card_dragged_on_another_merges_them(gallery: PersonGallery, session: Session) -> None:
    data = gallery.model.mimeData([card(gallery, 3)])
    drop(gallery, data, 1)
    assert numbers(session) == [1, 2]
    assert session.person == 1
    assert int((session.table.person == 1).sum()) == 3 * STRETCH
    assert {event.person for event in session.events} == {1, 2}
    session.editing.undo()
    assert numbers(session) == [1, 2, 3]
    session.editing.redo()
    assert numbers(session) == [1, 2]


def test_a_card_dropped_on_itself_or_on_all_persons_does_nothing(
    gallery: PersonGallery, session: Session
) -> None:
    data = mime_of(PERSONS_MIME, [1])
    for onto in (1, None):
        drop(gallery, data, onto)
    assert not session.editing.steps.undo
    assert not gallery.model.canDropMimeData(data, Qt.DropAction.CopyAction, 1, 0, QModelIndex())


def test_a_card_dropped_on_the_unassigned_is_ignored(
    gallery: PersonGallery, session: Session
) -> None:
    drop(gallery, mime_of(PERSONS_MIME, [3]), UNASSIGNED)
    assert numbers(session) == [1, 2]
    assert words(gallery, UNASSIGNED).startswith("Unassigned\n30 faces")


def test_faces_dropped_on_a_card_become_that_persons(
    gallery: PersonGallery, session: Session
) -> None:
    rows = (session.table["track"] == 3).nonzero()[0].tolist()
    drop(gallery, mime_of(FACES_MIME, rows), 3)
    person = session.table.person
    assert set(person[rows]) == {3}


def test_selected_persons_are_merged_by_a_key(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    select(window.gallery, 1, 3)
    assert window.gallery.selected == [1, 3]
    QApplication.processEvents()
    qtbot.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert numbers(session) == [1, 2]


def test_shift_and_arrow_select_several(qtbot: QtBot, gallery: PersonGallery) -> None:
    gallery.list.setFocus()
    gallery.list.setCurrentIndex(card(gallery, 2))
    qtbot.keyClick(gallery.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert gallery.selected == [2, 3]


def test_merging_one_person_is_refused_in_words(
    qtbot: QtBot, gallery: PersonGallery, session: Session
) -> None:
    select(gallery, 1)
    with qtbot.waitSignal(session.refused) as refused:
        gallery.merge_selected()
    assert refused.args is not None
    assert "two or more" in refused.args[0]


def test_ignoring_leaves_the_faces_unassigned_and_chooses_nobody(
    gallery: PersonGallery, session: Session
) -> None:
    session.choose_person(3)
    gallery.ignore_selected()
    assert numbers(session) == [1, 2]
    assert session.person is None
    assert words(gallery, None) == "All persons\n2 persons · 2 events"


def test_reset_takes_every_edit_back_and_is_an_edit_itself(
    gallery: PersonGallery, session: Session
) -> None:
    session.person_editing.rename(2, "Berta")
    session.person_editing.merge([1, 3])
    session.person_editing.reset()
    assert [each.name for each in session.persons] == ["Person 1", "Person 2", "Person 3"]
    assert not session.person_editing.is_stale
    session.editing.undo()
    assert [each.name for each in session.persons] == ["Person 1", "Berta"]


def test_edits_are_there_when_the_case_is_opened_again(
    qtbot: QtBot, gallery: PersonGallery, tmp_path: Path, session: Session
) -> None:
    session.person_editing.merge([1, 3])
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(tmp_path / "own.fead")
    assert numbers(session) == [1, 2]
    assert session.person_editing.stale == (1,)
    assert "out of date" in words(gallery, 1)
    assert not session.person_editing.waits_to_rescore


def test_the_faces_are_written_as_they_are_told_apart_now(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    session.person_editing.merge([1, 3])
    with qtbot.waitSignal(session.said, timeout=10_000) as said:
        session.person_editing.write_faces(tmp_path / "out")
    assert said.args == [f"Wrote 90 faces to {tmp_path / 'out' / 'organized_faces'}."]
    rooms = {
        room.name: len(list(room.iterdir()))
        for room in (tmp_path / "out" / "organized_faces").iterdir()
    }
    assert rooms == {"person_1": 45, "person_2": 30, "unassigned": 15}
    (tmp_path / "out" / "summary.json").write_text(
        '{"recording": {"sha256": "other", "path": "x"}}'
    )
    with qtbot.waitSignal(session.refused, timeout=10_000) as refused:
        session.person_editing.write_faces(tmp_path / "out")
    assert refused.args is not None
    assert "another recording" in refused.args[0]


def test_a_marker_touches_no_person(qtbot: QtBot, gallery: PersonGallery, session: Session) -> None:
    with qtbot.assertNotEmitted(session.results_changed):
        session.editing.add_marker(10)
        session.editing.undo()


def test_the_menu_of_the_gallery_offers_what_can_be_done(window: MainWindow) -> None:
    gallery = window.gallery.list
    offered = {action.data() for action in gallery.actions()}
    assert {"rename_person", "merge_persons", "ignore_person", "contact_sheet"} <= offered
    assert gallery.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu


def test_the_chosen_event_stays_chosen_through_an_edit(
    gallery: PersonGallery, session: Session
) -> None:
    event = next(each for each in session.events if each.person == 3)
    session.choose_event(event.event)
    session.person_editing.merge([1, 3])
    chosen = session.event_by_rank(session.chosen_event)
    assert chosen is not None
    assert (chosen.peak_frame, chosen.person) == (event.peak_frame, 1)


def test_an_edit_leaves_the_timeline_where_it_is(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    window.timeline.zoom(1)
    before = window.timeline.view.scale
    session.person_editing.merge([1, 3])
    session.choose_person(None)
    qtbot.waitUntil(lambda: window.timeline.is_current)
    assert window.timeline.view.scale == before
    session.close()
    assert window.timeline.view.scale.duration_s < before.duration_s
