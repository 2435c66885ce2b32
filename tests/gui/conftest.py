"""What the window's tests share: a made recording, a simulated case, folders of their own, no thread left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from fead_desktop.gui.session import Session
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

#: Frames of :func:`recording`, shown at 30 a second.
FRAMES = 300


#: What a busy machine gets for any wait; the tests' own numbers are those of a desk.
_PATIENCE_MS = 60_000

#: Qt's offscreen platform says this for every window with a least size, and when a panel is taken out.
_HARMLESS = "This plugin does not support"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore(_HARMLESS, extend=True))


class PatientBot(QtBot):
    """Gives every wait that must succeed a minute: it ends as soon as it can."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 0) -> None:
        super().waitUntil(callback, timeout=max(timeout, _PATIENCE_MS))

    def waitSignal(
        self, signal: Any, *, timeout: int = 0, raising: bool | None = None, **how: Any
    ) -> Any:
        patience = timeout if raising is False else max(timeout, _PATIENCE_MS)
        return super().waitSignal(signal, timeout=patience, raising=raising, **how)

    def waitSignals(self, signals: Any, *, timeout: int = 0, **how: Any) -> Any:
        return super().waitSignals(signals, timeout=max(timeout, _PATIENCE_MS), **how)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """Drives the window, patiently."""
    return PatientBot(request)


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 s whose pictures carry their frame number."""
    return make_block_recording(tmp_path_factory.mktemp("recordings") / "blocks.mp4", FRAMES)


@pytest.fixture(scope="session")
def finished_case(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Path:
    """Two persons, six events; not to be written to."""
    return make_case(tmp_path_factory.mktemp("cases") / "finished.fead", recording)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "CACHE", "LOGS"):
        monkeypatch.setenv(f"FEAD_{name}_DIR", str(tmp_path / name.lower()))


@pytest.fixture(scope="session")
def threads_left() -> Iterator[Callable[[], list[str]]]:
    """Names the threads that run; each is noted at its start, for a search among all objects took 0.2 s a test."""
    started: WeakSet[QThread] = WeakSet()
    start = QThread.start

    def noted(thread: QThread, *priority: QThread.Priority) -> None:
        started.add(thread)
        start(thread, *priority)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QThread, "start", noted)
        yield lambda: [
            each.objectName() or type(each).__name__
            for each in started
            if isValid(each) and each.isRunning()
        ]


@pytest.fixture(autouse=True)
def _no_thread_survives(threads_left: Callable[[], list[str]]) -> Iterator[None]:
    yield
    running = threads_left()
    assert not running, f"threads left running: {running}; shut the session or window down"


@pytest.fixture
def session() -> Iterator[Session]:
    """A session that is shut down after the test."""
    made = Session()
    yield made
    made.shutdown()


@pytest.fixture
def opened(qtbot: QtBot, session: Session, finished_case: Path) -> Session:
    """A session with the finished case open."""
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(finished_case)
    return session
