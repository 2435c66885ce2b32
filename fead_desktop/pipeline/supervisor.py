"""Starts, feeds, watches and stops a worker; the command line calls it directly, the window in a QThread."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fead_desktop.errors import CancelledError, WorkerDiedError
from fead_desktop.models import device
from fead_desktop.pipeline.protocol import (
    PREPARE,
    AnalysisOutcome,
    AnalysisProgress,
    AnalysisRequest,
    decode,
    decode_error,
    decode_outcome,
    decode_progress,
    encode,
    encode_request,
    encode_rescore,
    encode_selftest,
    encode_tune,
)

#: Seconds a cancelled worker has to finish the batch in hand before it is killed.
CANCEL_GRACE_S = 20.0
_POLL_S = 0.1


class ReadyWorker:
    """A worker that imports its packages before anybody asks for an analysis; the analysis then begins at once.

    It waits for its request in silence, and ends when it is closed or its parent ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def prepare(self) -> None:
        """Start it, unless it stands ready."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = _start_worker()
                _send(self._process, encode(PREPARE))

    def supervise(
        self,
        request: AnalysisRequest,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        grace_s: Callable[[], float] = lambda: CANCEL_GRACE_S,
    ) -> AnalysisOutcome:
        """Do what :func:`supervise` does, by the worker that stands ready if there is one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and process.poll() is not None:
            process = None
        line = encode_request(request)
        return decode_outcome(_run_worker(line, on_progress, is_cancelled, grace_s, process))

    def close(self) -> None:
        """End it; nothing waits for it."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            _end(process)


def supervise(
    request: AnalysisRequest,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float] = lambda: CANCEL_GRACE_S,
) -> AnalysisOutcome:
    """Run one analysis in a child process and return its outcome; blocks.

    ``on_progress``, ``is_cancelled`` and ``grace_s`` (seconds a cancelled worker has before it is killed;
    may shrink meanwhile) are called in the calling thread.

    Raises
    ------
    FeadError
        The worker's own error; :class:`WorkerDiedError` when it ended without one;
        :class:`CancelledError` when cancelled (what was done is kept in the case).
    """
    request_line = encode_request(request)
    return decode_outcome(_run_worker(request_line, on_progress, is_cancelled, grace_s))


def supervise_selftest(
    case: Path,
    seed: int,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float] = lambda: CANCEL_GRACE_S,
) -> None:
    """Run the self-test of a case in a child process, as :func:`supervise` does; the result is in the case."""
    try:
        _run_worker(encode_selftest(case, seed), on_progress, is_cancelled, grace_s)
    except CancelledError:
        raise CancelledError("The self-test was cancelled; an earlier one is kept.") from None


def supervise_tune(
    case: Path,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float] = lambda: CANCEL_GRACE_S,
) -> None:
    """Search the detectors' parameters for a case in a child process, as :func:`supervise` does."""
    try:
        _run_worker(encode_tune(case), on_progress, is_cancelled, grace_s)
    except CancelledError:
        raise CancelledError("The search was cancelled; an earlier one is kept.") from None


def supervise_rescore(
    case: Path,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float] = lambda: CANCEL_GRACE_S,
) -> tuple[int, ...]:
    """Score the edited persons of a case again in a child process, as :func:`supervise` does; returns whom."""
    try:
        values = _run_worker(encode_rescore(case), on_progress, is_cancelled, grace_s)
    except CancelledError:
        raise CancelledError(
            "Scoring the persons again was cancelled; the earlier results are kept."
        ) from None
    return tuple(values["persons"])


def _run_worker(
    request_line: str,
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float],
    ready: subprocess.Popen[str] | None = None,
) -> dict[str, Any]:
    """Give a worker a request, a new one unless one is ``ready``, and return the values of its outcome."""
    process = ready or _start_worker()
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
    reader.start()
    try:
        _send(process, request_line)
        return _follow(process, lines, on_progress, is_cancelled, grace_s)
    finally:
        # Whatever happened on this side, no worker stays behind.
        _end(process, reader)


def _start_worker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        worker_command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=worker_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _end(process: subprocess.Popen[str], reader: threading.Thread | None = None) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if reader is not None:
        reader.join(timeout=5)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def worker_environment() -> dict[str, str]:
    """Return the worker's environment.

    numpy's threads read it when numpy is imported, which is before the worker can set it for itself.
    """
    return {**device.ENVIRONMENT, **os.environ}


def worker_command() -> list[str]:
    """Return the command that starts a worker, also in a frozen build.

    A Python file that lies beside the recording must not be imported in place of a package (-P).
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-P", "-m", "fead_desktop", "worker"]


def _follow(
    process: subprocess.Popen[str],
    lines: queue.Queue[str | None],
    on_progress: Callable[[AnalysisProgress], None],
    is_cancelled: Callable[[], bool],
    grace_s: Callable[[], float],
) -> dict[str, Any]:
    cancelled_at: float | None = None
    while True:
        if cancelled_at is None and is_cancelled():
            cancelled_at = time.monotonic()
            _send(process, encode("cancel"))
        if cancelled_at is not None and time.monotonic() - cancelled_at > grace_s():
            raise CancelledError("The analysis was cancelled; what was done is kept.")
        try:
            line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if line is None:
            code = process.wait()
            if is_cancelled():  # Ctrl-C reached the worker before it could ignore it
                raise CancelledError("The analysis was cancelled; what was done is kept.")
            how = f"signal {-code}" if code < 0 and os.name == "posix" else f"code {code}"
            raise WorkerDiedError(
                f"The analysis process ended unexpectedly ({how}); what was done is kept. "
                "Start the analysis again to go on."
            )
        kind, values = decode(line)
        if kind == "progress":
            on_progress(decode_progress(values))
        elif kind == "outcome":
            return values
        elif kind == "error":
            raise decode_error(values)


def _read_lines(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    stream = process.stdout
    if stream is not None:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _send(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        pass  # it has died: the end of its output says so
