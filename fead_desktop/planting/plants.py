"""Moments planted into a person's measured series: which, where, and what each does to the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.planting.behaviour import Moment
from fead_desktop.planting.expressions import PlantedExpression

Floats = npt.NDArray[np.float64]

#: Strengths in robust σ of the person's own series, and lengths from onset to offset in seconds.
MAGNITUDES = (3.0, 5.0, 8.0)
DURATIONS_S = (0.1, 0.2, 0.5, 1.0, 2.0)

#: Onset and offset each take this share of a moment.
RISE_SHARE = 0.3
#: Planted moments keep this far apart: no window of 1.6 s, and no smoothing, sees two of them.
APART_S = 4.0
#: At most this share of a person's time on screen is planted at once: it moves a median by 0.07 of the spread at
#: most, and a median absolute deviation by 4 %.
MOST_SHARE = 0.05

#: Added to an emotion score before the logarithm, as in the view on them.
_EPSILON = 0.02


@dataclass(frozen=True)
class Plant:
    """What is planted: an expression whose driving measure moves ``magnitude`` robust σ for ``duration_s``."""

    expression: PlantedExpression
    magnitude: float
    duration_s: float

    def moment(self, start_s: float) -> Moment:
        """Return its course in time from an onset."""
        return Moment(start_s, start_s + self.duration_s, RISE_SHARE * self.duration_s)


@dataclass(frozen=True)
class Response:
    """What an expression does to one face, measured on it.

    amount : (k,) rising from 0, in the units of the expression's movements.
    change : (k, m + 7) of the expression measures and of the logarithms of the emotion scores; its first row is 0.
    """

    amount: Floats
    change: Floats

    def at(self, amounts: npt.ArrayLike) -> Floats:
        """Return the change at amounts (n,), (n, m + 7); beyond the largest measured one it grows on in line."""
        wanted = np.asarray(amounts, np.float64)
        beyond = np.maximum(wanted / self.amount[-1], 1.0)
        inside = [np.interp(wanted, self.amount, column) for column in self.change.T]
        changes: Floats = np.stack(inside, axis=1) * beyond[:, None]
        return changes

    def amount_for(self, expression: PlantedExpression, spread: Floats, magnitude: float) -> float:
        """Return the amount at which the expression's own measure moves so many robust σ; NaN if it never does.

        ``spread`` (m,) is the person's own robust spread of each measure.
        """
        columns = [MEASURE_NAMES.index(name) for name in expression.measures]
        sigma = (self.change[:, columns] / spread[columns]).max(axis=1)
        rising = np.maximum.accumulate(sigma)
        if not rising[-1] > 0:
            return float("nan")
        if magnitude > rising[-1]:
            return float(self.amount[-1] * magnitude / rising[-1])
        return float(np.interp(magnitude, rising, self.amount))


@dataclass(frozen=True)
class Placed:
    """A plant at its place: ``moment`` in time, and the amount of the expression at its height."""

    plant: Plant
    moment: Moment
    amount: float


def with_plants(table: FeatureTable, placed: Sequence[tuple[Placed, Response]]) -> FeatureTable:
    """Return one person's rows with smooth moments added to what was measured; NaN stays NaN."""
    changes = np.zeros((len(table), len(MEASURE_NAMES) + len(EMOTIONS)))
    for each, response in placed:
        course = each.moment.envelope(table.time_s)
        rows = np.flatnonzero(course > 0)
        changes[rows] += response.at(each.amount * course[rows])
    return changed(table, np.arange(len(table)), changes)


def changed(table: FeatureTable, rows: npt.NDArray[np.intp], changes: Floats) -> FeatureTable:
    """Return a table in which rows were changed by (n, m + 7), as :class:`Response` counts."""
    measures = table.expression.astype(np.float64)
    measures[rows] += changes[:, : len(MEASURE_NAMES)]
    emotions = table.emotions.astype(np.float64)
    weight = (emotions[rows] + _EPSILON) * np.exp(changes[:, len(MEASURE_NAMES) :])
    total = 1.0 + len(EMOTIONS) * _EPSILON
    shares = weight / weight.sum(axis=1, keepdims=True) * total - _EPSILON
    moved = np.any(changes[:, len(MEASURE_NAMES) :] != 0, axis=1)
    emotions[rows[moved]] = np.maximum(shares[moved], 0.0)
    return table.with_columns(
        **{name: measures[:, k] for k, name in enumerate(MEASURE_NAMES)},
        **{name: emotions[:, k] for k, name in enumerate(EMOTIONS)},
    )


def log_emotions(scores: npt.ArrayLike) -> Floats:
    """Return the logarithms in which :class:`Response` counts emotion scores."""
    logs: Floats = np.log(np.asarray(scores, np.float64) + _EPSILON)
    return logs


def place(
    rng: np.random.Generator, plants: Sequence[Plant], time_s: Floats, free: npt.NDArray[np.bool_]
) -> list[Moment]:
    """Draw places for the first of the plants, as many as fit at once.

    Parameters
    ----------
    time_s : (n,) rising seconds of a person's rows.
    free : (n,) rows at which a moment may stand.

    Returns
    -------
    list of Moment, one for each of the first plants; as many as :data:`APART_S` and :data:`MOST_SHARE` allow,
    at least one where any place is long enough for it.
    """
    interval = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.1
    budget = MOST_SHARE * interval * len(time_s)
    left = free.copy()
    moments: list[Moment] = []
    for plant in plants:
        budget -= plant.duration_s
        if moments and budget < 0:
            break
        start = _start(rng, time_s, left, plant.duration_s, interval)
        if start is None:
            break
        moment = plant.moment(start)
        moments.append(moment)
        left &= (time_s < moment.start_s - APART_S) | (time_s > moment.end_s + APART_S)
    return moments


def _start(
    rng: np.random.Generator,
    time_s: Floats,
    free: npt.NDArray[np.bool_],
    length: float,
    step: float,
) -> float | None:
    """Draw an onset whose moment stands on free rows alone, off the grid of the analysis; None if there is none."""
    blocked = np.concatenate([[0], np.cumsum(~free)])
    last = np.searchsorted(time_s, time_s + length + step, side="right")
    fits = blocked[last] == blocked[:-1]
    fits &= time_s + length + step <= time_s[-1]
    fits &= last - np.arange(len(time_s)) >= max(1, round(0.7 * length / step))
    starts = np.flatnonzero(fits)
    if not len(starts):
        return None
    return float(time_s[rng.choice(starts)] + rng.uniform(0, step))
