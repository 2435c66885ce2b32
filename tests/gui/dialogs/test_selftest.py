"""The dialog of the self-test: it runs beside the window, can be stopped, and shows what the case keeps."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.case.selftest import Cell, PersonSelftest, Selftest
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.selftest import SelftestDialog
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisProgress

CELLS = tuple(
    Cell("wider smile", magnitude, length, 80, round(80 * min(1, magnitude * length / 4)))
    for magnitude in (3.0, 5.0, 8.0)
    for length in (0.1, 0.5, 1.0)
)
RESULT = Selftest(
    "at most 0.2 expected false alarms a minute",
    1,
    (PersonSelftest(1, "Person 1", CELLS), PersonSelftest(2, "Person 2", remark="Too short.")),
)


class FakeSelftest:
    """Stands in for the worker: reports once, then writes the result into the case or fails."""

    def __init__(self, error: Exception | None = None):
        self.error = error
        self.go_on = threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(
        self,
        case: Path,
        seed: int,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        grace_s: Callable[[], float],
    ) -> None:
        self.thread = threading.current_thread()
        on_progress(AnalysisProgress("selftest", 1, 4, 0.25, 130.0, "Planting moments"))
        while not self.go_on.wait(0.005):
            if is_cancelled():
                raise CancelledError("The self-test was cancelled; an earlier one is kept.")
        if self.error is not None:
            raise self.error
        with Case.open(case) as opened:
            opened.put_selftest(RESULT)


@pytest.fixture
def own(qtbot: QtBot, session: Session, finished_case: Path, tmp_path: Path) -> Session:
    """A session on a copy of the case, because the self-test is kept in it."""
    case = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(case)
    return session


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    palette = qapp.palette()
    yield
    qapp.setPalette(palette)


def dialog_of(qtbot: QtBot, session: Session, worker: FakeSelftest) -> SelftestDialog:
    dialog = SelftestDialog(session, supervise=worker)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def started(qtbot: QtBot, session: Session, worker: FakeSelftest) -> SelftestDialog:
    dialog = dialog_of(qtbot, session, worker)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "Planting" in dialog.said.text())
    return dialog


def test_it_says_what_it_does_before_anything_was_tested(qtbot: QtBot, own: Session) -> None:
    dialog = dialog_of(qtbot, own, FakeSelftest())
    assert dialog.introduction.isVisible()
    assert dialog.start_button.text() == "Start"
    assert not dialog.map.isVisible()
    assert not dialog.cancel_button.isVisible()


def test_it_runs_beside_the_window_and_the_case_keeps_the_result(
    qtbot: QtBot, own: Session
) -> None:
    worker = FakeSelftest()
    dialog = started(qtbot, own, worker)
    assert worker.thread is not threading.main_thread()
    assert dialog.bar.value() == 250
    assert "about 2 min left" in dialog.said.text()
    worker.go_on.set()
    qtbot.waitUntil(dialog.map.isVisible)
    assert own.case is not None
    assert own.case.selftest == RESULT
    assert "a clear smile of 0.5 s (5 σ) of Person 1" in dialog.sentence.text()
    assert "0.2 expected false alarms" in dialog.details.text()
    assert "5 σ for 0.5 s: 50 of 80 flagged" in dialog.map.accessibleDescription()
    dialog.persons.setCurrentIndex(1)
    assert dialog.sentence.text() == "Too short."
    assert not dialog.map.isVisible()


def test_the_fuller_a_cell_the_more_is_flagged(qtbot: QtBot, own: Session) -> None:
    assert own.case is not None
    own.case.put_selftest(RESULT)
    dialog = dialog_of(qtbot, own, FakeSelftest())
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for of in (theme.DARK, theme.LIGHT, theme.HIGH_CONTRAST):
        theme.apply(app, of)
        picture = dialog.map.grab().toImage()
        ratio = picture.devicePixelRatio()
        corners = {}
        for cell, area in dialog.map._placed():
            at = area.topLeft() * ratio
            corners[cell.magnitude, cell.duration_s] = picture.pixelColor(
                int(at.x()) + 3, int(at.y()) + 3
            ).name()
        assert corners[8.0, 1.0] == of.accent.lower()
        assert corners[3.0, 0.1] != corners[5.0, 0.5] != corners[8.0, 1.0]
    theme.apply(app, theme.LIGHT)


def test_cancelling_keeps_the_earlier_result(qtbot: QtBot, own: Session) -> None:
    assert own.case is not None
    own.case.put_selftest(RESULT)
    dialog = started(qtbot, own, FakeSelftest())
    dialog.cancel_button.click()
    assert not dialog.cancel_button.isEnabled()
    qtbot.waitUntil(lambda: "cancelled" in dialog.said.text())
    assert dialog.map.isVisible()
    assert dialog.start_button.isVisible()


def test_an_error_is_said_in_place(qtbot: QtBot, own: Session) -> None:
    worker = FakeSelftest(CaseError("The self-test needs the recording."))
    worker.go_on.set()
    dialog = dialog_of(qtbot, own, worker)
    dialog.start()
    qtbot.waitUntil(lambda: "needs the recording" in dialog.said.text())
    assert dialog.start_button.isVisible()


def test_closing_the_dialog_gives_the_test_up(qtbot: QtBot, own: Session) -> None:
    worker = FakeSelftest()
    dialog = started(qtbot, own, worker)
    dialog.reject()
    thread = worker.thread
    assert thread is not None
    qtbot.waitUntil(lambda: not own._jobs)
    assert own.case is not None
    assert own.case.selftest is None
