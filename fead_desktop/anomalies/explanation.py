"""Why a moment was flagged: the measures that left the person's own baseline, in the analyst's words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Reason, find_events
from fead_desktop.anomalies.scoring import FUSION, fuse
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View
from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable, FloatArray

#: A measure nearer to the baseline than this explains nothing.
LEAST_SIGMA = 2.0
MOST_REASONS = 6
#: Every name says what increases; a measure that decreases is usually the other side of one that increases.
DECREASE_WEIGHT = 0.7


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
    weight = np.abs(sigma) * np.where(sigma < 0, DECREASE_WEIGHT, 1.0)
    order = np.argsort(-weight, kind="stable")[:most]
    return tuple(
        Reason(view.columns[k], label_of(view.columns[k]), float(sigma[k]), float(share[k]))
        for place, k in enumerate(order)
        if place == 0 or abs(sigma[k]) >= LEAST_SIGMA
    )


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
    list of AnomalyEvent, most unusual first, numbered from 1 within this person.
    """
    parts = fuse(scores, table.time_s)

    def driver(row: int) -> str:
        named = parts.view_at(row)
        return (
            named if named in views else next(iter({EXPRESSION, EMOTION_VIEW} & set(views)), named)
        )

    found = find_events(
        table.time_s,
        scores[FUSION],
        num_anomalies=num_anomalies,
        deviations=lambda row: views[driver(row)].matrix,
    )
    events = []
    for rank, candidate in enumerate(found):
        view = views[driver(candidate.peak)]
        rows = np.arange(
            max(candidate.onset, candidate.peak - 1), min(candidate.offset, candidate.peak + 1) + 1
        )
        events.append(
            AnomalyEvent(
                event=rank + 1,
                person=person,
                view=view.name,
                detector=FUSION,
                onset_s=float(table.time_s[candidate.onset]),
                peak_s=float(table.time_s[candidate.peak]),
                offset_s=float(table.time_s[candidate.offset]),
                onset_frame=int(table.frame_number[candidate.onset]),
                peak_frame=int(table.frame_number[candidate.peak]),
                offset_frame=int(table.frame_number[candidate.offset]),
                score=candidate.score,
                reasons=explain(view, rows),
            )
        )
    return events
