"""Tables with the columns of OpenFace's and py-feat's CSV, so that scripts written for them run.

Our measures are geometric proxies, not trained action-unit intensities. What goes into the columns of an action
unit is how far its measure is away from the person's own baseline, in robust standard deviations; what was not
measured is empty. The dictionary beside the tables says so for each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.views import expression_sigma, one_face_a_frame, quality_mask
from fead_desktop.case.store import Case
from fead_desktop.features.measures import EMOTIONS, EXPRESSION_MEASURES
from fead_desktop.features.table import Column, FeatureTable
from fead_desktop.report.interchange.plain import one_line
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    import pandas as pd

Values = npt.NDArray[np.float64]

#: The action units of OpenFace 2 (``_r`` intensity 0 to 5; ``_c`` presence has AU28 too) and of py-feat.
OPENFACE_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
OPENFACE_PRESENT = tuple(sorted((*OPENFACE_UNITS, 28)))
PYFEAT_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
#: py-feat's names of FER's classes, in py-feat's order.
PYFEAT_EMOTIONS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}
#: OpenFace's scale ends here; a robust σ beyond it is written as it.
MOST_SIGMA = 5.0
#: A unit counts as present from here on.
PRESENT_SIGMA = 3.0
_LANDMARKS = 68


def openface_table(case: Case, person: int) -> pd.DataFrame:
    """Return a person's table like that of ``FeatureExtraction -pose -aus``.

    One row for each analysed frame, ``success`` 0 where the person was not seen in it; ``frame`` counts from 1
    as there, ``timestamp`` is the frame's own time. Angles follow OpenFace: radians, positive = down, to the
    person's right, clockwise.
    """
    import pandas as pd

    rows = one_face_a_frame(case.features().of_person(person))
    units = _units(rows)
    columns: dict[str, npt.ArrayLike] = {
        "frame": rows.frame_number + 1,
        "face_id": np.zeros(len(rows), int),
        "timestamp": rows.time_s,
        "confidence": rows["confidence"].astype(np.float64),
        "success": np.ones(len(rows), int),
        **{f"pose_T{axis}": _nothing(rows) for axis in "xyz"},
        "pose_Rx": -np.radians(rows["pitch_deg"].astype(np.float64)),
        "pose_Ry": -np.radians(rows["yaw_deg"].astype(np.float64)),
        "pose_Rz": np.radians(rows["roll_deg"].astype(np.float64)),
    }
    for unit in OPENFACE_UNITS:
        columns[f"AU{unit:02d}_r"] = _intensity(units, unit, rows)
    for unit in OPENFACE_PRESENT:
        sigma = units.get(unit, _nothing(rows))
        present = (sigma >= PRESENT_SIGMA).astype(np.float64)
        columns[f"AU{unit:02d}_c"] = np.where(np.isfinite(sigma), present, np.nan)
    table = pd.DataFrame(columns)
    frames = case.analysed_frames()
    absent = ~np.isin(frames.frame_number, rows.frame_number) & frames.decoded
    if absent.any():
        missing = pd.DataFrame(
            {
                "frame": frames.frame_number[absent] + 1,
                "face_id": 0,
                "timestamp": frames.time_s[absent],
                "confidence": 0.0,
                "success": 0,
            }
        )
        table = pd.concat([table, missing]).sort_values("frame", kind="stable")
    return table


def pyfeat_table(case: Case, person: int) -> pd.DataFrame:
    """Return a person's table like the one py-feat's detectors save: one row for each frame with the person.

    ``frame`` counts from 0 as there; ``approx_time`` is the frame's own timecode, not an approximation, and
    ``timestamp`` its time in seconds.
    """
    import pandas as pd

    rows = one_face_a_frame(case.features().of_person(person))
    units, recording = _units(rows), case.recording
    columns: dict[str, npt.ArrayLike] = {
        "FaceRectX": rows["box_x"],
        "FaceRectY": rows["box_y"],
        "FaceRectWidth": rows["box_width"],
        "FaceRectHeight": rows["box_height"],
        "FaceScore": rows["confidence"],
    }
    for axis in "xy":
        columns |= {f"{axis}_{point}": _nothing(rows) for point in range(_LANDMARKS)}
    columns |= {"Pitch": rows["pitch_deg"], "Roll": rows["roll_deg"], "Yaw": rows["yaw_deg"]}
    for unit in PYFEAT_UNITS:
        columns[f"AU{unit:02d}"] = _intensity(units, unit, rows) / MOST_SIGMA
    emotions = {name: rows[own] for name, own in PYFEAT_EMOTIONS.items()}
    return pd.DataFrame(
        {
            **columns,
            **emotions,
            "FrameHeight": np.nan if recording is None else recording.height,
            "FrameWidth": np.nan if recording is None else recording.width,
            "input": "" if recording is None else one_line(recording.path),
            "frame": rows.frame_number,
            "approx_time": [format_timecode(time) for time in rows.time_s],
            "timestamp": rows.time_s,
        }
    )


def dictionary(table: str, columns: Sequence[str]) -> list[Column]:
    """Return the data dictionary of the table ``openface`` or ``pyfeat``."""
    return [_described(table, name) for name in columns]


def _units(rows: FeatureTable) -> dict[int, Values]:
    """Return robust σ above the person's baseline by action unit, (n,); the mean of left and right."""
    sigma = expression_sigma(rows, quality_mask(rows))
    columns: dict[int, list[Values]] = {}
    for place, measure in enumerate(EXPRESSION_MEASURES):
        if measure.action_unit.startswith("AU"):
            columns.setdefault(int(measure.action_unit[2:]), []).append(sigma[:, place])
    return {unit: np.mean(np.stack(found), axis=0) for unit, found in columns.items()}


