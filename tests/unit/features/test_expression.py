"""Expression measures: free of head pose, the right measure for each movement, blinks and pose taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.faces.alignment import STABLE_POINTS, rigid_fit
from fead_desktop.features.expression import (
    BLINK_S,
    Baseline,
    baseline,
    close_blinks,
    deviations,
    measure_expression,
    remove_pose,
)
from fead_desktop.features.measures import EXPRESSION_MEASURES, MEASURE_NAMES, MEASURES_BY_NAME
from fead_desktop.models.device import import_mediapipe
from tests.helpers.data import data_file

Array = npt.NDArray[np.float64]
MeshReader = Callable[[npt.NDArray[np.uint8]], Array | None]

COUNT = len(MEASURE_NAMES)
FLOORS = np.array([measure.floor for measure in EXPRESSION_MEASURES])


@pytest.fixture(scope="module")
def read_mesh() -> Iterator[MeshReader]:
    """The real face mesh on one picture, in pixels; None where it sees no face."""
    mesh = import_mediapipe().solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, max_num_faces=1
    )

    def read(picture: npt.NDArray[np.uint8]) -> Array | None:
        found = mesh.process(picture).multi_face_landmarks
        if not found:
            return None
        height, width = picture.shape[:2]
        return np.array([(p.x * width, p.y * height, p.z * width) for p in found[0].landmark])

    yield read
    mesh.close()


@pytest.fixture(scope="module")
def portrait() -> npt.NDArray[np.uint8]:
    from skimage.data import astronaut

    return np.ascontiguousarray(astronaut()[:300, 100:400])


@pytest.fixture(scope="module")
def mesh(read_mesh: MeshReader, portrait: npt.NDArray[np.uint8]) -> Array:
    found = read_mesh(portrait)
    assert found is not None
    return found


def turned(mesh: Array, yaw: float, pitch: float, roll: float, scale: float, shift: Array) -> Array:
    (cy, sy), (cp, sp), (cr, sr) = (
        (np.cos(np.radians(angle)), np.sin(np.radians(angle))) for angle in (yaw, pitch, roll)
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(scale * mesh @ (about_z @ about_x @ about_y).T + shift)


def of(name: str, values: npt.NDArray[np.float32] | Array) -> float:
    return float(values[MEASURE_NAMES.index(name)])


# Geometry


def test_each_mesh_gives_one_number_per_measure(mesh: Array) -> None:
    one, three = measure_expression(mesh), measure_expression(np.stack([mesh] * 3))
    assert one.shape == (1, COUNT)
    assert three.shape == (3, COUNT)
    assert three.dtype == np.float32
    assert np.isfinite(three).all()
    np.testing.assert_array_equal(three, np.repeat(one, 3, axis=0))


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll", "scale", "shift"),
    [
        (0, 0, 0, 1.0, (900, -400, 30)),
        (0, 0, 0, 7.3, (0, 0, 0)),
        (0, 0, 90, 1.0, (0, 0, 0)),
        (35, 0, 0, 1.0, (0, 0, 0)),
        (0, -25, 0, 1.0, (0, 0, 0)),
        (-20, 15, 170, 0.3, (50, 60, -70)),
    ],
)
def test_a_rigid_motion_of_the_head_changes_nothing(
    mesh: Array, yaw: float, pitch: float, roll: float, scale: float, shift: tuple[float, ...]
) -> None:
    moved = turned(mesh, yaw, pitch, roll, scale, np.array(shift, float))
    np.testing.assert_allclose(measure_expression(moved), measure_expression(mesh), atol=1e-4)


def test_a_mesh_with_a_missing_point_is_missing_in_all_measures(mesh: Array) -> None:
    broken = mesh.copy()
    broken[100, 2] = np.nan
    values = measure_expression(np.stack([mesh, broken]))
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[1]).all()


def test_no_mesh_gives_no_rows() -> None:
    assert measure_expression(np.empty((0, 478, 3))).shape == (0, COUNT)


@pytest.mark.parametrize("shape", [(468, 3), (478, 2), (2, 468, 3), (478,)])
def test_what_is_no_mesh_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="landmarks have shape"):
        measure_expression(np.zeros(shape))


LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
)  # fmt: skip
UPPER_RED = (185, 40, 39, 37, 0, 267, 269, 270, 409)
LOWER_RED = (146, 91, 181, 84, 17, 314, 405, 321, 375)
LOWER_LIP = (*LOWER_RED, 95, 88, 178, 87, 14, 317, 402, 318, 324)
UPPER_LIP = (*UPPER_RED, 191, 80, 81, 82, 13, 312, 311, 310, 415)
CHIN = (152, 148, 377, 176, 400, 175, 199, 200, 171, 396, 208, 428, 18, 83, 313)

#: What moves (point numbers), where to (to the person's left, up, to the front; in outer eye distances), how
#: far around it the skin follows, and the measure that must answer most.
MOVEMENTS: dict[str, tuple[tuple[int, ...], tuple[float, float, float], float, set[str]]] = {
    "right inner brow up": ((55, 65, 66, 107), (0, 0.05, 0), 0.06, {"brow_inner_raise_r"}),
    "left inner brow up": ((285, 295, 296, 336), (0, 0.05, 0), 0.06, {"brow_inner_raise_l"}),
    "right outer brow up": ((46, 53, 63, 70), (0, 0.05, 0), 0.06, {"brow_outer_raise_r"}),
    "left outer brow up": ((276, 283, 293, 300), (0, 0.05, 0), 0.06, {"brow_outer_raise_l"}),
    "right upper lid up": ((158, 159, 160), (0, 0.03, 0), 0.0, {"lid_open_r"}),
    "left upper lid up": ((385, 386, 387), (0, 0.03, 0), 0.0, {"lid_open_l"}),
    "right lower lid up": ((144, 145, 153), (0, 0.02, 0), 0.0, {"squint_r"}),
    "left lower lid up": ((373, 374, 380), (0, 0.02, 0), 0.0, {"squint_l"}),
    "right cheek up": ((50, 101, 117, 118), (0, 0.04, 0), 0.03, {"cheek_raise_r"}),
    "left cheek up": ((280, 330, 346, 347), (0, 0.04, 0), 0.03, {"cheek_raise_l"}),
    "nose wings up": ((64, 129, 294, 358), (0, 0.04, 0), 0.04, {"nose_wrinkle"}),
    "upper lip up": (UPPER_LIP, (0, 0.05, 0), 0.0, {"upper_lip_raise_l", "upper_lip_raise_r"}),
    "right lip corner out and up": ((61,), (-0.05, 0.06, 0), 0.1, {"lip_corner_pull_r"}),
    "left lip corner out and up": ((291,), (0.05, 0.06, 0), 0.1, {"lip_corner_pull_l"}),
    "right lip corner back": ((61,), (0, 0, -0.06), 0.05, {"dimple_r"}),
    "left lip corner back": ((291,), (0, 0, -0.06), 0.05, {"dimple_l"}),
    "right lip corner down": ((61,), (-0.01, -0.06, 0), 0.08, {"lip_corner_depress_r"}),
    "left lip corner down": ((291,), (0.01, -0.06, 0), 0.08, {"lip_corner_depress_l"}),
    "mouth to the side": (LIPS, (0.06, 0, 0), 0.05, {"mouth_asymmetry"}),
    "lower lip down": (LOWER_LIP, (0, -0.08, 0), 0.0, {"mouth_open"}),
    "jaw down": ((*LOWER_LIP, *CHIN), (0, -0.12, 0), 0.0, {"jaw_drop"}),
}


def in_the_face(mesh: Array, change: Callable[[Array], Array]) -> Array:
    """Change a mesh in the face's axes: x to the person's left, y up, z to the front."""
    rotation, translation, scale = rigid_fit(mesh[list(STABLE_POINTS)])
    axes = np.array([1.0, -1.0, -1.0])
    changed = change((mesh - translation) @ rotation / scale * axes)
    return np.asarray(scale * (changed * axes) @ rotation.T + translation)


def moved(points: tuple[int, ...], by: tuple[float, ...], reach: float) -> Callable[[Array], Array]:
    def change(face: Array) -> Array:
        apart = np.linalg.norm(face[:, None] - face[list(points)], axis=2).min(axis=1)
        follows = np.exp(-((apart / reach) ** 2) / 2) if reach else (apart == 0).astype(float)
        return np.asarray(face + follows[:, None] * np.array(by))

    return change


def sigmas(mesh: Array, change: Callable[[Array], Array]) -> Array:
    before, after = measure_expression(np.stack([mesh, in_the_face(mesh, change)]))
    return np.asarray((after - before) / FLOORS)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_movement_shows_most_in_its_own_measure(mesh: Array, movement: str) -> None:
    points, by, reach, expected = MOVEMENTS[movement]
    answer = sigmas(mesh, moved(points, by, reach))
    strongest = MEASURE_NAMES[int(np.abs(answer).argmax())]
    assert strongest in expected, dict(zip(MEASURE_NAMES, answer.round(1), strict=True))
    assert of(strongest, answer) > 2


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_twice_the_movement_shows_more(mesh: Array, movement: str) -> None:
    points, by, reach, expected = MOVEMENTS[movement]
    steps = [
        sigmas(mesh, moved(points, tuple(share * part for part in by), reach))
        for share in (0.25, 0.5, 1.0)
    ]
    for name in expected:
        small, middle, large = (of(name, step) for step in steps)
        assert 0 < small < middle < large


def test_lips_to_the_middle_and_front_are_a_pucker(mesh: Array) -> None:
    def pucker(face: Array) -> Array:
        changed = face.copy()
        lips = list(LIPS)
        changed[lips, 0] *= 0.75
        changed[lips, 2] += 0.03
        changed[list(UPPER_RED), 1] += 0.015
        changed[list(LOWER_RED), 1] -= 0.015
        return changed

    answer = sigmas(mesh, pucker)
    assert MEASURE_NAMES[int(answer.argmax())] == "lip_pucker"


def test_thin_lips_are_a_press(mesh: Array) -> None:
    def press(face: Array) -> Array:
        changed = face.copy()
        changed[list(UPPER_RED), 1] -= 0.02
        changed[list(LOWER_RED), 1] += 0.02
        return changed

    answer = sigmas(mesh, press)
    assert MEASURE_NAMES[int(np.abs(answer).argmax())] == "lip_press"


def test_a_wider_mouth_without_a_rise_is_a_stretch(mesh: Array) -> None:
    def stretch(face: Array) -> Array:
        right, left = moved((61,), (-0.06, -0.02, 0), 0.1), moved((291,), (0.06, -0.02, 0), 0.1)
        return left(right(face))

    answer = sigmas(mesh, stretch)
    assert MEASURE_NAMES[int(np.abs(answer).argmax())] == "lip_stretch"


def test_brows_down_and_together_are_a_brow_lowering(mesh: Array) -> None:
    def lower(face: Array) -> Array:
        right = moved((55, 107, 65, 66), (0.018, -0.02, 0), 0.05)
        left = moved((285, 336, 295, 296), (-0.018, -0.02, 0), 0.05)
        return left(right(face))

    answer = sigmas(mesh, lower)
    assert MEASURE_NAMES[int(np.abs(answer).argmax())] == "brow_lower"


def test_chin_and_lower_lip_up_with_a_closed_mouth_are_a_chin_raise(mesh: Array) -> None:
    answer = sigmas(mesh, moved((*LIPS, *CHIN), (0, 0.04, 0), 0.0))
    assert of("chin_raise", answer) > 0
    raised = sigmas(mesh, moved(CHIN, (0, 0.06, 0), 0.0))
    assert MEASURE_NAMES[int(raised.argmax())] == "chin_raise"


def test_one_brow_up_is_a_brow_asymmetry_too(mesh: Array) -> None:
    even = mesh_with_even_brows(mesh)
    answer = sigmas(even, moved((46, 53, 55, 63, 65, 66, 70, 107), (0, 0.06, 0), 0.0))
    assert of("brow_asymmetry", answer) > 4
    both = moved(
        (46, 53, 55, 63, 65, 66, 70, 107, 276, 283, 285, 293, 295, 296, 300, 336), (0, 0.06, 0), 0.0
    )
    assert abs(of("brow_asymmetry", sigmas(even, both))) < 0.1


def mesh_with_even_brows(mesh: Array) -> Array:
    values = measure_expression(mesh)[0]
    rise = [
        (of(f"brow_inner_raise_{side}", values) + of(f"brow_outer_raise_{side}", values)) / 2
        for side in "lr"
    ]
    left = (276, 283, 285, 293, 295, 296, 300, 336)
    return in_the_face(mesh, moved(left, (0, rise[1] - rise[0], 0), 0.0))


def test_a_mirrored_picture_swaps_left_and_right(
    read_mesh: MeshReader, portrait: npt.NDArray[np.uint8], mesh: Array
) -> None:
    mirrored = read_mesh(np.ascontiguousarray(portrait[:, ::-1]))
    assert mirrored is not None
    here, there = measure_expression(mesh)[0], measure_expression(mirrored)[0]
    for name in MEASURE_NAMES:
        if name.endswith("_l"):
            left, right = f"{name[:-2]}_l", f"{name[:-2]}_r"
            difference = of(left, here) - of(right, here)
            swapped = of(left, there) - of(right, there)
            # The mesh is not exactly symmetric itself.
            assert abs(difference + swapped) < 4 * MEASURES_BY_NAME[name].floor, name
        elif not name.endswith("_r"):
            assert abs(of(name, here) - of(name, there)) < 4 * MEASURES_BY_NAME[name].floor, name


# Blinks

LIDS = np.flatnonzero([name.startswith("lid_open") for name in MEASURE_NAMES])
SQUINTS = np.flatnonzero([name.startswith("squint") for name in MEASURE_NAMES])


def still(times: Array) -> npt.NDArray[np.float32]:
    values = np.full((len(times), COUNT), 0.1, np.float32)
    values[:, LIDS] = 0.06
    values[:, SQUINTS] = -0.02
    return values


def shut(values: npt.NDArray[np.float32], rows: npt.NDArray[np.bool_]) -> None:
    values[np.ix_(rows, LIDS)] -= 0.07
    values[np.ix_(rows, SQUINTS)] += 0.02


@pytest.mark.parametrize("rate_fps", [10.0, 23.976, 30.0])
def test_a_blink_does_not_count(rate_fps: float) -> None:
    times = np.arange(0, 10, 1 / rate_fps)
    values = still(times)
    shut(values, ((times > 3) & (times < 3.3)) | (times > 9.8))
    closed = close_blinks(times, values)
    np.testing.assert_array_equal(closed, still(times))


def test_eyes_that_stay_shut_or_open_wide_count() -> None:
    times = np.arange(0, 10, 0.1)
    values = still(times)
    shut(values, (times > 2.95) & (times < 4.05))
    values[(times > 6.95) & (times < 7.25), LIDS[0]] += 0.02
    closed = close_blinks(times, values)
    assert (closed[(times > 3.3) & (times < 3.7)][:, LIDS] < 0).all()
    assert closed[:, LIDS[0]].max() == pytest.approx(0.08)
    np.testing.assert_allclose(closed, values, atol=1e-6)


def test_blinks_are_taken_out_of_the_lids_only_and_of_a_copy() -> None:
    times = np.arange(0, 4, 0.1)
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, (len(times), COUNT)).astype(np.float32)
    before = values.copy()
    closed = close_blinks(times, values)
    np.testing.assert_array_equal(values, before)
    others = np.setdiff1d(np.arange(COUNT), [*LIDS, *SQUINTS])
    np.testing.assert_array_equal(closed[:, others], values[:, others])
    assert (closed[:, LIDS] >= values[:, LIDS]).all()
    assert (closed[:, SQUINTS] <= values[:, SQUINTS]).all()
    np.testing.assert_array_equal(close_blinks(times, closed), closed)


def test_missing_lids_stay_missing_and_spread_nothing() -> None:
    times = np.arange(0, 10, 0.1)
    values = still(times)
    shut(values, (times > 3) & (times < 3.3))
    values[25:29] = np.nan
    closed = close_blinks(times, values)
    assert np.isnan(closed[25:29]).all()
    np.testing.assert_array_equal(closed[29:], still(times)[29:])


def test_eyes_before_a_gap_say_nothing_about_those_after_it() -> None:
    times = np.concatenate([np.arange(0, 2, 0.1), np.arange(2 + BLINK_S, 5, 0.1)])
    values = still(times)
    values[times > 2, LIDS[0]] = 0.01
    np.testing.assert_array_equal(close_blinks(times, values), values)


def test_no_rows_stay_no_rows() -> None:
    assert close_blinks(np.empty(0), np.empty((0, COUNT))).shape == (0, COUNT)


# Pose


def swaying(seconds: float, degrees: float, seed: int = 0) -> tuple[Array, Array]:
    """Times and a smooth head pose (n, 3) whose angles swing by about ``degrees``."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, seconds, 0.1)
    phase = rng.uniform(0, 6, 3)
    return times, degrees * np.sin(times[:, None] * np.array([0.7, 0.45, 0.31]) + phase)


