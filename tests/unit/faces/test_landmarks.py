"""The mesh shows the face in the box, and only that."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.landmarks import CROP_PX, FaceMesh, _points_of, face_square, fits_box
from tests.helpers.frames import PORTRAIT_FACE, scene
from tests.helpers.portraits import portrait, portrait_mesh


@cache
def mesh() -> FaceMesh:
    return FaceMesh()


def test_the_mesh_of_a_crop_lies_where_the_mesh_of_the_picture_lies() -> None:
    found = mesh().landmarks(portrait(), PORTRAIT_FACE)
    assert found is not None
    assert found.shape == (478, 3)
    assert found.dtype == np.float32
    eyes = np.linalg.norm(portrait_mesh()[33, :2] - portrait_mesh()[263, :2])
    apart = np.linalg.norm((found - portrait_mesh())[:, :2], axis=1).mean()
    assert apart < 0.03 * eyes


@pytest.mark.parametrize("height", [28, 60, 200])
def test_the_mesh_is_in_pixels_of_the_frame(height: float) -> None:
    picture, (box,) = scene((150, 20, height))
    found = mesh().landmarks(picture, box)
    assert found is not None
    centre = (found[:, :2].min(axis=0) + found[:, :2].max(axis=0)) / 2
    assert np.abs(centre - box.center).max() < 0.2 * height


def test_a_mesh_depends_on_its_own_frame_only() -> None:
    other, (other_box,) = scene((50, 30, 120))
    first = mesh().landmarks(portrait(), PORTRAIT_FACE)
    mesh().landmarks(other, other_box)
    again = mesh().landmarks(portrait(), PORTRAIT_FACE)
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("turn_deg", [0, 25])
def test_a_face_that_is_known_to_be_there_gets_the_mesh_of_the_search(turn_deg: float) -> None:
    import cv2

    upright, (box,) = scene((150, 20, 120))
    height, width = upright.shape[:2]
    matrix = cv2.getRotationMatrix2D(box.center, -turn_deg, 1.0)
    picture = cv2.warpAffine(upright, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    searched = mesh().landmarks(picture, box)
    beside = BoundingBox(box.x + 6, box.y - 5, box.width * 1.06, box.height * 0.95, 1.0)
    found = mesh().landmarks_where(picture, beside, turn_deg * 0.8)
    assert searched is not None
    assert found is not None
    eyes = np.linalg.norm(searched[33, :2] - searched[263, :2])
    assert np.linalg.norm((found - searched)[:, :2], axis=1).mean() < 0.03 * eyes
    assert mesh().landmarks_where(np.full_like(picture, 90), box, float("nan")) is None


def test_a_mesh_goes_on_from_the_frame_before() -> None:
    picture, (box,) = scene((150, 20, 120))
    moved, (box_after,) = scene((162, 26, 124))
    before = mesh().landmarks(picture, box)
    assert before is not None
    followed, alone = mesh().follow(moved, before), mesh().landmarks(moved, box_after)
    assert followed is not None
    assert alone is not None
    eyes = np.linalg.norm(alone[33, :2] - alone[263, :2])
    assert np.linalg.norm((followed - alone)[:, :2], axis=1).mean() < 0.03 * eyes
    assert mesh().follow(np.full_like(picture, 90), before) is None


def test_the_points_of_a_tilted_face_are_tilted_with_it() -> None:
    import cv2

    turn = cv2.getRotationMatrix2D((150, 150), 25, 1.0)
    tilted = np.asarray(cv2.warpAffine(portrait(), turn, (300, 300)))
    level = mesh().landmarks(portrait(), PORTRAIT_FACE)
    assert level is not None
    expected = level[:, :2] @ turn[:, :2].T + turn[:, 2]
    before = np.column_stack([expected, level[:, 2]]).astype(np.float32)
    found = mesh().follow(tilted, before)
    assert found is not None
    eyes = np.linalg.norm(level[33, :2] - level[263, :2])
    assert np.linalg.norm(found[:, :2] - expected, axis=1).mean() < 0.03 * eyes
    assert np.abs(found[:, 2] - level[:, 2]).mean() < 0.05 * eyes


def test_points_are_read_from_their_bytes_as_from_their_attributes() -> None:
    from mediapipe.framework.formats.landmark_pb2 import NormalizedLandmark, NormalizedLandmarkList

    values = np.random.default_rng(3).normal(size=(478, 3)).astype(np.float32)
    values[0] = 0
    made = [NormalizedLandmark(x=x, y=y, z=z) for x, y, z in values.tolist()]
    np.testing.assert_array_equal(_points_of(NormalizedLandmarkList(landmark=made)), values)


def test_a_box_without_a_face_has_no_mesh() -> None:
    picture, (box,) = scene((20, 20, 100))
    empty = BoundingBox(450, 150, box.width, box.height)
    assert mesh().landmarks(picture, empty) is None


def test_a_box_beside_a_face_does_not_get_the_neighbours_mesh() -> None:
    picture, (box,) = scene((100, 20, 120))
    beside = BoundingBox(box.x + box.width, box.y, box.width, box.height)
    assert mesh().landmarks(picture, beside) is None


def test_each_of_two_close_faces_gets_its_own_mesh() -> None:
    picture, boxes = scene((10, 60, 90), (215, 60, 90))
    for box in boxes:
        found = mesh().landmarks(picture, box)
        assert found is not None
        assert abs(float(found[:, 0].mean()) - box.center[0]) < 0.3 * box.width


def test_a_second_look_agrees_on_a_face_and_not_on_a_mesh_put_elsewhere() -> None:
    found = mesh().landmarks(portrait(), PORTRAIT_FACE)
    assert found is not None
    assert mesh().agrees(portrait(), PORTRAIT_FACE, found)
    assert not mesh().agrees(portrait(), PORTRAIT_FACE, found + np.float32(20))


def test_a_box_over_the_edge_is_filled_with_black() -> None:
    square, left, top, side = face_square(portrait(), BoundingBox(-60, -60, 100, 100))
    assert square.shape == (CROP_PX, CROP_PX, 3)
    assert (left, top, side) == (-90, -90, 160)
    assert not square[: CROP_PX // 2].any()
    assert square[-1, -1].any()
    outside, *_ = face_square(portrait(), BoundingBox(5000, 5000, 100, 100))
    assert not outside.any()


def test_nonsense_does_not_fit_a_box() -> None:
    box = PORTRAIT_FACE
    assert fits_box(portrait_mesh(), box)
    assert not fits_box(portrait_mesh() * np.float32(0.3), box)
    assert not fits_box(portrait_mesh() + np.float32(90), box)
    assert not fits_box(np.full((478, 3), np.nan, np.float32), box)
