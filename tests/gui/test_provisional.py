"""What an analysis found so far is shown and marked; it is neither judged nor exported, and gone at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.errors import CancelledError, WorkerDiedError
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import (
    AnalysisOutcome,
    AnalysisProgress,
    AnalysisRequest,
    FoundSoFar,
)
from fead_desktop.pipeline.provisional import provisional_results
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.cases import recording_facts, simulated_features
from tests.helpers.supervise import finds_events

PANELS = ("persons", "events", "why", "queue", "timeline")


class TellingWorker:
    """Leaves two chunks in the case, one after another, tells what they come to, and then ends as told."""

    def __init__(self) -> None:
        self.second, self.end = threading.Event(), threading.Event()
        self.dies = False

    def __call__(
        self,
        request: AnalysisRequest,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        _grace_s: Callable[[], float],
    ) -> AnalysisOutcome:
        index = build_frame_index(request.recording)
        table = simulated_features(index, 2)
        with Case.create(request.case) as case:
            case.recording = recording_facts(request.recording, index)
            for number, go_on in enumerate((self.second, self.end)):
                rows = (table.time_s >= 5 * number) & (table.time_s < 5 * (number + 1))
                part = table.select(rows)
                frames = {name: part[name] for name in ("frame_number", "time_s", "shot")} | {
                    "decoded": part.time_s >= 0
                }
                case.put_chunks(
                    number,
                    "made",
                    {FACES_STAGE: part.to_bytes(), FRAMES_STAGE: arrays_to_bytes(frames)},
                )
                so_far = table.select(table.time_s < 5 * (number + 1))
                found = provisional_results(
                    so_far, tuple(range(number + 1)), float(so_far.time_s[-1]), 4
                )
                on_progress(FoundSoFar("faces", number + 1, 2, 0.4, 9.0, "", found))
                while not go_on.wait(0.005):
                    if is_cancelled():
                        raise CancelledError("The analysis was cancelled; what was done is kept.")
        if self.dies:
            raise WorkerDiedError("The analysis process ended unexpectedly.")
        request.case.unlink()
        return finds_events(request)


@pytest.fixture
def worker() -> TellingWorker:
    return TellingWorker()


@pytest.fixture
def window(qtbot: QtBot, recording: Path, worker: TellingWorker) -> Iterator[MainWindow]:
    made = MainWindow(Session(supervise=worker))
    qtbot.addWidget(made)
    made.show()
    session = made.session
    with qtbot.waitSignals([session.recording_opened, session.frame_shown], timeout=15_000):
        session.open_path(recording)
    with qtbot.waitSignal(session.results_changed, timeout=15_000):
        session.start_analysis(AnalysisParameters())
    yield made
    made.close()


def titles(window: MainWindow) -> set[str]:
    return {window.docks.by_name[name].windowTitle() for name in PANELS}


def test_persons_curves_and_events_appear_marked_and_a_click_goes_to_the_frame(
    qtbot: QtBot, window: MainWindow, worker: TellingWorker
) -> None:
    session = window.session
    assert session.is_analysing
    assert session.provisional.is_shown
    assert [each.person for each in session.persons] == [1, 2]
    assert all(title.endswith(" · provisional") for title in titles(window))
    assert session.table.time_s.max() < 5
    scores = session.scores(1)
    assert scores is not None
    assert len(scores.time_s) > 20
    event = session.events[0]
    with qtbot.waitSignal(
        session.frame_shown, timeout=10_000, check_params_cb=lambda n: n == event.peak_frame
    ):
        window.events.table.selectRow(0)
    # More of the recording: what was chosen stays, as far as it is still among the events.
    session.choose_person(event.person)
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        worker.second.set()
    assert session.table.time_s.max() > 9
    assert session.person == event.person
    still = {(each.person, each.peak_frame) for each in session.events}
    chosen = session.event_by_rank(session.chosen_event)
    assert (chosen is not None) == ((event.person, event.peak_frame) in still)


def test_it_is_neither_judged_nor_exported(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.choose_event(1)
    window.refresh_actions()
    assert not window.actions_by_id["export"].isEnabled()
    assert not window.actions_by_id["import_table"].isEnabled()
    with qtbot.waitSignal(session.refused, timeout=5_000) as refused:
        window.actions_by_id["confirm"].trigger()
    assert refused.args is not None
    assert "provisional" in refused.args[0]
    assert session.editing.marks.verdicts == ()


def test_the_results_take_its_place(
    qtbot: QtBot, window: MainWindow, worker: TellingWorker
) -> None:
    session = window.session
    with qtbot.waitSignal(session.analysis_ended, timeout=15_000):
        worker.second.set()
        worker.end.set()
    assert not session.provisional.is_shown
    assert [each.name for each in session.persons] == ["Anna"]
    assert len(session.events) == 3
    assert not any("provisional" in title for title in titles(window))
    assert window.actions_by_id["export"].isEnabled()


@pytest.mark.parametrize("how", ["cancelled", "died", "closed"])
def test_nothing_of_it_stays_where_the_analysis_ends_without_results(
    qtbot: QtBot, window: MainWindow, worker: TellingWorker, how: str
) -> None:
    session = window.session
    done = session.recording_closed if how == "closed" else session.analysis_ended
    with qtbot.waitSignal(done, timeout=15_000):
        if how == "cancelled":
            session.cancel_analysis()
        elif how == "died":
            worker.dies = True
            worker.second.set()
            worker.end.set()
        else:
            session.close()
    assert not session.provisional.is_shown
    assert session.persons == []
    assert session.events == []
    assert not any("provisional" in title for title in titles(window))
