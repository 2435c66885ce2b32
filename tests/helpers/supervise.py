"""A stand-in for the worker's supervisor, for tests of what the window makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fead_desktop.errors import CancelledError, NoFaceError
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from tests.helpers.cases import make_case


class FakeSupervise:
    """Stands in for the worker: reports once, then ends as told, or when cancelled."""

    def __init__(self, end: Callable[[AnalysisRequest], AnalysisOutcome]):
        self.end = end
        self.go_on = threading.Event()
        self.requests: list[AnalysisRequest] = []
        self.thread: threading.Thread | None = None

    def __call__(
        self,
        request: AnalysisRequest,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        grace_s: Callable[[], float],
    ) -> AnalysisOutcome:
        self.requests.append(request)
        self.thread = threading.current_thread()
        on_progress(AnalysisProgress("faces", 4, 10, 0.25, 30.0))
        while not self.go_on.wait(0.005):
            if is_cancelled():
                raise CancelledError("The analysis was cancelled; what was done is kept.")
        return self.end(request)


def finds_events(request: AnalysisRequest) -> AnalysisOutcome:
    request.case.parent.mkdir(parents=True, exist_ok=True)
    make_case(request.case, request.recording, names=("Anna",), events=3)
    return AnalysisOutcome(request.case, None, 3, 1, ("The recording breaks off.",))


def finds_no_face(_request: AnalysisRequest) -> AnalysisOutcome:
    raise NoFaceError("No face was found.")
