"""ProgressMeter: chunks of stages to an overall share and a remaining time."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress, FoundSoFar, SoFar

#: A stage's first report tells a pace where so much of it was done.
_LEAST_PART = 0.1


class _Work:
    """One stage in this run: where it began, and when it had come how far."""

    def __init__(self, now_s: float, part: float):
        self.first = part
        self._times_s, self._parts = [now_s], [part]

    @property
    def part(self) -> float:
        """Which part of the stage is done."""
        return self._parts[-1]

    def reach(self, now_s: float, part: float) -> None:
        """Take a report."""
        self._times_s.append(now_s)
        self._parts.append(max(part, self.part))

    def seconds_a_whole(self) -> float | None:
        """Return how long the whole stage would take at the pace measured; None while there is none.

        The pace is that of the latter half of what was done: at first models are being loaded, and other programs
        come and go.
        """
        since = bisect_left(self._parts, (self.first + self.part) / 2)
        if since == len(self._parts) - 1:
            since = (
                0  # one report tells how long it took, with all that comes before the first result
            )
        done = self.part - self._parts[since]
        if done <= 0 or (since == 0 and done < _LEAST_PART):
            return None
        return (self._times_s[-1] - self._times_s[since]) / done


class ProgressMeter:
    """The :class:`Progress` of an analysis.

    The remaining time of a stage that is under way follows its own pace in this run; that of stages to come is what
    is expected of them, times the pace of what was measured.

    Parameters
    ----------
    weights : time expected by stage name, in order, in any unit; :meth:`expect` corrects it.
    send : receives every report.
    is_cancelled : asked between chunks.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        send: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._expected = dict(weights)
        self._send = send
        self._is_cancelled = is_cancelled
        self._clock = clock
        self._work: dict[str, _Work] = {}
        self._furthest = 0.0
        self._last = AnalysisProgress("", 0, 1, 0.0)

    def expect(self, weights: Mapping[str, float]) -> None:
        """Correct what is expected of stages; others stay as they are."""
        self._expected |= weights

    def shrink(self, stage: str, share: float) -> None:
        """Expect a stage to take a share of the time only, because the rest of it is there already."""
        if stage in self._expected:
            self._expected[stage] *= share

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Send where the analysis stands; the overall share never runs backwards."""
        part = min(1.0, done / total) if total > 0 else 1.0
        now_s = self._clock()
        if stage in self._expected:
            # Work found done in the case must not count as work done fast: it was done before the first report.
            self._work.setdefault(stage, _Work(now_s, part)).reach(now_s, part)
        overall = self._overall(stage, part)
        self._furthest = overall = max(self._furthest, min(1.0, overall))
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

    def _overall(self, stage: str, part: float) -> float:
        total = sum(self._expected.values())
        before = 0.0
        for name, expected in self._expected.items():
            if name == stage:
                return (before + expected * part) / total if total else 1.0
            before += expected
        return 0.0

    def _remaining_s(self, stage: str, part: float) -> float | None:
        pace = self._pace()
        if stage not in self._expected or pace is None:
            return None
        names = list(self._expected)
        to_come = sum(self._expected[name] for name in names[names.index(stage) + 1 :])
        own = self._work[stage].seconds_a_whole()
        whole = self._expected[stage] * pace if own is None else own
        return whole * (1.0 - part) + to_come * pace

    def _pace(self) -> float | None:
        """Return the seconds that a unit of expected time took in this run; None while nothing was measured.

        It is that of the stage of which most was measured: what is quick depends on the disk, not on the processor.
        """
        units, pace = 0.0, None
        for name, work in self._work.items():
            whole = work.seconds_a_whole()
            measured = self._expected[name] * (work.part - work.first)
            if whole is not None and measured > units:
                units, pace = measured, whole / self._expected[name]
        return pace
