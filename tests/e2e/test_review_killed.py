"""A review that is killed loses at most what was being done, and the case is sound."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fead_desktop.case import audit
from fead_desktop.case.edits import Marks
from fead_desktop.case.store import Case

#: Reviews on and on, and says so after each action: verdicts, events by hand, and borders moved.
_REVIEW = """
import sys
from dataclasses import replace
from pathlib import Path
from fead_desktop.case import edits, event_edits
from fead_desktop.case.store import Case
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import Verdict
case, who = Case.open(Path(sys.argv[1])), sys.argv[2]
first = 10_000 * int(who)
for frame in range(first, first + 10_000):
    marks = case.marks()
    if (frame - first) % 3 == 0:
        edit = event_edits.add_hand_event(marks, [], HandEvent(0, 0, 0, frame, frame, frame, 0, 1, who))
    elif (frame - first) % 3 == 1:
        event = marks.hand_events[-1].event(1)
        edit = event_edits.adjust_event(marks, event, replace(event.extent, offset_frame=frame), who, "t")
    else:
        edit = edits.add_verdict(marks, Verdict(0, who, 1, frame, "confirmed"))
    case.do(edit)
    print(frame, flush=True)
"""


def actions(marks: Marks) -> int:
    """Count what was done."""
    return len(marks.verdicts) + len(marks.hand_events) + len(marks.adjustments)


@pytest.mark.endurance
def test_twenty_kills_lose_at_most_the_last_action(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.fead", random.Random(6)
    Case.create(path).close()
    kept = Marks()
    for kill in range(1, 21):
        process = subprocess.Popen(
            [sys.executable, "-c", _REVIEW, str(path), str(kill)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == f"{10_000 * kill}\n"
        time.sleep(rng.uniform(0.0, 0.2))  # not a wait for anything: the kill comes when it comes
        process.kill()
        said = 1 + len(process.stdout.read().splitlines())
        process.stdout.close()
        process.wait()
        with Case.open(path) as case:  # looks for damage first
            now = case.marks()
            done = actions(now) - actions(kept)
            assert said <= done <= said + 1
            assert set(kept.items) <= set(now.items)
            assert len(case.log_entries()) == actions(now)
            assert list(audit.breaks(case.audit_log())) == []
        database = sqlite3.connect(path)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()
        kept = now
    assert actions(kept) > 40
    with Case.open(path) as case:
        case._db.execute("PRAGMA synchronous = OFF")
        while case.undo() is not None:
            pass
        assert case.marks() == Marks()
