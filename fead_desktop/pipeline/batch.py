"""Many recordings one after another, several at a time, or on the machines of a dask cluster."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import (
    CancelledError,
    CaseBusyError,
    FeadError,
    UsageError,
    WorkerDiedError,
)
from fead_desktop.pipeline.protocol import AnalysisOutcome, AnalysisProgress, AnalysisRequest
from fead_desktop.video.container import RECORDING_SUFFIXES

#: A recording whose worker died is given to another one this many times.
RETRIES = 2

#: A worker whose parent is gone ends by itself in less.
_LOST_WORKER_ENDS_S = 30.0

_POLL_S = 0.2

#: What runs an analysis: :func:`fead_desktop.pipeline.supervisor.supervise`.
Supervise = Callable[
    [AnalysisRequest, Callable[[AnalysisProgress], None], Callable[[], bool]], AnalysisOutcome
]


@dataclass(frozen=True)
class BatchResult:
    """What became of one recording: its outcome, or a sentence and an exit code that say why there is none."""

    recording: Path
    outcome: AnalysisOutcome | None
    problem: str = ""
    exit_code: int = 0
    seconds: float = 0.0


def batch_requests(
    given: Iterable[Path], output: Path, parameters: AnalysisParameters
) -> list[AnalysisRequest]:
    """Return one analysis for each recording, each with a folder of its own under ``output``.

    Folders are searched, subfolders too; their structure is kept. Order: as given, within a folder by name. A file
    that is named itself may be called anything.

    Raises
    ------
    UsageError
        If there is no recording, or two would write into one folder.
    """
    requests: dict[Path, AnalysisRequest] = {}
    for recording, place in _recordings(given):
        folder = output / place
        if folder in requests:
            raise UsageError(
                f"'{requests[folder].recording}' and '{recording}' would both be written to '{folder}'; "
                "rename one of them or analyse them apart."
            )
        requests[folder] = AnalysisRequest(
            recording, folder / f"{recording.stem}.fead", parameters, folder
        )
    if not requests:
        raise UsageError("There is no recording in what was given.")
    return list(requests.values())


def recordings_in(given: Iterable[Path]) -> list[Path]:
    """Return the recordings in what was given, as :func:`batch_requests` finds them."""
    return [recording for recording, _ in _recordings(given)]


def _recordings(given: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each recording with the place of its results."""
    for path in given:
        if not path.is_dir():
            yield path, Path(path.stem)
            continue
        for found in sorted(path.rglob("*")):
            inside = found.relative_to(path)
            if found.suffix.lower() in RECORDING_SUFFIXES and found.is_file():
                yield found, inside.with_suffix("")


def is_done(request: AnalysisRequest) -> bool:
    """Tell whether a case holds the results of this very analysis.

    The recording is known by its size here; a worker looks at its hash.
    """
    try:
        size = request.recording.stat().st_size
        with Case.open(request.case, check=False) as case:
            facts = case.recording
            known = facts is not None and facts.size_bytes == size and case.has_results
            return known and case.parameters == request.parameters
    except (OSError, FeadError):
        return False


def analyse_one(
    request: AnalysisRequest,
    is_cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[AnalysisProgress], None] = lambda _: None,
    supervise: Supervise | None = None,
) -> BatchResult:
    """Analyse one recording in a process of its own; a worker that dies is replaced :data:`RETRIES` times.

    What a worker had finished stays in the case, so that the next one goes on there.
    """
    from fead_desktop.pipeline import supervisor

    analyse = supervise or supervisor.supervise
    began = time.monotonic()
    deaths = 0
    while True:
        try:
            outcome = analyse(request, on_progress, is_cancelled)
        except WorkerDiedError as error:
            deaths += 1
            if deaths > RETRIES:
                return _failed(request, error, began)
        except CaseBusyError as error:
            # The worker of a machine that was lost may still be ending on this case.
            if is_cancelled() or time.monotonic() - began > _LOST_WORKER_ENDS_S:
                return _failed(request, error, began)
            time.sleep(_POLL_S)
        except FeadError as error:
            return _failed(request, error, began)
        else:
            return BatchResult(request.recording, outcome, seconds=time.monotonic() - began)


def run_here(
    requests: Sequence[AnalysisRequest],
    workers: int,
    done: Callable[[BatchResult], None],
    is_cancelled: Callable[[], bool],
) -> None:
    """Analyse on this machine, ``workers`` recordings at a time; ``done`` is called as each one ends.

    Raises
    ------
    CancelledError
        When cancelled; what was done is kept, and running the same batch again goes on from there.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="batch") as executor:
        running = {executor.submit(analyse_one, request, is_cancelled) for request in requests}
        while running:
            ended, running = wait(running, _POLL_S, FIRST_COMPLETED)
            if is_cancelled():
                for future in running:
                    future.cancel()
                raise CancelledError("The batch was cancelled; what was done is kept.")
            for future in ended:
                done(future.result())


def run_on_cluster(
    requests: Sequence[AnalysisRequest],
    scheduler: str,
    done: Callable[[BatchResult], None],
    is_cancelled: Callable[[], bool],
) -> None:
    """Analyse on the workers of a dask cluster, which need this program and see the same folders.

    A recording whose dask worker is lost goes to another one, by dask's own retries.

    Raises
    ------
    UsageError
        If dask is not installed or the scheduler does not answer.
    CancelledError
        When cancelled.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "A cluster needs dask; install it with 'pip install fead-desktop[cluster]'."
        ) from error
    try:
        client = distributed.Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"No dask scheduler answers at '{scheduler}'.") from error
    here = [_absolute(request) for request in requests]
    with client:
        futures = client.map(analyse_one, here, retries=RETRIES, pure=False)
        by_key = {future.key: request for future, request in zip(futures, here, strict=True)}
        waiting = distributed.as_completed(futures)
        while not waiting.is_empty():
            if is_cancelled():
                client.cancel(futures)
                raise CancelledError("The batch was cancelled; what was done is kept.")
            for future in waiting.next_batch(block=False):
                lost = future.exception()
                if lost is None:
                    done(future.result())
                else:
                    told = WorkerDiedError(f"The cluster lost it ({type(lost).__name__}).")
                    done(_failed(by_key[future.key], told, time.monotonic()))
            time.sleep(_POLL_S)


def _failed(request: AnalysisRequest, error: FeadError, began: float) -> BatchResult:
    return BatchResult(
        request.recording, None, str(error), error.exit_code, time.monotonic() - began
    )


def _absolute(request: AnalysisRequest) -> AnalysisRequest:
    output = None if request.output is None else request.output.absolute()
    return replace(
        request, recording=request.recording.absolute(), case=request.case.absolute(), output=output
    )
