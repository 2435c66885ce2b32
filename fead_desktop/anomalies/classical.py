"""Detectors that look at one frame at a time, behind one protocol: fit, score_samples, higher = more unusual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]

#: Kernel and neighbour methods learn from at most this many frames, evenly spread over the recording.
MOST_FRAMES = 2000

#: Values beyond this many robust σ are cut before anything is learned.
LARGEST_Z = 30.0


class FrameDetector(Protocol):
    """Learns what is usual from rows and scores rows."""

    @property
    def name(self) -> str:
        """The detector's name in files."""

    def fit(self, rows: Matrix) -> FrameDetector:
        """Learn from rows (n, d), all finite."""

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,); higher = more unusual."""


@dataclass
class RobustZ:
    """Mean of the ``top`` largest absolute robust z-scores of a frame; what all others have to beat."""

    top: int = 4
    name: str = "robust"

    def fit(self, rows: Matrix) -> RobustZ:
        """Return self; a view carries its own median and spread."""
        return self

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,)."""
        top = min(self.top, rows.shape[1])
        scores: Scores = np.partition(np.abs(rows), -top, axis=1)[:, -top:].mean(axis=1)
        return scores


@dataclass
class RobustMahalanobis:
    """Distance from the median in the trimmed, shrunk covariance.

    The most distant ``trim`` of the rows is left out of the second fit; shrinkage after Ledoit and Wolf 2004,
    "A well-conditioned estimator for large-dimensional covariance matrices".
    """

    trim: float = 0.1
    name: str = "mahalanobis"
    center: Matrix = field(default_factory=lambda: np.empty(0), init=False, repr=False)
    precision: Matrix = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False)

    def fit(self, rows: Matrix) -> RobustMahalanobis:
        """Learn centre and covariance from rows (n, d)."""
        rows = np.clip(rows, -LARGEST_Z, LARGEST_Z)
        self._estimate(rows)
        distance = self.score_samples(rows)
        kept = rows[distance <= np.quantile(distance, 1 - self.trim)]
        if len(kept) > 2:
            self._estimate(kept)
        return self

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,): the distance in units of the usual spread."""
        away = rows - self.center
        square = np.einsum("ij,jk,ik->i", away, self.precision, away)
        distance: Scores = np.sqrt(np.maximum(square, 0.0) / rows.shape[1])
        return distance

    def _estimate(self, rows: Matrix) -> None:
        self.center = np.median(rows, axis=0)
        self.precision = np.linalg.pinv(shrunk_covariance(rows - self.center), hermitian=True)


def shrunk_covariance(rows: Matrix) -> Matrix:
    """Return the covariance (d, d) of centred rows (n, d), drawn towards a multiple of the identity.

    By the share of Ledoit and Wolf 2004 that is best for so few rows. The numbers of
    ``sklearn.covariance.ledoit_wolf`` without its import, which takes as long as the ranking it would serve.
    """
    n, d = rows.shape
    covariance: Matrix = rows.T @ rows / n
    typical = float(np.trace(covariance)) / d
    square = float((covariance**2).sum())
    spread = float((rows**2).sum(axis=1) @ (rows**2).sum(axis=1)) / n - square
    distance = square - d * typical**2
    share = min(spread / n, distance) / distance if spread > 0 and distance > 0 else 0.0
    covariance *= 1 - share
    covariance.flat[:: d + 1] += share * typical
    return covariance


@dataclass
class IsolationForest:
    """scikit-learn's Isolation Forest (Liu, Ting and Zhou 2008)."""

    seed: int = 1
    trees: int = 40
    samples: int = 256
    name: str = "isolation_forest"
    _model: Any = field(default=None, init=False, repr=False)

    def fit(self, rows: Matrix) -> IsolationForest:
        """Learn from rows (n, d)."""
        from sklearn import ensemble

        self._model = ensemble.IsolationForest(
            n_estimators=self.trees,
            max_samples=min(self.samples, len(rows)),
            random_state=self.seed,
        ).fit(rows)
        return self

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,): between 0 and 1, from the path length."""
        return np.asarray(-self._model.score_samples(rows), np.float64)


@dataclass
class OneClassSVM:
    """scikit-learn's One-Class SVM with a Gaussian kernel (Schölkopf et al. 2001); signed distance, turned round."""

    nu: float = 0.1
    name: str = "one_class_svm"
    _model: Any = field(default=None, init=False, repr=False)

    def fit(self, rows: Matrix) -> OneClassSVM:
        """Learn from rows (n, d), thinned to :data:`MOST_FRAMES`."""
        from sklearn import svm

        self._model = svm.OneClassSVM(kernel="rbf", gamma="scale", nu=self.nu).fit(thinned(rows))
        return self

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,): positive outside of what was learned."""
        return np.asarray(-self._model.decision_function(rows), np.float64)


@dataclass
class LocalOutlierFactor:
    """scikit-learn's Local Outlier Factor (Breunig et al. 2000), for rows it has not seen."""

    neighbours: int = 30
    name: str = "lof"
    _model: Any = field(default=None, init=False, repr=False)

    def fit(self, rows: Matrix) -> LocalOutlierFactor:
        """Learn from rows (n, d), thinned to :data:`MOST_FRAMES`."""
        from sklearn import neighbors

        rows = thinned(rows)
        self._model = neighbors.LocalOutlierFactor(
            n_neighbors=min(self.neighbours, len(rows) - 1), novelty=True
        ).fit(rows)
        return self

    def score_samples(self, rows: Matrix) -> Scores:
        """Score rows (n, d) → (n,): about 1 where the neighbourhood is as dense as its neighbours'."""
        return np.asarray(-self._model.score_samples(rows), np.float64)


#: The learned per-frame detectors: what makes one from a seed.
LEARNED_DETECTORS: dict[str, Callable[[int], FrameDetector]] = {
    "mahalanobis": lambda _seed: RobustMahalanobis(),
    "isolation_forest": lambda seed: IsolationForest(seed=seed),
    "one_class_svm": lambda _seed: OneClassSVM(),
    "lof": lambda _seed: LocalOutlierFactor(),
}


def thinned(rows: Matrix) -> Matrix:
    """Return at most :data:`MOST_FRAMES` rows, evenly spread."""
    if len(rows) <= MOST_FRAMES:
        return rows
    kept: Matrix = rows[np.linspace(0, len(rows) - 1, MOST_FRAMES).round().astype(int)]
    return kept
