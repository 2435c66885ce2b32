"""Which moments of a person are flagged, with the ranges that the analyst marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from fead_desktop.anomalies.calibration import (
    Background,
    Calibration,
    background_of,
    calibrate,
    limits_of,
    passes,
    within,
)
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.scoring import FUSION
from fead_desktop.case.edits import Marks, RangeKind
from fead_desktop.features.table import FeatureTable, FloatArray


def without_excluded(
    scores: Mapping[str, FloatArray], table: FeatureTable, marks: Marks, person: int
) -> dict[str, FloatArray]:
    """Return the scores with no ranking score where the analyst left a stretch out: no event peaks there."""
    excluded = within(table.time_s, _spans(marks, person, "excluded"))
    return {**scores, FUSION: np.where(excluded, np.nan, scores[FUSION]).astype(np.float32)}


def ordinary_seconds(
    scores: Mapping[str, FloatArray], table: FeatureTable, marks: Marks, person: int
) -> Background:
    """Return the person's background: the baseline ranges if the analyst marked any, else all that is not left out.

    ``scores`` are those of :func:`without_excluded`.
    """
    score = scores[FUSION]
    baseline = _spans(marks, person, "baseline")
    if baseline:
        score = np.where(within(table.time_s, baseline), score, np.nan)
    return background_of(table.time_s, score)


def flagged(
    events: Sequence[AnomalyEvent], ordinary: Background, false_alarms: float
) -> list[AnomalyEvent]:
    """Return one person's events with their p-values, flagged where these pass the setting."""
    judged = []
    for event in events:
        span = event.onset_s, event.offset_s
        p_value = ordinary.p_value(*span, event.score)
        judged.append(
            replace(
                event,
                p_value=p_value,
                flagged=passes(p_value, false_alarms),
                extrapolated=p_value is not None and p_value < ordinary.resolution(*span),
            )
        )
    return judged


def calibration_of(
    scores: Mapping[str, FloatArray],
    table: FeatureTable,
    person: int,
    ordinary: Background,
    false_alarms: float,
) -> dict[str, Any]:
    """Return the person's :class:`Calibration` as values for JSON."""
    return asdict(calibrate(person, table.time_s, scores[FUSION], ordinary, false_alarms))


def ranges_as_values(marks: Marks) -> list[Any]:
    """Return what of the ranges decides the flags."""
    return [[each.kind, each.person, each.start_s, each.end_s] for each in marks.ranges]


def said_of(
    calibrations: Sequence[Calibration], names: Mapping[int, str], marks: Marks, num_anomalies: int
) -> list[str]:
    """Say what limits the flags of each person."""
    marked = [
        f"{names[each.person]} is compared with the {each.seconds} s marked as baseline."
        for each in calibrations
        if _spans(marks, each.person, "baseline")
    ]
    return marked + limits_of(calibrations, names, num_anomalies)


def _spans(marks: Marks, person: int, kind: RangeKind) -> list[tuple[float, float]]:
    return [(each.start_s, each.end_s) for each in marks.ranges_of(person) if each.kind == kind]
