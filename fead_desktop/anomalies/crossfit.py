"""Cross-fitting: a frame is scored only by models that did not see its block."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.classical import FrameDetector, RobustMahalanobis
from fead_desktop.anomalies.views import View
from fead_desktop.anomalies.windows import FrameMeans, folds, stretches, window_length, window_rows

Times = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]
Model = TypeVar("Model")

#: Fewer usable rows than this teach a model nothing.
LEAST_ROWS = 20

#: The autoencoder learns from at most this many windows; longer recordings are thinned evenly.
MOST_WINDOWS = 6000
#: And from at most this many numbers: a cross-fit holds them four times, 80 MB in all. Of embeddings of 128 these are
#: 1,950 windows, about as many as the steps of their autoencoder ever draw.
MOST_NUMBERS = 2_500_000


class FittedModels:
    """Keeps the models of a cross-fit, so that the same rows with a few changes can be scored by them again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Any] = {}

    def fitted(self, name: str, fold: int, fit: Callable[[], Model]) -> Model:
        """Return what was fitted under this name for this fold, or fit it now."""
        if (name, fold) not in self._kept:
            self._kept[name, fold] = fit()
        model: Model = self._kept[name, fold]
        return model


def score_frames(
    make: Callable[[], FrameDetector],
    view: View,
    time_s: Times,
    models: FittedModels | None = None,
    part: str = "",
) -> Scores:
    """Score every usable row by a detector fitted on the other blocks.

    ``models`` keep what was fitted, by the names of the view, ``part`` of it and the detector.

    Returns
    -------
    array (n,); NaN in rows that are not usable or whose fold had too little to learn from.
    """
    scores = np.full(len(time_s), np.nan)
    models = models or FittedModels()
    for number, fold in enumerate(folds(time_s, ordinary=view.ordinary)):
        train, test = fold.train & view.mask, fold.test & view.mask
        if test.any() and train.sum() >= LEAST_ROWS:
            detector = make()
            rows = view.matrix[train]
            name = f"{view.name}/{part}{detector.name}"
            model = models.fitted(name, number, partial(detector.fit, rows))
            scores[test] = model.score_samples(view.matrix[test])
    return scores


def score_sequences(
    make: Callable[[int], SequenceAutoencoder],
    view: View,
    time_s: Times,
    models: FittedModels | None = None,
    *,
    with_residual: bool = True,
) -> tuple[Scores, npt.NDArray[np.float64]]:
    """Score every usable row by autoencoders trained on the other blocks.

    Parameters
    ----------
    make : function of the fold's number
        Returns an autoencoder that is not fitted yet.
    models : keep what was fitted, by the names of the view and the detector.
    with_residual : False where nobody asks for it; an hour's embeddings have 37 MB of it.

    Returns
    -------
    error : array (n,)
        Mean squared error over all windows that hold the row; NaN where no window does.
    residual : array (n, d)
        Mean signed difference between seen and expected; (n, 0) without it.
    """
    n, width = view.matrix.shape
    asked = width if with_residual else 0
    error, residual = np.full(n, np.nan), np.full((n, asked), np.nan)
    models = models or FittedModels()
    rows = window_rows(time_s, view.mask, window_length(time_s))
    for number, fold in enumerate(folds(time_s, ordinary=view.ordinary)):
        train = _spread(rows[fold.train[rows].all(axis=1)], MOST_NUMBERS // (rows.shape[1] * width))
        test = rows[fold.test[rows].any(axis=1)]
        if len(train) < LEAST_ROWS or not len(test):
            continue
        detector = make(number)
        name = f"{view.name}/{detector.name}"
        model = models.fitted(name, number, partial(detector.fit, view.matrix[train]))
        errors, residuals = FrameMeans(n, 1), FrameMeans(n, asked)
        chunk = max(1, MOST_NUMBERS // (8 * rows.shape[1] * width))
        for start in range(0, len(test), chunk):
            part = test[start : start + chunk]
            away = model.residuals(view.matrix[part])
            errors.add(part, np.mean(away**2, axis=2, keepdims=True))
            residuals.add(part, away[:, :, :asked])
        error[fold.test] = errors.mean()[fold.test, 0]
        residual[fold.test] = residuals.mean()[fold.test]
    return error, residual


def _spread(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Return at most so many windows, evenly spread."""
    most = max(LEAST_ROWS, min(most, MOST_WINDOWS))
    if len(rows) <= most:
        return rows
    kept: npt.NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    return kept


def score_residuals(
    residual: npt.NDArray[np.float64],
    view: View,
    time_s: Times,
    models: FittedModels | None = None,
) -> Scores:
    """Return the distance of the smoothed residual in its own usual covariance, cross-fitted once more.

    What the autoencoder fails to write is correlated between measures; a plain mean squared error counts the
    same failure several times.
    """
    mask = np.isfinite(residual).all(axis=1)
    smooth = smoothed(residual, mask, time_s)
    away = View(view.name, view.columns, smooth, mask, view.ordinary)
    return score_frames(RobustMahalanobis, away, time_s, models, "residual ")


def smoothed(
    values: npt.NDArray[np.float64], mask: npt.NDArray[np.bool_], time_s: Times
) -> npt.NDArray[np.float64]:
    """Average each usable row with its direct neighbours in the same stretch, weights 1:2:1."""
    smooth = np.full_like(values, np.nan)
    for part in stretches(time_s, mask):
        known = values[part]
        total, weight = 2 * known, np.full(len(part), 2.0)
        total[1:] += known[:-1]
        total[:-1] += known[1:]
        weight[1:] += 1
        weight[:-1] += 1
        smooth[part] = total / weight[:, None]
    return smooth
