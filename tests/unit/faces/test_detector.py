"""The three detectors find faces of 24 pixels and more, whatever shares their call."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import ModelError, UsageError
from fead_desktop.faces.detector import AUTO_DETECTOR, FaceDetector, make_detector
from fead_desktop.faces.face import BoundingBox, Picture
from tests.helpers.data import data_file, needs_data
from tests.helpers.frames import frames_at, scene

YUNET = "weights/face_detection_yunet_2026may.onnx"


@cache
def detector(name: str) -> FaceDetector:
    return make_detector(name, data_file(YUNET) if name == "yunet" else None)


def same_place(found: BoundingBox, true: BoundingBox) -> bool:
    (x, y), (tx, ty) = found.center, true.center
    near = abs(x - tx) < 0.3 * true.height and abs(y - ty) < 0.3 * true.height
    return near and 0.6 < found.height / true.height < 1.7


@pytest.mark.parametrize("name", ["blazeface", "mtcnn", "yunet"])
@pytest.mark.parametrize("height", [28, 60, 250])
def test_a_face_is_found_at_its_place_and_size(name: str, height: float) -> None:
    picture, (true,) = scene((30, 10, height))
    (found,) = detector(name).detect([picture])[0]
    assert same_place(found, true)
    assert 0.5 <= found.confidence <= 1


@pytest.mark.parametrize("name", ["blazeface", "mtcnn", "yunet"])
def test_several_faces_come_from_left_to_right(name: str) -> None:
    picture, true = scene((20, 150, 36), (200, 10, 90), (480, 120, 60))
    found = detector(name).detect([picture])[0]
    assert len(found) == 3
    assert all(same_place(a, b) for a, b in zip(found, true, strict=True))


@pytest.mark.parametrize("name", ["blazeface", "mtcnn", "yunet"])
def test_a_frame_gives_the_same_boxes_alone_and_in_a_batch(name: str) -> None:
    pictures = [scene((30 + 40 * k, 20, 50 + 20 * k))[0] for k in range(4)]
    alone = [detector(name).detect([picture])[0] for picture in pictures]
    together = detector(name).detect(pictures[::-1])[::-1]
    for a, b in zip(alone, together, strict=True):
        assert len(a) == len(b) == 1
        np.testing.assert_allclose(corners(a[0]), corners(b[0]), atol=1e-3)


@pytest.mark.parametrize("name", ["blazeface", "mtcnn", "yunet"])
def test_pictures_without_a_face_or_too_small_for_one_give_nothing(name: str) -> None:
    grey = np.full((360, 640, 3), 128, np.uint8)
    assert detector(name).detect([grey, grey[:10, :10], grey[:1, :1]]) == [[], [], []]
    assert detector(name).detect([]) == []


@pytest.mark.parametrize("name", ["blazeface", "yunet"])
def test_in_an_8k_frame_a_large_face_is_found(name: str) -> None:
    picture, (true,) = scene((2000, 500, 1200), size=(7680, 4320))
    (found,) = detector(name).detect([picture])[0]
    assert same_place(found, true)


@needs_data
def test_auto_finds_every_face_of_the_group_picture() -> None:
    assert len(make_detector("auto").detect([group_picture()])[0]) == 5


@needs_data
def test_blazeface_agrees_with_mediapipes_own_detector() -> None:
    from fead_desktop.faces.blazeface import SHORT_RANGE, Runner
    from fead_desktop.models.device import import_mediapipe

    solutions = import_mediapipe().solutions
    network = Runner(SHORT_RANGE)
    with solutions.face_detection.FaceDetection(0.5, 0) as theirs:
        for picture in frames_at("video/WolfgangLanger_Pexels.mp4", [0.5, 8.0, 12.0]):
            height, width = picture.shape[:2]
            (expected,) = theirs.process(picture).detections
            area = expected.location_data.relative_bounding_box
            (found,) = network.detect([picture])
            box = found[0]
            # Their square, turned into our box from hairline to chin.
            side = area.height * height
            assert box.height == pytest.approx(SHORT_RANGE.height * side, rel=0.04)
            assert box.center[0] == pytest.approx(
                (area.xmin + area.width / 2) * width, abs=0.03 * side
            )
            middle = (area.ymin + area.height / 2) * height - SHORT_RANGE.rise * side
            assert box.center[1] == pytest.approx(middle, abs=0.03 * side)


def test_auto_is_a_detector_that_needs_no_extra_file() -> None:
    assert make_detector("auto").name == AUTO_DETECTOR


def test_missing_and_wrong_weights_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="import them"):
        make_detector("yunet")
    wrong = tmp_path / "yunet.onnx"
    wrong.write_bytes(b"not a network")
    with pytest.raises(ModelError, match="does not hold"):
        make_detector("yunet", wrong)
    with pytest.raises(UsageError, match="no face detector 'haar'"):
        make_detector("haar")


def corners(box: BoundingBox) -> list[float]:
    return [box.x, box.y, box.width, box.height, box.confidence]


def group_picture() -> Picture:
    import cv2

    bgr = cv2.imread(str(data_file("multi_face.jpg")))
    return np.ascontiguousarray(bgr[..., ::-1])
