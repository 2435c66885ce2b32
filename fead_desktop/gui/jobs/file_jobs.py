"""Jobs that write files from a case: a copy, what other programs read."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Writes a case in some formats into a folder; its result is a sentence."""

    def __init__(
        self, case: Path, formats: Sequence[str], folder: Path, parent: QObject | None = None
    ):
        super().__init__(parent)
        self._case, self._formats, self._folder = case, formats, folder

    def work(self) -> str:
        from fead_desktop.report.interchange.formats import export

        with Case.open(self._case) as case:
            written = export(case, self._formats, self._folder)
        files = "1 file" if len(written) == 1 else f"{len(written)} files"
        return f"Wrote {files} to {self._folder}."
