"""A window on a case of its own, with a second reviewer's verdicts and as many controls as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.case import edits
from fead_desktop.case.store import Case
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.review.verdict import ANSWERS, Verdict, moment_of
from fead_desktop.settings import load_settings, save_settings

OpenWindow = Callable[..., MainWindow]


@pytest.fixture(scope="session")
def judged_case(tmp_path_factory: pytest.TempPathFactory, finished_case: Path) -> Path:
    """Two persons, six events, all judged by Ben with a word that stands nowhere else."""
    path = tmp_path_factory.mktemp("cases") / "judged.fead"
    path.write_bytes(finished_case.read_bytes())
    with Case.open(path) as case:
        for k, event in enumerate(case.events()):
            said = Verdict(
                0, "Ben", *moment_of(event), ANSWERS[k % 2], note="zebra", time_utc="2026-01-01"
            )
            case.do(edits.add_verdict(case.marks(), said))
    return path


@pytest.fixture
def open_window(qtbot: QtBot, judged_case: Path, tmp_path: Path) -> Iterator[OpenWindow]:
    """Open a window for Anna, on a copy of the case or on a given one."""
    opened: list[MainWindow] = []

    def open_it(path: Path | None = None, *, share: float = 0.0) -> MainWindow:
        own = path or tmp_path / "own.fead"
        if path is None:
            own.write_bytes(judged_case.read_bytes())
        save_settings(replace(load_settings(), control_share=share))
        made = MainWindow()
        opened.append(made)
        qtbot.addWidget(made)
        made.resize(1366, 768)
        made.show()
        made.activateWindow()
        session = made.session
        session.reviewing.reviewer = "Anna"
        with qtbot.waitSignals([session.results_changed, session.frame_shown], timeout=15_000):
            session.open_path(own)
        QApplication.processEvents()
        return made

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """A window without controls."""
    return open_window()
