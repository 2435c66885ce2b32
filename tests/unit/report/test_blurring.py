"""Faces of others are covered: those that the analysis saw, those that it missed, and nothing of the kept one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case.case import RecordingFacts
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.features.table import FeatureTable
from fead_desktop.report.blurring import FaceBlur, FaceCourses

SIZE = (240, 400)


class Detector:
    """Finds what stands out: every patch of fine stripes that is left."""

    name = "fake"

    def __init__(self, *boxes: BoundingBox):
        self.boxes = boxes
        self.stubborn: BoundingBox | None = None

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        found = [box for box in self.boxes if is_striped(pictures[0], box)]
        box = self.stubborn
        if box is not None and pictures[0][_rows(box)].std() > 1:
            found.append(box)
        return [found]


def _rows(box: BoundingBox) -> tuple[slice, slice]:
    return slice(int(box.y), int(box.y + box.height)), slice(int(box.x), int(box.x + box.width))


def is_striped(picture: Picture, box: BoundingBox) -> bool:
    inside = picture[_rows(box)].astype(float)
    return bool(np.abs(np.diff(inside, axis=1)).mean() > 30)


def striped() -> Picture:
    picture = np.zeros((*SIZE, 3), np.uint8)
    picture[:, ::2] = 200
    return picture


def box_row(box: BoundingBox) -> dict[str, float]:
    return {"box_x": box.x, "box_y": box.y, "box_width": box.width, "box_height": box.height}


def make(path: Path, rows: Sequence[tuple[int, int, int, BoundingBox]]) -> Case:
    """Write a case with faces (frame number, track, person, box) at 25 frames a second."""
    columns: dict[str, list[float]] = {}
    for frame, track, person, box in sorted(rows, key=lambda row: row[0]):
        values = {"frame_number": frame, "time_s": frame / 25, "track": track, "person": person}
        for name, value in (values | box_row(box)).items():
            columns.setdefault(name, []).append(value)
    case = Case.create(path)
    case.recording = RecordingFacts("r.mp4", "0" * 64, 1, SIZE[1], SIZE[0], 250, 10.0, False)
    case.put_chunks(0, "made", {FACES_STAGE: FeatureTable(columns).to_bytes()})
    return case


LEFT, RIGHT = BoundingBox(40, 60, 60, 80), BoundingBox(260, 60, 60, 80)


def test_a_face_is_known_between_the_analysed_frames(tmp_path: Path) -> None:
    moved = BoundingBox(60, 60, 60, 80)
    with make(tmp_path / "c.fead", [(10, 1, 1, LEFT), (20, 1, 1, moved)]) as case:
        courses = FaceCourses(case)
    assert courses.boxes(15) == [(1, BoundingBox(50, 60, 60, 80))]
    assert courses.boxes(10) == [(1, LEFT)]
    assert courses.boxes(8) == [(1, LEFT)]  # it was there a little earlier
    assert courses.boxes(2) == []
    assert courses.boxes(30) == []


def test_a_long_gap_is_not_bridged(tmp_path: Path) -> None:
    with make(tmp_path / "c.fead", [(0, 1, 1, LEFT), (100, 1, 1, RIGHT)]) as case:
        courses = FaceCourses(case)
    assert courses.boxes(50) == []
    assert courses.boxes(99) == [(1, RIGHT)]


def test_a_track_that_was_given_to_two_persons_is_two(tmp_path: Path) -> None:
    with make(tmp_path / "c.fead", [(0, 1, 1, LEFT), (5, 1, 2, LEFT), (5, 1, 2, RIGHT)]) as case:
        found = FaceCourses(case).boxes(5)
    assert (2, LEFT) in found
    assert (2, RIGHT) in found


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_others_are_covered_and_the_kept_one_is_not(tmp_path: Path, scale: float) -> None:
    with make(tmp_path / "c.fead", [(5, 1, 1, LEFT), (5, 2, 2, RIGHT)]) as case:
        blur = FaceBlur(case, Detector())
    picture = striped()[:: int(1 / scale), : int(SIZE[1] * scale)]
    covered = blur.blurred(picture, 5, keep=1)
    own, other = (
        BoundingBox(b.x * scale, b.y * scale, b.width * scale, b.height * scale)
        for b in (LEFT, RIGHT)
    )
    assert (covered[_rows(own)] == picture[_rows(own)]).all()
    assert not is_striped(covered, other)
    assert is_striped(picture, other)  # the given picture stays as it is
    assert not is_striped(blur.blurred(picture, 5, keep=None), own)


def test_a_face_that_the_analysis_missed_is_covered(tmp_path: Path) -> None:
    missed = BoundingBox(160, 150, 50, 60)
    with make(tmp_path / "c.fead", [(5, 1, 1, LEFT)]) as case:
        blur = FaceBlur(case, Detector(LEFT, missed))
    covered = blur.blurred(striped(), 5, keep=1)
    assert is_striped(covered, LEFT)
    assert not is_striped(covered, missed)


def test_what_is_still_taken_for_a_face_is_painted_over(tmp_path: Path) -> None:
    with make(tmp_path / "c.fead", [(5, 1, 1, LEFT), (5, 2, 2, RIGHT)]) as case:
        detector = Detector()
        detector.stubborn = RIGHT
        covered = FaceBlur(case, detector).blurred(striped(), 5, keep=1)
    assert covered[_rows(RIGHT)].std() <= 1
    assert is_striped(covered, LEFT)


def test_where_the_kept_person_is_not_known_everybody_is_covered(tmp_path: Path) -> None:
    with make(tmp_path / "c.fead", [(5, 2, 2, RIGHT)]) as case:
        covered = FaceBlur(case, Detector(LEFT, RIGHT)).blurred(striped(), 5, keep=1)
    assert not is_striped(covered, LEFT)
    assert not is_striped(covered, RIGHT)


def test_a_face_at_the_edge_of_a_portrait_is_covered(tmp_path: Path) -> None:
    with make(tmp_path / "c.fead", [(5, 1, 1, LEFT)]) as case:
        middle, edge = BoundingBox(40, 40, 80, 80), BoundingBox(130, 10, 30, 40)
        covered = FaceBlur(case, Detector(middle, edge)).only_the_middle(striped()[:160, :160])
    assert is_striped(covered, middle)
    assert not is_striped(covered, edge)
