"""Provisional: what a running analysis found so far, shown until its results are there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.errors import FeadError
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.provisional_job import ProvisionalJob, ProvisionalResults
from fead_desktop.logs import logger
from fead_desktop.pipeline.protocol import SoFar

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session

#: What an analyst reads beside the title of a panel.
NOTE = "provisional"


class Provisional(QObject):
    """Part of the session. Of what arrives while an earlier state is being read, the latest alone is read next.

    Attributes: ``is_shown`` (what the session holds is provisional: it can be looked at, but not judged or exported),
    ``until_s`` (how far into the recording it reaches).
    """

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self._job: ProvisionalJob | None = None
        self._next: tuple[Path, SoFar] | None = None
        self._tables: dict[int, FeatureTable] = {}
        self._thumbnails: Mapping[int, bytes] = {}
        self.is_shown = False
        self.until_s = 0.0

    def take(self, case: Path, so_far: SoFar) -> None:
        """Show a state of an analysis as soon as it has been read."""
        self._next = (case, so_far)
        self._read_next()

    def end(self) -> None:
        """Take nothing more: the analysis has ended. What is shown stays until its results are read."""
        self._next = self._job = None
        self._tables = {}

    def forget(self) -> None:
        """Nothing provisional is shown any more."""
        self.end()
        self._thumbnails = {}
        self.is_shown, self.until_s = False, 0.0

    def thumbnail(self, event: int) -> bytes:
        """Return the JPEG of an event's peak face, or nothing."""
        return self._thumbnails.get(event, b"")

    def _read_next(self) -> None:
        if self._job is not None or self._next is None:
            return
        (case, so_far), self._next = self._next, None
        self._job = ProvisionalJob(case, so_far, self._tables, self._session)
        self._job.ended.connect(self._read)
        self._session.run_job(self._job)

    def _read(self, job: Job, result: ProvisionalResults | FeadError) -> None:
        if job is not self._job:
            return
        self._job = None
        if isinstance(result, FeadError):
            logger("gui").info("nothing provisional: %s", result)
        else:
            self._tables = result.tables
            self._thumbnails = result.thumbnails
            self.is_shown, self.until_s = True, result.until_s
            self._session.show_results(result.results)
        self._read_next()
