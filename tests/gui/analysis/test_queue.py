"""The queue: one recording after another, whatever becomes of each, also over the end of the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CancelledError, NoFaceError, RecordingError
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording


class FakeWorker:
    """Finishes at once, but for a recording that is broken and for one that takes until it is cancelled."""

    def __init__(self) -> None:
        self.requests: list[AnalysisRequest] = []
        self.at_once = self.most_at_once = 0

    def __call__(
        self,
        request: AnalysisRequest,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        _grace_s: Callable[[], float],
    ) -> AnalysisOutcome:
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return self._analyse(request, on_progress, is_cancelled)
        finally:
            self.at_once -= 1

    def _analyse(
        self,
        request: AnalysisRequest,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
    ) -> AnalysisOutcome:
        name = request.recording.stem
        if name == "broken":
            raise RecordingError("'broken.mp4' is a text file, not a recording.")
        if name == "nobody":
            raise NoFaceError("No face was found in 'nobody.mp4'.")
        on_progress(AnalysisProgress("faces", 1, 4, 0.25, 42.0))
        while name == "long":
            if is_cancelled():
                raise CancelledError("The analysis was cancelled; what was done is kept.")
        request.case.parent.mkdir(parents=True, exist_ok=True)
        if not request.case.exists():
            make_case(request.case, request.recording, names=("Anna",), events=3)
        return AnalysisOutcome(request.case, None, 3, 1)

    @property
    def names(self) -> list[str]:
        return [request.recording.stem for request in self.requests]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three recordings and one that is broken."""
    folder = tmp_path_factory.mktemp("day")
    made = make_block_recording(folder / "a.mp4", 30)
    for name in ("b", "long"):
        (folder / f"{name}.mp4").write_bytes(made.read_bytes())
    (folder / "broken.mp4").write_text("no recording")
    return folder


@pytest.fixture
def worker() -> FakeWorker:
    return FakeWorker()


@pytest.fixture
def window(qtbot: QtBot, worker: FakeWorker) -> Iterator[MainWindow]:
    made = MainWindow(Session(supervise=worker))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def add(qtbot: QtBot, window: MainWindow, *given: Path) -> None:
    before = len(window.recordings.queue.items)
    window.recordings.add(list(given))
    qtbot.waitUntil(lambda: len(window.recordings.queue.items) > before)


def states(window: MainWindow) -> dict[str, str]:
    return {item.recording.stem: item.state for item in window.recordings.queue.items}


def run_and_wait(qtbot: QtBot, window: MainWindow) -> None:
    window.recordings.queue.run()
    qtbot.waitUntil(
        lambda: not {"waiting", "running"} & set(states(window).values()), timeout=15_000
    )


def test_a_folder_is_worked_off_in_order_one_at_a_time_and_errors_are_sentences(
    qtbot: QtBot, window: MainWindow, worker: FakeWorker, day: Path
) -> None:
    add(qtbot, window, day)
    queue = window.recordings.queue
    assert [item.recording.stem for item in queue.items] == ["a", "b", "broken", "long"]
    assert worker.names == []
    queue.remove([3])
    queue.move(1, -1)
    run_and_wait(qtbot, window)
    assert worker.names == ["b", "a", "broken"]
    assert worker.most_at_once == 1
    assert states(window) == {"b": "done", "a": "done", "broken": "failed"}
    line = window.recordings.list.topLevelItem(2)
    assert line is not None
    assert line.text(1) == "failed · 'broken.mp4' is a text file, not a recording."
    assert window.recordings.said.text() == "2 of 3 recordings done, 1 failed"
    window.recordings.retry()
    run_and_wait(qtbot, window)
    assert worker.names == ["b", "a", "broken", "broken"]


