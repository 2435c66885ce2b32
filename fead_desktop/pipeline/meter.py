"""ProgressMeter: chunks of weighted stages to an overall share and a remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress


class ProgressMeter:
    """The :class:`Progress` of an analysis.

    Parameters
    ----------
    weights : share of the time by stage name, in order; they need not add up to one.
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
        total = sum(weights.values())
        self._share = {name: weight / total for name, weight in weights.items()}
        self._before: dict[str, float] = {}
        reached = 0.0
        for name, share in self._share.items():
            self._before[name] = reached
            reached += share
        self._send = send
        self._is_cancelled = is_cancelled
        self._clock = clock
        self._first: tuple[float, float] | None = None
        self._furthest = 0.0

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Send where the analysis stands; the overall share never runs backwards."""
        part = min(1.0, done / total) if total > 0 else 1.0
        overall = self._before.get(stage, 0.0) + self._share.get(stage, 0.0) * part
        self._furthest = overall = max(self._furthest, min(1.0, overall))
        self._send(
            AnalysisProgress(stage, done, total, overall, self._remaining_s(overall), message)
        )

    def raise_if_cancelled(self) -> None:
        """Raise if the analyst cancelled."""
        if self._is_cancelled():
            raise CancelledError("The analysis was cancelled; what was done is kept.")

    def _remaining_s(self, overall: float) -> float | None:
        now = self._clock()
        if self._first is None:
            # Work found done in the case must not count as work done fast.
            self._first = (now, overall)
            return None
        began, start = self._first
        if overall - start < 0.02:
            return None
        return (now - began) / (overall - start) * (1.0 - overall)
