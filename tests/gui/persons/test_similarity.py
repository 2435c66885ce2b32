"""Another similarity is tried out on the gallery, then taken or left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.person_model import PERSON_ROLE, STRIP_ROLE
from fead_desktop.gui.session import Session


@pytest.fixture
def previewing(qtbot: QtBot, gallery: PersonGallery, session: Session) -> Iterator[PersonGallery]:
    """The gallery shows who would be who at a similarity near the program's own."""
    gallery.similarity.enter()
    with qtbot.waitSignal(session.person_editing.previewed, timeout=10_000):
        gallery.similarity.slider.setValue(51)
    yield gallery
    gallery.similarity.leave()


def titles(gallery: PersonGallery) -> list[str]:
    model = gallery.preview
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_the_preview_tells_what_would_become_of_whom(previewing: PersonGallery) -> None:
    assert previewing.preview_list.isVisible()
    assert titles(previewing)[0] == "Preview: 4 persons"
    assert sorted(titles(previewing)[1:]) == [
        "Person 2",
        "Person 2",
        "Persons 1 + 3",
        "Unassigned now",
    ]
    for row in range(1, 5):
        index = previewing.preview.index(row, 0)
        assert len(index.data(STRIP_ROLE)) > 2
        assert index.data(PERSON_ROLE) in {-1, 1, 2}
        assert "face" in str(index.data(Qt.ItemDataRole.ToolTipRole))
    previewing.grab()


def test_given_names_are_told_in_full(
    qtbot: QtBot, gallery: PersonGallery, session: Session
) -> None:
    session.person_editing.rename(3, "Berta")
    gallery.similarity.enter()
    with qtbot.waitSignal(session.person_editing.previewed, timeout=10_000):
        gallery.similarity.slider.setValue(51)
    assert "Person 1 + Berta" in titles(gallery)
    gallery.similarity.leave()


def test_a_preview_changes_nothing(previewing: PersonGallery, session: Session) -> None:
    assert [each.person for each in session.persons] == [1, 2, 3]
    assert not session.editing.steps.undo
    previewing.similarity.dismiss_button.click()
    assert previewing.list.isVisible()
    assert not previewing.similarity.isVisible()
    assert session.person_editing.preview is None


def test_apply_makes_it_so_and_undo_takes_it_back(
    previewing: PersonGallery, session: Session
) -> None:
    before = session.table.person.copy()
    previewing.similarity.apply_button.click()
    assert len(session.persons) == 4
    together = session.table.person[session.table["track"] == 4]
    assert set(together) == set(session.table.person[session.table["track"] == 0])
    assert previewing.list.isVisible()
    session.editing.undo()
    assert (session.table.person == before).all()


def test_the_last_place_of_the_slider_wins(
    qtbot: QtBot, gallery: PersonGallery, session: Session
) -> None:
    gallery.similarity.enter()
    for value in range(52, 71):
        gallery.similarity.slider.setValue(value)
    qtbot.waitUntil(
        lambda: (
            session.person_editing.preview is not None
            and session.person_editing.preview.similarity == pytest.approx(0.70)
        ),
        timeout=10_000,
    )
    gallery.similarity.leave()


def test_an_edit_meanwhile_ends_the_preview(previewing: PersonGallery, session: Session) -> None:
    session.person_editing.merge([1, 2])
    assert session.person_editing.preview is None
    assert previewing.list.isVisible()


def test_keys_work_the_slider(qtbot: QtBot, window: MainWindow, session: Session) -> None:
    window.docks.by_name["persons"].close()
    QApplication.processEvents()
    qtbot.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert window.docks.is_in_front("persons")
    bar = window.gallery.similarity
    assert bar.slider.hasFocus()
    frame = session.frame
    with qtbot.waitSignal(session.person_editing.previewed, timeout=10_000):
        qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    assert bar.slider.value() == 51
    assert session.frame == frame
    qtbot.keyClick(bar.slider, Qt.Key.Key_Return)
    assert len(session.persons) == 4
    qtbot.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(bar.slider, Qt.Key.Key_Escape)
    assert not bar.isVisible()
