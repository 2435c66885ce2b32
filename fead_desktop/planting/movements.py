"""Displacement fields of facial movements in the face's own axes, one for each unit of movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import Landmarks
from fead_desktop.planting import regions

Floats = npt.NDArray[np.float64]

#: What :func:`movement_fields` can move. The person's own left and right.
MOVEMENTS = (
    "smile_l",
    "smile_r",
    "brow_l",
    "brow_r",
    "widen_l",
    "widen_r",
    "blink_l",
    "blink_r",
    "pucker",
    "jaw",
    "part_lips",
    "close_mouth",
)


@dataclass(frozen=True)
class FaceAxes:
    """The face's own frame in the picture: across to the person's left, down, and away from the camera.

    Coordinates are in units of the distance between the outer eye corners, from the middle of the mouth.
    """

    origin: Floats
    across: Floats
    down: Floats
    unit_px: float

    @classmethod
    def of(cls, landmarks: Landmarks) -> FaceAxes:
        """Take the axes from the outer eye corners."""
        points = np.asarray(landmarks, np.float64)[:, :2]
        eyes = points[regions.LEFT_EYE_OUTER] - points[regions.RIGHT_EYE_OUTER]
        unit = float(np.hypot(*eyes))
        across = eyes / unit
        corners = points[[regions.RIGHT_LIP_CORNERS[-1], regions.LEFT_LIP_CORNERS[-1]]]
        return cls(corners.mean(axis=0), across, np.array([-across[1], across[0]]), unit)

    def coordinates(self, landmarks: Landmarks) -> tuple[Floats, Floats]:
        """Return (u, v) of every point: across and down."""
        relative = (np.asarray(landmarks, np.float64)[:, :2] - self.origin) / self.unit_px
        return relative @ self.across, relative @ self.down

    def pixels(self, u: Floats, v: Floats) -> Floats:
        """Turn displacements in the face's axes into pixels of the picture, (n, 2)."""
        shift: Floats = (u[:, None] * self.across + v[:, None] * self.down) * self.unit_px
        return shift


def movement_fields(landmarks: Landmarks) -> dict[str, Floats]:
    """Displacement fields for a face at rest, one for each of :data:`MOVEMENTS`.

    Parameters
    ----------
    landmarks : (478, 3) float32
        The face mesh at rest, in pixels.

    Returns
    -------
    dict of (478, 2) arrays
        Pixels for an amount of 1. For ``smile``, ``brow``, ``widen``, ``pucker``, ``jaw`` and
        ``part_lips`` an amount of 1 moves the point that moves most by the distance between the outer
        eye corners, so that amounts are of the order of 0.05. For ``blink`` and ``close_mouth`` 1 closes
        the opening. Fields add up; :class:`fead_desktop.planting.warp.MeshWarp` keeps lips and lids
        from crossing.
    """
    axes = FaceAxes.of(landmarks)
    u, v = axes.coordinates(landmarks)
    mouth = _Mouth.of(u, v)
    fields = {
        "smile_l": _smile(u, v, mouth, regions.LEFT_LIP_CORNERS[0], sign=1),
        "smile_r": _smile(u, v, mouth, regions.RIGHT_LIP_CORNERS[0], sign=-1),
        "brow_l": _brow(u, v, regions.LEFT_BROW, regions.LEFT_LID_FOLDS),
        "brow_r": _brow(u, v, regions.RIGHT_BROW, regions.RIGHT_LID_FOLDS),
        "pucker": _pucker(u, v, mouth),
        "jaw": _jaw(u, v, mouth),
        "part_lips": _part_lips(u, v, mouth),
        "close_mouth": _close_mouth(u, v, mouth),
    }
    for side, upper, lower, folds in (
        ("l", regions.LEFT_UPPER_LID, regions.LEFT_LOWER_LID, regions.LEFT_LID_FOLDS),
        ("r", regions.RIGHT_UPPER_LID, regions.RIGHT_LOWER_LID, regions.RIGHT_LID_FOLDS),
    ):
        fields[f"blink_{side}"] = _blink(u, v, upper, lower, folds)
        fields[f"widen_{side}"] = _widen(u, v, upper, lower, folds)
    return {name: axes.pixels(*fields[name]) for name in MOVEMENTS}


def head_movement(
    landmarks: Landmarks, *, yaw_deg: float, pitch_deg: float, roll_deg: float,
    shift_px: tuple[float, float] = (0.0, 0.0), scale: float = 1.0,
) -> Floats:  # fmt: skip
    """Displacement (478, 2) in pixels of a head that turns about its neck.

    Depth comes from the mesh; signs as in :class:`fead_desktop.faces.face.HeadPose`. Good for a few
    degrees: what a turned head would uncover is not in the picture.
    """
    axes = FaceAxes.of(landmarks)
    u, v = axes.coordinates(landmarks)
    depth = np.asarray(landmarks, np.float64)[:, 2] / axes.unit_px
    # The head turns about the top of the spine: below the mouth's middle and behind the face.
    points = np.column_stack([u, v - 0.35, depth - 0.75])
    yaw, pitch, roll = np.deg2rad([yaw_deg, pitch_deg, roll_deg])
    about_v = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_u = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    about_depth = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    turned = points @ (about_depth @ about_u @ about_v).T * scale - points
    moved: Floats = axes.pixels(turned[:, 0], turned[:, 1]) + np.asarray(shift_px)
    return moved


