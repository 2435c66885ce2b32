"""What is left of a moment's score once some of its measures are back at the person's own baseline.

*Back at the baseline* means: at the value that this person's measures usually have beside the rest of the face as it
is, the conditional mean in the person's own covariance (as in Aas, Jullum and Løland 2021, "Explaining individual
predictions when features are dependent"). The plain median beside a mouth in mid-word would be a face nobody makes,
and unusual itself. The seven emotion scores add up to one, so none of them can go back alone: they go together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.classical import RobustMahalanobis, RobustZ
from fead_desktop.anomalies.crossfit import LEAST_ROWS
from fead_desktop.anomalies.scoring import (
    RANKING_VIEWS,
    ROBUST,
    LogScale,
    emotion_part,
    is_short,
    ordinary_of,
)
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View
from fead_desktop.anomalies.windows import folds

Times = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Lanes = Mapping[str, npt.NDArray[np.floating[Any]]]

_MAHALANOBIS = "mahalanobis"
#: What never comes this far from the baseline in a moment is no part of it, in robust σ.
LEAST_PART_SIGMA = 1.0


@dataclass(frozen=True)
class Usual:
    """What a person's measures usually are together: centre (d,) and precision (d, d); together = as a whole only."""

    center: Matrix
    precision: Matrix
    together: bool

    @classmethod
    def of(cls, view: View, apart: Rows) -> Usual:
        """Learn it from all rows of usual behaviour but those ``apart``; from too few, the plain medians."""
        mask = view.learned.copy()
        mask[apart] = False
        together, width = view.name == EMOTION_VIEW, len(view.columns)
        if mask.sum() < LEAST_ROWS:
            return cls(np.zeros(width), np.eye(width), together)
        model = RobustMahalanobis().fit(view.matrix[mask])
        return cls(model.center, model.precision, together)

    def put_back(self, matrix: Matrix, columns: Mask) -> Matrix:
        """Return rows (m, d) with these columns (d,) put back."""
        made = matrix.copy()
        if self.together:
            made[:] = self.center if columns.any() else matrix
            return made
        inside = self.precision[np.ix_(columns, columns)]
        across = self.precision[np.ix_(columns, ~columns)]
        rest = (matrix - self.center)[:, ~columns]
        made[:, columns] = self.center[columns] - rest @ np.linalg.solve(inside, across).T
        return made


def usual_of(views: Mapping[str, View], apart: Rows) -> dict[str, Usual]:
    """Return what is usual in each view that ranks, learned without these rows."""
    return {name: Usual.of(views[name], apart) for name in RANKING_VIEWS if name in views}


def put_back(views: Mapping[str, View], rows: Rows, measures: Collection[str]) -> dict[str, View]:
    """Return the views that rank with these measures back at the baseline in these rows."""
    changed = {}
    for name, usual in usual_of(views, rows).items():
        view = views[name]
        matrix, inside = view.matrix.copy(), rows[view.mask[rows]]
        matrix[inside] = usual.put_back(matrix[inside], np.isin(view.columns, list(measures)))
        changed[name] = replace(view, matrix=matrix)
    return changed


