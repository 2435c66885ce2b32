"""Every view and detector of one person, and the fusion that ranks the events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.classical import LEARNED_DETECTORS, RobustZ
from fead_desktop.anomalies.crossfit import (
    FittedModels,
    score_frames,
    score_residuals,
    score_sequences,
    smoothed,
)
from fead_desktop.anomalies.tuning import Parameters, Tuned, make_detector
from fead_desktop.anomalies.views import ALL, EMOTION_VIEW, EXPRESSION, View, build_views
from fead_desktop.anomalies.windows import stretches
from fead_desktop.features.table import FeatureTable, FloatArray
from fead_desktop.progress import NoProgress, Progress

Times = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ROBUST, AUTOENCODER, RESIDUAL = "robust", "autoencoder", "autoencoder_residual"
VARIATIONAL = "variational"
#: What scores a view, in order. The residual is a second score of the same autoencoder, for the view that ranks.
FRAME_DETECTORS = (ROBUST, *LEARNED_DETECTORS)
NETWORKS = (AUTOENCODER, VARIATIONAL)
#: The variational autoencoder scores what ranks, and what the ancestor gave to its own.
VARIATIONAL_VIEWS = (EXPRESSION, ALL)
DETECTORS = (*FRAME_DETECTORS, *NETWORKS)

#: Returns the autoencoder of a view and seed, not fitted yet.
MakeAutoencoder = Callable[[str, int], SequenceAutoencoder]

#: The score that ranks the events.
FUSION = "fusion"

#: A person with less usable time gets the robust score only: in 10 s every block of a cross-fit would hold
#: under 2.5 s, the training set under 5 s after its gaps, and one smile is a quarter of everything.
SHORTEST_S = 10.0

#: The views that rank, in the order in which they explain.
RANKING_VIEWS = (EXPRESSION, EMOTION_VIEW)

#: What votes in the ranking; notes on each in :func:`fuse`.
EXPRESSION_VOTES = (ROBUST, "mahalanobis", RESIDUAL)
EMOTION_VOTES = (ROBUST, "mahalanobis")
VOTES = {EXPRESSION: EXPRESSION_VOTES, EMOTION_VIEW: EMOTION_VOTES}

#: Nothing is ranked this close to the ends of a stretch: smoothing and windows have one side only there,
#: and a face that enters or leaves the picture is half a face.
EDGE_S = 0.5
#: A face that is lost for less than this neither left nor entered.
SHORT_GAP_S = 1.0

#: Least spread of a log score that is believed.
LOG_SPREAD_FLOOR = 0.15
#: Emotion scores count from this many standardised log units, and up to that many on top of the expression.
EMOTION_FROM = 2.0
EMOTION_AT_MOST = 3.0


@dataclass(frozen=True)
class Fusion:
    """The ranking score and what it is made of, each (n,), NaN where not scored."""

    expression: Scores
    emotions: Scores
    total: Scores


@dataclass(frozen=True)
class LogScale:
    """How log scores of a detector are standardised for one person: by their own median and MAD."""

    typical: float
    center: float
    spread: float

    @classmethod
    def of(cls, score: Scores, ordinary: Mask | None = None) -> LogScale:
        """Read it off a detector's scores (n,), NaN where not scored, in the ``ordinary`` rows (n,), None = all."""
        known = score[np.isfinite(score) & (True if ordinary is None else ordinary)]
        if not len(known):
            return cls(np.nan, np.nan, np.nan)
        typical = max(float(np.median(known)), 1e-9)
        logs = np.log(np.maximum(known, 0.0) + 0.1 * typical)
        center = float(np.median(logs))
        spread = 1.4826 * float(np.median(np.abs(logs - center)))
        return cls(typical, center, max(spread, LOG_SPREAD_FLOOR))

    def __call__(self, score: Scores) -> Scores:
        """Return log scores in robust σ from their median, of the same shape; NaN stays NaN."""
        logs = np.log(np.maximum(score, 0.0) + 0.1 * self.typical)
        standardised: Scores = (logs - self.center) / self.spread
        return standardised


