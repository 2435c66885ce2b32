"""Analysing: the analysis that runs in a child process, and reading what it left in the case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import FeadError
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.jobs.analysis_job import AnalysisJob
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.open_job import ReadResultsJob, Results, own_case_path
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest, FoundSoFar

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session


class Analysing(QObject):
    """Part of the session, whose signals tell how far it is and how it ended."""

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self._job: AnalysisJob | None = None
        self._reading: ReadResultsJob | None = None
        self._outcome: object = None

    @property
    def is_running(self) -> bool:
        """True until the results of an analysis have been read."""
        return self._job is not None or self._reading is not None

    def start(self, parameters: AnalysisParameters) -> None:
        """Analyse the open recording; ends in analysis_ended()."""
        session = self._session
        if self.is_running or session.is_opening:
            return
        if session.person_editing.has_worker:
            session.refused.emit(
                "Edited persons are being scored again; stop that, or wait a moment."
            )
            return
        if session.editing.makes_case:
            session.refused.emit(
                "The recording's case is being made; start the analysis in a moment."
            )
            return
        if session.recording is None:
            session.refused.emit("Open a recording first; then it can be analysed.")
            return
        if session.index is not None and session.index.stream != session.streams.best:
            parameters = replace(parameters, video_stream=session.index.stream)
        case = own_case_path(session.recording) if session.case is None else session.case.path
        request = AnalysisRequest(session.recording, case, parameters, provisional=True)
        self._job = AnalysisJob(request, session.supervise, session)
        self._job.progressed.connect(self._progressed)
        self._job.ended.connect(self._ended)
        session.analysis_started.emit()
        session.run_job(self._job)

    def cancel(self) -> None:
        """Ask the running analysis to stop; what was done is kept."""
        if self._job is not None:
            self._job.cancel()

    def give_up(self) -> None:
        """Cancel, and take no notice of what still comes."""
        self.cancel()
        self._job = self._reading = None

    def _progressed(self, job: Job, progress: AnalysisProgress) -> None:
        if self._job is not None and job is self._job:
            self._session.analysis_progressed.emit(progress)
            if isinstance(progress, FoundSoFar) and progress.so_far is not None:
                self._session.provisional.take(self._job.request.case, progress.so_far)

    def _ended(self, job: Job, result: object) -> None:
        if self._job is None or job is not self._job:
            return
        case_path = self._job.request.case
        self._job, self._outcome = None, result
        self._session.provisional.end()
        self._reading = ReadResultsJob(case_path, self._session)
        self._reading.ended.connect(self._results_read)
        self._session.run_job(self._reading)

    def _results_read(self, job: Job, results: Results | FeadError | None) -> None:
        if self._reading is None or job is not self._reading:
            return
        session, case_path = self._session, self._reading.case_path
        self._reading = None
        was_provisional = session.provisional.is_shown
        session.provisional.forget()
        if isinstance(results, Results):
            session.show_analysed(case_path, results)
        elif was_provisional:
            session.show_results(Results(FeatureTable({})))
        if isinstance(results, FeadError):
            session.refused.emit(str(results))
        session.analysis_ended.emit(self._outcome)
