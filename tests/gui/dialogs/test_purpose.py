"""The notice of purpose: asked once for each case, kept in it, changed from the menu, never in the way of the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import NOT_FOR, Purpose
from fead_desktop.case.store import Case
from fead_desktop.gui.dialogs.purpose import PurposeAsker, PurposeDialog
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from tests.helpers.supervise import FakeSupervise, finds_events


@pytest.fixture
def case_file(finished_case: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(finished_case, tmp_path / "own.fead"))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def open_case(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.session.results_changed, timeout=10_000):
        window.session.open_path(path)


def dialogs(window: MainWindow) -> list[PurposeDialog]:
    return [each for each in window.findChildren(PurposeDialog) if each.isVisible()]


def kept(path: Path) -> Purpose | None:
    with Case.open(path) as case:
        return case.purpose


def test_a_case_is_asked_about_once(qtbot: QtBot, window: MainWindow, case_file: Path) -> None:
    PurposeAsker(window.session, window)
    open_case(qtbot, window, case_file)
    (dialog,) = dialogs(window)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert all(sentence in words for sentence in NOT_FOR)
    dialog.purpose.setText("interview 12")
    dialog.basis.setText("consent")
    dialog.keep.click()
    assert kept(case_file) == Purpose("interview 12", "consent")
    window.session.close()
    open_case(qtbot, window, case_file)
    assert dialogs(window) == []


def test_closing_the_notice_is_an_answer_too(
    qtbot: QtBot, window: MainWindow, case_file: Path
) -> None:
    PurposeAsker(window.session, window)
    open_case(qtbot, window, case_file)
    dialogs(window)[0].reject()
    assert kept(case_file) == Purpose()
    window.session.editing.changed.emit()
    assert dialogs(window) == []


@pytest.fixture
def unanalysed(qtbot: QtBot, recording: Path) -> Iterator[tuple[MainWindow, FakeSupervise]]:
    """A window on a recording without a case; its analysis ends when it is told to."""
    fake = FakeSupervise(finds_events)
    made = MainWindow(Session(supervise=fake))
    qtbot.addWidget(made)
    made.show()
    PurposeAsker(made.session, made)
    with qtbot.waitSignal(made.session.recording_opened, timeout=10_000):
        made.session.open_path(recording)
    yield made, fake
    made.close()


@pytest.mark.parametrize("early", [True, False])
def test_a_first_analysis_asks_as_it_begins_and_its_case_keeps_the_answer(
    qtbot: QtBot, unanalysed: tuple[MainWindow, FakeSupervise], early: bool
) -> None:
    window, fake = unanalysed
    session = window.session
    assert dialogs(window) == []
    session.start_analysis(AnalysisParameters())
    (dialog,) = dialogs(window)
    dialog.purpose.setText("training")
    if early:
        dialog.keep.click()
        assert dialogs(window) == []
    with qtbot.waitSignal(session.analysis_ended, timeout=20_000):
        fake.go_on.set()
    if not early:
        dialogs(window)[0].keep.click()
    assert session.case is not None
    assert session.case.purpose == Purpose("training")
    assert dialogs(window) == []


def test_an_answer_for_a_recording_is_not_taken_for_another_case(
    qtbot: QtBot, unanalysed: tuple[MainWindow, FakeSupervise], case_file: Path
) -> None:
    window, _ = unanalysed
    window.session.start_analysis(AnalysisParameters())
    dialogs(window)[0].reject()
    window.session.close()
    open_case(qtbot, window, case_file)
    assert len(dialogs(window)) == 1
    assert kept(case_file) is None


def test_it_is_changed_from_the_menu_and_cancel_changes_nothing(
    qtbot: QtBot, window: MainWindow, case_file: Path
) -> None:
    with Case.open(case_file) as case:
        case.put_purpose(Purpose("one", "consent"))
    open_case(qtbot, window, case_file)
    window.actions_by_id["purpose"].trigger()
    (dialog,) = dialogs(window)
    assert (dialog.purpose.text(), dialog.basis.text()) == ("one", "consent")
    dialog.purpose.setText("another")
    dialog.reject()
    assert kept(case_file) == Purpose("one", "consent")
    window.actions_by_id["purpose"].trigger()
    dialog = dialogs(window)[-1]
    dialog.purpose.setText("two")
    dialog.keep.click()
    assert kept(case_file) == Purpose("two", "consent")


def test_a_case_that_cant_be_written_says_so_and_is_not_asked_about_again(
    qtbot: QtBot, window: MainWindow, case_file: Path
) -> None:
    PurposeAsker(window.session, window)
    open_case(qtbot, window, case_file)
    (dialog,) = dialogs(window)
    assert window.session.case is not None
    window.session.case._db.execute("PRAGMA query_only = ON")
    with qtbot.waitSignal(window.session.refused, timeout=5000) as refused:
        dialog.keep.click()
    assert "can't be written" in refused.args[0]
    assert dialog.isVisible()
    dialog.reject()
    window.session.editing.changed.emit()
    assert dialogs(window) == []


def test_it_closes_with_the_case_and_asks_again_another_time(
    qtbot: QtBot, window: MainWindow, case_file: Path
) -> None:
    PurposeAsker(window.session, window)
    open_case(qtbot, window, case_file)
    window.session.close()
    assert dialogs(window) == []
    assert kept(case_file) is None


def test_the_windows_own_pictures_and_tests_are_not_asked(
    qtbot: QtBot, window: MainWindow, case_file: Path
) -> None:
    open_case(qtbot, window, case_file)
    assert dialogs(window) == []
