"""Expression measures: distances and places of mesh points in the face's own axes, free of head pose.

Every measure is a geometric proxy of an action unit (Ekman and Friesen's facial action coding system), not a
coding of it. Each frame's mesh is laid on the mean face by a similarity in three dimensions that is fitted to
points that hardly move with expression; what is left is read in the face's axes: *out* = away from the
midline, *up* = towards the brow, *front* = towards the camera of a frontal face. The unit is the distance
between the outer eye corners. Points of the person's right side are named, the left ones mirror them.

=================== ========= ====================================================================================
measure             near      definition (numbers of mesh points)
=================== ========= ====================================================================================
brow_inner_raise    AU1       up of the inner brow (55, 65, 66, 107) over the eye's corners (33, 133)
brow_outer_raise    AU2       up of the outer brow (46, 53, 63, 70) over the eye's corners
brow_lower          AU4       how close the brows' inner ends are (55-285, 107-336) + 0.2 x how low
lid_open            AU5       up of the upper lid (158, 159, 160) over the eye's corners
cheek_raise         AU6       up of the cheek (50, 101, 117, 118) over the eye's corners, less what the lip corners
                              take along (0.15 x up of this, 0.1 x up of the other, 0.1 x out)
squint              AU7       up of the lower lid (144, 145, 153) over the eye's corners
nose_wrinkle        AU9       up of the nose wings (64, 129) over the inner eye corners (133), less 0.3 x up of
                              the lip corners
upper_lip_raise     AU10      up of the upper lip's inner edge (81, 82), less 0.3 x up of this lip corner,
                              0.15 x up of the other, and 0.35 x (up of the lower lip's edge + gap)
lip_corner_pull     AU12      0.6 x out + 0.8 x risen of the lip corner (61); risen = up + 0.3 x gap makes its
                              fall with the jaw good
dimple              AU14      how far the lip corner lies behind 1.2 x front of the lips' middle (0, 13, 14, 17),
                              less 0.15 x its out and up
lip_corner_depress  AU15      0.5 x out - 0.87 x up of the lip corner against half the mouth's middle (13, 14)
chin_raise          AU17      mean up of chin (148, 152, 377) and lower lip's edge (17, 84, 314) + 0.7 x gap
                              + 0.2 x out - 0.75 x risen of the lip corners
lip_pucker          AU18      0.6 x risen - 0.8 x out of the lip corners + 0.3 x front of the lips' middle
                              + 0.5 x red: narrower, to the front and thicker
lip_stretch         AU20      0.85 x out - 0.5 x up of the lip corners: wider without a smile's rise
lip_press           AU24      how thin the red of both lips is (0-13 and neighbours, 14-17 and neighbours), less
                              what a smile thins (0.2 x out + 0.25 x up of the lip corners)
mouth_open          AU25      gap between the lips' inner edges (13-14, 82-87, 312-317), here called gap
jaw_drop            AU26      0.6 x down of the chin + 0.4 x down of the lower lip's edge + 0.5 x risen of the lip
                              corners
mouth_asymmetry     asymmetry half the distance between one lip corner and the other's mirror image
brow_asymmetry      asymmetry half the difference between the heights of the two brows
=================== ========= ====================================================================================

The factors that take one movement out of another's measure were read off real recordings, where the points of
a face move together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.alignment import STABLE_POINTS, rigid_fit
from fead_desktop.features.measures import EXPRESSION_MEASURES, MEASURE_NAMES

Values = npt.NDArray[np.float32]
_Array = npt.NDArray[np.float64]

#: A blink is shorter than this.
BLINK_S = 0.5

#: Pose is only taken out of the measures of a longer recording with a wider range of pose: on shorter ones
#: the regression takes expression for pose.
LEAST_POSE_S = 30.0
LEAST_POSE_RANGE_DEG = 5.0

_MESH_POINTS = 478
_FLOORS = np.array([measure.floor for measure in EXPRESSION_MEASURES])

#: Mesh points by part: of the person's right side, then of the left in the same order.
_SIDED = {
    "eye_corners": ((33, 133), (263, 362)),
    "inner_eye": ((133,), (362,)),
    "inner_brow": ((55, 65, 66, 107), (285, 295, 296, 336)),
    "outer_brow": ((46, 53, 63, 70), (276, 283, 293, 300)),
    "brow_end": ((55, 107), (285, 336)),
    "upper_lid": ((158, 159, 160), (385, 386, 387)),
    "lower_lid": ((144, 145, 153), (373, 374, 380)),
    "cheek": ((50, 101, 117, 118), (280, 330, 346, 347)),
    "nose_wing": ((64, 129), (294, 358)),
    "upper_lip": ((81, 82), (311, 312)),
    "lip_corner": ((61,), (291,)),
}
_SIDES = ("r", "l")
_OTHER = {"r": "l", "l": "r"}
_OUT = {"r": -1.0, "l": 1.0}
_CHIN = (148, 152, 377)
_LOWER_LIP_EDGE = (17, 84, 314)
_LIPS_MIDDLE = (0, 13, 14, 17)


class Baseline(NamedTuple):
    """What is usual for one person: ``median`` (m,) and robust ``spread`` (m,) of each measure."""

    median: _Array
    spread: _Array


def measure_expression(landmarks: npt.ArrayLike) -> Values:
    """Return the expression measures of each mesh, (n, m) float32, in the order of ``MEASURE_NAMES``.

    Parameters
    ----------
    landmarks : (478, 3) or (n, 478, 3)
        Meshes in pixels, z in the same scale; a mesh with a NaN gives a row of NaN.

    Returns
    -------
    (n, m) float32
        In units of the distance between the outer eye corners; higher = more of what the label says. The
        definitions stand in the module's docstring.

    Raises
    ------
    ValueError
        If these are no meshes of 478 points.
    """
    meshes = np.asarray(landmarks, np.float64)
    if meshes.ndim == 2:
        meshes = meshes[None]
    if meshes.ndim != 3 or meshes.shape[1:] != (_MESH_POINTS, 3):
        raise ValueError(f"landmarks have shape {meshes.shape}, expected (n, {_MESH_POINTS}, 3)")
    face = _frontal(meshes)
    values = {**_upper_face(face), **_lower_face(face)}
    columns = np.stack([values[name] for name in MEASURE_NAMES], axis=1)
    return np.asarray(columns, np.float32)


def close_blinks(time_s: npt.ArrayLike, values: npt.ArrayLike) -> Values:
    """Return the measures with blinks taken out of the lids.

    A grey closing over :data:`BLINK_S` fills the short dips of ``lid_open_*``, an opening takes the short
    peaks off ``squint_*``. The windows are in seconds, so gaps and a variable frame rate do no harm.

    Parameters
    ----------
    time_s : (n,)
        Times of one person's rows, not decreasing.
    values : (n, m)
        Expression measures; NaN stays NaN.
    """
    times = np.asarray(time_s, np.float64)
    closed = np.array(values, np.float32)
    for column, name in enumerate(MEASURE_NAMES):
        if name.startswith("lid_open"):
            closed[:, column] = _closing(times, closed[:, column])
        elif name.startswith("squint"):
            closed[:, column] = -_closing(times, -closed[:, column])
    return closed


def remove_pose(
    time_s: npt.ArrayLike,
    values: npt.ArrayLike,
    yaw_deg: npt.ArrayLike,
    pitch_deg: npt.ArrayLike,
    roll_deg: npt.ArrayLike,
) -> Values:
    """Return the measures without what a quadratic of the head pose explains.

    Robust regression of each measure on yaw, pitch and roll, their squares and products (iteratively
    reweighted least squares with Huber's weights, k = 1.345; residuals beyond 6 sigma count nothing), so that
    expressions don't bend the fit. The level at the median pose is kept. Only angles whose 5-95 % range is at
    least :data:`LEAST_POSE_RANGE_DEG` take part, and only where at least :data:`LEAST_POSE_S` were measured;
    otherwise the values come back unchanged.

    Parameters
    ----------
    time_s, yaw_deg, pitch_deg, roll_deg : (n,)
        Times (not decreasing) and head pose of one person's rows; rows without pose are left as they are.
    values : (n, m)
    """
    free = np.array(values, np.float32)
    angles = np.stack(
        [np.asarray(angle, np.float64) for angle in (yaw_deg, pitch_deg, roll_deg)], axis=1
    )
    posed = np.isfinite(angles).all(axis=1)
    if _covered_s(np.asarray(time_s, np.float64)[posed]) < LEAST_POSE_S:
        return free
    low, middle, high = np.percentile(angles[posed], (5, 50, 95), axis=0)
    wide = high - low >= LEAST_POSE_RANGE_DEG
    if not wide.any():
        return free
    # Beyond the range that was fitted a quadratic runs away.
    inside = np.clip(angles, *np.percentile(angles[posed], (1, 99), axis=0))
    terms = _quadratic(((inside - middle) / 10.0)[:, wide])
    for column in range(free.shape[1]):
        rows = posed & np.isfinite(free[:, column])
        if rows.sum() < 10 * (terms.shape[1] + 1):
            continue
        slopes = _huber(terms[rows], free[rows, column].astype(np.float64))
        free[rows, column] -= (terms[rows] @ slopes).astype(np.float32)
    return free


def baseline(values: npt.ArrayLike) -> Baseline:
    """Return median and robust spread (1.4826 x median absolute deviation) of the expression measures.

    The spread is never below the measure's floor. A measure that was never taken has a NaN median.
    """
    table = np.asarray(values, np.float64)
    median = _nanmedian(table)
    spread = 1.4826 * _nanmedian(np.abs(table - median))
    return Baseline(median, np.fmax(spread, _FLOORS))


def deviations(values: npt.ArrayLike, usual: Baseline) -> Values:
    """Return (values - median) / spread, (n, m): robust standard deviations from what is usual."""
    return ((np.asarray(values, np.float64) - usual.median) / usual.spread).astype(np.float32)


def _frontal(meshes: _Array) -> _Array:
    """Lay each mesh on the mean face; axes x to the person's left, y up, z to the front."""
    frontal = np.full_like(meshes, np.nan)
    stable = list(STABLE_POINTS)
    for mesh, out in zip(meshes, frontal, strict=True):
        if np.isfinite(mesh).all():
            rotation, translation, scale = rigid_fit(mesh[stable])
            out[:] = (mesh - translation) @ rotation / scale
    frontal *= np.array([1.0, -1.0, -1.0])
    return frontal


def _sided(face: _Array, part: str, side: str, axis: int) -> _Array:
    points = list(_SIDED[part][_SIDES.index(side)])
    place: _Array = face[:, points, axis].mean(axis=1)
    return place


def _upper_face(face: _Array) -> dict[str, _Array]:
    values: dict[str, _Array] = {}
    height: dict[str, _Array] = {}
    low = np.zeros(len(face))
    for side in _SIDES:
        eye = _sided(face, "eye_corners", side, 1)
        inner = _sided(face, "inner_brow", side, 1) - eye
        outer = _sided(face, "outer_brow", side, 1) - eye
        values[f"brow_inner_raise_{side}"] = inner
        values[f"brow_outer_raise_{side}"] = outer
        values[f"lid_open_{side}"] = _sided(face, "upper_lid", side, 1) - eye
        values[f"squint_{side}"] = _sided(face, "lower_lid", side, 1) - eye
        values[f"cheek_raise_{side}"] = (
            _sided(face, "cheek", side, 1)
            - eye
            - 0.15 * _sided(face, "lip_corner", side, 1)
            - 0.1 * _sided(face, "lip_corner", _OTHER[side], 1)
            - 0.1 * _OUT[side] * _sided(face, "lip_corner", side, 0)
        )
        height[side] = (inner + outer) / 2
        low -= inner / 2
    gap = _sided(face, "brow_end", "l", 0) - _sided(face, "brow_end", "r", 0)
    values["brow_lower"] = 0.2 * low - gap
    values["brow_asymmetry"] = np.abs(height["l"] - height["r"]) / 2
    return values


def _lower_face(face: _Array) -> dict[str, _Array]:
    gap = _distance(face, (13, 82, 312), (14, 87, 317))
    red = _distance(face, (0, 37, 267), (13, 82, 312)) + _distance(
        face, (17, 84, 314), (14, 87, 317)
    )
    lower_lip = face[:, list(_LOWER_LIP_EDGE), 1].mean(axis=1)
    chin = face[:, list(_CHIN), 1].mean(axis=1)
    middle = face[:, [13, 14], 1].mean(axis=1)
    front = face[:, list(_LIPS_MIDDLE), 2].mean(axis=1)
    out = {"r": -face[:, 61, 0], "l": face[:, 291, 0]}
    up = {"r": face[:, 61, 1], "l": face[:, 291, 1]}
    back = {"r": -face[:, 61, 2], "l": -face[:, 291, 2]}
    both_out, both_up = (out["l"] + out["r"]) / 2, (up["l"] + up["r"]) / 2
    wings = sum(
        _sided(face, "nose_wing", side, 1) - _sided(face, "inner_eye", side, 1) for side in _SIDES
    )
    level = (chin + lower_lip) / 2
    # The corners hang on the jaw: they fall by about a third of the gap.
    risen = {side: up[side] + 0.3 * gap for side in _SIDES}
    both_risen = both_up + 0.3 * gap
    values = {
        "nose_wrinkle": wings / 2 - 0.3 * both_up,
        "chin_raise": level + 0.7 * gap + 0.2 * both_out - 0.75 * both_risen,
        "lip_pucker": 0.3 * front - 0.8 * both_out + 0.6 * both_risen + 0.5 * red,
        "lip_stretch": 0.85 * both_out - 0.5 * both_up,
        "lip_press": -red - 0.2 * both_out - 0.25 * both_up,
        "mouth_open": gap,
        "jaw_drop": 0.5 * both_risen - 0.6 * chin - 0.4 * lower_lip,
        "mouth_asymmetry": np.hypot(out["l"] - out["r"], up["l"] - up["r"]) / 2,
    }
    for side in _SIDES:
        values |= {
            f"upper_lip_raise_{side}": _sided(face, "upper_lip", side, 1)
            - 0.3 * up[side]
            - 0.15 * up[_OTHER[side]]
            - 0.35 * (lower_lip + gap),
            f"lip_corner_pull_{side}": 0.6 * out[side] + 0.8 * risen[side],
            f"dimple_{side}": 1.2 * front + back[side] - 0.15 * (out[side] + up[side]),
            f"lip_corner_depress_{side}": 0.5 * out[side] - 0.87 * (up[side] - 0.5 * middle),
        }
    return values


def _distance(face: _Array, ones: tuple[int, ...], others: tuple[int, ...]) -> _Array:
    """Mean distance in space between points and their partners, (n,)."""
    apart: _Array = np.linalg.norm(face[:, list(ones)] - face[:, list(others)], axis=2).mean(axis=1)
    return apart


def _closing(times: _Array, values: Values) -> Values:
    """Grey closing over a centred window in seconds: first the largest, then the least neighbour."""
    half = BLINK_S / 2 + 1e-6
    start = np.searchsorted(times, times - half, "left")
    stop = np.searchsorted(times, times + half, "right")
    closed = values
    for extreme in (np.fmax, np.fmin):
        source, closed = closed, closed.copy()
        for step in range(int((stop - start).max(initial=0))):
            row = np.minimum(start + step, stop - 1)
            closed = extreme(closed, source[row])
    return np.where(np.isnan(values), np.nan, closed).astype(np.float32)


def _covered_s(times: _Array) -> float:
    """Seconds that were measured: a gap counts as one second at most."""
    return float(np.minimum(np.diff(times), 1.0).sum())


def _quadratic(angles: _Array) -> _Array:
    """Columns x, y, ... and x*x, x*y, ..., each zero at the median pose."""
    count = angles.shape[1]
    products = [angles[:, i] * angles[:, j] for i in range(count) for j in range(i, count)]
    return np.column_stack([angles, *products])


def _huber(terms: _Array, target: _Array) -> _Array:
    """Robust slopes of ``target`` on ``terms`` (an intercept is fitted and left out)."""
    design = np.column_stack([np.ones(len(terms)), terms])
    residual = target - np.median(target)
    coefficients = np.zeros(design.shape[1])
    for _ in range(20):
        sigma = max(1.4826 * float(np.median(np.abs(residual))), 1e-9)
        size = np.abs(residual) / sigma
        weight = np.where(size > 6.0, 0.0, 1.345 / np.fmax(size, 1.345))
        weighted = design.T * weight
        before = coefficients
        coefficients = np.linalg.lstsq(weighted @ design, weighted @ target, rcond=1e-10)[0]
        residual = target - design @ coefficients
        if np.abs(coefficients - before).max() < 1e-6:
            break
    return coefficients[1:]


def _nanmedian(table: _Array) -> _Array:
    """Median of each column without NaN; NaN (and no warning) where nothing was measured."""
    median = np.full(table.shape[1], np.nan)
    measured = np.isfinite(table).any(axis=0)
    if measured.any():
        median[measured] = np.nanmedian(table[:, measured], axis=0)
    return median
