"""What the lanes of the timeline show of a case: curves and stretches as arrays. Qt-free zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import BLOCK_S, background_of, within
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.imported import imported_scores, imported_sigma
from fead_desktop.anomalies.seconds import p_values_against, p_values_of_seconds
from fead_desktop.case.case import FUSION, AnalysedFrames, PersonScores
from fead_desktop.case.coverage import COVERAGE, coverage_of_frames
from fead_desktop.features.imported import ImportedTable
from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.timeline.pyramid import with_gaps

FloatArray = npt.NDArray[np.float64]
Curve = tuple[FloatArray, FloatArray]

#: How many expression measures share the lane.
MOST_MEASURES = 4
#: Rarer than a millionth is beyond what a recording can tell.
MOST_DECADES = 6
#: What the score lane shows in place of one score: all that vote in the ranking.
VOTES_TOGETHER = "votes"
#: Head turn, nod and tilt.
POSE = {"yaw_deg": "turn", "pitch_deg": "nod", "roll_deg": "tilt"}
#: Steps longer than this many usual steps are gaps.
_GAP_STEPS = 2.5
_MAD_TO_SIGMA = 1.4826
_USUAL_MEASURES = ("lip_corner_pull_l", "brow_outer_raise_l", "mouth_open", "brow_lower")


# Curves -------------------------------------------------------------------------------------------------


def score_curve(scores: Iterable[PersonScores], name: str = "") -> Curve:
    """Return a score over time; of several persons the most unusual one at each frame.

    Parameters
    ----------
    name : "view/detector", empty = the ranking score.
    """
    parts = [(each.time_s, _score(each, name)) for each in scores if len(each.time_s)]
    if not parts:
        return np.empty(0), np.empty(0)
    times, where = np.unique(np.concatenate([t for t, _ in parts]), return_inverse=True)
    values = np.full(len(times), np.nan)
    np.fmax.at(values, where, np.concatenate([v for _, v in parts]).astype(np.float64))
    return _broken(times, values)


def score_names(scores: Iterable[PersonScores]) -> list[str]:
    """Return the names of all scores but the ranking one, sorted."""
    return sorted({name for each in scores for name in each.scores} - {FUSION})


def vote_curves(scores: Sequence[PersonScores]) -> dict[str, Curve]:
    """Return each score that votes in the ranking, by name, in the unit in which it votes: log scores in σ."""
    from fead_desktop.anomalies.scoring import (  # not needed to open a window
        VOTES,
        standardised_log,
    )

    names = [f"{view}/{vote}" for view, votes in VOTES.items() for vote in votes]
    cast = [
        replace(
            each,
            scores={
                name: standardised_log(each.scores[name].astype(np.float64)).astype(np.float32)
                for name in names
                if name in each.scores
            },
        )
        for each in scores
    ]
    there = [name for name in names if any(name in each.scores for each in cast)]
    return {name: score_curve(cast, name) for name in there}


def p_value_curve(
    scores: PersonScores, baseline: Sequence[tuple[float, float]] = (), seconds: int | None = None
) -> Curve:
    """Return how rare each second of a person is: -log10 of its p-value, as steps, at most :data:`MOST_DECADES`.

    Empty where too few seconds were scored for a p-value.

    Parameters
    ----------
    baseline : stretches (start_s, end_s) marked as usual behaviour
    seconds : how many the analysis compared with; where the baseline holds another number, it was marked later
    """
    score = _score(scores, "")
    background = background_of(scores.time_s, score)
    usual = np.where(within(scores.time_s, baseline), score, np.nan)
    ordinary = background_of(scores.time_s, usual)
    if baseline and len(ordinary.highest) == seconds:
        p = p_values_against(ordinary, background)
    else:
        p = p_values_of_seconds(background)
    if not np.isfinite(p).any():
        return np.empty(0), np.empty(0)
    decades = np.minimum(-np.log10(np.maximum(p, 10.0 ** -(MOST_DECADES + 1))), MOST_DECADES)
    start_s = background.block * BLOCK_S
    edges = np.stack([start_s, start_s + BLOCK_S], axis=1).ravel()
    return with_gaps(edges, np.repeat(decades, 2), 1.5 * BLOCK_S)


def p_text(decades: float) -> str:
    """Return the p-value of a place of :func:`p_value_curve`."""
    return f"< 1e-{MOST_DECADES}" if decades >= MOST_DECADES else f"{10**-decades:.2g}"


def emotion_curves(table: FeatureTable) -> dict[str, Curve]:
    """Return the seven emotion scores of one person's rows."""
    return {name: _broken(table.time_s, table[name]) for name in EMOTIONS}


def pose_curves(table: FeatureTable) -> dict[str, Curve]:
    """Return head turn, nod and tilt of one person's rows, in degrees."""
    return {name: _broken(table.time_s, table[name]) for name in POSE}


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


def value_at(curve: Curve, time_s: float) -> float:
    """Return the value of the last sample at or before a time; NaN in a gap and outside the curve."""
    x, y = curve
    row = int(np.searchsorted(x, time_s + 1e-6, side="right")) - 1
    if row < 0 or (row == len(x) - 1 and len(x) > 1 and time_s > x[-1] + 3 * (x[-1] - x[-2])):
        return float("nan")
    return float(y[row])


def imported_score_curve(table: ImportedTable) -> Curve:
    """Return how far each row of another tool's table is from the person's baseline, in robust σ."""
    return _broken(table.time_s, imported_scores(table))


