"""Job: a thread with one life cycle, started once, ended once with a result or a sentence."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.logs import logger
from fead_desktop.pipeline.protocol import AnalysisProgress


class Job(QThread):
    """One piece of work beside the window; override :meth:`work`.

    start() -> work() in the thread -> ended(self, result) -> finished(). A receiver compares the job with
    its current one: results of a job that was given up still arrive.

    Signals: ended(job, result) with what :meth:`work` returned, or the FeadError it raised.
    """

    ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.setObjectName(type(self).__name__)

    @abstractmethod
    def work(self) -> Any:
        """Do the work; called in the thread. Look at :meth:`is_cancelled` between pieces."""

    def cancel(self) -> None:
        """Ask the work to stop; it ends when it next looks."""
        self.requestInterruption()

    def hurry(self) -> None:
        """Ask the work to stop at once, because the window closes."""
        self.cancel()

    def is_cancelled(self) -> bool:
        """Tell the work whether it should stop; called in the thread."""
        return self.isInterruptionRequested()

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Nobody watches a short job; with :meth:`raise_if_cancelled` this makes a job a Progress."""

    def raise_if_cancelled(self) -> None:
        """Leave the work here if it should stop; called in the thread."""
        if self.is_cancelled():
            raise CancelledError("Stopped.")

    def run(self) -> None:
        result: Any
        try:
            result = self.work()
        except FeadError as error:
            result = error
        except Exception as error:
            logger("gui").exception("%s failed", self.objectName())
            result = FeadError(
                f"Something unexpected happened ({type(error).__name__}); the log file says more."
            )
        self.ended.emit(self, result)


class WatchedJob(Job):
    """A job that tells how far it is.

    Signals: progressed(job, AnalysisProgress) while it runs.
    """

    progressed = Signal(object, object)

    def relay(self, progress: AnalysisProgress) -> None:
        """Tell the window what a child process told; called in the thread."""
        self.progressed.emit(self, progress)

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        share = done / total if total > 0 else 0.0
        self.relay(AnalysisProgress(stage, done, total, share, None, message))
