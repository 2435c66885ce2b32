"""ProgressMeter: chunks of stages to an overall share and a remaining time."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress, FoundSoFar, SoFar

#: Less work than this share of all tells no pace by itself.
_LEAST_SHARE = 0.02

#: The pace of all that was done counts like so much of all work beside that of the latter half.
_STEADY_SHARE = 0.05


@dataclass(frozen=True)
class Expected:
    """What a stage is expected to take: ``start`` before its first part is done (models are loaded), then ``work``.

    ``paced``: its time tells the pace of the processor; it is not that of a disk or of another process.
    """

    work: float
    start: float = 0.0
    paced: bool = True

    @property
    def whole(self) -> float:
        """All of it."""
        return self.start + self.work

    def shrunk(self, share: float) -> Expected:
        """Return what a share of the work takes; it starts as ever, unless there is nothing to do."""
        return replace(self, work=self.work * share, start=self.start if share > 0 else 0.0)

    def times(self, factor: float) -> Expected:
        """Return so many times as much."""
        return replace(self, work=self.work * factor, start=self.start * factor)

    def between(self, first: float, part: float) -> float:
        """Return what was done since the stage stood at ``first``."""
        return self.start + self.work * (part - first) if part > first else 0.0


class ProgressMeter:
    """The :class:`Progress` of an analysis.

    The remaining time is what is expected of the work that is left, times the pace of this run: the time that the
    latter half of the work done so far took, against what was expected of it. The first half does not count because
    other programs come and go.

    Parameters
    ----------
    weights : time expected by stage name, in order, in any unit; :meth:`expect` corrects it.
    send : receives every report.
    is_cancelled : asked between chunks.
    trusted : the weights are seconds, and count like this share of all work, found right. 0 = a unit of theirs means
        nothing until the pace was measured.
    """

    def __init__(
        self,
        weights: Mapping[str, Expected],
        send: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        trusted: float = 0.0,
    ):
        self._expected = dict(weights)
        self._send = send
        self._is_cancelled = is_cancelled
        self._clock = clock
        self._trusted = trusted
        self._stage, self._first = "", 0.0
        self._before = 0.0
        #: Seconds of stages that are not paced, and the time of the last report.
        self._waited_s = self._noted_s = 0.0
        #: When how much work was done in this run, in the weights' unit; without what was waited for.
        self._times_s: list[float] = []
        self._done: list[float] = []
        self._furthest = 0.0
        self._last = AnalysisProgress("", 0, 1, 0.0)

    def expect(self, weights: Mapping[str, Expected]) -> None:
        """Correct what is expected of stages; others stay as they are."""
        self._expected |= weights

    def shrink(self, stage: str, share: float) -> None:
        """Expect a stage to take a share of the time only, because the rest of it is there already."""
        if stage in self._expected:
            self._expected[stage] = self._expected[stage].shrunk(share)

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Send where the analysis stands; the overall share never runs backwards."""
        part = min(1.0, done / total) if total > 0 else 1.0
        if stage in self._expected:
            self._note(stage, part)
        self._furthest = overall = max(self._furthest, min(1.0, self._overall(stage, part)))
        self._last = AnalysisProgress(
            stage, done, total, overall, self._remaining_s(stage, part), message
        )
        self._send(self._last)

    def tell(self, so_far: SoFar) -> None:
        """Send what was found so far, with where the analysis stands."""
        last = self._last
        self._send(
            FoundSoFar(
                last.stage,
                last.done,
                last.total,
                last.overall,
                last.remaining_s,
                last.message,
                so_far,
            )
        )

    def raise_if_cancelled(self) -> None:
        """Raise if the analyst cancelled."""
        if self._is_cancelled():
            raise CancelledError("The analysis was cancelled; what was done is kept.")

    def _note(self, stage: str, part: float) -> None:
        now_s, before = self._clock(), self._expected.get(self._stage)
        if before is not None and not before.paced:
            self._waited_s += now_s - self._noted_s
        self._noted_s = now_s
        if stage != self._stage:
            self._before = self._done[-1] if self._done else 0.0
            # Work found done in the case must not count as work done fast: it was done before the first report.
            self._stage, self._first = stage, part
        if self._expected[stage].paced:
            done = self._before + self._expected[stage].between(self._first, part)
            self._times_s.append(now_s - self._waited_s)
            self._done.append(max(done, self._done[-1] if self._done else 0.0))

    def _overall(self, stage: str, part: float) -> float:
        total = sum(each.whole for each in self._expected.values())
        before = 0.0
        for name, expected in self._expected.items():
            if name == stage:
                return (before + expected.between(0.0, part)) / total if total else 1.0
            before += expected.whole
        return 0.0

    def _remaining_s(self, stage: str, part: float) -> float | None:
        pace = self._pace()
        if stage not in self._expected or pace is None:
            return None
        expected, names = self._expected[stage], list(self._expected)
        own = expected.work * (1.0 - part) + (expected.start if part == self._first == 0 else 0.0)
        to_come = names[names.index(stage) + 1 :]
        return pace * (own + sum(self._expected[name].whole for name in to_come))

    def _pace(self) -> float | None:
        """Return the seconds that a unit of expected time takes in this run; None while nothing was measured."""
        if not self._done:
            return None
        total = sum(each.whole for each in self._expected.values())
        took, done = self._since(0)
        if not self._trusted and done < _LEAST_SHARE * total:
            return None
        trusted_s = self._trusted * total
        overall = (trusted_s + took) / (trusted_s + done)
        half = bisect_left(self._done, (self._done[0] + self._done[-1]) / 2)
        took, done = self._since(half)
        steady = (_STEADY_SHARE + self._trusted) * total
        return (steady * overall + took) / (steady + done)

    def _since(self, place: int) -> tuple[float, float]:
        return self._times_s[-1] - self._times_s[place], self._done[-1] - self._done[place]
