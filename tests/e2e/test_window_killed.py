"""A window that is killed between edits loses at most the one in hand, and its case is sound."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fead_desktop.case import audit
from fead_desktop.case.store import Case
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

#: A window in which one marker after another is put; it says so after each.
_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from fead_desktop.gui.app import make_application
from fead_desktop.gui.main_window import MainWindow
app = make_application()
window = MainWindow()
window.show()
session, shown = window.session, []
session.results_changed.connect(lambda: shown.append(True))
session.open_path(Path(sys.argv[1]))
while not shown:
    QTest.qWait(10)
print("open", flush=True)
for frame in range(10_000):
    session.editing.add_marker(frame % 300, text=f"{sys.argv[2]} {frame}")
    print(frame, flush=True)
    QTest.qWait(1)
"""


@pytest.mark.endurance
def test_twenty_kills_of_the_window_lose_at_most_the_last_edit(tmp_path: Path) -> None:
    recording = make_block_recording(tmp_path / "a.mp4", 300)
    path, rng = make_case(tmp_path / "a.fead", recording), random.Random(6)
    kept: set[str] = set()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    for kill in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", _WINDOW, str(path), str(kill)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        before = rng.randint(1, 5)
        for edit in range(before):
            assert process.stdout.readline() == f"{edit}\n"
        time.sleep(rng.uniform(0.0, 0.05))  # not a wait for anything: the kill comes when it comes
        process.kill()
        said = before + len(process.stdout.read().splitlines())
        process.stdout.close()
        process.wait()
        with Case.open(path) as case:  # looks for damage first
            texts = {marker.text for marker in case.marks().markers}
            done = len(texts - kept)
            assert said <= done <= said + 1
            assert texts == kept | {f"{kill} {k}" for k in range(done)}
            assert list(audit.breaks(case.audit_log())) == []
            kept = texts
        database = sqlite3.connect(path)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()
    assert len(kept) >= 40