def leak(pose: Array) -> Array:
    yaw, pitch, roll = pose.T / 10
    leaking: Array = 0.03 * yaw - 0.02 * pitch + 0.01 * roll + 0.015 * yaw * pitch + 0.02 * yaw**2
    return leaking


def noisy(times: Array, seed: int = 0) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (0.3 + rng.normal(0, 0.004, (len(times), COUNT))).astype(np.float32)


def test_what_the_pose_explains_is_taken_out() -> None:
    times, pose = swaying(60, 12)
    quiet = noisy(times)
    leaking = quiet + leak(pose)[:, None].astype(np.float32)
    free = remove_pose(times, leaking, *pose.T)
    assert np.median(leaking.std(axis=0)) > 0.02
    assert np.median(free.std(axis=0)) < 0.0045
    assert free.dtype == np.float32


def test_the_level_at_the_usual_pose_is_kept() -> None:
    times, pose = swaying(60, 12)
    pose += np.array([20.0, -10.0, 5.0])
    quiet = noisy(times)
    free = remove_pose(times, quiet, *pose.T)
    np.testing.assert_allclose(np.median(free, axis=0), 0.3, atol=0.004)


def test_an_expression_survives_the_removal_of_the_pose() -> None:
    times, pose = swaying(60, 12)
    smile = (times > 20) & (times < 24)
    pose[smile, 0] += 8
    values = noisy(times) + leak(pose)[:, None].astype(np.float32)
    values[smile, 0] += 0.08
    free = remove_pose(times, values, *pose.T)
    risen = np.median(free[smile, 0]) - np.median(free[~smile, 0])
    assert risen == pytest.approx(0.08, rel=0.15)


