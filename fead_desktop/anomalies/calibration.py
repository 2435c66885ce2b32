"""Scores to p-values: how often a moment like this one would be flagged in the person's ordinary behaviour.

An event is flagged where its p-value passes the expected false alarms a minute that were asked for, person by person.

What holds. The observation is the highest score of a second, so that the likeness of neighbouring frames does not
multiply it, and the seconds next to an event are no background of it. Were the seconds exchangeable, the rank p-value
(1 + higher) / (others + 1) of an ordinary second would be at most alpha in at most a share alpha of cases, whatever the
scores' distribution (conformal p-values: Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World";
Bates et al. 2023, "Testing for outliers with conformal p-values"). All detectors and views are fused into one score
before, so that there is one test a second and nothing to correct for their number. With 60 seconds a minute the
expected flags in ordinary behaviour are then at most 60 alpha a minute: the setting.

What it rests on. Exchangeable seconds need behaviour that keeps its kind over the recording, blocks longer than its
memory (block structure: Chernozhukov, Wuthrich and Zhu 2018, "Exact and robust conformal inference methods for
predictive machine learning with dependent data"), and scores by models that did not see the block (cross-fitting).
Where a moment stands out from all but a few (:attr:`Background.stands_out_from`) an exponential tail takes the place
of the rank (peaks over threshold: Davison and Smith 1990, "Models for exceedances over high thresholds"): without it
one unusual moment would hide the next, and a recording of n seconds could show no p-value below 1 / (n + 1). It is
fitted with its upper part censored and is a model, not a guarantee: a p-value below the recording's own resolution is
labelled as extrapolated. More unusual moments than :data:`PEERS` are each other's peers and hide each other.
``make bench ONLY=nulls`` measures how well it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.threshold import count_at, ranked_peaks

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
#: The plain rank is used instead of the tail where so many moments are higher, ...
LEAST_RANKED = 10
#: ... and where a moment stands less than this above so many of them: what has many peers is no stranger to this
#: person, however it compares with the rest. Scores are in robust σ of their logarithm.
PEERS, STANDS_OUT_BY = 15, 1.5


@dataclass(frozen=True)
class Background:
    """Block maxima of one person's score: ``block`` (b,) numbers of seconds, ``highest`` (b,)."""

    block: npt.NDArray[np.int64]
    highest: Scores

    def p_value(self, onset_s: float, offset_s: float, score: float) -> float | None:
        """Return the chance that one ordinary second of this person reaches ``score``.

        The rank among the other seconds (conformal p-value, Vovk, Gammerman & Shafer 2005) up to where a moment
        stands out (:attr:`stands_out_from`); beyond it an exponential tail (peaks over threshold, Davison & Smith
        1990) fitted with its upper part censored, so that unusual moments don't hide each other.
        None where fewer than :data:`LEAST_BLOCKS` other seconds were scored.
        """
        others = self._others(onset_s, offset_s)
        return None if len(others) < LEAST_BLOCKS else float(self._chance(others, score))

    def p_values_elsewhere(self, scores: Scores) -> Scores:
        """Return what :meth:`p_value` says of moments that none of these seconds is near to, (k,); NaN for None."""
        enough = len(self.highest) >= LEAST_BLOCKS
        return self._chance(self.highest, scores) if enough else np.full(len(scores), np.nan)

    def _chance(self, others: Scores, scores: npt.ArrayLike) -> Scores:
        wanted = np.asarray(scores, np.float64)
        higher = len(others) - np.searchsorted(np.sort(others), wanted)
        tail_from = float(np.quantile(others, TAIL_FROM))
        share = float((others > tail_from).mean())
        beyond = np.maximum(wanted - tail_from, 0.0)
        tail = share * np.exp(-_tail_rate(others, tail_from) * beyond)
        # A tail that is too heavy counts no more than the rank at which it begins.
        most = (1 + int((others >= self.stands_out_from).sum())) / (len(others) + 1)
        ranked = wanted <= max(tail_from, self.stands_out_from)
        rank = (1 + higher) / (len(others) + 1)
        return np.asarray(np.where(ranked, rank, np.minimum(tail, most)), np.float64)

    @cached_property
    def stands_out_from(self) -> float:
        """The score above which a moment is judged by the tail and not by its rank.

        :data:`LEAST_RANKED` moments reach it, or it lies :data:`STANDS_OUT_BY` above the :data:`PEERS`-th highest.
        A moment is a block that is higher than the next ones, so that a long one counts once. Series in which one
        movement came back four times a minute had ten flags each without it.
        """
        block, highest = self.block, self.highest
        before, after = np.full(len(block), -np.inf), np.full(len(block), -np.inf)
        neighbours = np.flatnonzero(np.diff(block) == 1)
        before[neighbours + 1], after[neighbours] = highest[neighbours], highest[neighbours + 1]
        peaks = np.sort(highest[(highest >= before) & (highest > after)])[::-1]
        if not len(peaks):
            return -np.inf
        ranked, peer = (peaks[min(place, len(peaks)) - 1] for place in (LEAST_RANKED, PEERS))
        return float(max(ranked, peer + STANDS_OUT_BY))

    def resolution(self, onset_s: float, offset_s: float) -> float:
        """Return the smallest p-value that ranks alone can give a moment; a smaller one is extrapolated."""
        return 1 / (len(self._others(onset_s, offset_s)) + 1)

    def threshold(self, false_alarms: float) -> float | None:
        """Return the score that ordinary behaviour reaches so many times a minute; None without p-values.

        It is that of :meth:`p_value` for a moment that none of the seconds belongs to.
        """
        number = len(self.highest)
        if number < LEAST_BLOCKS:
            return None
        p_value = false_alarms * BLOCK_S / 60.0
        descending = np.sort(self.highest)[::-1]
        tail_from = float(np.quantile(self.highest, TAIL_FROM))
        from_here = max(tail_from, self.stands_out_from)
        higher = int(p_value * (number + 1)) - 1
        if higher >= 0:
            by_rank = float(np.nextafter(descending[min(higher, number - 1)], np.inf))
            if by_rank <= from_here:
                return by_rank
        share = float((self.highest > tail_from).mean())
        excess = float(np.log(max(share / p_value, 1.0))) / _tail_rate(self.highest, tail_from)
        return max(tail_from + excess, float(np.nextafter(from_here, np.inf)))

    def _others(self, onset_s: float, offset_s: float) -> Scores:
        first = int(onset_s // BLOCK_S) - LEFT_OUT_BLOCKS
        last = int(offset_s // BLOCK_S) + LEFT_OUT_BLOCKS
        return self.highest[(self.block < first) | (self.block > last)]


@dataclass(frozen=True)
class Calibration:
    """What an expected number of false alarms a minute means for one person.

    seconds : seconds of this person that the p-values rest on.
    threshold : the score that ordinary behaviour is expected to reach so often; None without p-values.
    moments : how many moments of the whole score curve reach it, listed or not.
    """

    person: int
    false_alarms_per_minute: float
    seconds: int
    threshold: float | None
    moments: int

    @property
    def is_extrapolated(self) -> bool:
        """True where ordinary behaviour of this length is expected to reach the threshold less than once."""
        return self.seconds / 60.0 < 1 / self.false_alarms_per_minute


def limits_of(
    calibrations: Sequence[Calibration], names: Mapping[int, str], num_anomalies: int
) -> list[str]:
    """Say what limits the flags, in words for the analyst; nothing where nothing does.

    names : of the persons, by number.
    """
    said = []
    silent = [names[each.person] for each in calibrations if each.threshold is None]
    if silent:
        were = "was" if len(silent) == 1 else "were"
        said.append(
            f"{', '.join(silent)} {were} scored for less than {LEAST_BLOCKS} s of ordinary behaviour, too little to be "
            f"flagged by expected false alarms: go by the {num_anomalies} most unusual moments."
        )
    known = [each for each in calibrations if each.threshold is not None]
    short = [f"{names[c.person]} ({c.seconds / 60:.1f} min)" for c in known if c.is_extrapolated]
    if short:
        dial = known[0].false_alarms_per_minute
        said.append(
            f"{', '.join(short)}: shorter than the {1 / dial:.3g} min in which {dial:g} expected false alarms a minute "
            f"make one. What is flagged rests on an extrapolated tail; the {num_anomalies} most unusual moments are "
            "listed beside it."
        )
    said += [
        f"{each.moments} moments of {names[each.person]} reach {each.false_alarms_per_minute:g} expected false alarms "
        f"a minute, and {num_anomalies} are listed at most; list more to see all."
        for each in known
        if each.moments > num_anomalies
    ]
    return said


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


def passes(p_value: float | None, false_alarms: float) -> bool:
    """Tell whether a moment is flagged at so many expected false alarms a minute."""
    return p_value is not None and false_alarms_per_minute(p_value) <= false_alarms


def calibrate(
    person: int, time_s: Times, score: npt.ArrayLike, ordinary: Background, false_alarms: float
) -> Calibration:
    """Return what so many expected false alarms a minute mean for a person.

    Parameters
    ----------
    time_s, score : (n,) the curve whose moments are counted
    ordinary : the background of that person
    """
    threshold = ordinary.threshold(false_alarms)
    moments = 0
    if threshold is not None:
        moments = count_at(ranked_peaks(time_s, np.asarray(score, np.float64)), threshold)
    return Calibration(person, false_alarms, len(ordinary.highest), threshold, moments)


def within(time_s: Times, spans: Iterable[tuple[float, float]]) -> npt.NDArray[np.bool_]:
    """Return which times lie in one of the spans (start_s, end_s), ends included, (n,)."""
    inside = np.zeros(len(time_s), bool)
    for start_s, end_s in spans:
        inside |= (time_s >= start_s) & (time_s <= end_s)
    return inside


def shortest_visible(interval_s: float) -> str:
    """Say what the distance of the analysed frames hides; a movement needs two of them to be one."""
    return f"At {1 / interval_s:.3g} frames a second nothing shorter than {2 * interval_s:.2g} s can be seen."


def _tail_rate(others: Scores, tail_from: float) -> float:
    """Return the maximum-likelihood rate of an exponential tail, its upper part censored."""
    excess = others[others > tail_from] - tail_from
    limit = max(float(np.quantile(others, CENSORED_FROM)) - tail_from, 1e-9)
    seen = excess[excess < limit]
    total = float(seen.sum()) + limit * float((excess >= limit).sum())
    return max(len(seen), 1) / max(total, 1e-9)