@dataclass(frozen=True)
class _Mouth:
    """Shape of the mouth at rest and the lips' points."""

    half_width: float
    half_height: float
    upper: npt.NDArray[np.intp]
    lower: npt.NDArray[np.intp]
    corners: npt.NDArray[np.intp]

    @classmethod
    def of(cls, u: Floats, v: Floats) -> _Mouth:
        corners = np.array(regions.RIGHT_LIP_CORNERS + regions.LEFT_LIP_CORNERS)
        outer_upper, outer_lower = regions.UPPER_LIP_ROWS[-1], regions.LOWER_LIP_ROWS[-1]
        return cls(
            float(u[outer_upper[-1]] - u[outer_upper[0]]) / 2,
            float(v[list(outer_lower)].max() - v[list(outer_upper)].min()) / 2,
            np.array([n for row in regions.UPPER_LIP_ROWS for n in row[1:-1]]),
            np.array([n for row in regions.LOWER_LIP_ROWS for n in row[1:-1]]),
            corners,
        )

    def lips(self) -> npt.NDArray[np.intp]:
        return np.concatenate([self.upper, self.lower, self.corners])

    def outside(self, u: Floats, v: Floats) -> Floats:
        """How far points are outside the lips, 0 within them."""
        middle = 0.5 * self.half_height
        radius = np.hypot(u / self.half_width, (v - middle) / (1.3 * self.half_height))
        distance: Floats = np.maximum(radius - 1, 0) * (self.half_width + self.half_height) / 2
        return distance


def _bell(distance: Floats, width: float) -> Floats:
    bell: Floats = np.exp(-0.5 * (distance / width) ** 2)
    return bell


def _step(x: Floats) -> Floats:
    """Rise smoothly from 0 to 1 for x from 0 to 1."""
    x = np.clip(x, 0, 1)
    risen: Floats = x * x * (3 - 2 * x)
    return risen


def _smile(u: Floats, v: Floats, mouth: _Mouth, corner: int, *, sign: int) -> tuple[Floats, Floats]:
    """Zygomatic pull: the lip corner goes out and up, the cheek above it rises."""
    weight = _bell(np.hypot(u - u[corner], v - v[corner]), 0.19)
    lips = mouth.lips()
    weight[lips] = np.clip(sign * u[lips] / mouth.half_width, 0, 1) ** 1.7
    cheek = _bell(np.hypot(u - u[corner] - sign * 0.05, v - v[corner] + 0.28), 0.13)
    cheek[lips] = 0
    return sign * 0.75 * weight + sign * 0.12 * cheek, -0.66 * weight - 0.2 * cheek


def _brow(
    u: Floats, v: Floats, brow: tuple[int, ...], folds: tuple[tuple[int, ...], ...]
) -> tuple[Floats, Floats]:
    """Frontalis: the whole brow rises and draws a little of forehead and upper lid with it."""
    points = list(brow)
    apart = np.hypot(u[:, None] - u[points], (v[:, None] - v[points]) * 1.1).min(axis=1)
    weight = _bell(apart, 0.09)
    for row, share in zip(folds, (0.3, 0.7), strict=True):
        weight[list(row)] *= share
    for lid in (regions.RIGHT_UPPER_LID, regions.LEFT_UPPER_LID, regions.RIGHT_LOWER_LID,
                regions.LEFT_LOWER_LID):  # fmt: skip
        weight[list(lid)] = 0
    return np.zeros_like(u), -weight


def _lid_profile(u: Floats, lid: tuple[int, ...]) -> Floats:
    """1 in the middle of a lid, 0 in the eye's corners."""
    points = u[list(lid)]
    place = (points - points[0]) / (points[-1] - points[0])
    profile: Floats = np.clip(4 * place * (1 - place), 0, 1)
    return profile


def _blink(
    u: Floats, v: Floats, upper: tuple[int, ...], lower: tuple[int, ...],
    folds: tuple[tuple[int, ...], ...],
) -> tuple[Floats, Floats]:  # fmt: skip
    """The upper lid comes down to the lower one, which rises a little; the folds unroll."""
    down = np.zeros_like(u)
    opening = np.maximum(v[list(lower)] - v[list(upper)], 0)
    down[list(upper[1:-1])] = 0.88 * opening[1:-1]
    down[list(lower[1:-1])] = -0.12 * opening[1:-1]
    for row, share in zip(folds, (0.55, 0.15), strict=True):
        down[list(row)] = share * opening[1:-1]
    return np.zeros_like(u), down