def test_what_is_done_is_not_done_again_unless_with_other_settings(
    qtbot: QtBot, window: MainWindow, worker: FakeWorker, day: Path
) -> None:
    window.analysis.anomalies.setValue(3)  # as the case that the worker leaves
    add(qtbot, window, day / "a.mp4")
    run_and_wait(qtbot, window)
    window.recordings.queue.retry([0])
    run_and_wait(qtbot, window)
    assert worker.names == ["a"]
    assert window.recordings.queue.items[0].said == "Was done before."
    window.recordings.remove()
    window.recordings.queue.remove([0])
    window.analysis.anomalies.setValue(4)
    add(qtbot, window, day / "a.mp4")
    run_and_wait(qtbot, window)
    assert [request.parameters.num_anomalies for request in worker.requests] == [3, 4]


def test_a_recording_without_a_face_is_done(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "nobody.mp4").write_bytes(b"")
    add(qtbot, window, tmp_path / "nobody.mp4")
    run_and_wait(qtbot, window)
    item = window.recordings.queue.items[0]
    assert (item.state, item.said) == ("done", "No face was found.")


def test_pausing_stops_the_worker_and_the_recording_waits_again(
    qtbot: QtBot, window: MainWindow, worker: FakeWorker, day: Path
) -> None:
    add(qtbot, window, day / "long.mp4", day / "a.mp4")
    queue = window.recordings.queue
    queue.run()
    qtbot.waitUntil(lambda: "25%" in queue.items[0].said)
    assert queue.items[0].said == "25% · about 42.0 s left"
    queue.pause()
    qtbot.waitUntil(lambda: worker.at_once == 0)
    qtbot.waitUntil(lambda: queue.items[0].state == "waiting")
    assert states(window) == {"long": "waiting", "a": "waiting"}
    assert worker.names == ["long"]


def test_the_queue_waits_while_the_window_analyses(
    qtbot: QtBot, window: MainWindow, worker: FakeWorker, day: Path
) -> None:
    session, queue = window.session, window.recordings.queue
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(day / "b.mp4")
    add(qtbot, window, day / "long.mp4")
    queue.run()
    qtbot.waitUntil(lambda: worker.names == ["long"])
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000):
        session.start_analysis(AnalysisParameters())
    qtbot.waitUntil(lambda: worker.names.count("long") == 2, timeout=10_000)
    assert "b" in worker.names
    queue.pause()
    qtbot.waitUntil(lambda: worker.at_once == 0)


def test_a_double_click_shows_the_results(qtbot: QtBot, window: MainWindow, day: Path) -> None:
    add(qtbot, window, day / "a.mp4")
    run_and_wait(qtbot, window)
    panel = window.recordings
    window.docks.bring_forward("recordings")
    QApplication.processEvents()
    line = panel.list.topLevelItem(0)
    assert line is not None
    place = panel.list.visualItemRect(line).center()
    with qtbot.waitSignal(window.session.results_changed, timeout=10_000):
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.session.recording == day / "a.mp4"
    assert len(window.session.events) == 3


def test_a_closed_window_ends_its_worker_and_the_next_one_goes_on(
    qtbot: QtBot, window: MainWindow, worker: FakeWorker, day: Path
) -> None:
    window.analysis.rate.setValue(5)
    add(qtbot, window, day / "long.mp4", day / "a.mp4")
    window.recordings.queue.run()
    qtbot.waitUntil(lambda: worker.names == ["long"])
    window.close()
    assert worker.at_once == 0
    later = FakeWorker()
    again = MainWindow(Session(supervise=later))
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: later.names == ["long"], timeout=10_000)
    assert later.requests[0].parameters.rate_fps == 5
    assert [item.recording.stem for item in again.recordings.queue.items] == ["long", "a"]
    again.recordings.queue.remove([0])
    qtbot.waitUntil(lambda: states(again) == {"a": "done"}, timeout=10_000)
    again.close()


@pytest.mark.parametrize("text", ["", "no json", '{"items": [{"recording": 1}]}', "[]"])
def test_what_can_not_be_read_leaves_an_empty_queue(window: MainWindow, text: str) -> None:
    window.recordings.queue.restore(text)
    assert window.recordings.queue.items == []
    assert not window.recordings.queue.is_on
