"""Agreement between reviewers beyond chance: Cohen's and Fleiss' kappa with intervals. Qt-free zone.

Both are a few lines of numpy. scikit-learn's ``cohen_kappa_score`` gives no interval and its import holds the window
up; the tests use it as the reference, for the interval also.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.review.verdict import ANSWERS, Moment, Verdict, first_answers

COHEN, FLEISS = "Cohen's κ", "Fleiss' κ"
#: Resamples of the events behind an interval, and the part of them that it holds.
RESAMPLES, CONFIDENCE = 2000, 0.95

Codes = npt.NDArray[np.int8]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How far reviewers agree on the events that all of them judged.

    observed : mean share of pairs of reviewers that gave the same answer, 0 to 1.
    kappa : the same beyond chance, 1 = always, 0 = as by chance; NaN where nobody ever chose a second answer.
    low, high : 95 % interval of kappa; NaN for fewer than two events.
    """

    statistic: str
    reviewers: tuple[str, ...]
    events: int
    observed: float
    kappa: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.kappa):
            return f"{self.statistic} is undefined on {_counted(self.events)}"
        interval = "" if np.isnan(self.low) else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.statistic} {self.kappa:.2f}{interval} on {_counted(self.events)}"


def _counted(events: int) -> str:
    return f"{events} event{'' if events == 1 else 's'}"


def overall(verdicts: Iterable[Verdict]) -> Agreement | None:
    """Return the agreement of all reviewers by their first answers; None where fewer than two judged an event.

    Two reviewers: Cohen's kappa; more: Fleiss' kappa.
    """
    answers = first_answers(verdicts)
    return _agreement(answers, sorted({name for each in answers.values() for name in each}))


def by_pair(verdicts: Iterable[Verdict]) -> list[Agreement]:
    """Return Cohen's kappa of every two reviewers that judged an event in common."""
    answers = first_answers(verdicts)
    names = sorted({name for each in answers.values() for name in each})
    found = (_agreement(answers, list(pair)) for pair in combinations(names, 2))
    return [each for each in found if each is not None]


def by_event(verdicts: Iterable[Verdict]) -> dict[Moment, float]:
    """Return the share of pairs of reviewers that agree, 0 to 1, for each event that two or more judged."""
    return {
        moment: float(np.mean([a.answer == b.answer for a, b in combinations(each.values(), 2)]))
        for moment, each in first_answers(verdicts).items()
        if len(each) > 1
    }


def _agreement(answers: dict[Moment, dict[str, Verdict]], reviewers: list[str]) -> Agreement | None:
    common = [each for each in answers.values() if all(name in each for name in reviewers)]
    if len(reviewers) < 2 or not common:
        return None
    codes = np.array(
        [[ANSWERS.index(each[name].answer) for name in reviewers] for each in common], np.int8
    )
    statistic, kappa = (COHEN, cohen_kappa) if len(reviewers) == 2 else (FLEISS, fleiss_kappa)
    low, high = bootstrap_interval(codes, kappa)
    pairs = list(combinations(range(len(reviewers)), 2))
    observed = float(np.mean([codes[:, a] == codes[:, b] for a, b in pairs]))
    value = float(kappa(codes))
    return Agreement(statistic, tuple(reviewers), len(common), observed, value, low, high)


def cohen_kappa(codes: Codes) -> Values:
    """Return Cohen's kappa of two reviewers (Cohen 1960, Educational and Psychological Measurement 20).

    codes : (..., events, 2), the number of each answer; returns (...), NaN where chance alone agrees always.
    """
    chosen = _one_hot(codes)
    observed = np.mean(codes[..., 0] == codes[..., 1], axis=-1)
    chance = np.sum(np.prod(chosen.mean(axis=-3), axis=-2), axis=-1)
    return _beyond(observed, chance)


def fleiss_kappa(codes: Codes) -> Values:
    """Return Fleiss' kappa of any number of reviewers (Fleiss 1971, Psychological Bulletin 76).

    codes : (..., events, reviewers); returns (...), NaN where all answers are one and the same.
    """
    reviewers = codes.shape[-1]
    counts = _one_hot(codes).sum(axis=-2)
    pairs = np.sum(counts * (counts - 1), axis=-1) / (reviewers * (reviewers - 1))
    shares = counts.mean(axis=-2) / reviewers
    return _beyond(pairs.mean(axis=-1), np.sum(shares**2, axis=-1))


def bootstrap_interval(
    codes: Codes, kappa: Callable[[Codes], Values], seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval over events (Efron 1979), the same for the same answers.

    Resamples in which kappa is undefined don't count; NaN where there are fewer than two events or no kappa.
    """
    events = len(codes)
    if events < 2 or np.isnan(kappa(codes)):
        return float("nan"), float("nan")
    rows = np.random.default_rng(seed).integers(0, events, (RESAMPLES, events))
    # In parts, so that thousands of events stay small in memory.
    values = np.concatenate([kappa(codes[part]) for part in np.array_split(rows, 20)])
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(values, [tail, 100 - tail])
    return float(low), float(high)


def _one_hot(codes: Codes) -> Values:
    chosen: Values = (codes[..., None] == np.arange(len(ANSWERS))).astype(np.float64)
    return chosen


def _beyond(observed: Any, chance: Any) -> Values:
    room = 1.0 - np.asarray(chance, np.float64)
    room = np.where(room > 1e-12, room, np.nan)
    return np.asarray((observed - chance) / room, np.float64)