def _widen(
    u: Floats, v: Floats, upper: tuple[int, ...], lower: tuple[int, ...],
    folds: tuple[tuple[int, ...], ...],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Levator of the upper lid: the lid rises and its folds roll in; the lower lid drops a little."""
    down = np.zeros_like(v)
    # A raised lid is flatter than an arc: the whole rim goes up.
    profile = _lid_profile(u, upper) ** 0.6
    down[list(upper)] = -profile
    down[list(lower)] = 0.2 * _lid_profile(u, lower)
    for row, share in zip(folds, (0.85, 0.5), strict=True):
        down[list(row)] = -share * profile[1:-1]
    return np.zeros_like(u), down


def _pucker(u: Floats, v: Floats, mouth: _Mouth) -> tuple[Floats, Floats]:
    """Orbicularis oris: the corners come together, the lips grow fuller, the cheeks follow."""
    # Above the lips the pull ends at the nose, which stays.
    fall = _bell(mouth.outside(u, v), 0.16) * _step((v + 0.3) / 0.25)
    inward = -np.clip(u / mouth.half_width, -1.25, 1.25) * fall
    # Skin next to the lips gives way, or it would fold over them.
    middle = np.clip(1 - (u / mouth.half_width) ** 2, 0, 1)
    fuller = np.where(v > 0, 0.36, -0.36) * middle * _bell(mouth.outside(u, v), 0.07)
    for rows, sign in ((regions.UPPER_LIP_ROWS, -1), (regions.LOWER_LIP_ROWS, 1)):
        for row, share in zip(rows, (0.0, 0.12, 0.24, 0.36), strict=True):
            points = list(row[1:-1])
            fuller[points] = sign * share * middle[points]
    fuller[mouth.corners] = 0
    return inward, fuller


def _jaw(u: Floats, v: Floats, mouth: _Mouth) -> tuple[Floats, Floats]:
    """The lower jaw opens: lower lip and chin go down, the corners half the way, cheeks lengthen."""
    beside = _step((np.abs(u) / mouth.half_width - 0.7) / 0.5)
    below = _step(v / 0.12 + 0.2)
    weight = below * (1 - beside) + _step((v + 0.22) / 0.62) * beside
    lower = mouth.lower
    weight[lower] = 0.35 + 0.65 * np.sqrt(np.clip(1 - (u[lower] / mouth.half_width) ** 2, 0, 1))
    weight[mouth.corners] = 0.3
    across = np.zeros_like(u)
    lips = mouth.lips()
    across[lips] = -0.22 * u[lips] / mouth.half_width
    upper = mouth.upper
    weight[upper] = 0.3 * np.clip(np.abs(u[upper]) / mouth.half_width, 0, 1) ** 3
    return across, weight


def _part_lips(u: Floats, v: Floats, mouth: _Mouth) -> tuple[Floats, Floats]:
    """The lips part without the jaw: the upper lip rises, the lower one drops."""
    down = np.zeros_like(v)
    middle = np.clip(1 - (u / mouth.half_width) ** 2, 0, 1)
    fall = _bell(mouth.outside(u, v), 0.1)
    down = np.where(v > 0, 0.7, -0.3) * fall * middle
    down[mouth.upper] = -0.3 * middle[mouth.upper]
    down[mouth.lower] = middle[mouth.lower]
    down[mouth.corners] = 0
    return np.zeros_like(u), down


def _close_mouth(u: Floats, v: Floats, mouth: _Mouth) -> tuple[Floats, Floats]:
    """Lips of a mouth that is open at rest meet; the lower one and the chin do most of the way."""
    down = np.zeros_like(v)
    upper_inner, lower_inner = list(regions.UPPER_LIP_ROWS[0]), list(regions.LOWER_LIP_ROWS[0])
    opening = np.maximum(v[lower_inner] - v[upper_inner], 0)
    order = np.argsort(u[upper_inner])
    gap = np.interp(u, u[upper_inner][order], opening[order], left=0, right=0)
    apart = mouth.outside(u, v)
    down = np.where(v > 0, -0.65, 0.35) * gap * _bell(apart, 0.2)
    for row, share in zip(regions.UPPER_LIP_ROWS, (1.0, 0.95, 0.85, 0.7), strict=True):
        down[list(row[1:-1])] = 0.35 * share * opening[1:-1]
    for row, share in zip(regions.LOWER_LIP_ROWS, (1.0, 0.95, 0.85, 0.7), strict=True):
        down[list(row[1:-1])] = -0.65 * share * opening[1:-1]
    down[mouth.corners] = 0
    return np.zeros_like(u), down
