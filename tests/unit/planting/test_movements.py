"""Displacement fields of facial movements go the way their names say."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.planting import regions
from fead_desktop.planting.movements import MOVEMENTS, FaceAxes, head_movement, movement_fields
from tests.helpers.meshes import EYE_PX, made_landmarks

LEFT_CORNER, RIGHT_CORNER = 291, 61
UPPER_MIDDLE, LOWER_MIDDLE = 13, 14
CHIN = 152


@pytest.fixture(scope="module")
def fields() -> dict[str, np.ndarray]:
    return movement_fields(made_landmarks())


def turned(landmarks: np.ndarray, degrees: float) -> np.ndarray:
    """The mesh turned in the picture plane."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = landmarks.copy()
    points[:, :2] = points[:, :2] @ turn.T
    return points


def test_every_movement_has_a_field_of_the_whole_mesh(fields: dict[str, np.ndarray]) -> None:
    assert set(fields) == set(MOVEMENTS)
    assert all(field.shape == (478, 2) for field in fields.values())
    assert all(np.isfinite(field).all() for field in fields.values())


def test_the_eye_corners_and_the_top_of_the_forehead_stay(fields: dict[str, np.ndarray]) -> None:
    still = [regions.RIGHT_EYE_OUTER, regions.LEFT_EYE_OUTER, 10]

    for name, field in fields.items():
        assert np.abs(field[still]).max() < 0.02 * EYE_PX, name


def test_a_smile_pulls_its_own_corner_out_and_up(fields: dict[str, np.ndarray]) -> None:
    left, right = fields["smile_l"], fields["smile_r"]

    assert left[LEFT_CORNER, 0] > 0 > right[RIGHT_CORNER, 0]
    assert left[LEFT_CORNER, 1] < 0
    assert right[RIGHT_CORNER, 1] < 0
    assert np.hypot(*left[RIGHT_CORNER]) < 0.05 * np.hypot(*left[LEFT_CORNER])


def test_a_pucker_brings_the_corners_together(fields: dict[str, np.ndarray]) -> None:
    assert fields["pucker"][LEFT_CORNER, 0] < 0 < fields["pucker"][RIGHT_CORNER, 0]


def test_a_jaw_drop_takes_lower_lip_and_chin_down_only(fields: dict[str, np.ndarray]) -> None:
    jaw = fields["jaw"]

    assert jaw[LOWER_MIDDLE, 1] == pytest.approx(EYE_PX, rel=0.1)
    assert jaw[CHIN, 1] == pytest.approx(EYE_PX, rel=0.1)
    assert abs(jaw[UPPER_MIDDLE, 1]) < 0.02 * EYE_PX


def test_a_whole_blink_closes_the_lids(fields: dict[str, np.ndarray]) -> None:
    landmarks = made_landmarks()
    moved = landmarks[:, :2] + fields["blink_l"]
    upper, lower = list(regions.LEFT_UPPER_LID), list(regions.LEFT_LOWER_LID)

    assert np.abs(moved[lower, 1] - moved[upper, 1]).max() < 0.05
    assert np.abs(fields["blink_l"][list(regions.RIGHT_UPPER_LID)]).max() == 0


def test_raised_brows_and_lids_go_up(fields: dict[str, np.ndarray]) -> None:
    assert (fields["brow_l"][list(regions.LEFT_BROW), 1] < 0).all()
    assert (fields["widen_r"][list(regions.RIGHT_UPPER_LID[1:-1]), 1] < 0).all()


def test_closing_the_mouth_makes_the_lips_meet(fields: dict[str, np.ndarray]) -> None:
    moved = made_landmarks()[:, :2] + fields["close_mouth"]
    gap = moved[list(regions.LOWER_LIP_ROWS[0]), 1] - moved[list(regions.UPPER_LIP_ROWS[0]), 1]

    assert np.abs(gap).max() < 0.05


def test_fields_turn_with_the_face() -> None:
    landmarks = made_landmarks()
    upright, tilted = movement_fields(landmarks), movement_fields(turned(landmarks, 20))
    turn = np.deg2rad(20)
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    for name in MOVEMENTS:
        assert tilted[name] @ back == pytest.approx(upright[name], abs=0.02), name


@pytest.mark.parametrize(
    ("angle", "axis", "sign"), [("yaw_deg", 0, 1), ("pitch_deg", 1, -1), ("roll_deg", 0, 1)]
)
def test_the_head_turns_the_way_head_pose_counts(angle: str, axis: int, sign: int) -> None:
    """Yaw > 0 to the picture's right, pitch > 0 up, roll > 0 clockwise: the forehead shows all three."""
    angles = {"yaw_deg": 0.0, "pitch_deg": 0.0, "roll_deg": 0.0} | {angle: 3.0}
    landmarks = made_landmarks()
    nose_tip = 4
    landmarks[nose_tip] = (160, 125, -0.3 * EYE_PX)
    point = 10 if angle == "roll_deg" else nose_tip

    movement = head_movement(landmarks, **angles)[point]

    assert sign * movement[axis] > 0.5


def test_a_still_head_does_not_move() -> None:
    still = head_movement(made_landmarks(), yaw_deg=0, pitch_deg=0, roll_deg=0)

    assert np.abs(still).max() < 1e-9


def test_axes_are_in_units_of_the_outer_eye_distance() -> None:
    assert FaceAxes.of(made_landmarks()).unit_px == pytest.approx(EYE_PX)
