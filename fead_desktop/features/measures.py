"""The expression measures by name: what each is called, which action unit it stands near, and its floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: FER's classes in the order of its output.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

Side = Literal["L", "R", ""]


@dataclass(frozen=True)
class Measure:
    """A geometric proxy of an action unit, in units of the distance between the outer eye corners.

    ``side`` is the person's own left or right. ``floor`` is the least robust spread (MAD x 1.4826) that is
    believed: about twice the frame noise of the mesh, measured on real recordings, and more for what is still
    most of the time (a closed mouth), where the spread says little about talking.
    """

    name: str
    label: str
    action_unit: str
    side: Side = ""
    floor: float = 0.006

    @property
    def title(self) -> str:
        """Words for the analyst, for example ``lip corner pull L (AU12)``."""
        side = f" {self.side}" if self.side else ""
        unit = f" ({self.action_unit})" if self.action_unit.startswith("AU") else ""
        return f"{self.label}{side}{unit}"


def _pair(name: str, label: str, action_unit: str, floor: float = 0.006) -> tuple[Measure, Measure]:
    return (
        Measure(f"{name}_l", label, action_unit, "L", floor),
        Measure(f"{name}_r", label, action_unit, "R", floor),
    )


#: Higher always means more of what the label says.
EXPRESSION_MEASURES: tuple[Measure, ...] = (
    *_pair("brow_inner_raise", "inner brow raise", "AU1", floor=0.006),
    *_pair("brow_outer_raise", "outer brow raise", "AU2", floor=0.005),
    Measure("brow_lower", "brow lowering", "AU4", floor=0.007),
    *_pair("lid_open", "upper lid opening", "AU5", floor=0.005),
    *_pair("cheek_raise", "cheek raise", "AU6", floor=0.006),
    *_pair("squint", "squint", "AU7", floor=0.005),
    Measure("nose_wrinkle", "nose wrinkle", "AU9", floor=0.006),
    *_pair("upper_lip_raise", "upper lip raise", "AU10", floor=0.005),
    *_pair("lip_corner_pull", "lip corner pull", "AU12", floor=0.009),
    *_pair("dimple", "dimple", "AU14", floor=0.006),
    *_pair("lip_corner_depress", "lip corner depress", "AU15", floor=0.007),
    Measure("chin_raise", "chin raise", "AU17", floor=0.008),
    Measure("lip_pucker", "lip pucker", "AU18", floor=0.009),
    Measure("lip_stretch", "lip stretch", "AU20", floor=0.008),
    Measure("lip_press", "lip press", "AU24", floor=0.008),
    Measure("mouth_open", "mouth opening", "AU25", floor=0.014),
    Measure("jaw_drop", "jaw drop", "AU26", floor=0.009),
    Measure("mouth_asymmetry", "mouth asymmetry", "asymmetry", floor=0.010),
    Measure("brow_asymmetry", "brow asymmetry", "asymmetry", floor=0.005),
)

MEASURE_NAMES: tuple[str, ...] = tuple(measure.name for measure in EXPRESSION_MEASURES)
MEASURES_BY_NAME: dict[str, Measure] = {measure.name: measure for measure in EXPRESSION_MEASURES}
