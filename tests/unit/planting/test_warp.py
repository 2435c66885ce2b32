"""The mesh warp moves what it is told to move and leaves the rest alone."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.planting import regions
from fead_desktop.planting.warp import MeshWarp
from tests.helpers.meshes import EYE_PX, HEIGHT, WIDTH, made_landmarks


@pytest.fixture(scope="module")
def landmarks() -> np.ndarray:
    return made_landmarks()


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    waves = [128 + 90 * np.sin(columns / 9 + k) * np.cos(rows / 11 - k) for k in range(3)]
    return np.stack(waves, axis=2).astype(np.uint8)


@pytest.fixture(scope="module")
def warp(picture: np.ndarray, landmarks: np.ndarray) -> MeshWarp:
    return MeshWarp(picture, landmarks)


def blob_picture(center: np.ndarray) -> np.ndarray:
    """Grey with one bright soft blob."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    blob = np.exp(-((columns - center[0]) ** 2 + (rows - center[1]) ** 2) / (2 * 2.5**2))
    return np.repeat((40 + 200 * blob)[..., None], 3, axis=2).astype(np.uint8)


def brightest(picture: np.ndarray) -> np.ndarray:
    grey = np.clip(picture[..., 0].astype(float) - 60, 0, None)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.array([(columns * grey).sum(), (rows * grey).sum()]) / grey.sum()


def cheek_point(landmarks: np.ndarray) -> int:
    """A point of plain skin, far from lips, lids and outline."""
    special = {n for row in (*regions.UPPER_LIP_ROWS, *regions.LOWER_LIP_ROWS) for n in row}
    special |= set(regions.FACE_OVAL) | set(regions.SKULL)
    wanted = np.array([WIDTH / 2 - 30, HEIGHT / 2 + 12])
    apart = np.hypot(*(landmarks[: regions.SKIN_POINTS, :2] - wanted).T)
    return next(int(n) for n in np.argsort(apart) if int(n) not in special)


def test_no_displacement_gives_the_picture_back(warp: MeshWarp, picture: np.ndarray) -> None:
    rendered = warp.render(np.zeros((478, 2)))

    assert np.abs(rendered.astype(int) - picture).max() <= 2


def test_the_picture_given_is_not_changed(warp: MeshWarp, picture: np.ndarray) -> None:
    before = picture.copy()

    warp.render(np.full((478, 2), 3.0))

    assert np.array_equal(picture, before)


def test_a_displaced_vertex_takes_its_spot_along(landmarks: np.ndarray) -> None:
    number = cheek_point(landmarks)
    near = np.hypot(*(landmarks[:, :2] - landmarks[number, :2]).T) < 14
    displacement = np.zeros((478, 2))
    displacement[near] = (4.0, 3.0)
    rendered = MeshWarp(blob_picture(landmarks[number, :2]), landmarks).render(displacement)

    assert brightest(rendered) == pytest.approx(landmarks[number, :2] + (4, 3), abs=0.6)


def test_the_depth_of_a_displacement_is_not_used(warp: MeshWarp) -> None:
    flat = np.zeros((478, 2))
    flat[cheek_point(made_landmarks())] = (3, -2)
    deep = np.column_stack([flat, np.full(478, 25.0)])

    assert np.array_equal(warp.render(flat), warp.render(deep))


def test_a_shift_of_the_whole_face_shifts_all_points_of_it(landmarks: np.ndarray) -> None:
    number = cheek_point(landmarks)
    warp = MeshWarp(blob_picture(landmarks[number, :2]), landmarks)

    rendered = warp.render(np.tile([5.0, -4.0], (478, 1)))

    assert brightest(rendered) == pytest.approx(landmarks[number, :2] + (5, -4), abs=0.5)


def test_the_frame_of_the_picture_stays(warp: MeshWarp, picture: np.ndarray) -> None:
    rendered = warp.render(np.tile([6.0, 4.0], (478, 1)))

    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(rendered[edge].astype(int) - picture[edge]).max() <= 12


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        (regions.UPPER_LIP_ROWS[0], regions.LOWER_LIP_ROWS[0]),
        (regions.RIGHT_UPPER_LID, regions.RIGHT_LOWER_LID),
        (regions.LEFT_UPPER_LID, regions.LEFT_LOWER_LID),
    ],
)
def test_lips_and_lids_never_cross(
    warp: MeshWarp, upper: tuple[int, ...], lower: tuple[int, ...]
) -> None:
    displacement = np.zeros((478, 2))
    displacement[list(upper[1:-1]), 1] = 15.0
    displacement[list(lower[1:-1]), 1] = -15.0

    moved = warp.moved_points(displacement)

    gap = moved[list(lower[1:-1]), 1] - moved[list(upper[1:-1]), 1]
    assert (gap > 0).all()
    assert gap.max() < 1.0


def test_closing_lids_cover_the_eye_and_do_not_squeeze_it(landmarks: np.ndarray) -> None:
    # The eye is striped: one dark row between the lids, low enough to stay visible when the lid comes
    # half-way down.
    stripe_row = HEIGHT // 2 - 20 + 3
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    picture[stripe_row] = 20
    warp = MeshWarp(picture, landmarks)
    displacement = np.zeros((478, 2))
    displacement[list(regions.RIGHT_UPPER_LID[1:-1]), 1] = 5.0

    column = round(WIDTH / 2 - EYE_PX / 2 + 14)
    rendered = warp.render(displacement)[stripe_row - 4 : stripe_row + 3, column, 0]

    assert int(np.argmin(rendered)) == 4


def test_a_mouth_wider_than_in_the_picture_is_dark_inside(landmarks: np.ndarray) -> None:
    warp = MeshWarp(np.full((HEIGHT, WIDTH, 3), 210, np.uint8), landmarks)
    displacement = np.zeros((478, 2))
    for row in regions.LOWER_LIP_ROWS:
        displacement[list(row[1:-1]), 1] = 16.0

    rendered = warp.render(displacement)

    middle = rendered[:, WIDTH // 2].mean(axis=1)
    assert middle[HEIGHT // 2 + 35 + 12] < 110
    assert middle[HEIGHT // 2 + 35 - 2] > 190


def test_rendering_twice_gives_the_same_pixels(warp: MeshWarp) -> None:
    displacement = np.random.default_rng(3).normal(0, 1.5, (478, 2))

    assert np.array_equal(warp.render(displacement), warp.render(displacement))
