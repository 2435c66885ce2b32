"""Picks the baseline twin of a moment: the same person in the same head pose on a usual frame. Qt-free zone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fead_desktop.case.case import FUSION, PersonScores
from fead_desktop.features.table import FeatureTable

#: A twin lies at least this far from the moment, so that it is not a part of it.
APART_S = 2.0
_POSE = ("yaw_deg", "pitch_deg", "roll_deg")


def baseline_frame(
    table: FeatureTable, scores: PersonScores | None, person: int, frame: int
) -> int | None:
    """Return the frame of a person whose head pose is nearest to that of a moment, among usual frames.

    Usual are frames whose fused score is below the person's median.

    Parameters
    ----------
    table : FeatureTable
        Faces of the analysed frames.
    scores : PersonScores or None
    frame : int
        Frame of the moment; the pose is taken from the nearest analysed frame with one.

    Returns
    -------
    The frame number, None where no pose was measured or no frame is usual.
    """
    if scores is None or FUSION not in scores.scores:
        return None
    rows = np.flatnonzero(table.person == person)
    pose = table.matrix(_POSE)[rows].astype(np.float64)
    measured = np.isfinite(pose).all(axis=1)
    if not measured.any():
        return None
    frames, times_s = table.frame_number[rows], table.time_s[rows]
    nearest = np.flatnonzero(measured)[np.abs(frames[measured] - frame).argmin()]
    usual = measured & _below_median(frames, scores)
    usual &= np.abs(times_s - times_s[nearest]) >= APART_S
    if not usual.any():
        return None
    away = np.linalg.norm(pose - pose[nearest], axis=1)
    return int(frames[np.where(usual, away, np.inf).argmin()])


def _below_median(frames: npt.NDArray[np.int64], scores: PersonScores) -> npt.NDArray[np.bool_]:
    """Tell for each frame whether its fused score is known and below the person's median."""
    fused = scores.scores[FUSION]
    if not np.isfinite(fused).any():
        return np.zeros(len(frames), np.bool_)
    place = np.clip(np.searchsorted(scores.frame_number, frames), 0, len(fused) - 1)
    found = scores.frame_number[place] == frames
    below: npt.NDArray[np.bool_] = found & (fused[place] < np.nanmedian(fused))
    return below
