"""How late a 10 ms timer of the window is while an analysis runs, against a bare window beside the same analysis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.table import Figure
from tests.helpers.data import data_file

LATE_MS = 50.0
WINDOW_S = 10.0

COMMON = """
import json, subprocess, sys, time
from pathlib import Path
recording, folder = Path(sys.argv[1]), Path(sys.argv[2])
from PySide6.QtCore import QTimer, Qt
late = []
last = [None]
def tick():
    now = time.perf_counter()
    if last[0] is not None:
        late.append((now, (now - last[0]) * 1000 - 10))
    last[0] = now
def start_timer(parent):
    timer = QTimer(parent); timer.setTimerType(Qt.TimerType.PreciseTimer); timer.timeout.connect(tick); timer.start(10)
def finish():
    print(json.dumps(late)); sys.stdout.flush()
"""

OURS = (
    COMMON
    + """
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.gui.app import make_application
from fead_desktop.gui.main_window import MainWindow
app = make_application()
window = MainWindow()
session = window.session
window.show()
session.recording_opened.connect(lambda: (start_timer(app), session.start_analysis(AnalysisParameters())))
found = []
def ended(result):
    found.append(len(session.events))
    QTimer.singleShot(2000, app.quit)
session.analysis_ended.connect(ended)
session.open_path(recording)
app.exec()
finish()
assert found and found[-1], "the analysis gave no events"
window.close()
"""
)

BARE = (
    COMMON
    + """
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
app = QApplication([])
window = QMainWindow(); window.setCentralWidget(pyqtgraph.PlotWidget()); window.show()
analysis = subprocess.Popen([sys.executable, "-m", "fead_desktop", "analyze", str(recording), "-o", str(folder / "out"),
                             "--progress", "none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
start_timer(app)
poll = QTimer(); poll.timeout.connect(lambda: analysis.poll() is not None and app.quit()); poll.start(200)
app.exec()
finish()
"""
)


def run() -> list[Figure]:
    """Count the late ticks of the worst ten seconds on both sides."""
    ours, bare = worst(OURS), worst(BARE)
    return [
        Figure(
            "startup.late_ticks_per_10s", ours[0], "ticks", ours[0], bare[0],
            f"10 ms timer late by > {LATE_MS:.0f} ms, worst 10 s of a whole analysis with its results shown; "
            f"latest tick {ours[1]:.0f} ms, beside a bare window {bare[1]:.0f} ms",
        )
    ]  # fmt: skip


def worst(code: str) -> tuple[int, float]:
    """Return the most late ticks in any ten seconds, and the latest tick in ms."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.mp4"
        recording.write_bytes(data_file("video/WolfgangLanger_Pexels.mp4").read_bytes())
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "FEAD_DATA_DIR": folder,
            "FEAD_CONFIG_DIR": folder,
        }
        done = subprocess.run(
            [sys.executable, "-c", code, str(recording), folder],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    ticks = json.loads(done.stdout.strip().splitlines()[-1])
    late = [moment for moment, by in ticks if by > LATE_MS]
    most = max((sum(t <= other < t + WINDOW_S for other in late) for t in late), default=0)
    return most, max(by for _, by in ticks)
