"""How long the window takes to open, against a bare PySide6 window with one empty pyqtgraph plot."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from tests.benchmarks.table import Figure

RUNS = 7

BARE = """
import time
began = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1366, 768)
window.show()
while not window.windowHandle().isExposed():
    app.processEvents()
window.grab()
print(time.perf_counter() - began)
"""

OURS = """
import time
began = time.perf_counter()
import gc
gc.disable()  # as fead_desktop.__main__ does
from fead_desktop.gui.app import make_application
from fead_desktop.gui.main_window import MainWindow
app = make_application()
window = MainWindow()
window.resize(1366, 768)
window.show()
while not window.windowHandle().isExposed():
    app.processEvents()
window.grab()
print(time.perf_counter() - began)
window.close()
"""


def run() -> list[Figure]:
    """Open both windows in turn, each in a fresh process; medians of the seconds to the first picture."""
    seconds(OURS)  # the second start of an installed program: Python keeps what it has compiled
    pairs = [(seconds(OURS), seconds(BARE)) for _ in range(RUNS)]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return [
        Figure(
            "startup.window_ratio", ratio, "x", ours, bare,
            f"seconds to the first painted picture, median of {RUNS}; bare = PySide6 + one empty plot",
        )
    ]  # fmt: skip


def seconds(code: str) -> float:
    """Return what a fresh process prints."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "FEAD_CONFIG_DIR": folder}
        # Installed packages are compiled when they are installed; ours must be able to keep its own, too.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout.split()[-1])
