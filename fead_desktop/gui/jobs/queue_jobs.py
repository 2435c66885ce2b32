"""What the queue does beside the window: find recordings in folders, and analyse one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.gui.jobs.analysis_job import Supervise, SupervisedJob
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.open_job import find_case, own_case_path
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest


class FindRecordingsJob(Job):
    """Ends with the recordings in files and folders, in order."""

    def __init__(self, given: Sequence[Path], parent: QObject | None = None):
        super().__init__(parent)
        self._given = tuple(given)

    def work(self) -> list[Path]:
        from fead_desktop.pipeline.batch import recordings_in

        return recordings_in(self._given)


class QueueJob(SupervisedJob):
    """Analyses one recording of the queue into its own case; ends with a BatchResult, or None where it was done."""

    def __init__(
        self,
        recording: Path,
        parameters: AnalysisParameters,
        supervise: Supervise,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self.recording = recording
        self._parameters, self._supervise = parameters, supervise

    def work(self) -> object:
        from fead_desktop.pipeline.batch import analyse_one, is_done

        case = find_case(self.recording) or own_case_path(self.recording)
        request = AnalysisRequest(self.recording, case, self._parameters)
        if is_done(request):
            return None

        def supervise(
            wanted: AnalysisRequest,
            on_progress: Callable[[AnalysisProgress], None],
            is_cancelled: Callable[[], bool],
        ) -> AnalysisOutcome:
            return self._supervise(wanted, on_progress, is_cancelled, self.grace_s)

        return analyse_one(request, self.is_cancelled, self.relay, supervise)
