"""AnalysisJob: supervises the worker process and relays its progress to the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from fead_desktop.gui.jobs.job import Job
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


class AnalysisJob(Job):
    """One analysis in a child process.

    Signals: progressed(job, AnalysisProgress) while it runs.
    """

    progressed = Signal(object, object)

    def __init__(
        self, request: AnalysisRequest, supervise: Supervise, parent: QObject | None = None
    ):
        super().__init__(parent)
        self.request = request
        self._supervise = supervise
        self._grace_s = CANCEL_GRACE_S

    def hurry(self) -> None:
        """Cancel, and kill the worker soon if it doesn't end."""
        self._grace_s = CLOSING_GRACE_S
        self.cancel()

    def work(self) -> AnalysisOutcome:
        return self._supervise(self.request, self._relay, self.is_cancelled, lambda: self._grace_s)

    def _relay(self, progress: AnalysisProgress) -> None:
        self.progressed.emit(self, progress)
