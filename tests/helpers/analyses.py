"""Runs the real analysis, as the command line does, for journey tests and benchmarks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEAD = (sys.executable, "-m", "fead_desktop")


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


def fead(*arguments: str | Path, folder: Path | None = None, **environment: str) -> Finished:
    """Run a command of the program in its own process."""
    done = subprocess.run(
        [*FEAD, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def analyse(recording: Path, output: Path, *options: str) -> dict[str, Any]:
    """Analyse a recording and return its ``summary.json``; an error fails the test with its sentence."""
    done = fead("analyze", recording, "-o", output, "--progress", "none", *options)
    assert done.code in {0, 4}, f"exit code {done.code}: {done.stderr}"
    return summary_of(output)


def summary_of(output: Path) -> dict[str, Any]:
    """Return the summary in an output folder."""
    values: dict[str, Any] = json.loads((output / "summary.json").read_text(encoding="utf-8"))
    return values
