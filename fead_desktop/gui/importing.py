"""Importing: what other tools measured of the open recording, and the way in for their tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fead_desktop.errors import FeadError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.gui.jobs.import_job import Imported, ImportJob
from fead_desktop.gui.jobs.job import Job

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session


class Importing(QObject):
    """Part of the session.

    Attributes: ``tables`` (of all persons, in the order they were imported).

    Signals: imported() when a table came in.
    """

    imported = Signal()

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self._job: ImportJob | None = None
        self.tables: tuple[ImportedTable, ...] = ()

    def take(self, tables: tuple[ImportedTable, ...]) -> None:
        """Show these; what is still being imported belongs to another case."""
        self._job = None
        self.tables = tables

    def of_person(self, person: int) -> list[ImportedTable]:
        """Return the tables of a person."""
        return [table for table in self.tables if table.person == person]

    def start(self, path: Path) -> None:
        """Import a file beside the window; ends in imported() or refused().

        Where the file does not tell whose face it shows it is the chosen person's.
        """
        session = self._session
        if session.case is None or session.index is None or self._job is not None:
            return
        self._job = ImportJob(session.case.path, path, session.index, session.person, session)
        self._job.ended.connect(self._ended)
        session.said.emit(f"Importing {path.name} …")
        session.run_job(self._job)

    def _ended(self, job: Job, result: Imported | FeadError) -> None:
        if job is not self._job:
            return
        self._job = None
        if isinstance(result, FeadError):
            self._session.said.emit("")
            self._session.refused.emit(str(result))
            return
        self.tables = result.tables
        self._session.said.emit(result.sentence)
        if result.remarks:
            self._session.refused.emit(" ".join((result.sentence, *result.remarks)))
        self.imported.emit()
