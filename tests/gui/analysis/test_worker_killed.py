"""An analysis whose worker is killed: the window says so, offers to go on, and one click does."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fead_desktop.errors import CancelledError, NoFaceError, WorkerDiedError
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.pipeline import supervisor
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from tests.helpers.analyses import analyse, fingerprints, result_of
from tests.helpers.data import data_file, needs_data
from tests.helpers.processes import children, descendants, is_running
from tests.helpers.supervise import FakeSupervise

#: Works off 12 chunks of the faces stage, going on where an earlier one was killed; the third leaves a finished case,
#: and those before wait for their end if it is late.
_WORKER = """
import json, os, shutil, sys, time
from pathlib import Path
request = json.loads(sys.stdin.readline())
finished, log = map(Path, sys.argv[1:3])
def tell(kind, **values):
    print(json.dumps({"v": 1, "type": kind, **values}), flush=True)
made = log.read_text().splitlines() if log.exists() else []
before = len({line.split()[1] for line in made})
for chunk in range(len(made), (5, 10, 12)[before]):
    time.sleep(0.03)
    with log.open("a") as file:
        file.write(f"{chunk} {os.getpid()}\\n")
    tell("progress", stage="faces", done=chunk + 1, total=12, overall=chunk / 12, remaining_s=None, message="")
if before < 2:
    time.sleep(600)
case = Path(request["case"])
case.parent.mkdir(parents=True)
shutil.copy(finished, case)
tell("outcome", case=str(case), output=None, events=6, persons=2, remarks=[])
"""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def open_and_wait(qtbot: QtBot, window: MainWindow, recording: Path) -> None:
    session = window.session
    with qtbot.waitSignals([session.recording_opened, session.frame_shown]):
        session.open_path(recording)


def worker_of_this_process() -> int:
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(os.getpid())}
    (found,) = (pid for pid, command in commands.items() if b"\0worker\0" in command)
    return found


def kill_the_worker(qtbot: QtBot, window: MainWindow, share: float) -> None:
    """Kill it where this share of what it has to do of the faces stage is done; nobody is left behind."""
    session, killed = window.session, []

    def look(progress: AnalysisProgress) -> None:
        if progress.stage == "faces" and progress.done >= share * progress.total and not killed:
            worker = worker_of_this_process()
            killed.extend([worker, *descendants(worker)])
            os.kill(worker, signal.SIGKILL)

    session.analysis_progressed.connect(look)
    with qtbot.waitSignal(session.analysis_ended, timeout=120_000) as ended:
        pass
    session.analysis_progressed.disconnect(look)
    assert ended.args is not None
    assert isinstance(ended.args[0], WorkerDiedError)
    assert killed
    qtbot.waitUntil(lambda: not any(is_running(pid) for pid in killed))


def go_on(qtbot: QtBot, window: MainWindow) -> None:
    """Do the one thing that the window offers after it has said what happened."""
    assert not window.session.is_analysing
    assert window.notice.isVisible()
    assert "ended unexpectedly (signal 9); what was done is kept." in window.notice.text
    assert window.notice.button.isVisible()
    assert window.notice.button.text() == "Go on"
    assert window.actions_by_id["analyse"].isEnabled()
    qtbot.mouseClick(window.notice.button, Qt.MouseButton.LeftButton)
    assert window.session.is_analysing
    assert not window.notice.isVisible()


def test_one_click_goes_on_also_after_the_second_death(
    qtbot: QtBot,
    window: MainWindow,
    recording: Path,
    finished_case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, rng = tmp_path / "chunks", random.Random(6)
    command = [sys.executable, "-c", _WORKER, str(finished_case), str(log), "worker"]
    monkeypatch.setattr(supervisor, "worker_command", lambda: command)
    open_and_wait(qtbot, window, recording)
    window.analyse()
    for share in (rng.uniform(0, 0.4), rng.uniform(0, 0.8)):
        kill_the_worker(qtbot, window, share)
        go_on(qtbot, window)
    qtbot.waitUntil(lambda: not window.session.is_analysing)
    assert window.analysis.text.startswith("Done: 6 events of 2 persons.")
    assert not window.notice.isVisible()
    assert len(window.session.events) == 6
    made = [line.split() for line in log.read_text().splitlines()]
    assert [int(chunk) for chunk, _ in made] == list(range(12))
    assert len({worker for _, worker in made}) == 3


def ends_with(error: Exception) -> FakeSupervise:
    def end(_request: AnalysisRequest) -> AnalysisOutcome:
        raise error

    made = FakeSupervise(end)
    made.go_on.set()
    return made


@pytest.mark.parametrize(
    ("error", "said", "offer"),
    [
        (WorkerDiedError("It died."), "It died.", "Go on"),
        (NoFaceError("No face was found."), "No face was found.", ""),
        (CancelledError("It was cancelled."), "", ""),  # the analyst knows
    ],
)
def test_how_an_analysis_ended_is_said_until_something_else_is_opened(
    qtbot: QtBot, recording: Path, error: Exception, said: str, offer: str
) -> None:
    window = MainWindow(Session(supervise=ends_with(error)))
    qtbot.addWidget(window)
    window.show()
    open_and_wait(qtbot, window, recording)
    with qtbot.waitSignal(window.session.analysis_ended):
        window.analyse()
    assert window.notice.isVisible() == bool(said)
    assert window.notice.text == said
    assert window.notice.button.isVisible() == bool(offer)
    assert window.notice.button.text() == offer
    window.session.close()
    assert not window.notice.isVisible()
    window.close()


@pytest.mark.journey
@pytest.mark.endurance
@needs_data
def test_a_real_analysis_that_was_killed_twice_is_what_an_undisturbed_one_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    recording = Path(
        shutil.copy(data_file("video/WolfgangLanger_Pexels.mp4"), tmp_path / "talk.mp4")
    )
    analyse(recording, tmp_path / "calm", "--fps", "5")
    open_and_wait(qtbot, window, recording)
    window.analysis.rate.setValue(5)
    window.analyse()
    kept: dict[tuple[str, int], tuple[str, int]] = {}
    rng = random.Random(6)
    for share in (rng.uniform(0.5, 0.95), rng.uniform(0, 0.95)):
        kill_the_worker(qtbot, window, share)
        case = window.session.case
        assert case is not None
        now = fingerprints(case.path.parent)
        assert kept.items() <= now.items()
        kept = now
        go_on(qtbot, window)
    assert ("faces", 0) in kept, "the first of two chunks was done"
    with qtbot.waitSignal(window.session.analysis_ended, timeout=240_000):
        pass
    assert window.analysis.text.startswith("Done: ")
    assert window.session.case is not None
    folder = window.session.case.path.parent
    assert result_of(folder) == result_of(tmp_path / "calm")
    assert kept.items() <= fingerprints(folder).items()
