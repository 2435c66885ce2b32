"""Which moments of a person are flagged, and what the ranges that the analyst marked mean for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import (
    LEAST_BLOCKS,
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
from fead_desktop.anomalies.views import quality_mask
from fead_desktop.anomalies.windows import sampling_interval
from fead_desktop.case.edits import Marks, RangeKind
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable, FloatArray

_POSE = ("yaw_deg", "pitch_deg", "roll_deg")


#: Less usable time marked as baseline than this is too little to learn from; p-values need as many seconds.
LEAST_BASELINE_S = float(LEAST_BLOCKS)


def without_excluded(table: FeatureTable, marks: Marks, person: int) -> FeatureTable:
    """Return a person's rows with nothing measured where the analyst left a stretch out.

    So nothing is learned from there, nothing is scored, and no event peaks.
    """
    excluded = within(table.time_s, _spans(marks, person, "excluded"))
    if not excluded.any():
        return table
    blank = {
        name: np.where(excluded, np.nan, table[name]).astype(np.float32)
        for name in (*EMOTIONS, *MEASURE_NAMES, *_POSE)
    }
    embedding = np.where(excluded[:, None], np.nan, table.embedding).astype(np.float32)
    return FeatureTable({**table.columns, **blank}, embedding)


def baseline_rows(table: FeatureTable, marks: Marks, person: int) -> npt.NDArray[np.bool_] | None:
    """Return the rows in the person's baseline ranges, (n,), for detectors to learn from; None = learn from all.

    None where the analyst marked none, or less than :data:`LEAST_BASELINE_S` that can be used. ``table`` is that
    of :func:`without_excluded`.
    """
    inside = within(table.time_s, _spans(marks, person, "baseline"))
    usable = inside & quality_mask(table)
    lasts_s = float(usable.sum()) * np.nan_to_num(sampling_interval(table.time_s))
    return inside if lasts_s >= LEAST_BASELINE_S else None


def ordinary_seconds(
    scores: Mapping[str, FloatArray], table: FeatureTable, marks: Marks, person: int
) -> Background:
    """Return the person's background: the baseline ranges if the analyst marked any, else all that is not left out.

    ``scores`` were made from the table of :func:`without_excluded`.
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


def ranges_as_values(marks: Marks, person: int) -> list[Any]:
    """Return what of the ranges decides a person's flags."""
    return [[each.kind, each.start_s, each.end_s] for each in marks.ranges_of(person)]


def spans_as_values(marks: Marks, person: int, *kinds: RangeKind) -> list[Any]:
    """Return what of the ranges of these kinds decides a person's scores; nothing where there are none."""
    spans = [[kind, *span] for kind in kinds for span in _spans(marks, person, kind)]
    return [spans] if spans else []


def said_of(
    calibrations: Sequence[Calibration],
    names: Mapping[int, str],
    marks: Marks,
    num_anomalies: int,
    unlearned: Collection[int] = (),
) -> list[str]:
    """Say what limits the flags of each person; ``unlearned`` have too short a baseline to learn from."""
    marked = [
        f"{names[each.person]} is compared with the {each.seconds} s marked as baseline."
        for each in calibrations
        if has_baseline(marks, each.person)
    ]
    marked += [
        f"Less than {LEAST_BASELINE_S:.0f} s of the baseline of {names[person]} can be used: the detectors learned "
        "from everything that is not excluded."
        for person in unlearned
    ]
    return marked + limits_of(calibrations, names, num_anomalies)


def has_baseline(marks: Marks, person: int) -> bool:
    """Tell whether the analyst marked usual behaviour of a person."""
    return bool(_spans(marks, person, "baseline"))


def _spans(marks: Marks, person: int, kind: RangeKind) -> list[tuple[float, float]]:
    return [(each.start_s, each.end_s) for each in marks.ranges_of(person) if each.kind == kind]
