"""The child process of an analysis: heavy packages live here; it speaks JSON lines and dies with its parent."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from fead_desktop import logs, paths
from fead_desktop.errors import FeadError, UsageError
from fead_desktop.pipeline.protocol import (
    PREPARE,
    AnalysisProgress,
    decode,
    decode_request,
    encode,
    encode_error,
    encode_outcome,
    encode_progress,
)

#: What Python's threads, the system and its loader, LiteRT, and torch on the processor and on a GPU say.
_MEMORY_WORDS = (
    "can't start new thread",
    "cannot allocate memory",
    "failed to map segment",
    "failed to create xnnpack",
    "can't allocate memory",
    "out of memory",
)

_Send = Callable[[AnalysisProgress], None]

#: Seconds after the parent's end in which the batch in hand may finish.
_ORPHAN_GRACE_S = 10.0


def main() -> int:
    """Read one request from standard input, analyse, and report on what was standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which asks to cancel
    answers = _take_protocol_descriptor()
    logs.start_logging("worker.log")
    log = logs.logger("worker")
    _be_nice()
    cancelled = threading.Event()
    try:
        line = sys.stdin.readline()
        if line and decode(line)[0] == PREPARE:
            _import_packages()
            line = sys.stdin.readline()
        if not line:
            return 0  # nobody asks for anything any more
        kind, values = decode(line)
        if kind not in _WORK:
            raise UsageError(f"The worker does not know the command '{kind}'.")
        threading.Thread(target=_listen, args=(cancelled,), daemon=True).start()

        from fead_desktop.models.device import prepare_process

        prepare_process()

        def send(progress: AnalysisProgress) -> None:
            _write(answers, encode_progress(progress))

        outcome = _WORK[kind](values, send, cancelled.is_set)
    except FeadError as error:
        log.info("ended with an error", exc_info=True)
        _write(answers, encode_error(error))
        return error.exit_code
    except Exception as error:
        if wants_memory(error):
            log.exception("out of memory")
            _write(answers, encode_error(_out_of_memory()))
            return 1
        log.exception("unexpected error")
        sentence = (
            f"Something unexpected went wrong in the analysis ({type(error).__name__}: {error}); "
        )
        sentence += (
            f"what was done is kept. The details are in '{paths.logs_dir() / 'worker.log'}'."
        )
        _write(answers, encode_error(FeadError(sentence)))
        return 1
    _write(answers, outcome)
    return 0


def _analyze(values: dict[str, Any], send: _Send, is_cancelled: Callable[[], bool]) -> str:
    """Analyse, and return the last line."""
    from fead_desktop.pipeline.runner import analyze

    return encode_outcome(analyze(decode_request(values), send, is_cancelled))


def _selftest(values: dict[str, Any], send: _Send, is_cancelled: Callable[[], bool]) -> str:
    """Test a case, and return the last line; the result is in the case."""
    from fead_desktop.pipeline.meter import Expected, ProgressMeter
    from fead_desktop.pipeline.selftest import SELFTEST, selftest

    progress = ProgressMeter({SELFTEST: Expected(1.0)}, send, is_cancelled)
    selftest(Path(values["case"]), seed=int(values["seed"]), progress=progress)
    return encode("outcome", case=values["case"])


def _rescore(values: dict[str, Any], send: _Send, is_cancelled: Callable[[], bool]) -> str:
    """Score persons again, and return the last line."""
    from fead_desktop.pipeline.rescore import rescore

    persons = rescore(Path(values["case"]), send, is_cancelled)
    return encode("outcome", case=values["case"], persons=persons)


def _tune(values: dict[str, Any], send: _Send, is_cancelled: Callable[[], bool]) -> str:
    """Search the detectors' parameters, and return the last line; the result is in the case."""
    from fead_desktop.pipeline.meter import Expected, ProgressMeter
    from fead_desktop.pipeline.tuning import SEARCHING, tune_case

    tune_case(Path(values["case"]), ProgressMeter({SEARCHING: Expected(1.0)}, send, is_cancelled))
    return encode("outcome", case=values["case"])


def _import_packages() -> None:
    """Import what every analysis needs."""
    from fead_desktop.models.device import import_mediapipe, prepare_process

    prepare_process()
    with suppress(Exception):  # it is raised again, and told, where the networks are used
        import_mediapipe()
        importlib.import_module("torch")
        importlib.import_module("fead_desktop.pipeline.runner")


_WORK = {"analyze": _analyze, "selftest": _selftest, "rescore": _rescore, "tune": _tune}


def _take_protocol_descriptor() -> TextIO:
    """Keep standard output for the protocol and send what native code prints to a file."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    descriptor = logs.open_native_log("worker-native.log")
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    return answers


def _listen(cancelled: threading.Event) -> None:
    """Cancel on command; the end of standard input means that nobody waits for the answer."""
    for line in sys.stdin:
        with suppress(FeadError):
            if decode(line)[0] == "cancel":
                cancelled.set()
                return
    cancelled.set()
    timer = threading.Timer(_ORPHAN_GRACE_S, os._exit, args=(130,))
    timer.daemon = True
    timer.start()


def _write(answers: TextIO, line: str) -> None:
    with suppress(OSError, ValueError):
        answers.write(line)
        answers.flush()


def _be_nice() -> None:
    # The window stays responsive while both cores are busy here.
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(5)


def wants_memory(error: Exception) -> bool:
    """Tell whether an error is how threads, libraries and networks say that there is no memory left."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _MEMORY_WORDS)


def _out_of_memory() -> FeadError:
    return FeadError(
        "The analysis ran out of memory; what was done is kept. Close other programs or lower the batch size."
    )