def score_person(
    table: FeatureTable,
    components: FloatArray | None,
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, FloatArray]:
    """Score one person's rows by every view and detector.

    Parameters
    ----------
    table : FeatureTable
        One person's rows, sorted by time, one for each frame (:func:`one_face_a_frame`).
    components : array (n, k) or None
        Components of the embeddings, one row per row of the table.

    Returns
    -------
    dict of "view/detector" or :data:`FUSION` to (n,) float32, higher = more unusual, NaN where not scored.
    A person who :func:`is_short` has only the robust scores and the fusion of them.
    """
    views = build_views(table, components)
    ranking = score_ranking(views, table.time_s, seed=seed, progress=progress)
    return ranking | score_comparison(views, table.time_s, seed=seed, progress=progress)


def score_ranking(
    views: Mapping[str, View],
    time_s: Times,
    *,
    seed: int = 1,
    progress: Progress | None = None,
    make: MakeAutoencoder | None = None,
    models: FittedModels | None = None,
) -> dict[str, FloatArray]:
    """Let the detectors score that vote in the ranking, and fuse them; other views are left alone.

    ``make`` gives the autoencoders, :func:`make_autoencoder` unless said otherwise. Rows are scored by ``models``
    where these hold fitted ones already; else they hold them afterwards.
    """
    wanted = {name: VOTES[name] for name in RANKING_VIEWS if name in views}
    scores = _score(views, wanted, time_s, seed, progress, make=make, models=models)
    return scores | {FUSION: fuse(scores, time_s, ordinary_of(views)).total.astype(np.float32)}


def ordinary_of(views: Mapping[str, View]) -> Mask | None:
    """Return the rows that these views take for usual behaviour, (n,); None = all."""
    return next((view.ordinary for view in views.values()), None)


def score_comparison(
    views: Mapping[str, View],
    time_s: Times,
    *,
    detectors: Collection[str] = DETECTORS,
    seed: int = 1,
    progress: Progress | None = None,
    tuned: Sequence[Tuned] = (),
) -> dict[str, FloatArray]:
    """Let those of the detectors score that don't vote, on all views: columns of the table to compare with.

    They take the parameters that a grid search found, if there was one. What votes in the ranking does not: its
    parameters are those that did best on planted recordings, and the same in every case.
    """
    wanted = {}
    for name in views:
        votes = VOTES.get(name, ())
        done = {*votes, AUTOENCODER} if RESIDUAL in votes else set(votes)
        if name not in VARIATIONAL_VIEWS:
            done.add(VARIATIONAL)
        wanted[name] = tuple(detector for detector in detectors if detector not in done)
    found = {(each.view, each.detector): each.chosen for each in tuned}
    return _score(views, wanted, time_s, seed, progress, found=found)


def _score(
    views: Mapping[str, View],
    wanted: Mapping[str, tuple[str, ...]],
    time_s: Times,
    seed: int,
    progress: Progress | None,
    *,
    make: MakeAutoencoder | None = None,
    models: FittedModels | None = None,
    found: Mapping[tuple[str, str], Parameters] | None = None,
) -> dict[str, FloatArray]:
    progress = progress or NoProgress()
    make = make or make_autoencoder
    scores: dict[str, Scores] = {}
    for name, detectors in wanted.items():
        simple = len(views[name].columns) == 1 or is_short(views[name], time_s)
        for detector in detectors:
            progress.raise_if_cancelled()
            if detector == ROBUST or not simple:
                given = (found or {}).get((name, detector))
                scores |= _score_view(
                    views[name],
                    detector,
                    time_s,
                    seed,
                    progress,
                    make=make,
                    models=models,
                    given=given,
                )
    return {name: values.astype(np.float32) for name, values in scores.items()}


def is_short(view: View | None, time_s: Times) -> bool:
    """Tell whether a view has too little usable time to learn from for anything but the robust score."""
    if view is None:
        return True
    lengths = [time_s[part[-1]] - time_s[part[0]] for part in stretches(time_s, view.learned)]
    return float(sum(lengths)) < SHORTEST_S


