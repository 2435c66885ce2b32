"""What an aligned face looks like: light and cover are told apart, and the irises say where the eyes look."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fead_desktop.faces.alignment import align_by_eyes
from fead_desktop.faces.appearance import blocks_of, difference, gaze_of
from fead_desktop.faces.face import Picture
from tests.helpers.portraits import portrait, portrait_mesh


def face() -> Picture:
    return align_by_eyes(portrait(), portrait_mesh())


def against_itself(picture: Picture) -> tuple[float, float]:
    return difference(blocks_of(picture), blocks_of(face()))


def test_the_same_face_differs_in_nothing() -> None:
    assert against_itself(face()) == (0.0, 0.0)


@pytest.mark.parametrize("gain", [0.5, 1.3])
def test_light_is_told_in_doublings_and_covers_nothing(gain: float) -> None:
    light, changed = against_itself(np.clip(face() * gain, 0, 255).astype(np.uint8))
    assert light == pytest.approx(np.log2(gain), abs=0.2)
    assert changed < 0.06


def test_a_cover_is_told_as_its_share_and_changes_no_light() -> None:
    covered = face()
    cv2.rectangle(covered, (45, 100), (115, 150), (30, 40, 120), -1)
    light, changed = against_itself(covered)
    assert abs(light) < 0.1
    assert 0.15 < changed < 0.5


def test_a_face_that_moves_a_little_shows_nothing_else() -> None:
    _, changed = against_itself(np.roll(face(), 4, axis=1))
    assert changed < 0.06


def test_irises_that_move_are_a_gaze_and_closed_eyes_have_none() -> None:
    mesh = portrait_mesh().copy()
    x, y = gaze_of(mesh)
    width = float(np.linalg.norm(mesh[33, :2] - mesh[133, :2]))
    looking = mesh.copy()
    looking[468:, 0] += 0.2 * width
    moved = gaze_of(looking)
    assert moved[0] - x == pytest.approx(0.2, abs=0.04)
    assert moved[1] - y == pytest.approx(0.0, abs=0.04)
    for upper, lower in ((159, 145), (386, 374)):
        mesh[upper] = mesh[lower]
    assert np.isnan(gaze_of(mesh)).all()
