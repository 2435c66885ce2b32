"""Jobs that write files from a case: a copy, what other programs read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError
from fead_desktop.gui.jobs.job import Job, WatchedJob
from fead_desktop.report.options import ReportOptions

_NOWHERE = Path("no recording")


class CopyJob(Job):
    """Writes a complete copy of a case; its result is a sentence."""

    def __init__(self, case: Path, copy: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._copy = case, copy

    def work(self) -> str:
        with Case.open(self._case) as case:
            case.save_copy(self._copy)
        return f"Copied the case to {self._copy}."


class ExportJob(WatchedJob):
    """Writes a case in some formats into a folder; its result is the list of files."""

    def __init__(
        self,
        case: Path,
        formats: Sequence[str],
        folder: Path,
        options: ReportOptions,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._case, self._formats, self._folder, self._options = case, formats, folder, options

    def work(self) -> list[Path]:
        from fead_desktop.report.interchange.formats import export

        with Case.open(self._case, check=False) as case:
            return export(case, self._formats, self._folder, self._options, self)

    def raise_if_cancelled(self) -> None:
        if self.is_cancelled():
            raise CancelledError("Stopped; files that were complete by then stay.")


class PreviewJob(WatchedJob):
    """Writes a report where nobody keeps it; its result is the PDF's bytes."""

    def __init__(self, case: Path, options: ReportOptions, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._options = case, options

    def work(self) -> bytes:
        from fead_desktop.report.interchange.formats import export

        with (
            Case.open(self._case, check=False) as case,
            tempfile.TemporaryDirectory(prefix="fead-preview-") as folder,
        ):
            (path,) = export(case, ["pdf"], Path(folder), self._options, self)
            return path.read_bytes()


class OutlineJob(Job):
    """Builds the content of a report without its pictures; its result lists (level, title) of the sections."""

    def __init__(self, case: Path, options: ReportOptions, parent: QObject | None = None):
        super().__init__(parent)
        # No recording: its hash takes long and tells nothing about the sections.
        self._case, self._options = case, replace(options, stills=False, recording=_NOWHERE)

    def work(self) -> list[tuple[int, str]]:
        from fead_desktop.report.content import build_content
        from fead_desktop.report.redaction import redacted

        with Case.open(self._case, check=False) as case:
            shown = redacted(case) if self._options.replace_names else case
            sections = build_content(shown, self._options, self).sections
        return [(section.level, section.title) for section in sections]
