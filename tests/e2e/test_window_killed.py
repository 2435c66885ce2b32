"""A window that is killed between edits loses at most the one in hand, and its case is sound."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fead_desktop.case import audit
from fead_desktop.case.edits import Marks
from fead_desktop.case.store import Case
from tests.helpers.person_cases import make_person_case
from tests.helpers.recordings import make_block_recording

#: A window in which one edit after another is made, all kinds in turn; after each it tells how the case is now.
#: Scoring the persons again is left out: whether a worker writes at that moment would be a matter of luck.
_WINDOW = """
import hashlib, sys
from pathlib import Path
from PySide6.QtTest import QTest
from fead_desktop.errors import CancelledError
from fead_desktop.gui.app import make_application
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session

def rescore(*_):
    raise CancelledError("Not here.")

def judge(n):
    session.choose_event(n % 3 + 1)
    session.reviewing.judge("confirmed", reason="", confidence=None, note=f"because {n}", tags="")

def annotate(n):
    editing.edit_marker(editing.marks.markers[n % len(editing.marks.markers)].marker, text=f"note {n}")

app = make_application()
window = MainWindow(Session(rescore=rescore))
window.show()
session, shown = window.session, []
session.results_changed.connect(lambda: shown.append(True))
session.open_path(Path(sys.argv[1]))
while not shown:
    QTest.qWait(10)
editing, persons = session.editing, session.person_editing
EDITS = (
    lambda n: editing.add_marker(n % 300, text=f"marker {n}"),
    annotate,
    judge,
    lambda n: persons.rename(2, f"Anna {n}"),
    lambda n: editing.add_range("baseline", n % 200, n % 200 + 20),
    lambda n: persons.merge([1, 3]),
    lambda n: editing.undo(),
    lambda n: persons.ignore([2]),
    lambda n: editing.undo(),
    lambda n: editing.redo(),
    lambda n: editing.undo(),
    lambda n: editing.add_range("excluded", n % 200, n % 200 + 20),
    lambda n: editing.remove_range(editing.marks.ranges[-1].range),
)

def tell():
    now = repr((session.case.marks(), session.case.persons()))
    print(hashlib.sha256(now.encode()).hexdigest(), flush=True)

print(len(EDITS), flush=True)
tell()
for n in range(int(sys.argv[2]), 10_000):
    EDITS[n % len(EDITS)](n)
    tell()
    QTest.qWait(1)
"""


def state_of(case: Case) -> str:
    """Return how a case is now as the window tells it."""
    return hashlib.sha256(repr((case.marks(), case.persons())).encode()).hexdigest()


def state_before_the_last_edit(path: Path) -> str:
    """Return how a case was, by taking the last edit back in a copy."""
    copy = Path(shutil.copy(path, path.with_name("copy.fead")))
    with Case.open(copy) as case:
        undone = case.log_entries()[-1][1].startswith("undo: ")
        assert (case.redo() if undone else case.undo()) is not None
        return state_of(case)


def wait_for_writing(journal: Path) -> None:
    """Return in the midst of an edit's being written, or after a second where that is not met."""
    until = time.monotonic() + 1
    while not journal.exists() and time.monotonic() < until:
        pass


@pytest.mark.endurance
def test_twenty_kills_of_the_window_lose_at_most_the_last_edit(tmp_path: Path) -> None:
    recording = make_block_recording(tmp_path / "a.mp4", 300)
    path, rng = make_person_case(tmp_path / "a.fead", recording), random.Random(6)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with Case.open(path) as case:
        at_first, state = len(case.log_entries()), state_of(case)
    kinds = made = half_written = 0
    journal = Path(
        f"{path}-journal"
    )  # there while an edit is being written, and after a kill just then
    for kill in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", _WINDOW, str(path), str(made)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        kinds = int(process.stdout.readline())
        assert process.stdout.readline().strip() == state
        told = [process.stdout.readline().strip() for _ in range(rng.randint(1, 5))]
        if kill % 2:
            wait_for_writing(journal)
        else:
            time.sleep(rng.uniform(0.0, 0.05))  # not a wait for anything: it comes when it comes
        process.kill()
        told += process.stdout.read().split()
        process.stdout.close()
        process.wait()
        half_written += journal.exists()
        with Case.open(path) as case:  # looks for damage first
            state, log = state_of(case), case.log_entries()
            assert list(audit.breaks(case.audit_log())) == []
        done = len(log) - at_first - made
        assert len(told) <= done <= len(told) + 1
        # What was saved but not told any more is the last edit, whole.
        as_told = state if done == len(told) else state_before_the_last_edit(path)
        assert told[-1] == as_told, log[-1]
        database = sqlite3.connect(path)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()
        made += done
    assert made >= 3 * kinds
    assert half_written >= 3
    with Case.open(path) as case:
        case._db.execute("PRAGMA synchronous = OFF")
        while case.undo() is not None:
            pass
        assert case.marks() == Marks()
