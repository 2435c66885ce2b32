"""RecordingQueue: recordings that are analysed one after another, while the window shows something else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CancelledError, FeadError, NoFaceError
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.queue_jobs import FindRecordingsJob, QueueJob
from fead_desktop.gui.persons.person_model import counted, short_time
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisProgress

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True)
class QueueItem:
    """A recording, how it is to be analysed, and what became of it; ``said`` is for the analyst."""

    recording: Path
    parameters: AnalysisParameters
    state: str = WAITING
    said: str = ""


class RecordingQueue(QObject):
    """One worker at a time on this machine: while the window analyses by itself, the queue waits.

    Attributes: ``items`` in order, ``is_on`` (goes on by itself; off = paused).

    Signals: changed(), of the items, of their order or of what one says; saved(text) when there is something to
    remember.
    """

    changed = Signal()
    saved = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self.items: list[QueueItem] = []
        self.is_on = False
        self._job: QueueJob | None = None
        self._finding: dict[Job, AnalysisParameters] = {}
        self._is_closing = False
        session.analysis_started.connect(self._give_way)
        session.analysis_ended.connect(self._go_on)
        session.recording_closed.connect(self._go_on)

    # What the analyst does ---------------------------------------------------------------------------

    def add(self, given: Sequence[Path], parameters: AnalysisParameters) -> None:
        """Add recordings, and those in folders, at the end; what is in the queue already is not added again."""
        job = FindRecordingsJob(given, self._session)
        self._finding[job] = parameters
        job.ended.connect(self._found)
        self._session.run_job(job)

    def run(self) -> None:
        """Work on what waits, from the first on."""
        self.is_on = True
        self._tell()
        self._go_on()

    def pause(self) -> None:
        """Stop after the chunk in hand; what was done is kept, and the recording waits again."""
        self.is_on = False
        self._give_way()
        self._tell()

    def retry(self, rows: Iterable[int]) -> None:
        """Let recordings that failed, or are done, wait again."""
        for row in rows:
            if self.items[row].state in {FAILED, DONE}:
                self.items[row] = replace(self.items[row], state=WAITING, said="")
        self._tell()
        self._go_on()

    def move(self, row: int, step: int) -> int:
        """Move a recording; returns its new row."""
        place = min(max(row + step, 0), len(self.items) - 1)
        self.items.insert(place, self.items.pop(row))
        self._tell()
        return place

    def remove(self, rows: Iterable[int]) -> None:
        """Take recordings out of the queue; their cases stay."""
        for row in sorted(rows, reverse=True):
            if self.items.pop(row).state == RUNNING:
                self._give_way()
        self._tell()

    def shutdown(self) -> None:
        """Start nothing more; the window closes. What runs is stopped with the session's jobs."""
        self._is_closing = True

    # Remembering -------------------------------------------------------------------------------------

    def to_text(self) -> str:
        """Return what is remembered; a recording in hand waits, so that it is gone on with."""
        items = [
            {
                "recording": str(item.recording),
                "parameters": item.parameters.to_dict(),
                "state": WAITING if item.state == RUNNING else item.state,
                "said": "" if item.state == RUNNING else item.said,
            }
            for item in self.items
        ]
        return json.dumps({"is_on": self.is_on, "items": items}) if items else ""

    def restore(self, text: str) -> None:
        """Take what was remembered and go on with it; what can't be read is left out."""
        try:
            values: dict[str, Any] = json.loads(text) if text else {}
            self.items = [
                QueueItem(
                    Path(each["recording"]),
                    AnalysisParameters.from_dict(each["parameters"]),
                    str(each["state"]),
                    str(each["said"]),
                )
                for each in values.get("items", ())
            ]
            self.is_on = bool(values.get("is_on", False))
        except (ValueError, KeyError, TypeError, AttributeError, FeadError):
            self.items, self.is_on = [], False
        self.changed.emit()
        self._go_on()

    # Inside ------------------------------------------------------------------------------------------

    def _found(self, job: Job, result: list[Path] | FeadError) -> None:
        parameters = self._finding.pop(job)
        if isinstance(result, FeadError):
            self._session.refused.emit(str(result))
            return
        known = {item.recording for item in self.items}
        new = [path for path in dict.fromkeys(result) if path not in known]
        if not new:
            self._session.refused.emit("There is no recording in it that is not in the queue yet.")
            return
        self.items += [QueueItem(path, parameters) for path in new]
        self._tell()
        self._go_on()

    def _go_on(self) -> None:
        if self._job is not None or not self.is_on or self._is_closing:
            return
        if self._session.is_analysing:
            return
        waiting = [row for row, item in enumerate(self.items) if item.state == WAITING]
        if not waiting:
            return
        item = self.items[waiting[0]]
        self.items[waiting[0]] = replace(item, state=RUNNING, said="Starting …")
        self._job = QueueJob(
            item.recording, item.parameters, self._session.supervise, self._session
        )
        self._job.progressed.connect(self._progressed)
        self._job.ended.connect(self._ended)
        self._tell()
        self._session.run_job(self._job)

    def _give_way(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _progressed(self, job: Job, progress: AnalysisProgress) -> None:
        if job is self._job:
            self._set_running(RUNNING, progress_words(progress))
            self.changed.emit()

    def _ended(self, job: Job, result: Any) -> None:
        if job is not self._job or self._is_closing:
            return
        recording = self._job.recording
        self._job = None
        if result is None:
            self._set_running(DONE, "Was done before.")
        elif isinstance(result, FeadError):
            self._set_running(FAILED, str(result))
        elif result.outcome is not None:
            self._set_running(DONE, found_words(result.outcome.events, result.outcome.persons))
        elif result.exit_code == NoFaceError.exit_code:
            self._set_running(DONE, "No face was found.")
        elif result.exit_code == CancelledError.exit_code:
            self._set_running(WAITING, "")
        else:
            self._set_running(FAILED, result.problem)
        self._tell()
        session = self._session
        if recording == session.recording and not session.is_analysing and result is not None:
            session.open_path(session.opened_path or recording)  # what it shows is out of date
        self._go_on()

    def _set_running(self, state: str, said: str) -> None:
        for row, item in enumerate(self.items):
            if item.state == RUNNING:
                self.items[row] = replace(item, state=state, said=said)

    def _tell(self) -> None:
        self.changed.emit()
        self.saved.emit(self.to_text())


def progress_words(progress: AnalysisProgress) -> str:
    """Return where an analysis stands, in one line."""
    left = progress.remaining_s
    rest = "" if left is None else f" · about {short_time(max(left, 1.0))} left"
    return f"{progress.overall:.0%}{rest}"


def found_words(events: int, persons: int) -> str:
    """Return what an analysis found, in one line."""
    return f"{counted(events, 'event')} of {counted(persons, 'person')}"
