"""Runs the real analysis, as the command line does, for journey tests and benchmarks."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fead_desktop.case.store import Case

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


def result_of(output: Path) -> dict[str, Any]:
    """Return everything that the analysis in a folder found, as values that can be compared."""
    with Case.open(next(output.glob("*.fead"))) as case:
        table = case.features()
        digest = hashlib.sha256()
        for values in table.columns.values():
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(table.embedding.tobytes())
        return {"features": digest.hexdigest(), "events": case.events(), "persons": case.persons()}


def fingerprints(output: Path) -> dict[tuple[str, int], tuple[str, int]]:
    """Return fingerprint and row number of every chunk in a folder's case; a chunk made again gets a new row."""
    database = sqlite3.connect(next(output.glob("*.fead")))
    try:
        rows = database.execute("SELECT stage, number, fingerprint, rowid FROM chunk").fetchall()
    finally:
        database.close()
    return {(stage, number): (fingerprint, row) for stage, number, fingerprint, row in rows}
