"""Scores to p-values: how often a moment like this one would be flagged in the person's ordinary behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]

#: Neighbouring frames are alike; the highest score of a second is one observation.
BLOCK_S = 1.0
#: Blocks on either side of a moment that do not count as its background.
LEFT_OUT_BLOCKS = 2
#: A second that was scored for less than this share of its frames is no observation.
LEAST_COVERED = 0.5
#: Fewer observations than this say nothing.
LEAST_BLOCKS = 20

#: The tail begins at this quantile of the background, and what lies above the second one counts only as
#: "beyond": up to a quarter of a recording may be unusual without hiding each other.
TAIL_FROM, CENSORED_FROM = 0.5, 0.75
#: With so many higher background blocks the plain rank is used instead of the tail.
LEAST_RANKED = 10


@dataclass(frozen=True)
class Background:
    """Block maxima of one person's score: ``block`` (b,) numbers of seconds, ``highest`` (b,)."""

    block: npt.NDArray[np.int64]
    highest: Scores

    def p_value(self, onset_s: float, offset_s: float, score: float) -> float | None:
        """Return the chance that one ordinary second of this person reaches ``score``.

        The rank among the other seconds (conformal p-value, Vovk, Gammerman & Shafer 2005) where enough of
        them are higher; beyond them an exponential tail (peaks over threshold, Davison & Smith 1990) fitted
        with its upper part censored, so that unusual moments don't hide each other.
        None where fewer than :data:`LEAST_BLOCKS` other seconds were scored.
        """
        first = int(onset_s // BLOCK_S) - LEFT_OUT_BLOCKS
        last = int(offset_s // BLOCK_S) + LEFT_OUT_BLOCKS
        others = self.highest[(self.block < first) | (self.block > last)]
        if len(others) < LEAST_BLOCKS:
            return None
        higher = int((others >= score).sum())
        tail_from = float(np.quantile(others, TAIL_FROM))
        if higher >= LEAST_RANKED or score <= tail_from:
            return (1 + higher) / (len(others) + 1)
        share = float((others > tail_from).mean())
        return share * float(np.exp(-_tail_rate(others, tail_from) * (score - tail_from)))


def background_of(time_s: Times, score: npt.ArrayLike) -> Background:
    """Collect the block maxima of a person's score.

    Parameters
    ----------
    time_s : (n,) seconds, increasing
    score : (n,) higher = more unusual, NaN where not scored
    """
    values = np.asarray(score, np.float64)
    known = np.isfinite(values)
    if not known.any():
        return Background(np.empty(0, np.int64), np.empty(0))
    block_of = (time_s // BLOCK_S).astype(np.int64)
    block, inverse = np.unique(block_of[known], return_inverse=True)
    highest = np.full(len(block), -np.inf)
    np.maximum.at(highest, inverse, values[known])
    frames = np.bincount(inverse)
    covered = frames >= LEAST_COVERED * np.median(frames)
    return Background(block[covered], highest[covered])


def false_alarms_per_minute(p_value: float) -> float:
    """Return how many ordinary seconds a minute reach a score of this p-value."""
    return p_value * 60.0 / BLOCK_S


def _tail_rate(others: Scores, tail_from: float) -> float:
    """Return the maximum-likelihood rate of an exponential tail, its upper part censored."""
    excess = others[others > tail_from] - tail_from
    limit = max(float(np.quantile(others, CENSORED_FROM)) - tail_from, 1e-9)
    seen = excess[excess < limit]
    total = float(seen.sum()) + limit * float((excess >= limit).sum())
    return max(len(seen), 1) / max(total, 1e-9)
