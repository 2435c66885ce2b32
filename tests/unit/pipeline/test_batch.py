"""A batch gives each recording a folder, says what became of each, and replaces workers that die."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import (
    CancelledError,
    CaseBusyError,
    RecordingError,
    UsageError,
    WorkerDiedError,
)
from fead_desktop.pipeline import batch, supervisor
from fead_desktop.pipeline.batch import (
    RETRIES,
    BatchResult,
    analyse_one,
    batch_requests,
    run_here,
    run_on_cluster,
)
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisRequest

PARAMETERS = AnalysisParameters(rate_fps=5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("day/b.mp4", "day/a.MOV", "day/room/a.mp4", "day/notes.txt", "other/a.mp4"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def requests_of(tmp_path: Path, names: str) -> list[AnalysisRequest]:
    return [AnalysisRequest(Path(name), tmp_path / f"{name}.fead", PARAMETERS) for name in names]


def test_a_folder_keeps_its_structure(folder: Path) -> None:
    requests = batch_requests([folder / "day"], folder / "out", PARAMETERS)
    places = [request.output.relative_to(folder / "out") for request in requests if request.output]
    assert list(map(str, places)) == ["a", "b", "room/a"]
    assert [request.case.name for request in requests] == ["a.fead", "b.fead", "a.fead"]
    assert {request.parameters for request in requests} == {PARAMETERS}


def test_a_named_file_may_be_called_anything(folder: Path) -> None:
    (request,) = batch_requests([folder / "day/notes.txt"], folder / "out", PARAMETERS)
    assert request.recording.name == "notes.txt"


def test_two_recordings_never_share_a_folder(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"day/a\.MOV.*other/a\.mp4"):
        batch_requests([folder / "day", folder / "other"], folder / "out", PARAMETERS)


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no recording"):
        batch_requests([tmp_path], tmp_path / "out", PARAMETERS)


def test_every_recording_is_told_and_a_broken_one_stops_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def supervise(request, *_):
        if request.recording.name == "b":
            raise RecordingError("b can't be read.")
        return AnalysisOutcome(request.case, None, 3, 1)

    monkeypatch.setattr(supervisor, "supervise", supervise)
    told: list[BatchResult] = []
    run_here(requests_of(tmp_path, "abc"), 2, told.append, lambda: False)
    by_name = {result.recording.name: result for result in told}
    assert sorted(by_name) == ["a", "b", "c"]
    assert (by_name["b"].problem, by_name["b"].exit_code) == ("b can't be read.", 3)
    assert by_name["a"].outcome is not None


@pytest.mark.parametrize(("deaths", "outcome"), [(RETRIES, True), (RETRIES + 1, False)])
def test_a_worker_that_dies_is_replaced_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, outcome: bool
) -> None:
    left = [deaths]

    def supervise(request, *_):
        if left[0]:
            left[0] -= 1
            raise WorkerDiedError("died")
        return AnalysisOutcome(request.case, None, 1, 1)

    monkeypatch.setattr(supervisor, "supervise", supervise)
    result = analyse_one(requests_of(tmp_path, "a")[0])
    assert (result.outcome is not None) is outcome
    assert result.exit_code == (0 if outcome else WorkerDiedError.exit_code)


@pytest.mark.parametrize("ends", [True, False])
def test_a_case_that_a_lost_worker_still_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    monkeypatch.setattr(batch, "_POLL_S", 0.01)
    monkeypatch.setattr(batch, "_LOST_WORKER_ENDS_S", 0.5)
    busy = [3 if ends else 10_000]

    def supervise(request, *_):
        if busy[0]:
            busy[0] -= 1
            raise CaseBusyError("Another analysis is running.")
        return AnalysisOutcome(request.case, None, 1, 1)

    monkeypatch.setattr(supervisor, "supervise", supervise)
    result = analyse_one(requests_of(tmp_path, "a")[0])
    assert (result.outcome is not None) is ends
    assert result.exit_code == (0 if ends else 6)


def test_cancelling_begins_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled, begun = threading.Event(), []

    def supervise(request, _progress, is_cancelled):
        begun.append(request.recording.name)
        cancelled.set()
        assert is_cancelled()
        raise CancelledError("cancelled")

    monkeypatch.setattr(supervisor, "supervise", supervise)
    with pytest.raises(CancelledError, match="what was done is kept"):
        run_here(requests_of(tmp_path, "abcdefgh"), 1, lambda _: None, cancelled.is_set)
    assert len(begun) < 8


def test_a_scheduler_that_does_not_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="No dask scheduler answers at 'nowhere'"):
        run_on_cluster(requests_of(tmp_path, "a"), "nowhere", lambda _: None, lambda: False)