def fuse(
    scores: Mapping[str, npt.NDArray[np.floating[Any]]],
    time_s: Times,
    ordinary: Mask | None = None,
) -> Fusion:
    """Add up log scores, each standardised by its own median and MAD, and let the emotions add to them.

    The expression view votes by its largest measures (robust), by their unusual combination (mahalanobis) and
    by their unusual course in time (autoencoder_residual). The emotion view adds what exceeds
    :data:`EMOTION_FROM`, at most :data:`EMOTION_AT_MOST`: enough to raise an event of its own, too little to
    bury a clear expression under a classifier's jitter. Median and MAD are those of the ``ordinary`` rows.
    """
    expression = _mean_vote(scores, EXPRESSION, EXPRESSION_VOTES, time_s, ordinary)
    emotions = emotion_part(_mean_vote(scores, EMOTION_VIEW, EMOTION_VOTES, time_s, ordinary))
    known = np.isfinite(expression) | np.isfinite(emotions)
    total = np.where(known, np.nan_to_num(expression) + np.nan_to_num(emotions), np.nan)
    return Fusion(expression, emotions, np.where(_inner(known, time_s), total, np.nan))


def emotion_part(vote: Scores) -> Scores:
    """Return what the emotion view's mean vote adds to the ranking score."""
    return np.clip(vote - EMOTION_FROM, 0.0, EMOTION_AT_MOST)


def _inner(known: npt.NDArray[np.bool_], time_s: Times) -> npt.NDArray[np.bool_]:
    """Return the known rows that lie :data:`EDGE_S` or more inside, (n,); short gaps are no ends."""
    inner = np.zeros(len(time_s), bool)
    rows = np.flatnonzero(known)
    for part in np.split(rows, np.flatnonzero(np.diff(time_s[rows]) > SHORT_GAP_S) + 1):
        if len(part):
            after = time_s[part] >= time_s[part[0]] + EDGE_S
            before = time_s[part] <= time_s[part[-1]] - EDGE_S
            inner[part[after & before]] = True
    return inner


def _score_view(
    view: View,
    detector: str,
    time_s: Times,
    seed: int,
    progress: Progress,
    *,
    make: MakeAutoencoder,
    models: FittedModels | None,
    given: Parameters | None,
) -> dict[str, Scores]:
    """Return the scores of one detector by name; the residual brings the autoencoder's own error with it."""
    if detector == ROBUST:
        robust = np.full(len(time_s), np.nan)
        robust[view.mask] = RobustZ().score_samples(view.usable)
        return {f"{view.name}/{ROBUST}": robust}
    if detector not in {AUTOENCODER, RESIDUAL}:
        made = partial(make_detector, detector, seed, given or {})
        return {f"{view.name}/{detector}": score_frames(made, view, time_s, models)}

    def autoencoder(fold: int) -> SequenceAutoencoder:
        progress.raise_if_cancelled()
        fold_seed = seed * 100 + fold
        if given is None:
            return make(view.name, fold_seed)
        tuned: SequenceAutoencoder = make_detector(AUTOENCODER, fold_seed, given)
        return tuned

    error, residual = score_sequences(
        autoencoder, view, time_s, models, with_residual=detector == RESIDUAL
    )
    scores = {f"{view.name}/{AUTOENCODER}": error}
    if detector == RESIDUAL:
        scores[f"{view.name}/{RESIDUAL}"] = score_residuals(residual, view, time_s, models)
    return scores


def make_autoencoder(view: str, seed: int) -> SequenceAutoencoder:
    """Spend the training on the view that ranks; the others are lanes for comparison."""
    if view == EXPRESSION:
        return SequenceAutoencoder(seed=seed)
    return SequenceAutoencoder(seed=seed, code=12, hidden=32, steps=60)


def _mean_vote(
    scores: Mapping[str, npt.NDArray[np.floating[Any]]],
    view: str,
    votes: tuple[str, ...],
    time_s: Times,
    ordinary: Mask | None,
) -> Scores:
    names = [name for vote in votes if (name := f"{view}/{vote}") in scores]
    given = [np.asarray(scores[name], np.float64) for name in names]
    cast = [LogScale.of(score, ordinary)(score) for score in given]
    if not cast:
        return np.full(len(time_s), np.nan)
    stacked = np.stack(cast)
    known = np.isfinite(stacked)
    mean = np.where(known, stacked, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    present = known.any(axis=0)
    return smoothed(mean[:, None], present, time_s)[:, 0]


def standardised_log(score: Scores) -> Scores:
    """Return log scores in robust σ from their median; NaN stays NaN."""
    return LogScale.of(score)(score)
