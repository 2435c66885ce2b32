"""Jobs that check an evidence package, or repeat its analysis, beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.gui.jobs.job import WatchedJob

if TYPE_CHECKING:
    from fead_desktop.pipeline.reproduce import Reproduction
    from fead_desktop.report.verification import Verification


class VerifyJob(WatchedJob):
    """Checks a package file by file, or the log of a case."""

    def __init__(
        self, path: Path, noted_hash: str, recording: Path | None, parent: QObject | None = None
    ):
        super().__init__(parent)
        self._path, self._noted_hash, self._recording = path, noted_hash, recording

    def work(self) -> Verification:
        from fead_desktop.report.verification import verify_case_log, verify_package

        if self._path.suffix.lower() == ".fead":
            return verify_case_log(self._path)
        return verify_package(self._path, self._noted_hash, self._recording, self)


class ReproduceJob(WatchedJob):
    """Analyses the recording of a package again, in a child process, and compares the results."""

    def __init__(self, package: Path, recording: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._package, self._recording = package, recording

    def work(self) -> Reproduction:
        from fead_desktop.pipeline.reproduce import reproduce

        return reproduce(self._package, self._recording, self.relay, self.is_cancelled)