@pytest.mark.parametrize(("seconds", "degrees"), [(25, 12), (60, 1.5)])
def test_a_short_recording_or_a_still_head_is_left_alone(seconds: float, degrees: float) -> None:
    times, pose = swaying(seconds, degrees)
    values = noisy(times) + leak(pose)[:, None].astype(np.float32)
    np.testing.assert_array_equal(remove_pose(times, values, *pose.T), values)


def test_long_gaps_are_no_measured_time() -> None:
    times, pose = swaying(20, 12)
    times = times + np.where(times > 10, 600.0, 0.0)
    values = noisy(times) + leak(pose)[:, None].astype(np.float32)
    np.testing.assert_array_equal(remove_pose(times, values, *pose.T), values)


def test_missing_poses_and_values_stay_as_they_are() -> None:
    times, pose = swaying(60, 12)
    values = noisy(times) + leak(pose)[:, None].astype(np.float32)
    values[50:60, 3] = np.nan
    values[:, 5] = np.nan
    pose[100:110] = np.nan
    free = remove_pose(times, values, *pose.T)
    assert np.isnan(free[50:60, 3]).all()
    assert np.isnan(free[:, 5]).all()
    np.testing.assert_array_equal(free[100:110], values[100:110])
    assert np.isfinite(np.delete(free[:100], [3, 5], axis=1)).all()
    assert free[:100, 0].std() < values[:100, 0].std() / 3


