"""What the lanes of the timeline show of a case: curves as arrays. Qt-free zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import FUSION, PersonScores
from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.timeline.pyramid import with_gaps

FloatArray = npt.NDArray[np.float64]
Curve = tuple[FloatArray, FloatArray]

#: How many expression measures share the lane.
MOST_MEASURES = 4
#: Steps longer than this many usual steps are gaps.
_GAP_STEPS = 2.5
_MAD_TO_SIGMA = 1.4826
_USUAL_MEASURES = ("lip_corner_pull_l", "brow_outer_raise_l", "mouth_open", "brow_lower")


def score_curve(scores: Iterable[PersonScores]) -> Curve:
    """Return the ranking score over time; of several persons the most unusual one at each frame."""
    parts = [(each.time_s, _ranking(each)) for each in scores if len(each.time_s)]
    if not parts:
        return np.empty(0), np.empty(0)
    times, where = np.unique(np.concatenate([t for t, _ in parts]), return_inverse=True)
    values = np.full(len(times), np.nan)
    np.fmax.at(values, where, np.concatenate([v for _, v in parts]).astype(np.float64))
    return _broken(times, values)


def emotion_curves(table: FeatureTable) -> dict[str, Curve]:
    """Return the seven emotion scores of one person's rows."""
    return {name: _broken(table.time_s, table[name]) for name in EMOTIONS}


def expression_curves(table: FeatureTable, measures: Sequence[str]) -> dict[str, Curve]:
    """Return measures of one person's rows in robust standard deviations from this person's own median."""
    curves = {}
    for name in measures:
        values = np.asarray(table[name], np.float64)
        there = values[np.isfinite(values)]
        if len(there):
            median = np.median(there)
            spread = _MAD_TO_SIGMA * float(np.median(np.abs(there - median)))
            values = (values - median) / max(spread, MEASURES_BY_NAME[name].floor)
        curves[name] = _broken(table.time_s, values)
    return curves


def telling_measures(
    events: Sequence[AnomalyEvent], chosen: AnomalyEvent | None
) -> tuple[str, ...]:
    """Return the expression measures worth a curve: of the chosen event, else of all events."""
    if chosen is not None:
        names = _measures_of(chosen)
        if names:
            return tuple(names[:MOST_MEASURES])
    counted = Counter(name for event in events for name in _measures_of(event)[:2])
    common = [name for name, _ in counted.most_common(MOST_MEASURES)]
    return tuple(common) or _USUAL_MEASURES


def _measures_of(event: AnomalyEvent) -> list[str]:
    return [reason.measure for reason in event.reasons if reason.measure in MEASURES_BY_NAME]


def _ranking(scores: PersonScores) -> npt.NDArray[np.float32]:
    if FUSION in scores.scores:
        return scores.scores[FUSION]
    return next(iter(scores.scores.values()), np.full(len(scores.time_s), np.nan, np.float32))


def _broken(times: npt.NDArray[np.float64], values: npt.ArrayLike) -> Curve:
    steps = np.diff(times)
    if not len(steps):
        return np.asarray(times, np.float64), np.asarray(values, np.float64)
    return with_gaps(times, values, _GAP_STEPS * float(np.median(steps)))
