"""What can't be analysed is refused before anything in the case is touched."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.errors import ModelError, UsageError
from fead_desktop.pipeline.face_stage import FaceStage
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.run import CHUNK_S, Run
from fead_desktop.pipeline.runner import run_stage
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import FrameIndex

PTS = np.arange(900, dtype=np.int64)
INDEX = FrameIndex(PTS, Fraction(1, 30), PTS[::30], 64, 48, 0, 30.0, False, ())


@pytest.fixture
def run_with(tmp_path, monkeypatch):
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(tmp_path / "weights"))
    with Case.create(tmp_path / "a.fead") as case:

        def make(**parameters) -> Run:
            request = AnalysisRequest(
                Path("a.mp4"), tmp_path / "a.fead", AnalysisParameters(**parameters)
            )
            return Run(request, case, INDEX, "ab" * 32, NoProgress())

        yield make


@pytest.mark.parametrize("wanted", [{"start_s": 30.0}, {"start_s": 1.01, "end_s": 1.02}], ids=str)
def test_a_range_without_a_frame_is_refused(run_with, wanted):
    with pytest.raises(UsageError, match=r"30\.000 s"):
        run_with(**wanted).check()


def test_a_missing_model_is_refused(run_with):
    with pytest.raises(ModelError):
        run_with(detector="yunet").check()


def test_what_can_be_analysed_passes(run_with):
    run_with().check()


@pytest.mark.parametrize("rate_fps", [0, 1, 7, 10, 1000])
def test_chunks_hold_every_frame_of_the_analysis_once(run_with, rate_fps):
    run = run_with(rate_fps=rate_fps)
    chunks = run.frames_by_chunk
    assert sorted(chunks) == [0, 1, 2]
    assert (
        np.concatenate([chunks[k] for k in sorted(chunks)]).tolist() == run.frame_numbers.tolist()
    )
    for number, frames in chunks.items():
        times = INDEX.times_s[frames]
        assert times.min() >= number * CHUNK_S
        assert times.max() < (number + 1) * CHUNK_S


def test_a_range_takes_its_frames_from_the_chunks_of_the_whole(run_with):
    whole, part = run_with().frames_by_chunk, run_with(start_s=12.0, end_s=24.0).frames_by_chunk
    assert sorted(part) == [1, 2]
    for number, frames in part.items():
        assert set(frames) <= set(whole[number])


def test_another_video_stream_is_analysed_anew(run_with):
    class OneStage:
        name, version, makes = "faces", 1, ("faces",)

        def inputs(self, _run, _number):
            return []

    stage = OneStage()
    usual, same = (run_with().fingerprint(stage, 0) for _ in range(2))
    assert usual == same
    assert run_with(video_stream=0).fingerprint(stage, 0) != usual


def test_a_region_is_analysed_anew_and_one_outside_of_the_picture_is_refused(run_with):
    stage = FaceStage()
    whole = run_with().fingerprint(stage, 0)
    part = run_with(region=(0, 0, 40, 40)).fingerprint(stage, 0)
    assert len({whole, part, run_with(region=(8, 0, 40, 40)).fingerprint(stage, 0)}) == 3
    assert run_with(region=(0, 0, 40, 40)).fingerprint(stage, 0) == part
    with pytest.raises(UsageError, match="64 pixels wide"):
        run_with(region=(64, 0, 40, 40)).check()


@pytest.mark.parametrize(
    ("first", "then", "made", "made_then"),
    [
        ({"end_s": 20.0}, {}, [0, 1], [2]),
        ({"end_s": 25.0}, {}, [0, 1, 2], [2]),
        ({"start_s": 10.0, "end_s": 20.0}, {"start_s": 10.0}, [1], [2]),
        ({"start_s": 20.0}, {"start_s": 5.0}, [2], [0, 1, 2]),
        ({}, {"end_s": 20.0}, [0, 1, 2], []),
    ],
    ids=str,
)
def test_a_range_is_extended_by_what_is_missing_and_the_chunk_at_its_border(
    run_with, monkeypatch, first, then, made, made_then
):
    counted = []

    def make(_stage, _run, number):
        counted.append(number)
        return {FACES_STAGE: b"", CROPS_STAGE: b"", FRAMES_STAGE: b""}

    monkeypatch.setattr(FaceStage, "make", make)
    for wanted, numbers in ((first, made), (then, made_then)):
        counted.clear()
        run = run_with(**wanted)
        run_stage(run, FaceStage())
        run.close()
        assert counted == numbers
