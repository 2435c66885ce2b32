"""Whole-pipeline throughput against the sequential reference, and the worker's peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fead_desktop.pipeline.supervisor import worker_environment
from tests.benchmarks.table import Figure
from tests.helpers.data import data_file
from tests.helpers.processes import children, resident_kb

CLIP = "video/WolfgangLanger_Pexels.mp4"

ROUNDS = 3


def run() -> list[Figure]:
    """Measure both sides on the same clip by turns, and take the middle of three ratios."""
    recording = data_file(CLIP)
    analyse(recording)  # files into memory, code compiled: not timed on either side
    rounds = [one_round(recording) for _ in range(ROUNDS)]
    faces = median_round(rounds, "faces")
    whole = median_round(rounds, "whole")
    return [
        Figure(
            "throughput.face_stage_ratio", faces.ratio("faces"), "x",
            faces.ours["faces"], faces.reference["faces"],
            "ms a frame from decoding to features, models loaded and warm on both sides; "
            + spread(rounds, "faces"),
        ),
        Figure(
            "throughput.whole_ratio_20s", whole.ratio("whole"), "x",
            whole.ours["whole"], whole.reference["whole"],
            "ms a frame, start of the process to its end; " + spread(rounds, "whole"),
        ),
        Figure(
            "memory.worker_peak_mb", max(each.ours["peak_mb"] for each in rounds), "MB",
            note="resident, worker of the same runs",
        ),
    ]  # fmt: skip


@dataclass(frozen=True)
class Round:
    """Both sides, one directly after the other: ms a frame for ``faces`` and ``whole``."""

    ours: dict[str, float]
    reference: dict[str, float]

    def ratio(self, what: str) -> float:
        return self.reference[what] / self.ours[what]


def one_round(recording: Path) -> Round:
    """Measure both sides once."""
    ours = {**analyse(recording), "faces": run_face_stage(recording)}
    return Round(ours, run_reference(recording))


def median_round(rounds: list[Round], what: str) -> Round:
    """Return the round whose ratio is the middle one."""
    return sorted(rounds, key=lambda each: each.ratio(what))[len(rounds) // 2]


def spread(rounds: list[Round], what: str) -> str:
    """Say how far the rounds lie apart."""
    ratios = [each.ratio(what) for each in rounds]
    return f"{len(rounds)} rounds, {min(ratios):.2f} to {max(ratios):.2f}"


def analyse(recording: Path, *options: str) -> dict[str, float]:
    """Run ``fead analyze`` in a fresh process and folder; ms a frame and MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "fead_desktop",
            "analyze",
            str(recording),
            "-o",
            folder,
            *options,
        ]
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--progress", "none"], stdout=subprocess.DEVNULL)
        peak = PeakMemory(process.pid)
        code = process.wait()
        whole = time.perf_counter() - began
        if code:
            raise RuntimeError(f"fead analyze ended with {code}")
        summary = json.loads((Path(folder) / "summary.json").read_text())
    frames = summary["coverage"]["frames_analysed"]
    return {"whole": 1000 * whole / frames, "peak_mb": peak.stop()}


def run_face_stage(recording: Path) -> float:
    """Return the ms a frame of our stage from decoding to features, in a fresh process."""
    values = last_line("tests.benchmarks.face_stage", recording, worker_environment())
    return float(1000 * values["seconds"] / values["frames"])


def run_reference(recording: Path) -> dict[str, float]:
    """Run the reference in a fresh process."""
    began = time.perf_counter()
    values = last_line("tests.benchmarks.reference", recording, dict(os.environ))
    whole = time.perf_counter() - began - values["warm_up"]
    frames = values["frames"]
    return {"whole": 1000 * whole / frames, "faces": 1000 * values["faces"] / frames}


def last_line(module: str, recording: Path, environment: dict[str, str], *given: str) -> Any:
    """Run a module on a recording and return the JSON value in its last line."""
    command = [sys.executable, "-m", module, str(recording), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.strip().splitlines()[-1])


class PeakMemory:
    """Samples the resident memory of a process's children every 50 ms."""

    def __init__(self, pid: int):
        self._pid = pid
        self._peak_kb = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def stop(self) -> float:
        """Return the largest sum seen, in MB."""
        self._stop.set()
        self._thread.join()
        return self._peak_kb / 1024

    def _sample(self) -> None:
        while not self._stop.wait(0.05):
            self._peak_kb = max([self._peak_kb, *(resident_kb(pid) for pid in children(self._pid))])
