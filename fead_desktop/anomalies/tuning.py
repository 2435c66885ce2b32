"""Grid search without labels: the parameters that find most of what is put into a person's own rows.

Goswami et al. 2023, "Unsupervised Model Selection for Time-series Anomaly Detection" (ICLR), compare criteria that
need no labels; the recall of injected anomalies is the one used here. What is injected are short moments on a few
columns, not the expressions of the self-test, so that the one doesn't confirm the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.classical import (
    FrameDetector,
    IsolationForest,
    LocalOutlierFactor,
    OneClassSVM,
    RobustMahalanobis,
)
from fead_desktop.anomalies.crossfit import FittedModels, score_frames, score_sequences
from fead_desktop.anomalies.variational import VariationalAutoencoder
from fead_desktop.anomalies.views import View
from fead_desktop.progress import Progress

Times = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Parameters = Mapping[str, float]

#: What is tried, each detector's usual value first: it stays where no other is clearly better.
GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    "mahalanobis": {"trim": (0.1, 0.0, 0.05, 0.2)},
    "isolation_forest": {"samples": (256, 64), "trees": (40, 120)},
    "one_class_svm": {"nu": (0.1, 0.01, 0.03, 0.2)},
    "lof": {"neighbours": (30, 10, 20, 60)},
    "variational": {"code": (3, 2, 5, 8)},
    "autoencoder": {"code": (24, 12), "hidden": (48, 32)},
}
_MAKERS: dict[str, type[Any]] = {
    "mahalanobis": RobustMahalanobis,
    "isolation_forest": IsolationForest,
    "one_class_svm": OneClassSVM,
    "lof": LocalOutlierFactor,
    "variational": VariationalAutoencoder,
    "autoencoder": SequenceAutoencoder,
}
_SEEDED = frozenset({"isolation_forest", "variational", "autoencoder"})

#: Moments put in: one about every so many seconds, of this length, on so many columns, by so many robust σ.
EVERY_S = 6.0
LENGTH_S = (0.3, 1.0)
COLUMNS = (1, 4)
MAGNITUDE = (3.0, 6.0)
#: Rows so near to a moment belong to neither side: windows hold both.
MARGIN_S = 0.5
#: Every draw of moments counts once.
DRAWS = 3
#: A gain of average precision below this is within what another draw changes.
LEAST_GAIN = 0.02


@dataclass(frozen=True)
class Tried:
    """One point of a grid and the average precision of the injected rows, 0 to 1."""

    parameters: Parameters
    precision: float


@dataclass(frozen=True)
class Tuned:
    """What a grid search of one detector on one view found; ``chosen`` is one of ``tried``."""

    view: str
    detector: str
    tried: tuple[Tried, ...]
    chosen: Parameters

    def to_dict(self) -> dict[str, Any]:
        """Return it as values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Tuned:
        """Read what :meth:`to_dict` gave."""
        tried = tuple(Tried(each["parameters"], each["precision"]) for each in values["tried"])
        return cls(values["view"], values["detector"], tried, values["chosen"])

    @property
    def chosen_text(self) -> str:
        """What was chosen, in words."""
        return _words(self.chosen)

    def line(self) -> str:
        """Say it in a line."""
        points = ", ".join(
            f"{_words(each.parameters)}: {each.precision:.2f}" for each in self.tried
        )
        return f"{self.view}/{self.detector}: {_words(self.chosen)} (average precision {points})"


def make_detector(detector: str, seed: int, parameters: Parameters) -> Any:
    """Return a detector that is not fitted yet, with these parameters instead of its own."""
    maker = _MAKERS[detector]
    usual = maker()
    # JSON gives 30 back as 30, but a grid may hold 30.0.
    given = {name: type(getattr(usual, name))(value) for name, value in parameters.items()}
    return maker(**given, **({"seed": seed} if detector in _SEEDED else {}))


