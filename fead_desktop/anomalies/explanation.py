"""Why a moment was flagged: the measures that left the person's own baseline, in the analyst's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Candidate, Reason, course, find_events
from fead_desktop.anomalies.replacement import FrameVotes, Moment, frame_votes, put_back
from fead_desktop.anomalies.scoring import FUSION, RANKING_VIEWS, Fusion, fuse, ordinary_of
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View
from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable, FloatArray

#: A measure nearer to the baseline than this explains nothing.
LEAST_SIGMA = 2.0
MOST_REASONS = 10
#: So many are named because they stand out; the others because the score needs them.
LEADING_REASONS = 2
#: Enough is named when no more than this share of the score would be left without it.
ENOUGH_LEFT = 0.35
#: An emotion is the driver only where no measure of the face itself stands out this far.
CLEAR_SIGMA = 3.0

#: Every name says what increases; a measure that decreases is usually the other side of one that increases.
DECREASE_WEIGHT = 0.7
#: Asymmetry tells that something moved, not what.
ASYMMETRY_WEIGHT = 0.7
#: Both sides alike: seen twice.
PAIR_WEIGHT = 1.15
PAIR_ALIKE = 0.6

#: A detector agrees where at most this share of as long stretches elsewhere scores as high.
AGREEING_SHARE = 0.05

#: What an analyst reads for a detector.
DETECTOR_LABELS = {
    "robust": "largest deviations",
    "mahalanobis": "unusual combination",
    "autoencoder": "LSTM autoencoder",
    "autoencoder_residual": "unusual course",
    "isolation_forest": "Isolation Forest",
    "one_class_svm": "One-Class SVM",
    "lof": "Local Outlier Factor",
}

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


def find_moments(
    table: FeatureTable,
    views: Mapping[str, View],
    scores: Mapping[str, FloatArray],
    num_anomalies: int = 10,
) -> list[Candidate]:
    """Return one person's most unusual moments by the fusion, most unusual first, without reasons."""
    parts = fuse(scores, table.time_s, ordinary_of(views))
    return find_events(
        table.time_s,
        scores[FUSION],
        num_anomalies=num_anomalies,
        deviations=lambda row: _driver(parts, views, row).matrix,
    )


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
    parts = fuse(scores, table.time_s, ordinary_of(views))
    votes = frame_votes(views, scores, table.time_s)

    def driver(row: int) -> View:
        return _driver(parts, views, row)

    events = [
        replace(
            event_at(table, candidate, person),
            view=driver(candidate.peak).name,
            reasons=_reasons(
                parts, views, votes, driver(candidate.peak), candidate, time_s=table.time_s
            ),
        )
        for candidate in find_moments(table, views, scores, num_anomalies)
    ]
    told = [e for e in events if any(abs(reason.sigma) >= LEAST_SIGMA for reason in e.reasons)]
    return [replace(event, event=rank + 1) for rank, event in enumerate(told)]


def event_at(table: FeatureTable, found: Candidate, person: int) -> AnomalyEvent:
    """Return the event of a moment, on the frames of the table; view, rank and reasons are not known yet."""
    onset, peak, offset = found.onset, found.peak, found.offset
    return AnomalyEvent(
        event=0,
        person=person,
        view="",
        detector=FUSION,
        onset_s=float(table.time_s[onset]),
        peak_s=float(table.time_s[peak]),
        offset_s=float(table.time_s[offset]),
        onset_frame=int(table.frame_number[onset]),
        peak_frame=int(table.frame_number[peak]),
        offset_frame=int(table.frame_number[offset]),
        score=found.score,
    )


def _driver(parts: Fusion, views: Mapping[str, View], row: int) -> View:
    """Return the view that explains a row: the face itself where it stands out, else the stronger vote."""
    usable = [views[name] for name in RANKING_VIEWS if name in views and views[name].mask[row]]
    if len(usable) < 2:
        return usable[0] if usable else next(views[name] for name in RANKING_VIEWS if name in views)
    face, emotions = usable
    clear = float(np.max(np.abs(face.matrix[row]))) >= CLEAR_SIGMA
    return face if clear or parts.expression[row] >= parts.emotions[row] else emotions


