"""The second look: onset, peak and offset of an event on the true frames, not on the analysis grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, extent
from fead_desktop.anomalies.views import quality_mask
from fead_desktop.features import expression
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable, FloatArray

Curve = npt.NDArray[np.float64]

#: The peak is looked for this far around the one on the analysis grid.
PEAK_REACH_S = 0.5
#: Where the movement has gone back to this share of its peak it begins and ends.
EDGE_SHARE = 0.25


@dataclass(frozen=True)
class DenseStretch:
    """Every frame around an event in which the mesh found the face, in time order.

    expression : (n, m) float32, as ``measure_expression`` gives it.
    """

    frame_number: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    expression: FloatArray
    yaw_deg: FloatArray
    pitch_deg: FloatArray
    roll_deg: FloatArray


def refine_event(event: AnomalyEvent, table: FeatureTable, stretch: DenseStretch) -> AnomalyEvent:
    """Put an event's onset, peak and offset on the frames of the recording.

    The peak is the frame at which the measures that drove the event stand furthest from the person's
    baseline; the event lasts while they stay away from it. What lies outside of the stretch stays as it was.

    Parameters
    ----------
    event : AnomalyEvent
        On the analysis grid, with its reasons.
    table : FeatureTable
        The person's rows on the analysis grid: the baseline.
    stretch : DenseStretch
        Every frame around the event.

    Returns
    -------
    AnomalyEvent; unchanged where no expression measure drove it or none could be measured. Onset, peak and
    offset follow each other, and at least one row of ``table`` lies in it.
    """
    curve = driving_curve(event, table, stretch)
    near = np.abs(stretch.time_s - event.peak_s) <= PEAK_REACH_S
    near &= np.isfinite(curve)
    if not near.any() or np.max(curve[near]) <= 0:
        return event
    peak = int(np.argmax(np.where(near, curve, -np.inf)))
    onset, offset = extent(stretch.time_s, curve, peak, EDGE_SHARE)
    before = _Moment(event.onset_s, event.onset_frame)
    after = _Moment(event.offset_s, event.offset_frame)
    at = _Moment(float(stretch.time_s[peak]), int(stretch.frame_number[peak]))
    if onset > 0 or before.time_s >= stretch.time_s[0]:
        before = _Moment(float(stretch.time_s[onset]), int(stretch.frame_number[onset]))
    if offset < len(curve) - 1 or after.time_s <= stretch.time_s[-1]:
        after = _Moment(float(stretch.time_s[offset]), int(stretch.frame_number[offset]))
    seen = _nearest_analysed(table, before, at, after)
    before, after = min(before, at, seen), max(after, at, seen)
    return replace(
        event,
        onset_s=before.time_s,
        peak_s=at.time_s,
        offset_s=after.time_s,
        onset_frame=before.frame_number,
        peak_frame=at.frame_number,
        offset_frame=after.frame_number,
    )


class _Moment(NamedTuple):
    """A frame; moments are ordered by time."""

    time_s: float
    frame_number: int


def _nearest_analysed(
    table: FeatureTable, onset: _Moment, peak: _Moment, offset: _Moment
) -> _Moment:
    """Return the peak where the event holds an analysed frame, else the analysed frame nearest to it.

    A movement shorter than the analysis interval is still shown, flagged and counted on a frame of the grid.
    """
    frames = table.frame_number
    if np.any((frames >= onset.frame_number) & (frames <= offset.frame_number)):
        return peak
    row = int(np.argmin(np.abs(table.time_s - peak.time_s)))
    return _Moment(float(table.time_s[row]), int(frames[row]))


def driving_curve(event: AnomalyEvent, table: FeatureTable, stretch: DenseStretch) -> Curve:
    """Return how far the measures that drove an event have gone, (n,): 1 = as far as its reasons say.

    Averaged over three neighbouring frames. NaN everywhere if no expression measure is among the reasons.
    """
    drivers = [reason for reason in event.reasons if reason.measure in MEASURE_NAMES]
    if not drivers or not len(stretch.time_s):
        return np.full(len(stretch.time_s), np.nan)
    columns = [MEASURE_NAMES.index(reason.measure) for reason in drivers]
    weight = np.array([reason.sigma for reason in drivers])
    along: Curve = _sigma(table, stretch)[:, columns] @ weight / float(np.sum(weight**2))
    if len(along) < 3:
        return along
    smooth = along.copy()
    smooth[1:-1] = (along[:-2] + along[1:-1] + along[2:]) / 3
    return np.where(np.isfinite(smooth), smooth, along)


def _sigma(table: FeatureTable, stretch: DenseStretch) -> Curve:
    """Return the stretch's measures in robust σ, with blinks and pose taken out as in the views."""
    time_s = np.concatenate([table.time_s, stretch.time_s])
    values = np.concatenate([table.expression, stretch.expression]).astype(np.float64)
    values[: len(table)][~quality_mask(table)] = np.nan
    pose = [
        np.concatenate([table[name].astype(np.float64), getattr(stretch, name)])
        for name in ("yaw_deg", "pitch_deg", "roll_deg")
    ]
    order = np.argsort(time_s, kind="stable")
    closed = expression.close_blinks(time_s[order], values[order])
    free = np.empty_like(closed)
    free[order] = expression.remove_pose(time_s[order], closed, *(angle[order] for angle in pose))
    usual = expression.baseline(free[: len(table)])
    return np.asarray(expression.deviations(free[len(table) :], usual), np.float64)
