"""Whole-pipeline throughput against the sequential reference, and the worker's peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.benchmarks.table import Figure
from tests.helpers.data import data_file

CLIP = "video/WolfgangLanger_Pexels.mp4"


def run() -> list[Figure]:
    """Measure both sides on the same clip, ours first."""
    recording = data_file(CLIP)
    ours = analyse(recording)
    reference = run_reference(recording)
    frames = ours["frames"]
    # Both read ten frames a second; rounding may give one of them a frame more.
    share = frames / reference["frames"]
    face_ratio = reference["faces"] * share / ours["face_stage"]
    whole_ratio = reference["whole"] * share / ours["whole"]
    return [
        Figure(
            "throughput.face_stage_ratio", face_ratio, "x", ours["face_stage"], reference["faces"],
            f"seconds from decoding to features; {frames / ours['face_stage']:.1f} against "
            f"{reference['frames'] / reference['faces']:.1f} frames/s; ours includes loading the models",
        ),
        Figure(
            "throughput.whole_ratio_20s", whole_ratio, "x", ours["whole"], reference["whole"],
            f"seconds, start of the process to its end; {frames / ours['whole']:.1f} against "
            f"{reference['frames'] / reference['whole']:.1f} frames/s",
        ),
        Figure("memory.worker_peak_mb", ours["peak_mb"], "MB", note="resident, worker of the same run"),
    ]  # fmt: skip


def analyse(recording: Path) -> dict[str, float]:
    """Run ``fead analyze`` in a fresh process and folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fead_desktop", "analyze", str(recording), "-o", folder]
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--progress", "none"], stdout=subprocess.DEVNULL)
        peak = PeakMemory(process.pid)
        code = process.wait()
        whole = time.perf_counter() - began
        if code:
            raise RuntimeError(f"fead analyze ended with {code}")
        summary = json.loads((Path(folder) / "summary.json").read_text())
    return {
        "whole": whole,
        "face_stage": summary["timings"]["faces"],
        "frames": summary["coverage"]["frames_analysed"],
        "peak_mb": peak.stop(),
    }


def run_reference(recording: Path) -> dict[str, float]:
    """Run the reference in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.reference", str(recording)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    whole = time.perf_counter() - began
    values = json.loads(done.stdout.strip().splitlines()[-1])
    return {"whole": whole, "faces": values["seconds"]["faces"], "frames": values["frames"]}


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


def children(pid: int) -> list[int]:
    """Return the direct children of a process (Linux)."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def resident_kb(pid: int) -> int:
    """Return a process's resident memory."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
