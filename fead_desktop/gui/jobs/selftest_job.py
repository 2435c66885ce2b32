"""SelftestJob: supervises the worker process that tests a case, and relays its progress to the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fead_desktop.case.selftest import Selftest
from fead_desktop.case.store import Case
from fead_desktop.gui.jobs.analysis_job import CLOSING_GRACE_S
from fead_desktop.gui.jobs.job import Job
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.supervisor import CANCEL_GRACE_S

#: Signature of :func:`fead_desktop.pipeline.supervisor.supervise_selftest`.
SuperviseSelftest = Callable[
    [
        Path,
        int,
        Callable[[AnalysisProgress], None],
        Callable[[], bool],
        Callable[[], float],
    ],
    None,
]


class SelftestJob(Job):
    """One self-test in a child process; its result is the Selftest that the case holds then.

    Signals: progressed(job, AnalysisProgress) while it runs.
    """

    progressed = Signal(object, object)

    def __init__(
        self, case: Path, seed: int, supervise: SuperviseSelftest, parent: QObject | None = None
    ):
        super().__init__(parent)
        self._case, self._seed, self._supervise = case, seed, supervise
        self._grace_s = CANCEL_GRACE_S

    def hurry(self) -> None:
        """Cancel, and kill the worker soon if it doesn't end."""
        self._grace_s = CLOSING_GRACE_S
        self.cancel()

    def work(self) -> Selftest | None:
        self._supervise(
            self._case, self._seed, self._relay, self.is_cancelled, lambda: self._grace_s
        )
        with Case.open(self._case, check=False) as case:
            return case.selftest

    def _relay(self, progress: AnalysisProgress) -> None:
        self.progressed.emit(self, progress)
