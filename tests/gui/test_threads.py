"""A thread that a test leaves running is seen, whoever started it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from fead_desktop.gui.jobs.job import Job


class Lingering(Job):
    """A job that runs until it is told to end."""

    def work(self) -> None:
        while not self.isInterruptionRequested():
            self.msleep(1)


def test_a_thread_that_runs_on_is_named(
    qtbot: QtBot, threads_left: Callable[[], list[str]]
) -> None:
    plain, job = QThread(), Lingering()
    plain.setObjectName("plain")
    assert threads_left() == []
    plain.start()
    job.start()
    assert sorted(threads_left()) == ["Lingering", "plain"]
    plain.quit()
    job.requestInterruption()
    assert plain.wait()
    assert job.wait()
    assert threads_left() == []