def tune(
    view: View,
    time_s: Times,
    *,
    detectors: Sequence[str] = tuple(GRIDS),
    seed: int = 1,
    progress: Progress,
) -> list[Tuned]:
    """Try every point of each detector's grid on one view.

    The models learn from the rows as they are, cross-fitted as in the analysis, and score them with moments put in;
    the average precision tells how far these come first. Deterministic.

    Parameters
    ----------
    view : View
        Its matrix is in robust σ.
    time_s : (n,)
        Seconds of its rows.
    """
    with_moments = [injected(view, time_s, seed + draw) for draw in range(DRAWS)]
    found = []
    for detector in detectors:
        tried = []
        for parameters in grid(detector):
            progress.raise_if_cancelled()
            candidate = _Candidate(detector, parameters, seed)
            tried.append(Tried(parameters, _precision(candidate, view, time_s, with_moments)))
        found.append(Tuned(view.name, detector, tuple(tried), chosen(tried)))
    return found


def grid(detector: str) -> Iterator[dict[str, float]]:
    """Yield the points of a detector's grid, its usual one first."""
    axes = GRIDS[detector]
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def chosen(tried: Sequence[Tried]) -> Parameters:
    """Return the best point; the first where no other is better by :data:`LEAST_GAIN`."""
    best = max(tried, key=lambda each: each.precision)
    usual = tried[0]
    return best.parameters if best.precision > usual.precision + LEAST_GAIN else usual.parameters


def injected(view: View, time_s: Times, seed: int) -> tuple[View, Mask, Mask]:
    """Put moments into usable rows.

    Returns
    -------
    the view with moments, which rows hold one (n,), and which rows count on either side (n,).
    """
    rng = np.random.default_rng(seed)
    matrix, planted = view.matrix.copy(), np.zeros(len(time_s), bool)
    near = np.zeros(len(time_s), bool)
    first, last = float(time_s[0]), float(time_s[-1])
    for middle in np.arange(first + EVERY_S / 2, last, EVERY_S):
        peak = middle + rng.uniform(-EVERY_S / 4, EVERY_S / 4)
        half = rng.uniform(*LENGTH_S) / 2
        width = int(rng.integers(COLUMNS[0], COLUMNS[1] + 1))
        columns = rng.choice(matrix.shape[1], min(width, matrix.shape[1]), replace=False)
        size = rng.uniform(*MAGNITUDE, len(columns)) * rng.choice((-1.0, 1.0), len(columns))
        away = np.abs(time_s - peak)
        rows = np.flatnonzero((away <= half) & view.mask)
        course = 0.5 + 0.5 * np.cos(np.pi * away[rows] / (half * 1.5))
        matrix[np.ix_(rows, columns)] += course[:, None] * size
        planted[rows] = True
        near |= away <= half + MARGIN_S
    return View(view.name, view.columns, matrix, view.mask, view.ordinary), planted, planted | ~near


@dataclass
class _Candidate:
    """A point of a grid, fitted once on the rows as they are."""

    detector: str
    parameters: Parameters
    seed: int
    models: FittedModels = field(default_factory=FittedModels)

    def score(self, view: View, time_s: Times) -> Scores:
        if self.detector == "autoencoder":
            return score_sequences(self._sequence, view, time_s, self.models, with_residual=False)[
                0
            ]
        return score_frames(self._frame, view, time_s, self.models)

    def _sequence(self, fold: int) -> SequenceAutoencoder:
        made: SequenceAutoencoder = make_detector(
            self.detector, self.seed * 100 + fold, self.parameters
        )
        return made

    def _frame(self) -> FrameDetector:
        made: FrameDetector = make_detector(self.detector, self.seed, self.parameters)
        return made


def _precision(
    candidate: _Candidate,
    view: View,
    time_s: Times,
    with_moments: Sequence[tuple[View, Mask, Mask]],
) -> float:
    candidate.score(view, time_s)
    values = []
    for changed, planted, counts in with_moments:
        scores = candidate.score(changed, time_s)
        known = counts & np.isfinite(scores)
        if planted[known].any():
            values.append(average_precision(planted[known], scores[known]))
    return float(np.mean(values)) if values else 0.0


def average_precision(positive: Mask, scores: Scores) -> float:
    """Return the average precision, ties in the order least kind to the detector; 0 to 1."""
    order = np.lexsort((positive, -scores))
    hits = positive[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0


def _words(parameters: Parameters) -> str:
    return " ".join(f"{name} {value:g}" for name, value in parameters.items())
