"""Jobs that write files from a case: a copy, the tables."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from fead_desktop.case.store import Case
from fead_desktop.gui.jobs.job import Job


class CopyJob(Job):
    """Writes a complete copy of a case; its result is a sentence."""

    def __init__(self, case: Path, copy: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._copy = case, copy

    def work(self) -> str:
        with Case.open(self._case) as case:
            case.save_copy(self._copy)
        return f"Copied the case to {self._copy}."


class ExportJob(Job):
    """Writes a case's tables into a folder; its result is a sentence."""

    def __init__(self, case: Path, folder: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._folder = case, folder

    def work(self) -> str:
        from fead_desktop.report.tables import export_csv

        with Case.open(self._case) as case:
            written = export_csv(case, self._folder)
        return f"Wrote {len(written)} files to {self._folder}."
