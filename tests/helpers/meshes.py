"""A face mesh made by rule, for tests of geometry that need no picture of a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.planting import regions

WIDTH, HEIGHT = 320, 240
EYE_PX = 80.0


def made_landmarks() -> npt.NDArray[np.float32]:
    """A face-like mesh made by rule: a grid of points in an oval, lips, lids and eyes where they belong."""
    points = np.zeros((478, 3), np.float32)
    numbers = np.arange(478)
    angle, radius = numbers * 2.39996, np.sqrt((numbers + 0.5) / 478)
    points[:, 0] = WIDTH / 2 + 55 * radius * np.cos(angle)
    points[:, 1] = HEIGHT / 2 + 70 * radius * np.sin(angle)
    for step, number in enumerate(regions.FACE_OVAL):
        turn = 2 * np.pi * step / len(regions.FACE_OVAL)
        points[number, :2] = (WIDTH / 2 + 60 * np.sin(turn), HEIGHT / 2 - 76 * np.cos(turn))
    lids = (
        (regions.RIGHT_UPPER_LID, 1, -6), (regions.RIGHT_LOWER_LID, 1, 6),
        (regions.LEFT_UPPER_LID, -1, -6), (regions.LEFT_LOWER_LID, -1, 6),
    )  # fmt: skip
    for lid, sign, height in lids:
        place = np.linspace(0, 1, len(lid))
        points[list(lid), 0] = WIDTH / 2 - sign * (EYE_PX / 2 - 28 * place)
        points[list(lid), 1] = HEIGHT / 2 - 20 + height * 4 * place * (1 - place)
    for rows, sign in ((regions.UPPER_LIP_ROWS, -1), (regions.LOWER_LIP_ROWS, 1)):
        for order, row in enumerate(rows):
            place = np.linspace(-1, 1, len(row))
            points[list(row), 0] = WIDTH / 2 + (20 + 2 * order) * place
            arch = (5 + 2.5 * order) * (1 - place**2)
            points[list(row), 1] = HEIGHT / 2 + 35 + sign * arch
    return points
