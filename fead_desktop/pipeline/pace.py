"""How this machine's pace differs from what is usual, stage by stage, as earlier analyses have shown."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from fead_desktop import paths
from fead_desktop.errors import OutputError
from fead_desktop.pipeline.meter import Expected
from fead_desktop.report.files import write_atomically

#: Stages that are expected to take less say nothing about the machine.
_LEAST_S = 1.0

#: What lies outside was no pace: the machine slept, or was busy with something else.
_LEAST, _MOST = 0.1, 30.0


def known_pace() -> dict[str, float]:
    """Return how many times as long as usual each stage takes here; empty where nothing is known."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        known = json.loads(_path().read_text(encoding="utf-8"))
        return {
            str(name): min(max(float(pace), _LEAST), _MOST)
            for name, pace in known.items()
            if math.isfinite(float(pace))
        }
    return {}


def remember_pace(usual: Mapping[str, Expected], took_s: Mapping[str, float]) -> None:
    """Keep what a whole analysis showed, half and half with what was known."""
    pace = known_pace()
    for name, seconds in took_s.items():
        whole = usual[name].whole
        if whole >= _LEAST_S and _LEAST <= seconds / whole <= _MOST:
            pace[name] = math.sqrt(pace.get(name, seconds / whole) * seconds / whole)
    with contextlib.suppress(OutputError):  # without it the remaining time is told a little worse
        write_atomically(_path(), json.dumps(pace).encode())


def _path() -> Path:
    return paths.cache_dir() / "pace.json"