@dataclass(frozen=True)
class FrameVotes:
    """A view's voters that see one frame at a time, fitted as the ranking fits them.

    models : fitted covariances by fold; empty where the ranking has only the robust vote.
    fold : (n,) number of the model that scores a row.
    scales : how each vote's log score is standardised, by vote.
    """

    view: View
    models: tuple[RobustMahalanobis | None, ...]
    fold: npt.NDArray[np.int64]
    scales: Mapping[str, LogScale]

    def mean_vote(self, rows: Rows, matrix: Matrix) -> Matrix:
        """Return the mean standardised log score of other values (c, m, d) of the rows (m,), as (c, m)."""
        width = matrix.shape[-1]
        votes = np.full((2, *matrix.shape[:2]), np.nan)
        if ROBUST in self.scales:
            scored = RobustZ().score_samples(matrix.reshape(-1, width))
            votes[0] = self.scales[ROBUST](scored.reshape(matrix.shape[:2]))
        for number, model in enumerate(self.models):
            inside = self.fold[rows] == number
            if model is not None and inside.any() and _MAHALANOBIS in self.scales:
                part = matrix[:, inside]
                scored = model.score_samples(part.reshape(-1, width)).reshape(part.shape[:2])
                votes[1][:, inside] = self.scales[_MAHALANOBIS](scored)
        known = np.isfinite(votes)
        mean: Matrix = np.where(known, votes, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return mean


def frame_votes(views: Mapping[str, View], scores: Lanes, time_s: Times) -> dict[str, FrameVotes]:
    """Fit the per-frame voters of the views that rank, as the cross-fit of the ranking does."""
    ordinary = ordinary_of(views)
    parts = list(folds(time_s, ordinary=ordinary))
    fold_of = np.zeros(len(time_s), np.int64)
    for number, fold in enumerate(parts):
        fold_of[fold.test] = number
    made = {}
    for view in (views[name] for name in RANKING_VIEWS if name in views):
        scales = {
            vote: LogScale.of(np.asarray(scores[f"{view.name}/{vote}"], np.float64), ordinary)
            for vote in (ROBUST, _MAHALANOBIS)
            if f"{view.name}/{vote}" in scores
        }
        models: list[RobustMahalanobis | None] = []
        for fold in () if is_short(view, time_s) else parts:
            train = fold.train & view.mask
            enough = train.sum() >= LEAST_ROWS
            models.append(RobustMahalanobis().fit(view.matrix[train]) if enough else None)
        made[view.name] = FrameVotes(view, tuple(models), fold_of, scales)
    return made


class Moment:
    """One moment, and what the per-frame voters would say of it without some of its measures.

    The course in time has no say here: its autoencoders would have to write every window again at each trial.

    Parameters
    ----------
    votes : by view (:func:`frame_votes`)
    rows : the rows that explain the moment
    apart : all rows of the moment, which say nothing of what is usual
    """

    def __init__(self, votes: Mapping[str, FrameVotes], rows: Rows, apart: Rows):
        self._votes = votes
        self._rows = rows
        self._usual = usual_of({name: vote.view for name, vote in votes.items()}, apart)
        self.columns = tuple(column for vote in votes.values() for column in vote.view.columns)
        far = []
        for name, vote in votes.items():
            largest = np.abs(np.nan_to_num(vote.view.matrix[rows])).max(axis=0)
            if self._usual[name].together:
                largest[largest < largest.max()] = 0.0  # one name stands for all of them
            far.append(largest)
        self._stands_out = np.concatenate(far) >= LEAST_PART_SIGMA

    def left(self, removed: Mask) -> npt.NDArray[np.float64]:
        """Return the score left for each set of columns that is put back, (c, columns) → (c,)."""
        said = {name: np.zeros((len(removed), len(self._rows))) for name in RANKING_VIEWS}
        begin = 0
        for name, vote in self._votes.items():
            gone = removed[:, begin : begin + len(vote.view.columns)]
            begin += len(vote.view.columns)
            inside = np.flatnonzero(vote.view.mask[self._rows])
            seen = vote.view.matrix[self._rows[inside]]
            changed = np.stack([self._usual[name].put_back(seen, columns) for columns in gone])
            said[name][:, inside] = vote.mean_vote(self._rows[inside], changed)
        highest: npt.NDArray[np.float64] = (
            said[EXPRESSION] + emotion_part(said[EMOTION_VIEW])
        ).max(axis=1)
        return highest

    def complete(self, named: Sequence[str], most: int, enough: float) -> tuple[str, ...]:
        """Return the names, and after them, one by one, what takes most of the score away.

        Until not more than the share ``enough`` of the score is left, ``most`` are named, or nothing else
        stands out.
        """
        chosen = list(named)
        removed = np.isin(self.columns, chosen)
        whole, left = self.left(np.stack([np.zeros_like(removed), removed]))
        free = self._stands_out & ~removed
        while len(chosen) < most and left > enough * whole and free.any():
            trials = np.repeat(removed[None], int(free.sum()), axis=0)
            trials[np.arange(len(trials)), np.flatnonzero(free)] = True
            after = self.left(trials)
            best = int(np.flatnonzero(free)[int(np.argmin(after))])
            removed[best], free[best], left = True, False, float(after.min())
            chosen.append(self.columns[best])
        return tuple(chosen)

    def shares(self, named: Sequence[str]) -> dict[str, float]:
        """Return which part of the score each named measure explains; together what all of them explain.

        A measure's part is the mean of what the score loses when this measure alone is put back and what it
        gains when this one alone is not: the two ends of its Shapley value (Shapley 1953).
        """
        alone = np.array([[column == name for column in self.columns] for name in named])
        every = alone.any(axis=0)
        left = self.left(np.concatenate([[np.zeros_like(every), every], alone, every & ~alone]))
        whole, rest = float(left[0]), float(left[1])
        first, last = left[2 : 2 + len(alone)], left[2 + len(alone) :]
        parts = np.maximum(whole - first, 0.0) + np.maximum(last - rest, 0.0)
        explained = float(np.clip((whole - rest) / max(whole, 1e-9), 0.0, 1.0))
        parts *= explained / max(float(parts.sum()), 1e-9)
        return dict(zip(named, parts.tolist(), strict=True))
