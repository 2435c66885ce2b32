"""What a dialog that was closed leaves behind: no dialog, no job and no thread, whenever garbage is searched."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from fead_desktop.gui.dialogs.job_dialog import JobDialog
from fead_desktop.gui.jobs.job import Job, WatchedJob
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session

TIMES = 20
#: Actions that open a dialog; the last two wait for its answer.
OPENING = (
    "about", "change_keys", "export", "keys", "merge_suggestions", "palette", "purpose", "reproduce", "selftest",
    "streams", "verify", "edit_marker", "choose_measures",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _only_new_garbage() -> Iterator[None]:
    # What the earlier tests left would be searched again each time.
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def window(qtbot: QtBot, session: Session, finished_case: Path, tmp_path: Path) -> MainWindow:
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(Path(shutil.copy(finished_case, tmp_path / "own.fead")))
    session.editing.add_marker(3)
    return made


def let_go() -> None:
    """Let Qt delete what it was asked to delete, and Python what nobody holds."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def dialogs_of(window: MainWindow) -> list[QDialog]:
    return window.findChildren(QDialog)


def shown_dialogs(window: MainWindow) -> list[QDialog]:
    return [each for each in dialogs_of(window) if each.isVisible()]


def test_a_dialog_is_gone_when_it_was_closed(window: MainWindow) -> None:
    asked: list[QDialog] = []

    def close() -> None:
        found = shown_dialogs(window)
        asked.extend(found)
        for each in found:
            each.reject()

    before = len(dialogs_of(window))
    for name in OPENING:
        asked.clear()
        for _ in range(TIMES):
            QTimer.singleShot(0, close)
            window.actions_by_id[name].trigger()
            close()
            QApplication.processEvents()
        assert len(asked) >= TIMES, f"{name} opened nothing"
        asked.clear()
        let_go()
        assert len(dialogs_of(window)) == before, f"{name} is still there"
    window.close()


class Waiting(WatchedJob):
    """Works until it is told to stop."""

    def work(self) -> None:
        self.report("waiting", 1, 2, "Waiting")
        while not self.is_cancelled():
            self.msleep(1)


class WaitingDialog(JobDialog):
    def make_job(self) -> Waiting:
        return Waiting(self._session)

    def show_result(self, result: object) -> None:
        raise AssertionError


def test_a_job_that_was_given_up_is_gone_when_it_has_ended(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    before = len(dialogs_of(window))
    for _ in range(TIMES):
        dialog = WaitingDialog(session, "Waiting", "Wait", window)
        window.show_dialog(dialog)
        dialog.start()
        dialog.reject()
        del dialog
        let_go()
    qtbot.waitUntil(lambda: not session._jobs)
    let_go()
    assert len(dialogs_of(window)) == before
    assert session.findChildren(Job) == []
    window.close()
