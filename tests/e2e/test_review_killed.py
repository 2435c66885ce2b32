"""A review that is killed loses at most the verdict that was being given."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from fead_desktop.review.verdict import Verdict

#: Judges on and on, and says so after each verdict.
_REVIEW = """
import sys
from pathlib import Path
from fead_desktop.case import edits
from fead_desktop.case.store import Case
from fead_desktop.review.verdict import Verdict
case = Case.open(Path(sys.argv[1]))
for frame in range(10_000):
    case.do(edits.add_verdict(case.marks(), Verdict(0, sys.argv[2], 1, frame, "confirmed")))
    print(frame, flush=True)
"""


@pytest.mark.endurance
def test_twenty_kills_lose_at_most_the_last_verdict(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.fead", random.Random(6)
    Case.create(path).close()
    kept: list[Verdict] = []
    for kill in range(20):
        reviewer = f"R{kill}"
        process = subprocess.Popen(
            [sys.executable, "-c", _REVIEW, str(path), reviewer], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        time.sleep(rng.uniform(0.0, 0.2))  # not a wait for anything: the kill comes when it comes
        process.kill()
        said = 1 + len(process.stdout.read().splitlines())
        process.stdout.close()
        process.wait()
        with Case.open(path) as case:
            now = list(case.marks().verdicts)
            own = [each for each in now if each.reviewer == reviewer]
            assert now[: len(kept)] == kept
            assert [each.peak_frame for each in own] == list(range(len(own)))
            assert said <= len(own) <= said + 1
            assert len(case.log_entries()) == len(now)
        kept = now