def test_a_head_that_is_never_seen_is_left_alone() -> None:
    values = noisy(np.arange(0, 60, 0.1))
    missing = np.full(len(values), np.nan)
    times = np.arange(len(values)) / 10
    np.testing.assert_array_equal(remove_pose(times, values, missing, missing, missing), values)


# Baseline


def test_the_baseline_is_the_median_and_the_robust_spread() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0.5, 0.05, (4000, COUNT))
    values[:400] = 3.0
    usual = baseline(values)
    np.testing.assert_allclose(usual.median, 0.5, atol=0.02)
    np.testing.assert_allclose(usual.spread, 0.05, rtol=0.25)
    z = deviations(values, usual)
    assert z.dtype == np.float32
    assert abs(np.median(z)) < 0.01
    assert (z[:400] > 30).all()


def test_a_spread_below_the_noise_of_the_mesh_is_not_believed() -> None:
    usual = baseline(np.full((100, COUNT), 0.2))
    np.testing.assert_allclose(usual.spread, FLOORS)
    np.testing.assert_allclose(usual.median, 0.2)


def test_a_measure_that_was_never_taken_has_no_median_and_no_deviation() -> None:
    values = np.full((100, COUNT), 0.2)
    values[:, 4] = np.nan
    values[:50, 7] = np.nan
    usual = baseline(values)
    assert np.isnan(usual.median[4])
    assert usual.median[7] == pytest.approx(0.2)
    z = deviations(values, usual)
    assert np.isnan(z[:, 4]).all()
    assert np.isnan(z[:50, 7]).all()
    assert np.isfinite(z[50:, 7]).all()


