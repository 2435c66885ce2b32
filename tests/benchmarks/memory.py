"""How the memory of worker and window grows with the length of a recording.

Run as ``python -m tests.benchmarks.memory worker|window [SECONDS [FPS]]`` for one of them alone, or shortened.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.run import CHUNK_S
from tests.benchmarks.table import Figure, write
from tests.helpers.cases import make_case
from tests.helpers.data import data_file
from tests.helpers.joined import join_copies
from tests.helpers.processes import children, resident_kb
from tests.helpers.recordings import make_block_recording

CLIP = "video/WolfgangLanger_Pexels.mp4"
DLIB_DIMENSION = 128
LONG_S, SHORT_S, WINDOW_S = 3600.0, 120.0, 4 * 3600.0

#: Opens what it is given and waits until it is shown, then goes through it; prints its memory in kB.
WINDOW = """
import gc, json, sys
from pathlib import Path
from PySide6.QtTest import QTest
from fead_desktop.gui.app import make_application
from fead_desktop.gui.main_window import MainWindow
app = make_application()
window = MainWindow()
window.resize(1366, 768)
window.show()
QTest.qWait(2000)
session = window.session
if len(sys.argv) > 1:
    shown = []
    session.results_changed.connect(lambda: shown.append(True))
    session.open_path(Path(sys.argv[1]))
    while not (shown and session.index is not None):
        QTest.qWait(50)
    for share in (0.1, 0.9, 0.5):
        session.request_frame(int(share * (len(session.index) - 1)))
        QTest.qWait(2000)
values = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("Vm"))
print(json.dumps([int(values[name].split()[0]) for name in ("VmRSS", "VmHWM")]), flush=True)
window.close()
"""


def run() -> list[Figure]:
    """Measure worker and window."""
    return [worker_growth(), window_growth()]


def worker_growth(long_s: float = LONG_S, rate_fps: float = 10.0) -> Figure:
    """Return the peak of the worker of a long recording minus that of a short one, made of the same clip."""
    with tempfile.TemporaryDirectory() as name:
        folder, peaks = Path(name), []
        for seconds in (SHORT_S, long_s):
            recording = join_copies(data_file(CLIP), folder / f"{seconds:.0f}.mp4", seconds)
            peaks.append(worker_peak_kb(recording, folder / recording.stem, rate_fps) / 1024)
    short, long = peaks
    return Figure(
        "memory.worker_growth_mb", long - short, "MB", long, short,
        f"peak resident, {long_s / 60:g} min against {SHORT_S / 60:g} min of one clip at {rate_fps:g} frames a second",
    )  # fmt: skip


def worker_peak_kb(recording: Path, output: Path, rate_fps: float) -> int:
    """Return the most memory that the worker of an analysis ever had."""
    command = [sys.executable, "-m", "fead_desktop", "analyze", str(recording), "-o", str(output)]
    process = subprocess.Popen(
        [*command, "--fps", str(rate_fps), "--progress", "none"], stdout=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max([peak, *(resident_kb(worker, "VmHWM") for worker in children(process.pid))])
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"fead analyze ended with {process.returncode}")
    return peak


def window_growth(seconds: float = WINDOW_S) -> Figure:
    """Return the peak of a window with a long case minus the memory of an empty one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blocks = make_block_recording(folder / "blocks.mp4", 3000, Fraction(30))
        recording = join_copies(blocks, folder / "long.mp4", seconds)
        case = make_case(folder / "long.fead", recording, events=10)
        cut_into_chunks(case)
        empty, _ = window_kb(folder)
        settled, peak = window_kb(folder, str(case))
    return Figure(
        "memory.window_4h_mb", (peak - empty) / 1024, "MB", peak / 1024, empty / 1024,
        f"peak resident with a simulated case of {seconds / 3600:g} h, two persons at 10 frames a second, against the "
        "empty window; "
        f"{(settled - empty) / 1024:.0f} MB after it is open",
    )  # fmt: skip


def cut_into_chunks(path: Path) -> None:
    """Give a simulated case its chunks of ten seconds, with embeddings of dlib's length, as an analysis makes them."""
    with Case.open(path, check=False) as case:
        case._db.execute("PRAGMA synchronous = OFF")  # nobody minds if this one is lost
        table = case.features()
        chunk = (table.time_s // CHUNK_S).astype(int)
        rng = np.random.default_rng(1)
        for number in np.unique(chunk):
            part = table.select(slice(*np.searchsorted(chunk, [number, number + 1])))
            embedding = rng.normal(size=(len(part), DLIB_DIMENSION)).astype(np.float32)
            data = FeatureTable(part.columns, embedding).to_bytes()
            case.put_chunks(int(number), "simulated", {FACES_STAGE: data})


def window_kb(folder: Path, *arguments: str) -> tuple[int, int]:
    """Return a fresh window's resident memory and the most it ever had."""
    own = {f"FEAD_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "CACHE", "LOGS")}
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, *arguments],
        env={**os.environ, **own, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    settled, peak = json.loads(done.stdout.splitlines()[-1])
    return settled, peak


if __name__ == "__main__":
    given = [float(value) for value in sys.argv[2:]]
    write([worker_growth(*given) if sys.argv[1] == "worker" else window_growth(*given)])
