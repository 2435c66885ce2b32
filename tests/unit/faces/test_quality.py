"""Pose has the promised signs; quality reacts to blur, light, size and a hand."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fead_desktop.faces.alignment import STABLE_POINTS, STABLE_TEMPLATE
from fead_desktop.faces.analysis import FaceFinder
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import Picture
from fead_desktop.faces.hands import HandFinder, hand_mask
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.faces.quality import (
    _quantile,
    face_quality,
    head_pose,
    may_hide_a_hand,
)
from tests.helpers.data import needs_data
from tests.helpers.frames import PORTRAIT_FACE, frames_at
from tests.helpers.portraits import mesh_of, portrait, portrait_mesh


@cache
def hands() -> HandFinder:
    return HandFinder()


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-50, 50))
def test_pose_angles_are_those_of_the_made_rotation(yaw: float, pitch: float, roll: float) -> None:
    # x right, y down, z away: turning to the picture's right is negative about y, up is positive about x.
    made = Rotation.from_euler("zyx", [roll, -yaw, 0], degrees=True)
    tilted = made * Rotation.from_euler("x", -pitch, degrees=True)
    mesh = np.zeros((478, 3), np.float32)
    mesh[list(STABLE_POINTS)] = 90 * STABLE_TEMPLATE @ tilted.as_matrix().T
    gaze = tilted.as_matrix() @ [0.0, 0.0, -1.0]
    pose = head_pose(mesh)
    assert math.copysign(1, pose.yaw_deg) == math.copysign(1, gaze[0]) or abs(gaze[0]) < 1e-3
    assert pose.pitch_deg == pytest.approx(math.degrees(math.asin(-gaze[1])), abs=0.01)


def test_yaw_pitch_and_roll_alone_are_read_back_with_their_signs() -> None:
    def posed(axis: str, degrees: float) -> np.ndarray:
        mesh = np.zeros((478, 3), np.float32)
        rotation = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
        mesh[list(STABLE_POINTS)] = 90 * STABLE_TEMPLATE @ rotation.T
        return mesh

    assert head_pose(posed("y", -20)).yaw_deg == pytest.approx(20, abs=0.1)
    assert head_pose(posed("x", -15)).pitch_deg == pytest.approx(15, abs=0.1)
    assert head_pose(posed("z", 10)).roll_deg == pytest.approx(10, abs=0.1)


def test_a_mirrored_picture_mirrors_yaw_and_roll() -> None:
    straight = head_pose(portrait_mesh())
    mirrored = head_pose(mesh_of(np.ascontiguousarray(portrait()[:, ::-1])))
    assert mirrored.yaw_deg == pytest.approx(-straight.yaw_deg, abs=3)
    assert mirrored.roll_deg == pytest.approx(-straight.roll_deg, abs=2)
    assert mirrored.pitch_deg == pytest.approx(straight.pitch_deg, abs=3)


@pytest.mark.parametrize("degrees", [-20, 20])
def test_a_picture_turned_clockwise_raises_roll(degrees: float) -> None:
    import cv2

    # OpenCV's angles are counter-clockwise.
    matrix = cv2.getRotationMatrix2D((150, 150), -degrees, 1.0)
    turned = cv2.warpAffine(portrait(), matrix, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    change = head_pose(mesh_of(turned)).roll_deg - head_pose(portrait_mesh()).roll_deg
    assert change == pytest.approx(degrees, abs=3)


@needs_data
def test_looking_up_is_a_positive_pitch() -> None:
    down, up = (
        head_pose(mesh_of(picture)).pitch_deg
        for picture in frames_at("video/WolfgangLanger_Pexels.mp4", [19.2, 8.5])
    )
    assert up > down + 5


def test_blur_lowers_sharpness_and_darkness_lowers_brightness() -> None:
    import cv2

    def quality(picture: Picture) -> tuple[float, float]:
        values = face_quality(picture, PORTRAIT_FACE, portrait_mesh())
        return values.sharpness, values.brightness

    sharp, bright = quality(portrait())
    blurred, _ = quality(cv2.GaussianBlur(portrait(), (0, 0), 3))
    _, dark = quality((portrait() * 0.4).astype(np.uint8))
    assert blurred < 0.2 * sharp
    assert dark == pytest.approx(0.4 * bright, rel=0.03)


def test_what_was_not_measured_is_nan() -> None:
    without_mesh = face_quality(portrait(), PORTRAIT_FACE, None, hands())
    assert without_mesh.size_px == PORTRAIT_FACE.width / 2
    assert math.isnan(without_mesh.sharpness)
    assert math.isnan(without_mesh.brightness)
    assert math.isnan(without_mesh.occlusion)
    tiny = portrait_mesh() * np.float32(0.2)
    assert math.isnan(face_quality(portrait(), PORTRAIT_FACE, tiny, hands()).occlusion)


def test_without_a_hand_finder_only_bare_skin_is_known_to_be_free() -> None:
    bare = face_quality(portrait(), PORTRAIT_FACE, portrait_mesh())
    assert bare.occlusion == 0
    assert not may_hide_a_hand(bare)
    striped = portrait().copy()
    striped[:, ::12] = 0
    edged = face_quality(striped, PORTRAIT_FACE, portrait_mesh())
    assert math.isnan(edged.occlusion)
    assert may_hide_a_hand(edged)
    tiny = face_quality(striped, PORTRAIT_FACE, portrait_mesh() * np.float32(0.2))
    assert not may_hide_a_hand(tiny)


@given(st.lists(st.floats(0, 255, width=32), min_size=1, max_size=50))
def test_the_fast_quantile_is_numpys(values: list[float]) -> None:
    array = np.array(values, np.float32)
    assert _quantile(array, 0.95) == pytest.approx(float(np.quantile(array, 0.95)), abs=1e-3)


def test_size_is_the_distance_of_the_outer_eye_corners() -> None:
    expected = np.linalg.norm(portrait_mesh()[33] - portrait_mesh()[263])
    assert face_quality(portrait(), PORTRAIT_FACE, portrait_mesh()).size_px == pytest.approx(
        expected
    )


def test_a_free_face_is_not_occluded() -> None:
    assert face_quality(portrait(), PORTRAIT_FACE, portrait_mesh(), hands()).occlusion == 0


def test_a_hand_covers_its_palm_and_fingers() -> None:
    hand = np.array([[50, 90], *[[20 + 3 * k, 80 - 3 * k] for k in range(4)]] + [
        [35 + 10 * finger, 60 - 12 * joint] for finger in range(4) for joint in range(4)
    ], float)  # fmt: skip
    mask = hand_mask([hand], 100)
    assert mask[65, 50]
    assert mask[30, 45]
    assert not mask[5, 95]
    assert not hand_mask([], 100).any()


@needs_data
def test_a_hand_before_the_face_is_occlusion_and_a_free_face_is_none() -> None:
    finder = FaceFinder(make_detector("auto"), FaceMesh(), hands())

    def occlusion(name: str, seconds: list[float]) -> np.ndarray:
        pictures = frames_at(name, seconds)
        found = finder.find(pictures, range(len(pictures)))
        return np.array([face.quality.occlusion for faces in found for face in faces])

    hand = occlusion("video/WolfgangLanger_Pexels.mp4", [2.8, 3.4, 4.6, 5.2, 5.8, 6.2, 8.2, 9.0])
    free = occlusion("video/WolfgangLanger_Pexels.mp4", [0.5, 1.5, 11.0, 13.0, 15.0, 17.0, 19.0])
    glasses = occlusion("video/liveportrait_d9.mp4", [1.0, 4.0, 11.0, 15.0])
    assert np.median(hand) > 0.1
    assert (hand > 0.05).mean() >= 0.75
    assert (free < 0.02).all()
    assert (glasses < 0.02).all()
