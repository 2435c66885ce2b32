"""The p-value of every second of a person at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import (
    BLOCK_S,
    CENSORED_FROM,
    LEAST_BLOCKS,
    LEFT_OUT_BLOCKS,
    TAIL_FROM,
    Background,
    Scores,
)

Ranks = npt.NDArray[np.int64]


def p_values_of_seconds(background: Background) -> Scores:
    """Return what :meth:`Background.p_value` says of each block's own score, in one pass.

    The background of each block is all others but its few neighbours, so that order statistics and sums of the
    whole series are right once what those neighbours take from them is counted: n log n instead of n squared,
    0.01 s instead of seconds for a recording of two hours.

    Returns
    -------
    (b,) chance that one ordinary second reaches this block's score; NaN where fewer than
    :data:`LEAST_BLOCKS` other blocks are left.
    """
    block, score = background.block, np.asarray(background.highest, np.float64)
    if len(block) < LEAST_BLOCKS:
        return np.full(len(block), np.nan)
    others = _Others(block, score)
    tail_from, censored_from = others.quantile(TAIL_FROM), others.quantile(CENSORED_FROM)
    limit = np.maximum(censored_from, tail_from + 1e-9)
    above, beyond = others.count(tail_from, "right"), others.count(limit, "left")
    seen = above - beyond
    excess = others.total(tail_from, "right") - others.total(limit, "left") - seen * tail_from
    rate = np.maximum(seen, 1) / np.maximum(excess + beyond * (limit - tail_from), 1e-9)
    higher = others.count(score, "left")
    from_here = np.full(len(block), background.stands_out_from)
    tail = above / np.maximum(others.left, 1) * np.exp(-rate * np.maximum(score - tail_from, 0))
    tail = np.minimum(tail, (1 + others.count(from_here, "left")) / (others.left + 1))
    ranked = score <= np.maximum(tail_from, from_here)
    p = np.where(ranked, (1 + higher) / (others.left + 1), tail)
    return np.where(others.left >= LEAST_BLOCKS, p, np.nan)


def p_values_against(ordinary: Background, seconds: Background) -> Scores:
    """Return the chance that an ordinary second reaches the score of each of other seconds, (b,).

    What :meth:`Background.p_value` of the ``ordinary`` ones says of each, NaN for None; they may be among the
    ``seconds``.
    """
    p = ordinary.p_values_elsewhere(seconds.highest)
    if len(ordinary.block) < LEAST_BLOCKS:
        return p
    own = np.isin(seconds.block, ordinary.block)
    p[own] = p_values_of_seconds(ordinary)[np.isin(ordinary.block, seconds.block)]
    away = np.abs(seconds.block[:, None] - _nearest(ordinary.block, seconds.block)).min(axis=1)
    for k in np.flatnonzero(~own & (away <= LEFT_OUT_BLOCKS)):
        at_s = float(seconds.block[k]) * BLOCK_S
        found = ordinary.p_value(at_s, at_s, float(seconds.highest[k]))
        p[k] = np.nan if found is None else found
    return p


def _nearest(block: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> Ranks:
    """Return the blocks before and after each wanted one, (b, 2)."""
    after = np.searchsorted(block, wanted)
    both = np.stack([np.maximum(after - 1, 0), np.minimum(after, len(block) - 1)], axis=1)
    return np.asarray(block[both], np.int64)


class _Others:
    """For each block all blocks that are not near it; ``left`` (b,) is their number."""

    def __init__(self, block: npt.NDArray[np.int64], score: Scores):
        order = np.argsort(score, kind="stable")
        rank = np.empty(len(score), np.int64)
        rank[order] = np.arange(len(score))
        self._sorted = score[order]
        self._sums = np.concatenate([[0.0], np.cumsum(self._sorted)])
        first = np.searchsorted(block, block - LEFT_OUT_BLOCKS)
        last = np.searchsorted(block, block + LEFT_OUT_BLOCKS, side="right")
        near = first[:, None] + np.arange(2 * LEFT_OUT_BLOCKS + 1)
        is_near = near < last[:, None]
        near = np.minimum(near, len(score) - 1)
        # Ranks and scores of the blocks nearby; what is no block stands where it counts nothing.
        self._ranks = np.sort(np.where(is_near, rank[near], len(score)), axis=1)
        self._near = np.where(is_near, score[near], -np.inf)
        self.left: Ranks = len(score) - is_near.sum(axis=1)

    def quantile(self, share: float) -> Scores:
        """Return a quantile of the others, interpolated as numpy does."""
        place = share * np.maximum(self.left - 1, 0)
        low = np.floor(place).astype(np.int64)
        below, over = self._smallest(low), self._smallest(np.minimum(low + 1, self.left - 1))
        return np.asarray(below + (over - below) * (place - low), np.float64)

    def count(self, least: Scores, side: Any) -> Ranks:
        """Return how many of the others are not below ``least`` ("left"), or above it ("right")."""
        at = np.searchsorted(self._sorted, least, side=side)
        return np.asarray(len(self._sorted) - at - self._nearby(least, side).sum(axis=1), np.int64)

    def total(self, least: Scores, side: Any) -> Scores:
        """Return the sum of those that :meth:`count` counts."""
        at = np.searchsorted(self._sorted, least, side=side)
        near = np.where(self._nearby(least, side), self._near, 0.0).sum(axis=1)
        return np.asarray(self._sums[-1] - self._sums[at] - near, np.float64)

    def _nearby(self, least: Scores, side: str) -> npt.NDArray[np.bool_]:
        wanted = self._near >= least[:, None] if side == "left" else self._near > least[:, None]
        return np.asarray(wanted, np.bool_)

    def _smallest(self, place: Ranks) -> Scores:
        """Return the others' smallest score but ``place``."""
        at = np.maximum(place, 0)
        for column in self._ranks.T:
            at = at + (column <= at)
        return np.asarray(self._sorted[np.minimum(at, len(self._sorted) - 1)], np.float64)
