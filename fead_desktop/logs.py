"""Loggers and the log file, where tracebacks go so that the analyst sees sentences."""

from __future__ import annotations

import logging
import logging.handlers
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