# Real recordings


def measured(read_mesh: MeshReader, path: Path, step: int) -> tuple[Array, npt.NDArray[np.float32]]:
    import av

    times, meshes = [], []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % step == 0:
                found = read_mesh(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                if found is not None:
                    times.append(float(frame.time or 0))
                    meshes.append(found)
    time_s = np.array(times)
    return time_s, close_blinks(time_s, measure_expression(np.stack(meshes)))


def strongest(values: npt.NDArray[np.float32], usual: Baseline, rows: npt.NDArray[np.bool_]) -> str:
    return MEASURE_NAMES[int(np.nanargmax(np.median(deviations(values, usual)[rows], axis=0)))]


@pytest.mark.journey
def test_a_real_pout_smile_and_brow_raise_show_in_their_measures(read_mesh: MeshReader) -> None:
    times, values = measured(read_mesh, data_file("video/liveportrait_d9.mp4"), 3)
    whole, neutral = baseline(values), baseline(values[times < 2.1])
    pout, smile = (times > 3.6) & (times < 4.2), (times > 10) & (times < 12)
    brows = (times > 15) & (times < 16.3)
    for usual in (whole, neutral):
        assert strongest(values, usual, pout) == "lip_pucker"
        assert strongest(values, usual, smile) in {"lip_corner_pull_l", "lip_corner_pull_r"}
        assert strongest(values, usual, brows) in {"brow_inner_raise_l", "brow_inner_raise_r"}


@pytest.mark.journey
def test_a_real_one_sided_smile_shows_on_its_side(read_mesh: MeshReader) -> None:
    times, values = measured(read_mesh, data_file("video/liveportrait_d19.mp4"), 3)
    neutral = ((times > 1.0) & (times < 1.3)) | ((times > 4.7) & (times < 5.0))
    z = deviations(values, baseline(values[neutral]))
    for start, stop, side, other in (
        (0.3, 0.7, "l", "r"),
        (1.5, 1.9, "r", "l"),
        (6.7, 7.1, "r", "l"),
    ):
        at = np.median(z[(times > start) & (times < stop)], axis=0)
        assert of(f"lip_corner_pull_{side}", at) > 5
        assert of(f"lip_corner_pull_{side}", at) > 2 * of(f"lip_corner_pull_{other}", at)
        assert MEASURE_NAMES[int(at.argmax())] == f"lip_corner_pull_{side}"


@pytest.mark.journey
def test_a_real_frown_of_the_mouth_and_a_laugh_show_in_their_measures(
    read_mesh: MeshReader,
) -> None:
    times, values = measured(read_mesh, data_file("video/liveportrait_d13.mp4"), 3)
    whole, neutral = baseline(values), baseline(values[(times < 0.35) | (times > 11.2)])
    frown, laugh = (times > 8.6) & (times < 8.9), (times > 6.5) & (times < 7.2)
    depressed = {"lip_corner_depress_l", "lip_corner_depress_r"}
    assert strongest(values, whole, frown) in depressed
    assert strongest(values, neutral, frown) in depressed
    assert strongest(values, neutral, laugh) in {"lip_corner_pull_l", "lip_corner_pull_r"}
