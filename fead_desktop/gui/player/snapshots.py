"""Snapshots: shown frames as PNG files, written beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from fead_desktop.errors import FeadError
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.snapshot_job import Snapshot, SnapshotJob, snapshot_folder
from fead_desktop.gui.session import Session


class Snapshots(QObject):
    """Part of the player. ``folder`` is where they go; None = the user's folder for pictures."""

    def __init__(self, session: Session, parent: QObject):
        super().__init__(parent)
        self._session = session
        self.folder: Path | None = None

    def take(self, frame: int) -> None:
        """Write a frame; ends in said() or refused()."""
        session = self._session
        if session.recording is None or session.index is None:
            return
        facts = None if session.case is None else session.case.recording
        folder = self.folder or snapshot_folder(session.recording)
        sha256 = "" if facts is None else facts.sha256
        wanted = Snapshot(session.recording, session.index, frame, folder, sha256)
        job = SnapshotJob(wanted, session)
        job.ended.connect(self._ended)
        session.run_job(job)

    def _ended(self, _job: Job, result: Path | FeadError) -> None:
        if isinstance(result, FeadError):
            self._session.refused.emit(str(result))
        else:
            self._session.said.emit(f"Wrote {result}")
