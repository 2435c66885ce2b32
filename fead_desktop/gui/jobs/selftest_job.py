"""SelftestJob: supervises the worker process that tests a case, and relays its progress to the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from fead_desktop.case.selftest import Selftest
from fead_desktop.case.store import Case
from fead_desktop.gui.jobs.analysis_job import SupervisedJob
from fead_desktop.pipeline.protocol import AnalysisProgress

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


class SelftestJob(SupervisedJob):
    """One self-test in a child process; its result is the Selftest that the case holds then."""

    def __init__(
        self, case: Path, seed: int, supervise: SuperviseSelftest, parent: QObject | None = None
    ):
        super().__init__(parent)
        self._case, self._seed, self._supervise = case, seed, supervise

    def work(self) -> Selftest | None:
        self._supervise(self._case, self._seed, self.relay, self.is_cancelled, self.grace_s)
        with Case.open(self._case, check=False) as case:
            return case.selftest
