"""A worker stands ready while a recording without results is open. The worker here only counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.gui import standby
from fead_desktop.gui.session import Session


class Worker:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.supervise = lambda *_given: None

    def prepare(self) -> None:
        self.asked.append("prepare")

    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def watched(session: Session, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, Worker]:
    monkeypatch.setattr(standby, "_AFTER_MS", 1)
    worker = Worker()
    standby.Standby(session, worker)
    return session, worker


def test_a_recording_without_results_gets_a_worker_until_it_is_closed(
    qtbot: QtBot, watched: tuple[Session, Worker], recording: Path
) -> None:
    session, worker = watched
    session.open_path(recording)
    qtbot.waitUntil(lambda: worker.asked == ["prepare"])
    assert session.supervise is worker.supervise
    session.close()
    assert worker.asked == ["prepare", "close"]


def test_results_that_are_looked_at_get_none(
    qtbot: QtBot, watched: tuple[Session, Worker], finished_case: Path
) -> None:
    session, worker = watched
    session.open_path(finished_case)
    qtbot.waitUntil(lambda: worker.asked == ["close"])
    session.close()
    assert "prepare" not in worker.asked
