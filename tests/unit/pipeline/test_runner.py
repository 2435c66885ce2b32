"""Stages run when stale, stay when current, and can be stopped between chunks. The stages here are fakes."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fead_desktop.case import audit, facts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError, RecordingError, UsageError
from fead_desktop.pipeline import runner
from fead_desktop.pipeline.meter import Expected, ProgressMeter
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest
from fead_desktop.pipeline.reading import state_of
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import FrameIndex
from tests.helpers.recordings import make_block_recording


class FakeStage(Stage):
    """Makes as many chunks as it is told and counts."""

    title, version, weight = "faking", 1, 1.0

    def __init__(self, name: str, chunks: int, needs: str | None = None):
        self.name, self.makes = name, (name,)
        self.count, self.needs, self.setting = chunks, needs, 0
        self.made: list[int] = []

    def chunks(self, run: Run) -> Sequence[int]:
        return range(self.count)

    def inputs(self, run: Run, number: int) -> Any:
        return [self.setting, self.needs and run.digest(self.needs)]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        self.made.append(number)
        return {self.name: bytes([number])}


class CancelAfter(NoProgress):
    """Cancels at the n-th look."""

    def __init__(self, looks: int):
        self.looks = looks

    def raise_if_cancelled(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise CancelledError("cancelled")


def index_of(frames: int = 900) -> FrameIndex:
    pts = np.arange(frames, dtype=np.int64)
    return FrameIndex(pts, Fraction(1, 30), pts[::30], 64, 48, 0, frames / 30, False, ())


@pytest.fixture
def run(tmp_path: Path):
    request = AnalysisRequest(tmp_path / "a.mp4", tmp_path / "a.fead", AnalysisParameters())
    with Case.create(request.case) as case:
        made = Run(request, case, index_of(), "ab" * 32, NoProgress())
        yield made
        made.close()


def test_what_is_current_is_not_made_again(run: Run) -> None:
    stage = FakeStage("faces", 3)
    runner.run_stage(run, stage)
    runner.run_stage(run, stage)
    assert stage.made == [0, 1, 2]


def test_a_stale_stage_makes_those_that_need_it_stale(run: Run) -> None:
    first, second = FakeStage("faces", 2), FakeStage("persons", 1, needs="faces")
    for stage in (first, second):
        runner.run_stage(run, stage)
    first.setting = 1
    for stage in (first, second):
        runner.run_stage(run, stage)
    assert first.made == [0, 1, 0, 1]
    assert second.made == [0, 0]


def test_cancelling_keeps_the_chunks_that_were_made(run: Run) -> None:
    stage = FakeStage("faces", 5)
    run.progress = CancelAfter(2)
    with pytest.raises(CancelledError):
        runner.run_stage(run, stage)
    run.progress = NoProgress()
    runner.run_stage(run, stage)
    assert stage.made == [0, 1, 2, 3, 4]


def test_what_a_later_stage_begins_runs_beside_the_stages_between(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_made = threading.Event()

    class Later(FakeStage):
        begins_after = "events"

        def begin(self, run: Run) -> None:
            # Ends only if the stage between is made meanwhile.
            run.begun["refine", 0] = run.background.submit(
                lambda: {"refine": bytes([between_made.wait(30)])}
            )

        def make(self, run: Run, number: int) -> dict[str, bytes]:
            return run.begun.pop((self.name, number)).result()

    class Between(FakeStage):
        def make(self, run: Run, number: int) -> dict[str, bytes]:
            between_made.set()
            return super().make(run, number)

    stages = (FakeStage("events", 1), Between("scores", 1), Later("refine", 1))
    monkeypatch.setattr(runner, "STAGES", stages)
    assert list(runner.run_stages(run)) == ["events", "scores", "refine"]
    assert [data for _, data in run.case.chunks("refine")] == [b"\x01"]


def test_a_run_that_ends_early_leaves_nothing_behind(run: Run) -> None:
    _ = run.companion
    run.begun["scores", 0] = run.background.submit(dict)
    run.close()
    assert not multiprocessing.active_children()


def test_what_is_told_first_has_the_processor_to_itself(run: Run) -> None:
    told: list[tuple[int, bool]] = []
    run.take_faces = lambda run, number, made: told.append((number, "companion" in run.__dict__))
    runner.run_stage(run, FakeStage("faces", 3))
    assert told == [(0, False), (1, True), (2, True)]


def test_a_recording_that_is_replaced_or_removed_ends_the_run_and_adds_nothing(run: Run) -> None:
    recording = run.request.recording
    recording.write_bytes(b"as it was")
    run.state = state_of(recording)

    class Disturbed(FakeStage):
        def make(self, run: Run, number: int) -> dict[str, bytes]:
            if number == 1:
                recording.write_bytes(b"another one")
            return super().make(run, number)

    stage = Disturbed("persons", 3)
    with pytest.raises(RecordingError, match="changed or replaced"):
        runner.run_stage(run, stage)
    assert [number for number, _ in run.case.chunks("persons")] == [0]
    recording.unlink()
    with pytest.raises(RecordingError, match="moved or removed"):
        runner.run_stage(run, FakeStage("scores", 1))
    assert list(run.case.chunks("scores")) == []


def test_chunks_beyond_a_shorter_range_are_dropped(run: Run) -> None:
    stage = FakeStage("faces", 4)
    runner.run_stage(run, stage)
    stage.count = 2
    runner.run_stage(run, stage)
    assert [number for number, _ in run.case.chunks("faces")] == [0, 1]


def test_chunks_split_the_analysed_frames_without_loss(run: Run) -> None:
    joined = np.concatenate(list(run.frames_by_chunk.values()))
    np.testing.assert_array_equal(joined, run.frame_numbers)
    assert sorted(run.frames_by_chunk) == [0, 1, 2]
    assert len(run.frame_numbers) == 300


def test_a_case_of_another_recording_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    runner.prepare_case(run)
    run.sha256 = "cd" * 32
    with pytest.raises(CaseError, match="another recording"):
        runner.prepare_case(run)


def test_the_chosen_video_stream_is_the_one_that_is_read(tmp_path: Path) -> None:
    recording = make_block_recording(tmp_path / "a.mp4", 10)
    request = AnalysisRequest(
        recording, tmp_path / "a.fead", AnalysisParameters(video_stream=7), None
    )
    with pytest.raises(UsageError, match="no video stream 7"):
        runner.analyze(request, lambda _progress: None, lambda: False)


def test_a_clock_that_is_set_back_changes_neither_progress_nor_log(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.request.recording.write_bytes(b"x")
    hours = iter(range(23, 0, -1))
    monkeypatch.setattr(facts, "now_utc", lambda: f"2026-01-01T{next(hours):02}:00:00.000+00:00")
    monkeypatch.setattr(time, "time", lambda: float(-next(hours)))
    sent: list[AnalysisProgress] = []
    run.progress = ProgressMeter({"faces": Expected(1.0)}, sent.append, lambda: False)
    for action in ("one", "two"):
        run.case.log(action)
        runner.run_stage(run, FakeStage("faces", 3))
        assert list(audit.breaks(run.case.audit_log())) == []
    assert [action for _, action, _ in run.case.log_entries()] == ["one", "two"]
    assert [each.overall for each in sent] == sorted(each.overall for each in sent)
    assert all((each.remaining_s or 0.0) >= 0.0 for each in sent)
