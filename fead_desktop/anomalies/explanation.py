"""Why a moment was flagged: the measures that left the person's own baseline, in the analyst's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Candidate, Reason, course, find_events
from fead_desktop.anomalies.scoring import FUSION, RANKING_VIEWS, Fusion, fuse
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View
from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable, FloatArray

#: A measure nearer to the baseline than this explains nothing.
LEAST_SIGMA = 2.0
MOST_REASONS = 6
#: An emotion is the driver only where no measure of the face itself stands out this far.
CLEAR_SIGMA = 3.0

#: Every name says what increases; a measure that decreases is usually the other side of one that increases.
DECREASE_WEIGHT = 0.7
#: Asymmetry tells that something moved, not what.
ASYMMETRY_WEIGHT = 0.7
#: Both sides alike: seen twice.
PAIR_WEIGHT = 1.15
PAIR_ALIKE = 0.6

#: The rows that explain an event: near its peak, and this far on the way to it.
CORE_S = 0.4
CORE_SHARE = 0.6


def explain(view: View, rows: npt.ArrayLike, most: int = MOST_REASONS) -> tuple[Reason, ...]:
    """Name the measures that drove an event, main reason first.

    Parameters
    ----------
    view : View
        The view that drove it; its matrix is in robust σ from the person's own baseline.
    rows : row numbers around the event's peak.

    Returns
    -------
    tuple of Reason: the median σ over the rows, and the share in the sum of squares over all measures of the
    view. At least one, unless no row is usable.
    """
    index = np.asarray(rows, np.int64)
    index = index[view.mask[index]]
    if not len(index):
        return ()
    sigma = np.median(view.matrix[index], axis=0)
    share = sigma**2 / max(float(np.sum(sigma**2)), 1e-12)
    order = np.argsort(-_weights(view.columns, sigma), kind="stable")[:most]
    return tuple(
        Reason(view.columns[k], label_of(view.columns[k]), float(sigma[k]), float(share[k]))
        for place, k in enumerate(order)
        if place == 0 or abs(sigma[k]) >= LEAST_SIGMA
    )


def _weights(columns: tuple[str, ...], sigma: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how well each column says what happened, (d,)."""
    weight: npt.NDArray[np.float64] = np.abs(sigma) * np.where(sigma < 0, DECREASE_WEIGHT, 1.0)
    place = {column: k for k, column in enumerate(columns)}
    twice = []
    for column, k in place.items():
        if column in MEASURES_BY_NAME and MEASURES_BY_NAME[column].action_unit == "asymmetry":
            weight[k] *= ASYMMETRY_WEIGHT
        other = place.get(_other_side(column), k)
        if other != k and sigma[other] * sigma[k] >= PAIR_ALIKE * max(
            sigma[other] ** 2, sigma[k] ** 2
        ):
            twice.append(k)
    weight[twice] *= PAIR_WEIGHT
    return weight


def _other_side(column: str) -> str:
    """Return the measure of the other half of the face, or nothing."""
    for side, other in (("_l", "_r"), ("_r", "_l")):
        if column.endswith(side):
            return column.removesuffix(side) + other
    return ""


def label_of(column: str) -> str:
    """Return the words for a column of a view."""
    if column in MEASURES_BY_NAME:
        return MEASURES_BY_NAME[column].title
    return f"apparent emotion {column}" if column in EMOTIONS else column


def person_events(
    table: FeatureTable,
    views: Mapping[str, View],
    scores: Mapping[str, FloatArray],
    person: int,
    num_anomalies: int = 10,
) -> list[AnomalyEvent]:
    """Return one person's most unusual events by the fusion, with the view that drove each and its reasons.

    Parameters
    ----------
    table : FeatureTable
        The person's rows, sorted by time; ``views`` and ``scores`` were made from them.

    Returns
    -------
    list of AnomalyEvent, most unusual first, numbered from 1 within this person. A peak of the score at which
    nothing stands :data:`LEAST_SIGMA` from the baseline is none: fewer than ``num_anomalies`` may be left.
    """
    parts = fuse(scores, table.time_s)

    def driver(row: int) -> View:
        return _driver(parts, views, row)

    found = find_events(
        table.time_s,
        scores[FUSION],
        num_anomalies=num_anomalies,
        deviations=lambda row: driver(row).matrix,
    )
    events = [
        AnomalyEvent(
            event=0,
            person=person,
            view=driver(candidate.peak).name,
            detector=FUSION,
            onset_s=float(table.time_s[candidate.onset]),
            peak_s=float(table.time_s[candidate.peak]),
            offset_s=float(table.time_s[candidate.offset]),
            onset_frame=int(table.frame_number[candidate.onset]),
            peak_frame=int(table.frame_number[candidate.peak]),
            offset_frame=int(table.frame_number[candidate.offset]),
            score=candidate.score,
            reasons=_reasons(parts, views, driver(candidate.peak), candidate, table.time_s),
        )
        for candidate in found
    ]
    told = [e for e in events if any(abs(reason.sigma) >= LEAST_SIGMA for reason in e.reasons)]
    return [replace(event, event=rank + 1) for rank, event in enumerate(told)]


def _driver(parts: Fusion, views: Mapping[str, View], row: int) -> View:
    """Return the view that explains a row: the face itself where it stands out, else the stronger vote."""
    usable = [views[name] for name in RANKING_VIEWS if name in views and views[name].mask[row]]
    if len(usable) < 2:
        return usable[0] if usable else next(views[name] for name in RANKING_VIEWS if name in views)
    face, emotions = usable
    clear = float(np.max(np.abs(face.matrix[row]))) >= CLEAR_SIGMA
    return face if clear or parts.expression[row] >= parts.emotions[row] else emotions


def _reasons(
    parts: Fusion,
    views: Mapping[str, View],
    view: View,
    candidate: Candidate,
    time_s: npt.NDArray[np.float64],
) -> tuple[Reason, ...]:
    """Explain by the driving view, then by the other one where it added to the score."""
    peak = candidate.peak
    rows = np.arange(candidate.onset, candidate.offset + 1)
    rows = rows[np.abs(time_s[rows] - time_s[peak]) <= CORE_S]
    rows = rows[(course(view.matrix, peak)[rows] >= CORE_SHARE) | (rows == peak)]
    votes = {
        EXPRESSION: max(float(np.nan_to_num(parts.expression[peak])), 0.0),
        EMOTION_VIEW: float(np.nan_to_num(parts.emotions[peak])),
    }
    other = views.get(EMOTION_VIEW if view.name == EXPRESSION else EXPRESSION)
    if other is None or votes[other.name] <= 0:
        return explain(view, rows)
    part = votes[view.name] / sum(votes.values())
    named = [replace(reason, share=reason.share * part) for reason in explain(view, rows, 4)]
    also = [replace(reason, share=reason.share * (1 - part)) for reason in explain(other, rows, 2)]
    return (*named, *(reason for reason in also if abs(reason.sigma) >= LEAST_SIGMA))
