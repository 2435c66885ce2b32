"""Loggers and the log file, where tracebacks go so that the analyst sees sentences."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fead_desktop import paths

ROOT = "fead"


def logger(room: str) -> logging.Logger:
    """Return the logger of a room, for example ``logger("video")``."""
    return logging.getLogger(f"{ROOT}.{room}")


def start_logging(file_name: str = "fead.log") -> Path | None:
    """Write log records to a rotating file; returns its path, or None where it can't be written."""
    root = logging.getLogger(ROOT)
    if root.handlers:
        handler = root.handlers[0]
        name = getattr(handler, "baseFilename", None)
        return Path(name) if name else None
    root.setLevel(logging.INFO)
    root.propagate = False
    try:
        folder = paths.logs_dir()
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / file_name, maxBytes=2_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    return Path(handler.baseFilename)


def open_native_log(file_name: str) -> int:
    """Return a descriptor for what native code prints; the null device where no log can be written."""
    target = os.devnull
    with contextlib.suppress(OSError):
        paths.logs_dir().mkdir(parents=True, exist_ok=True)
        target = str(paths.logs_dir() / file_name)
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


@contextlib.contextmanager
def native_output_kept_away(file_name: str = "native.log") -> Iterator[None]:
    """Send what native code prints to a log; Python's own standard error goes on to the terminal."""
    terminal, python_stderr = os.dup(2), sys.stderr
    native = open_native_log(file_name)
    os.dup2(native, 2)
    os.close(native)
    try:
        with os.fdopen(os.dup(terminal), "w", buffering=1) as sys.stderr:
            yield
    finally:
        sys.stderr = python_stderr
        os.dup2(terminal, 2)
        os.close(terminal)
