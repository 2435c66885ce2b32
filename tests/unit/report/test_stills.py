"""The stills of an event: exactly its frames, cut to its person's face, from the recording that was analysed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fead_desktop.case.store import Case
from fead_desktop.faces.face import BoundingBox
from fead_desktop.progress import NoProgress
from fead_desktop.report import stills
from fead_desktop.report.blurring import FaceCourses
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.stills import Still, StillReader
from tests.helpers.recordings import read_block_code


def picture(still: Still) -> np.ndarray:
    bgr = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(bgr[..., ::-1])


def stills_of(case: Case, number: int, **options: object) -> list[Still]:
    event = next(each for each in case.events() if each.event == number)
    with StillReader(case, ReportOptions(**options), NoProgress()) as reader:  # type: ignore[arg-type]
        return reader.of(event)


def test_they_are_the_frames_of_onset_peak_and_offset(
    reviewed: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where no face is known, a still is the whole picture, which carries its number.
    monkeypatch.setattr(FaceCourses, "boxes", lambda *_: [])
    for event in reviewed.events():
        shown = {each.kind: each for each in stills_of(reviewed, event.event)}
        wanted = {"onset": event.onset_frame, "peak": event.peak_frame, "offset": event.offset_frame}  # fmt: skip
        wanted["whole"] = event.peak_frame
        assert {kind: each.frame_number for kind, each in shown.items()} == wanted
        assert {kind: read_block_code(picture(each)) for kind, each in shown.items()} == wanted
        assert shown["peak"].time_s == pytest.approx(event.peak_s, abs=1e-6)


def test_they_are_cut_to_the_face(reviewed: Case) -> None:
    shown = stills_of(reviewed, 1)
    faces = [picture(each).shape for each in shown if each.kind != "whole"]
    assert all(height == width for height, width, _ in faces)
    assert len(set(faces)) == 1  # the same part of the picture, so that they can be compared
    assert picture(shown[-1]).shape == (120, 160, 3)


def test_a_cut_stays_inside_the_picture_and_keeps_its_face() -> None:
    whole = np.zeros((240, 320, 3), np.uint8)
    whole[200:, 300:] = 255
    cut = stills._cut(whole, BoundingBox(300, 200, 40, 60), 100.0)
    assert cut.shape == (100, 100, 3)
    assert cut[-1, -1].tolist() == [255, 255, 255]
    large = stills._cut(np.zeros((2000, 3000, 3), np.uint8), BoundingBox(900, 900, 500, 500), 950.0)
    assert large.shape == (400, 400, 3)


@pytest.mark.parametrize("gone", [True, False])
def test_without_the_recording_there_is_the_face_that_the_case_keeps(
    reviewed: Case, tmp_path: Path, gone: bool
) -> None:
    other = tmp_path / "other.mp4"
    if not gone:
        assert reviewed.recording is not None
        other.write_bytes(Path(reviewed.recording.path).read_bytes()[:-1] + b"x")
    (kept,) = stills_of(reviewed, 3, recording=other)
    assert kept.kind == "kept"
    assert kept.jpeg == reviewed.thumbnail(3)
