"""The expressions that can be planted: how each moves the face, and which measures name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PlantedExpression:
    """An expression as movements of :mod:`fead_desktop.planting.movements`.

    movements : amounts for a strength of 1; they scale together.
    measures : expression measures that are the movement itself, on either side.
    also : measures that it moves as strongly by its nature; rightly named as the main one too.
    most : beyond this scale the picture stops looking like a face.
    """

    kind: str
    movements: Mapping[str, float] = field(hash=False)
    measures: tuple[str, ...]
    most: float
    also: tuple[str, ...] = ()


def _one_sided(side: str) -> PlantedExpression:
    return PlantedExpression(
        "one-sided lip corner", {f"smile_{side}": 1.0}, (f"lip_corner_pull_{side}",), 0.17
    )


_BROWS = ("brow_inner_raise_l", "brow_inner_raise_r", "brow_outer_raise_l", "brow_outer_raise_r")

#: One of each kind; kinds with two variants are drawn by the seed.
PLANTED_EXPRESSIONS: tuple[tuple[PlantedExpression, ...], ...] = (
    (
        PlantedExpression(
            "wider smile",
            {"smile_l": 1.0, "smile_r": 1.0},
            ("lip_corner_pull_l", "lip_corner_pull_r"),
            0.16,
        ),
    ),
    (_one_sided("l"), _one_sided("r")),
    (PlantedExpression("brow raise", {"brow_l": 1.0, "brow_r": 1.0}, _BROWS, 0.09),),
    (
        PlantedExpression(
            "lid widening", {"widen_l": 1.0, "widen_r": 1.0}, ("lid_open_l", "lid_open_r"), 0.085
        ),
    ),
    (PlantedExpression("pucker", {"pucker": 1.0}, ("lip_pucker",), 0.13),),
    (
        PlantedExpression(
            "jaw drop", {"jaw": 1.0, "part_lips": -0.3}, ("jaw_drop",), 0.2, ("mouth_open",)
        ),
    ),
)
