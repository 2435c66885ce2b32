"""Reads a recording before its analysis: frame index and hash side by side, and meanwhile the networks' packages."""

from __future__ import annotations

import contextlib
import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fead_desktop.errors import CancelledError, RecordingError
from fead_desktop.models.device import import_mediapipe
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.frame_index import FrameIndex, build_frame_index

READING, TITLE = "reading", "Reading the recording"

#: Size and time of the last change of a file.
FileState = tuple[int, int]


def read_recording(request: AnalysisRequest, progress: Progress) -> tuple[FrameIndex, str]:
    """Return a recording's frame index and SHA-256.

    Raises
    ------
    FeadError
        As :func:`build_frame_index` and :func:`recording_hash` do.
    """
    beside = _Beside(progress)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="hash") as executor:
        hashing = executor.submit(recording_hash, request.recording, beside)
        try:
            index = build_frame_index(
                request.recording, _Reading(request, progress), request.parameters.video_stream
            )
        except BaseException:
            beside.is_over.set()
            raise
        return index, hashing.result()


def state_of(recording: Path) -> FileState:
    """Return what tells that a file is not the one it was.

    Raises
    ------
    RecordingError
        When it is not there.
    """
    try:
        found = recording.stat()
    except OSError:
        raise RecordingError(
            f"'{recording.name}' was moved or removed while it was being analysed; what was done is kept. "
            "Put it back and start the analysis again."
        ) from None
    return found.st_size, found.st_mtime_ns


class _Reading(NoProgress):
    """The progress of the frame index, as a stage; a long recording lets the networks' packages be imported meanwhile.

    A short one is read before that could gain anything.
    """

    def __init__(self, request: AnalysisRequest, progress: Progress):
        self._request, self._progress = request, progress
        self._reports = 0

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self._progress.report(READING, done, total, TITLE)
        self._reports += 1
        # The first report is that of the first packet, the last one that of the end. What an earlier run left in
        # its case may need no network.
        is_new = self._request.restart or not self._request.case.exists()
        if self._reports == 2 and done < total and is_new:
            threading.Thread(target=_import, name="import").start()

    def raise_if_cancelled(self) -> None:
        self._progress.raise_if_cancelled()


class _Beside(NoProgress):
    """The progress of the hash: it tells nothing and ends with the reading."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self.is_over = threading.Event()

    def raise_if_cancelled(self) -> None:
        self._progress.raise_if_cancelled()
        if self.is_over.is_set():
            raise CancelledError("The recording can't be read.")


def _import() -> None:
    # An error is raised again, and told, where the networks are used.
    with contextlib.suppress(Exception):
        import_mediapipe()
        importlib.import_module("torch")