def imported_curves(table: ImportedTable) -> dict[str, Curve]:
    """Return the measures of another tool's table that deviate most at times, by title, in robust σ."""
    names, sigma = imported_sigma(table)
    if not names or not np.isfinite(sigma).any():
        return {}
    most = np.nanquantile(np.abs(sigma), 0.99, axis=0)
    chosen = np.argsort(-most, kind="stable")[:MOST_MEASURES]
    return {table.title(names[k]): _broken(table.time_s, sigma[:, k]) for k in chosen}


# Stretches ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A stretch of one state, in seconds."""

    start_s: float
    stop_s: float
    state: int


class States:
    """One state for each analysed frame, painted as stretches at any zoom.

    A frame's state holds until the next frame, but not over a gap.

    Parameters
    ----------
    time_s : array (n,), rising
    codes : array (n,) of int, 0 to ``count`` - 1
    """

    def __init__(self, time_s: FloatArray, codes: npt.NDArray[np.integer[Any]], count: int):
        self.time_s = np.asarray(time_s, np.float64)
        self.codes = np.asarray(codes, np.int64)
        steps = np.diff(self.time_s)
        usual = float(np.median(steps)) if len(steps) else 0.04
        holds = np.where(steps > _GAP_STEPS * usual, usual, steps)
        self.until_s = self.time_s + np.append(holds, usual)[: len(self.time_s)]
        seen = np.zeros((count, len(self.codes) + 1), np.int32)
        seen[self.codes, np.arange(1, len(self.codes) + 1)] = 1
        self._seen = np.cumsum(seen, axis=1, dtype=np.int32)

    def at(self, time_s: float) -> int | None:
        """Return the state at a time; None where there is none."""
        row = int(np.searchsorted(self.time_s, time_s + 1e-6, side="right")) - 1
        if row < 0 or time_s > self.until_s[row] + 1e-6:
            return None
        return int(self.codes[row])

    def share(self, state: int) -> float:
        """Return which share of the frames has a state; NaN without frames."""
        return float(self._seen[state, -1]) / len(self.codes) if len(self.codes) else float("nan")

    def runs(self, start_s: float, stop_s: float, columns: int) -> list[Run]:
        """Return the stretches in a range; where frames are denser than columns, a column's most frequent state."""
        first = max(int(np.searchsorted(self.time_s, start_s, side="right")) - 1, 0)
        last = int(np.searchsorted(self.time_s, stop_s, side="right"))
        if last - first <= columns:
            rows = np.arange(first, last)
            return list(_runs(self.time_s[rows], self.until_s[rows], self.codes[rows]))
        edges = np.linspace(start_s, stop_s, columns + 1)
        at = np.searchsorted(self.time_s, edges)
        counts = np.diff(self._seen[:, at], axis=1)
        filled = counts.any(axis=0)
        codes = counts.argmax(axis=0)[filled]
        return list(_runs(edges[:-1][filled], edges[1:][filled], codes))


def coverage(table: FeatureTable, analysed: AnalysedFrames, person: int | None) -> States:
    """Return what is known at each analysed frame of a person (None = of anybody)."""
    times, codes = coverage_of_frames(table, analysed, person)
    return States(times, codes, len(COVERAGE))


def shot_starts(table: FeatureTable, analysed: AnalysedFrames) -> FloatArray:
    """Return where shots begin, in seconds, the first one's beginning included."""
    if len(analysed.time_s):
        return np.concatenate([analysed.time_s[:1], analysed.time_s[1:][analysed.cut[1:]]])
    if not len(table):
        return np.empty(0)
    changed = np.flatnonzero(np.diff(table["shot"].astype(np.int64)) != 0) + 1
    return np.concatenate([table.time_s[:1], table.time_s[changed]])


def joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return stretches in order, with those that overlap made one."""
    found: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def density(
    events: Iterable[AnomalyEvent], duration_s: float, columns: int
) -> npt.NDArray[np.int64]:
    """Return how many events have their peak in each of equal parts of the recording, (columns,)."""
    peaks = np.array([event.peak_s for event in events])
    counts, _ = np.histogram(peaks, bins=max(columns, 1), range=(0.0, max(duration_s, 1e-9)))
    return counts.astype(np.int64)


def _runs(starts: FloatArray, stops: FloatArray, codes: npt.NDArray[np.int64]) -> Iterator[Run]:
    if not len(codes):
        return
    new = (np.diff(codes) != 0) | (starts[1:] > stops[:-1] + 1e-6)
    edges = [0, *(np.flatnonzero(new) + 1).tolist(), len(codes)]
    for first, last in pairwise(edges):
        yield Run(float(starts[first]), float(stops[last - 1]), int(codes[first]))


def _measures_of(event: AnomalyEvent) -> list[str]:
    return [reason.measure for reason in event.reasons if reason.measure in MEASURES_BY_NAME]


def _score(scores: PersonScores, name: str) -> npt.NDArray[np.float32]:
    missing = np.full(len(scores.time_s), np.nan, np.float32)
    if name:
        return scores.scores.get(name, missing)
    if FUSION in scores.scores:
        return scores.scores[FUSION]
    return next(iter(scores.scores.values()), missing)


def _broken(times: npt.NDArray[np.float64], values: npt.ArrayLike) -> Curve:
    steps = np.diff(times)
    if not len(steps):
        return np.asarray(times, np.float64), np.asarray(values, np.float64)
    return with_gaps(times, values, _GAP_STEPS * float(np.median(steps)))