def core_rows(
    view: View, candidate: Candidate, time_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the rows that explain an event: near its peak, and nearly as far from the baseline."""
    rows = np.arange(candidate.onset, candidate.offset + 1)
    rows = rows[np.abs(time_s[rows] - time_s[candidate.peak]) <= CORE_S]
    far = course(view.matrix, candidate.peak)[rows] >= CORE_SHARE
    core: npt.NDArray[np.int64] = rows[far | (rows == candidate.peak)]
    return core


def _reasons(
    parts: Fusion,
    views: Mapping[str, View],
    votes: Mapping[str, FrameVotes],
    view: View,
    candidate: Candidate,
    *,
    time_s: npt.NDArray[np.float64],
) -> tuple[Reason, ...]:
    """Name what stands out most, then whatever else the score needs to be told completely.

    First the driving view's measures by :func:`explain`, then the other view's where it added to the score. Both
    alone often leave most of the score standing, because the face moves together; so the list goes on with the
    measures whose return to the baseline takes most of it away.
    """
    peak = candidate.peak
    rows = np.arange(candidate.onset, candidate.offset + 1)
    core = core_rows(view, candidate, time_s)
    first = explain(view, core, LEADING_REASONS)
    other = views.get(EMOTION_VIEW if view.name == EXPRESSION else EXPRESSION)
    added = parts.emotions if view.name == EXPRESSION else parts.expression
    if other is not None and np.nan_to_num(added[peak]) > 0:
        also = explain(other, core, 1)
        first = (*first, *(reason for reason in also if abs(reason.sigma) >= LEAST_SIGMA))
    if not first:
        return ()
    moment = Moment(votes, core, rows)
    names = moment.complete([reason.measure for reason in first], MOST_REASONS, ENOUGH_LEFT)
    share = moment.shares(names)
    sigma = {reason.measure: reason.sigma for reason in first}
    for each in (view, other):
        if each is not None:
            for name in set(names).intersection(each.columns).difference(sigma):
                seen = core[each.mask[core]]
                values = each.matrix[seen, each.columns.index(name)]
                sigma[name] = float(np.median(values)) if len(seen) else 0.0
    return tuple(Reason(name, label_of(name), sigma[name], share[name]) for name in names)


def lost_share(
    event: AnomalyEvent,
    table: FeatureTable,
    views: Mapping[str, View],
    fused: npt.NDArray[np.floating[Any]],
    rescore: Callable[[Mapping[str, View]], npt.NDArray[np.floating[Any]]],
) -> float:
    """Return the share of an event's score that is lost once its named measures are back at the baseline.

    Parameters
    ----------
    fused : (n,) the ranking score of the rows of the table
    rescore : function of views
        Returns the ranking score again, by the models that made ``fused``.

    Returns
    -------
    1 where nothing unusual is left, 0 where nothing was lost. The score is the highest of the rows that explain
    the event, before and after; the measures go back in all of its rows.
    """
    rows = np.flatnonzero(
        (table.frame_number >= event.onset_frame) & (table.frame_number <= event.offset_frame)
    )
    peak = int(np.flatnonzero(table.frame_number == event.peak_frame)[0])
    whole = Candidate(int(rows[0]), peak, int(rows[-1]), event.score)
    core = core_rows(views[event.view], whole, table.time_s)
    after = rescore(put_back(views, rows, [reason.measure for reason in event.reasons]))
    return 1.0 - float(np.nanmax(after[core])) / float(np.nanmax(fused[core]))


@dataclass(frozen=True)
class Agreement:
    """Which detectors find a moment unusual too.

    detectors : (name, whether it agrees) of the event's view, the agreeing ones first.
    views : the other views whose detectors agree by more than half.
    """

    detectors: tuple[tuple[str, bool], ...]
    views: tuple[str, ...]

    def __str__(self) -> str:
        yes = [name for name, agrees in self.detectors if agrees]
        no = [name for name, agrees in self.detectors if not agrees]
        text = f"{len(yes)} of {len(self.detectors)} detectors agree"
        text += f": {', '.join(yes)}" if yes else ""
        text += f"; not {', '.join(no)}" if yes and no else ""
        return text + (f". Also unusual in the views {', '.join(self.views)}" if self.views else "")


def agreement(
    scores: Mapping[str, npt.NDArray[np.floating[Any]]],
    time_s: npt.NDArray[np.float64],
    event: AnomalyEvent,
) -> Agreement:
    """Tell which detectors and views agree that an event is unusual, from the scores of its person's frames.

    A detector agrees if the event's highest score within :data:`CORE_S` of its peak is reached in at most
    :data:`AGREEING_SHARE` of the stretches of as many scored frames outside of the event.
    """
    inside = (time_s >= event.onset_s) & (time_s <= event.offset_s)
    near = np.flatnonzero(inside & (np.abs(time_s - event.peak_s) <= CORE_S))
    said: dict[str, list[tuple[str, bool]]] = {}
    for lane, values in scores.items():
        view, _, detector = lane.partition("/")
        if detector and not view.startswith("emotion "):
            agrees = _is_unusual(np.asarray(values, np.float64), near, inside)
            if agrees is not None:
                said.setdefault(view, []).append((DETECTOR_LABELS.get(detector, detector), agrees))
    own = sorted(said.pop(event.view, []), key=lambda each: (not each[1], each[0]))
    others = [view for view, each in said.items() if sum(yes for _, yes in each) > len(each) / 2]
    return Agreement(tuple(own), tuple(sorted(others)))


def _is_unusual(
    values: npt.NDArray[np.float64],
    near: npt.NDArray[np.int64],
    inside: npt.NDArray[np.bool_],
) -> bool | None:
    """Tell whether few frames elsewhere score as high; None where the detector said nothing."""
    here = values[near][np.isfinite(values[near])]
    elsewhere = values[~inside & np.isfinite(values)]
    if not len(here) or not len(elsewhere):
        return None
    wide = np.lib.stride_tricks.sliding_window_view(elsewhere, min(len(here), len(elsewhere)))
    return bool((wide.max(axis=1) >= here.max()).mean() <= AGREEING_SHARE)
