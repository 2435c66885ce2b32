from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, FeadError, NoFaceError
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisRequest
from tests.helpers import recordings
from tests.helpers.cases import make_case
from tests.helpers.supervise import FakeSupervise, finds_events, finds_no_face


def open_and_wait(qtbot: QtBot, session: Session, path: Path) -> None:
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(path)


def refusal(qtbot: QtBot, session: Session, path: Path) -> str:
    with qtbot.waitSignal(session.refused, timeout=10_000) as refused:
        session.open_path(path)
    assert refused.args is not None
    return str(refused.args[0])


def test_a_recording_without_a_case_opens_empty(
    qtbot: QtBot, session: Session, recording: Path
) -> None:
    open_and_wait(qtbot, session, recording)
    assert session.recording == recording
    assert session.index is not None
    assert len(session.index) == 300
    assert session.case is None
    assert len(session.table) == 0
    assert session.persons == []
    assert not list(recording.parent.glob("*.fead")), "looking must not leave a case behind"


def test_a_case_opens_with_its_recording_and_results(opened: Session, recording: Path) -> None:
    assert opened.recording == recording
    assert [person.name for person in opened.persons] == ["Person 1", "Person 2"]
    assert [event.event for event in opened.events] == [1, 2, 3, 4, 5, 6]
    scores = opened.scores(1)
    assert scores is not None
    assert len(scores.time_s) == len(opened.table.of_person(1))
    assert opened.scores(99) is None


