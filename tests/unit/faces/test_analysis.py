"""A batch of frames becomes confirmed faces, the same in any batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from fead_desktop.faces.analysis import FaceFinder, confirm_faces
from fead_desktop.faces.detector import FaceDetector, make_detector
from fead_desktop.faces.face import BoundingBox, Face, Picture
from fead_desktop.faces.landmarks import FaceMesh
from tests.helpers.data import needs_data
from tests.helpers.frames import PORTRAIT_FACE, frames_at, scene
from tests.helpers.portraits import portrait, portrait_mesh


@cache
def finder() -> FaceFinder:
    return FaceFinder(make_detector("auto"), FaceMesh())


class FixedBoxes(FaceDetector):
    """A detector that always says the same, to feed the finder doubtful boxes."""

    name = "blazeface"

    def __init__(self, *boxes: BoundingBox):
        self.boxes = list(boxes)

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        return [list(self.boxes) for _ in pictures]


def test_faces_carry_frame_number_mesh_pose_and_quality() -> None:
    picture, boxes = scene((20, 100, 60), (300, 20, 120))
    (faces,) = finder().find([picture], [42])
    assert [face.frame_number for face in faces] == [42, 42]
    for face, true in zip(faces, boxes, strict=True):
        assert face.box.intersection_over_union(true) > 0.5
        assert face.landmarks is not None
        assert face.pose is not None
        assert abs(face.pose.yaw_deg) < 30
        assert 0.3 * true.width < face.quality.size_px < 1.2 * true.width
        assert face.quality.occlusion < 0.05


def test_a_frames_faces_do_not_depend_on_its_batch() -> None:
    pictures = [scene((30 + 60 * k, 20, 60 + 15 * k))[0] for k in range(3)]
    alone = [finder().find([picture], [n])[0] for n, picture in enumerate(pictures)]
    together = finder().find(pictures[::-1], [2, 1, 0])[::-1]
    for a, b in zip(alone, together, strict=True):
        assert len(a) == len(b) == 1
        assert same_numbers(a[0], b[0])


def test_a_box_on_nothing_is_not_a_face_however_certain_the_detector() -> None:
    wall = BoundingBox(5, 5, 60, 80, 0.99)
    doubtful = FaceFinder(FixedBoxes(wall, PORTRAIT_FACE), finder().mesh, finder().hands)
    (faces,) = doubtful.find([portrait()], [0])
    assert [face.box for face in faces] == [PORTRAIT_FACE]


def test_an_uncertain_box_is_a_face_when_the_mesh_agrees_twice() -> None:
    unsure = BoundingBox(74, 48, 100, 132, 0.5)
    (faces,) = FaceFinder(FixedBoxes(unsure), finder().mesh, finder().hands).find([portrait()], [0])
    assert len(faces) == 1


def test_two_boxes_with_one_mesh_are_one_face() -> None:
    shifted = BoundingBox(90, 60, 100, 132, 0.9)
    kept = confirm_faces("blazeface", [PORTRAIT_FACE, shifted], [portrait_mesh(), portrait_mesh()])
    assert [face.box for face in kept] == [PORTRAIT_FACE]


@pytest.mark.parametrize(
    ("height", "confidence", "is_face"), [(30, 0.95, True), (30, 0.6, False), (90, 0.95, False)]
)
def test_without_a_mesh_only_a_small_face_of_a_certain_detector_counts(
    height: float, confidence: float, is_face: bool
) -> None:
    box = BoundingBox(10, 10, 0.75 * height, height, confidence)
    assert bool(confirm_faces("blazeface", [box], [None])) is is_face


@needs_data
def test_a_recording_without_a_face_has_no_confirmed_face() -> None:
    pictures = frames_at("video/no_face.mp4", [0.17 * k for k in range(23)])
    assert not any(finder().find(pictures, range(len(pictures))))


@needs_data
@pytest.mark.parametrize(
    ("name", "seconds", "faces"),
    [
        ("video/synth7_cuts.mp4", [1.0, 4.0, 8.0, 13.0, 19.5, 25.0, 28.0], 1),
        ("video/synth7_cuts.mp4", [5.8, 6.2], 0),
        ("video/synth_split2.mp4", [2.5, 4.0, 6.0, 7.5], 2),
        ("video/intel_head-pose-female-and-male.gif", [0.0, 1.5, 3.0], 2),
        ("video/intel_face-demographics-walking-and-pause.gif", [0.0, 1.5, 3.0], 3),
        ("video/WolfgangLanger_Pexels.mp4", [1.0, 5.0, 9.0, 14.0], 1),
        ("video/face_noface.mov", [0.5, 2.0], 1),
    ],
)
def test_the_persons_on_screen_are_found(name: str, seconds: list[float], faces: int) -> None:
    pictures = frames_at(name, seconds)
    found = finder().find(pictures, range(len(pictures)))
    assert [len(f) for f in found] == [faces] * len(seconds)


def same_numbers(a: Face, b: Face) -> bool:
    assert a.landmarks is not None
    assert b.landmarks is not None
    same_box = np.allclose(
        [a.box.x, a.box.y, a.box.width, a.box.height],
        [b.box.x, b.box.y, b.box.width, b.box.height],
        atol=1e-3,
    )
    return same_box and np.allclose(a.landmarks, b.landmarks, atol=1e-2)
