"""A window on a case whose clustering went wrong, and a stand-in for the worker that scores persons again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.session import Session
from tests.helpers.person_cases import FakeRescore, make_person_case


@pytest.fixture(scope="session")
def person_case(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Path:
    """See :data:`tests.helpers.person_cases.STRETCHES`; not to be written to."""
    return make_person_case(tmp_path_factory.mktemp("persons") / "persons.fead", recording)


@pytest.fixture
def rescore() -> Iterator[FakeRescore]:
    made = FakeRescore()
    yield made
    made.go_on.set()


@pytest.fixture
def session(
    qtbot: QtBot, person_case: Path, tmp_path: Path, rescore: FakeRescore
) -> Iterator[Session]:
    """A session with a copy of the case open, as ``own.fead``."""
    own = Path(shutil.copy(person_case, tmp_path / "own.fead"))
    made = Session(rescore=rescore)
    with qtbot.waitSignal(made.results_changed, timeout=15_000):
        made.open_path(own)
    yield made
    made.shutdown()


@pytest.fixture
def gallery(qtbot: QtBot, session: Session) -> PersonGallery:
    made = PersonGallery(session)
    qtbot.addWidget(made)
    made.resize(230, 640)
    made.show()
    return made


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    QApplication.processEvents()
    yield made
    made.close()