def test_a_recording_opens_with_the_case_beside_it(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    make_case(tmp_path / "talk.fead", here)
    open_and_wait(qtbot, session, here)
    assert session.case is not None
    assert len(session.events) == 6


def test_a_case_of_an_earlier_recording_of_that_name_is_left_alone(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    make_case(tmp_path / "talk.fead", here)
    recordings.make_block_recording(here, 60)
    open_and_wait(qtbot, session, here)
    assert session.case is None
    assert session.events == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p / "not-there.mp4", "There is no recording"),
        (lambda p: p, "is a folder"),
        (lambda p: recordings.make_empty(p / "empty.mp4"), "is empty"),
        (lambda p: recordings.make_text(p / "text.mp4"), "text.mp4"),
        (lambda p: recordings.make_audio_only(p / "sound.m4a"), "no video"),
        (lambda p: p / "not-there.fead", "There is no case"),
        (lambda p: recordings.make_text(p / "text.fead"), "text.fead"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    qtbot: QtBot, session: Session, tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    sentence = refusal(qtbot, session, make(tmp_path))
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert session.recording is None


def test_a_bad_file_leaves_what_is_open_untouched(
    qtbot: QtBot, opened: Session, tmp_path: Path
) -> None:
    before = opened.recording
    refusal(qtbot, opened, tmp_path / "not-there.mp4")
    assert opened.recording == before
    assert len(opened.events) == 6


def test_a_case_whose_recording_has_moved_opens_without_pictures_and_can_be_relocated(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    case = make_case(tmp_path / "cases.fead", here)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = here.rename(elsewhere / "talk.mp4")
    open_and_wait(qtbot, session, case)
    assert session.recording is None
    assert "no longer" in session.missing
    assert len(session.events) == 6

    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.relocate(there)
    assert session.recording == there
    assert session.missing == ""
    with Case.open(case) as stored:
        assert stored.recording is not None
        assert stored.recording.path == str(there)


def test_another_recording_is_refused_as_the_place_of_the_moved_one(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    case = make_case(tmp_path / "case.fead", here)
    here.unlink()
    open_and_wait(qtbot, session, case)
    other = recordings.make_block_recording(tmp_path / "other.mp4", 30)
    with qtbot.waitSignal(session.refused, timeout=10_000) as refused:
        session.relocate(other)
    assert refused.args is not None
    assert "not the recording" in refused.args[0]
    assert session.recording is None


def test_a_recording_that_changed_is_not_shown_under_its_old_results(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    here = Path(shutil.copy(recording, tmp_path / "talk.mp4"))
    case = make_case(tmp_path / "case.fead", here)
    data = bytearray(here.read_bytes())
    data[len(data) // 2] ^= 0xFF
    here.write_bytes(data)
    open_and_wait(qtbot, session, case)
    assert session.recording is None
    assert "changed" in session.missing


def test_next_and_previous_follow_the_rank(qtbot: QtBot, opened: Session) -> None:
    asked: list[int] = []
    opened.frame_requested.connect(lambda frame, _preview: asked.append(frame))
    chosen = []
    for move in (opened.next_event, opened.next_event, opened.next_event, opened.previous_event):
        move()
        chosen.append(opened.chosen_event)
    assert chosen == [1, 2, 3, 2]
    assert asked == [opened.events[rank - 1].peak_frame for rank in chosen]


def test_next_stops_at_the_last_event_and_skips_other_persons(opened: Session) -> None:
    opened.choose_person(2)
    chosen = []
    for _ in range(5):
        opened.next_event()
        chosen.append(opened.chosen_event)
    assert chosen == [2, 4, 6, 6, 6]


def test_at_the_ends_of_the_list_and_without_events_it_is_said(opened: Session) -> None:
    said: list[str] = []
    opened.said.connect(said.append)
    opened.choose_event(1)
    opened.previous_event()
    opened.choose_event(6)
    opened.next_event()
    assert said == [f"This is the {end} event of the list." for end in ("first", "last")]
    opened.events.clear()
    opened.next_event()
    assert said[-1].startswith("No event is listed")


def test_choosing_a_person_lets_go_of_another_ones_event(qtbot: QtBot, opened: Session) -> None:
    opened.choose_event(1)
    with qtbot.waitSignals([opened.person_chosen, opened.event_chosen]):
        opened.choose_person(2)
    assert opened.chosen_event is None


def test_a_request_beyond_the_end_asks_for_the_last_frame(opened: Session) -> None:
    asked: list[tuple[int, bool]] = []
    opened.frame_requested.connect(lambda frame, preview: asked.append((frame, preview)))
    opened.request_frame(10**9)
    opened.request_frame(-5, preview=True)
    assert asked == [(299, False), (0, True)]


def test_an_analysis_runs_beside_the_window_and_brings_its_results(
    qtbot: QtBot, recording: Path
) -> None:
    fake = FakeSupervise(finds_events)
    session = Session(supervise=fake)
    open_and_wait(qtbot, session, recording)
    with qtbot.waitSignal(session.analysis_progressed, timeout=10_000) as progressed:
        session.start_analysis(AnalysisParameters())
    assert progressed.args is not None
    assert progressed.args[0].overall == 0.25
    assert session.is_analysing
    assert fake.thread is not threading.main_thread()
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000) as ended:
        fake.go_on.set()
    assert ended.args is not None
    assert isinstance(ended.args[0], AnalysisOutcome)
    assert not session.is_analysing
    assert [person.name for person in session.persons] == ["Anna"]
    assert len(session.events) == 3
    assert len(session.table) > 0
    session.shutdown()


def test_an_analysis_that_finds_no_face_ends_with_its_sentence(
    qtbot: QtBot, recording: Path
) -> None:
    fake = FakeSupervise(finds_no_face)
    fake.go_on.set()
    session = Session(supervise=fake)
    open_and_wait(qtbot, session, recording)
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000) as ended:
        session.start_analysis(AnalysisParameters())
    assert ended.args is not None
    assert isinstance(ended.args[0], NoFaceError)
    session.shutdown()


def test_a_cancelled_analysis_ends_as_cancelled(qtbot: QtBot, recording: Path) -> None:
    session = Session(supervise=FakeSupervise(finds_events))
    open_and_wait(qtbot, session, recording)
    with qtbot.waitSignal(session.analysis_progressed, timeout=10_000):
        session.start_analysis(AnalysisParameters())
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000) as ended:
        session.cancel_analysis()
    assert ended.args is not None
    assert isinstance(ended.args[0], CancelledError)
    session.shutdown()


def test_closing_during_an_analysis_drops_what_still_arrives(qtbot: QtBot, recording: Path) -> None:
    session = Session(supervise=FakeSupervise(finds_events))
    open_and_wait(qtbot, session, recording)
    with qtbot.waitSignal(session.analysis_progressed, timeout=10_000):
        session.start_analysis(AnalysisParameters())
    late: list[object] = []
    session.analysis_ended.connect(late.append)
    session.shutdown()
    QCoreApplication.processEvents()
    assert late == []
    assert session.recording is None


def test_a_programming_error_in_a_job_becomes_a_sentence(qtbot: QtBot, recording: Path) -> None:
    def breaks(_request: AnalysisRequest) -> AnalysisOutcome:
        raise ZeroDivisionError

    fake = FakeSupervise(breaks)
    fake.go_on.set()
    session = Session(supervise=fake)
    open_and_wait(qtbot, session, recording)
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000) as ended:
        session.start_analysis(AnalysisParameters())
    assert ended.args is not None
    assert isinstance(ended.args[0], FeadError)
    assert "ZeroDivisionError" in str(ended.args[0])
    session.shutdown()


def test_a_copy_is_written_beside_the_window(qtbot: QtBot, opened: Session, tmp_path: Path) -> None:
    with qtbot.waitSignal(opened.said, timeout=10_000):
        opened.save_copy(tmp_path / "copy")
    with Case.open(tmp_path / "copy.fead") as copy:
        assert len(copy.events()) == 6


def test_what_can_not_be_written_is_said(qtbot: QtBot, opened: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(opened.refused, timeout=10_000) as refused:
        opened.save_copy(tmp_path / "file" / "copy.fead")
    assert refused.args is not None
    assert "can't be written" in refused.args[0]


def test_signals_and_events_do_not_lose_references(qapp: object, session: Session) -> None:
    before = sys.getrefcount(None), sys.getrefcount(True)
    for n in range(5000):
        session.frame_shown.emit(n)
        session.frame_requested.emit(n, True)
        session.person_chosen.emit(None)
        QCoreApplication.processEvents()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert abs(after[0] - before[0]) < 50
    assert abs(after[1] - before[1]) < 50


def test_a_case_is_checked_beside_the_window_only(
    qtbot: QtBot, session: Session, finished_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_in: list[bool] = []
    plain_open = Case.open.__func__  # type: ignore[attr-defined]

    def watched(cls: type[Case], path: Path, *, check: bool = True) -> Case:
        if check:
            checked_in.append(threading.current_thread() is threading.main_thread())
        return plain_open(cls, path, check=check)

    monkeypatch.setattr(Case, "open", classmethod(watched))
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(finished_case)
    assert checked_in == [False]
