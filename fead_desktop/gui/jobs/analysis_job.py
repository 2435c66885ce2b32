"""AnalysisJob: supervises the worker process and relays its progress to the window, as others do that have one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from fead_desktop.gui.jobs.job import WatchedJob
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from fead_desktop.pipeline.supervisor import CANCEL_GRACE_S

#: Signature of :func:`fead_desktop.pipeline.supervisor.supervise`.
Supervise = Callable[
    [
        AnalysisRequest,
        Callable[[AnalysisProgress], None],
        Callable[[], bool],
        Callable[[], float],
    ],
    AnalysisOutcome,
]

#: Seconds that a window which closes waits for the worker to end by itself.
CLOSING_GRACE_S = 2.0


class SupervisedJob(WatchedJob):
    """A job that supervises a child process and relays what it tells."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._grace_s = CANCEL_GRACE_S

    def hurry(self) -> None:
        """Cancel, and kill the worker soon if it doesn't end."""
        self._grace_s = CLOSING_GRACE_S
        self.cancel()

    def grace_s(self) -> float:
        """Return for how many seconds a worker that was asked to stop is waited for; called in the thread."""
        return self._grace_s


class AnalysisJob(SupervisedJob):
    """One analysis in a child process."""

    def __init__(
        self, request: AnalysisRequest, supervise: Supervise, parent: QObject | None = None
    ):
        super().__init__(parent)
        self.request = request
        self._supervise = supervise

    def work(self) -> AnalysisOutcome:
        return self._supervise(self.request, self.relay, self.is_cancelled, self.grace_s)
