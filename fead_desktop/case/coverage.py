"""What could be analysed of a person and why not the rest, frame by frame. Qt-free zone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.views import (
    LEAST_SIZE_PX,
    MOST_OCCLUSION,
    MOST_PITCH_DEG,
    MOST_YAW_DEG,
    quality_mask,
)
from fead_desktop.case.case import AnalysedFrames
from fead_desktop.features.table import FeatureTable

#: What is known of a frame for a person; of several the earlier one is told.
COVERAGE = (
    "analysed", "covered", "turned away", "too small", "no mesh", "other person", "no face",
    "not readable",
)  # fmt: skip


def coverage_of_frames(
    table: FeatureTable, analysed: AnalysedFrames, person: int | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return what is known at each analysed frame of a person (None = of anybody).

    Parameters
    ----------
    table : all rows of all persons.

    Returns
    -------
    times (n,) in seconds, and codes (n,) of :data:`COVERAGE`.
    """
    if not len(analysed.time_s):
        frames, first = np.unique(table.frame_number, return_index=True)
        numbers, times, readable = frames, table.time_s[first], np.ones(len(frames), bool)
    else:
        numbers, times, readable = analysed.frame_number, analysed.time_s, analysed.decoded
    worst = len(COVERAGE) - 1
    codes = np.where(readable, COVERAGE.index("no face"), worst)
    place = np.searchsorted(numbers, table.frame_number)
    known = place < len(numbers)
    known[known] = numbers[place[known]] == table.frame_number[known]
    np.minimum.at(codes, place[known], COVERAGE.index("other person"))
    people = [person] if person is not None else np.unique(table.person).tolist()
    for each in people:
        rows = known & (table.person == each)
        np.minimum.at(codes, place[rows], _row_states(table.select(rows)))
    return times, codes


def _row_states(rows: FeatureTable) -> npt.NDArray[np.int64]:
    """Return why each row of one person can or can't be used, as codes of :data:`COVERAGE`."""
    usable = quality_mask(rows)
    measured = np.isfinite(rows.expression).any(axis=1)
    small = rows["size_px"].astype(np.float64) < LEAST_SIZE_PX
    turned = (np.abs(rows["yaw_deg"].astype(np.float64)) > MOST_YAW_DEG) | (
        np.abs(rows["pitch_deg"].astype(np.float64)) > MOST_PITCH_DEG
    )
    covered = np.nan_to_num(rows["occlusion"].astype(np.float64)) > MOST_OCCLUSION
    states = np.select(
        [usable, small, turned, covered | measured],
        [COVERAGE.index(each) for each in ("analysed", "too small", "turned away", "covered")],
        default=COVERAGE.index("no mesh"),
    )
    return states.astype(np.int64)
