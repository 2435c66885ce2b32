"""ImportJob: brings another tool's table into the case, beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.gui.jobs.job import Job

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex


@dataclass(frozen=True)
class Imported:
    """All tables of the case now, what was done, and what the analyst should know of it."""

    tables: tuple[ImportedTable, ...]
    sentence: str
    remarks: tuple[str, ...]


class ImportJob(Job):
    """Imports ``file``; ``person`` is whose face it shows where the file does not tell."""

    def __init__(
        self,
        case: Path,
        file: Path,
        index: FrameIndex,
        person: int | None,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._case, self._file, self._index, self._person = case, file, index, person

    def work(self) -> Imported:
        from fead_desktop.case.imported import import_table, of_persons_now

        with Case.open(self._case, check=False) as case:
            try:
                done = import_table(case, self._file, self._index)
            except UsageError:
                if self._person is None:
                    raise
                done = import_table(case, self._file, self._index, self._person)
            persons = [each.person for each in case.persons()]
            tables = of_persons_now(case.imported(), case.features(), persons)
            return Imported(tables, done.sentence, done.remarks)
