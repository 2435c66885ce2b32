"""MakeCaseJob: makes the case of a recording that was not analysed yet, for the analyst's first edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.case.case import RecordingFacts
from fead_desktop.case.store import Case
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.open_job import own_case_path
from fead_desktop.video.fingerprint import recording_hash

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex


class MakeCaseJob(Job):
    """Reads the whole recording for its SHA-256; the result is the path of the case."""

    def __init__(self, recording: Path, index: FrameIndex, parent: QObject | None = None):
        super().__init__(parent)
        self.recording = recording
        self._index = index

    def work(self) -> Path:
        path = own_case_path(self.recording)
        if path.is_file():
            return path
        index = self._index
        facts = RecordingFacts(
            path=str(self.recording.resolve()),
            sha256=recording_hash(self.recording, self),
            size_bytes=self.recording.stat().st_size,
            width=index.width,
            height=index.height,
            frames=len(index),
            duration_s=round(float(index.duration_s), 6),
            variable_frame_rate=bool(index.variable_frame_rate),
            remarks=tuple(index.remarks),
        )
        with Case.create(path) as case:
            case.recording = facts
        return path