def _intensity(units: dict[int, Values], unit: int, rows: FeatureTable) -> Values:
    return np.clip(units.get(unit, _nothing(rows)), 0.0, MOST_SIGMA)


def _nothing(rows: FeatureTable) -> Values:
    return np.full(len(rows), np.nan)


_COMMON = {
    "timestamp": ("float", "s", "presentation time of the frame, relative to the first frame"),
    "face_id": ("int", "", "always 0: each person has a table"),
    "confidence": ("float", "0-1", "the face detector's own confidence; 0 where the person was not seen"),
    "success": ("0/1", "", "1 where the person was seen in this analysed frame"),
    "pose_Rx": ("float", "rad", "head nod; positive = looking down"),
    "pose_Ry": ("float", "rad", "head turn; positive = to the person's right"),
    "pose_Rz": ("float", "rad", "head tilt; positive = clockwise in the picture"),
    "FaceRectX": ("float", "px", "left edge of the bounding box"),
    "FaceRectY": ("float", "px", "upper edge of the bounding box"),
    "FaceRectWidth": ("float", "px", "width of the bounding box"),
    "FaceRectHeight": ("float", "px", "height of the bounding box"),
    "FaceScore": ("float", "0-1", "the face detector's own confidence"),
    "Pitch": ("float", "deg", "head nod; positive = looking up"),
    "Roll": ("float", "deg", "head tilt; positive = clockwise in the picture"),
    "Yaw": ("float", "deg", "head turn; positive = to the person's left"),
    "FrameHeight": ("int", "px", "height of the recording's picture"),
    "FrameWidth": ("int", "px", "width of the recording's picture"),
    "input": ("text", "", "the recording"),
    "approx_time": ("text", "h:m:s.ms", "timecode of the frame, exact"),
}  # fmt: skip
_MEASURED_UNITS = {measure.action_unit for measure in EXPRESSION_MEASURES}
_FIRST_FRAME = {"openface": 1, "pyfeat": 0}


def _described(table: str, name: str) -> Column:
    if name in _COMMON:
        return Column(name, *_COMMON[name])
    if name == "frame":
        text = f"number of the frame in the recording, counted from {_FIRST_FRAME[table]}"
        return Column(name, "int", "", text)
    if name in PYFEAT_EMOTIONS:
        own = PYFEAT_EMOTIONS[name]
        return Column(name, "float", "0-1", f"score of the apparent emotion '{own}' (FER)")
    unit, _, kind = name.partition("_")
    if not name.startswith("AU") or f"AU{int(unit[2:])}" not in _MEASURED_UNITS:
        return Column(name, "float", "", "not measured by this program; empty")
    what = "our geometric proxy, mean of left and right, away from the person's own baseline"
    if kind == "c":
        text = f"1 where {what} is {PRESENT_SIGMA:.0f} robust σ or more; not a trained classifier"
        return Column(name, "0/1", "", text)
    scale = f"clipped to 0 to {MOST_SIGMA:.0f}"
    if table == "pyfeat":
        scale = f"divided by {MOST_SIGMA:.0f} and clipped to 0 to 1"
    return Column(name, "float", "robust σ", f"{what}, {scale}; not a trained intensity")


assert set(PYFEAT_EMOTIONS.values()) == set(EMOTIONS)
