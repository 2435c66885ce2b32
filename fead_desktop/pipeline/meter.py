"""ProgressMeter: chunks of stages to an overall share and a remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress, FoundSoFar, SoFar

#: A stage's own pace is believed when so much of it was measured.
_LEAST_PART = 0.02


@dataclass
class _Work:
    """One stage in this run: when and where it began, where it is; ``warm`` once its first work had been done."""

    began_s: float
    first: float
    now_s: float = field(init=False)
    part: float = field(init=False)
    warm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        self.now_s, self.part = self.began_s, self.first

    def reach(self, now_s: float, part: float) -> None:
        self.now_s, self.part = now_s, max(part, self.part)
        if self.warm is None and self.part > self.first:
            self.warm = (now_s, self.part)

    def seconds_a_whole(self) -> float | None:
        """Return how long the whole stage would take at the pace measured; None while there is none."""
        # What comes before the first result is mostly models being loaded, which happens once.
        since = self.warm if self.warm is not None else (self.began_s, self.first)
        if self.part - since[1] < _LEAST_PART:
            since = (self.began_s, self.first)
        done = self.part - since[1]
        return (self.now_s - since[0]) / done if done >= _LEAST_PART else None


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
