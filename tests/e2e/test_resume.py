"""The same recording gives the same result, also when the worker is killed on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest, FoundSoFar
from fead_desktop.pipeline.supervisor import supervise
from tests.helpers.analyses import FEAD, analyse, fingerprints, result_of
from tests.helpers.data import data_file, needs_data
from tests.helpers.processes import children, descendants, is_running

pytestmark = [pytest.mark.journey, needs_data]

CLIP = "video/WolfgangLanger_Pexels.mp4"

#: Two chunks, in half of the time.
QUICK = ("--fps", "5")


def test_two_runs_give_the_same_result_also_where_one_tells_what_it_found_so_far(
    tmp_path: Path,
) -> None:
    recording = data_file("video/single_face.mp4")
    analyse(recording, tmp_path / "one")
    case = tmp_path / "two" / "single_face.fead"
    told: list[AnalysisProgress] = []
    request = AnalysisRequest(recording, case, AnalysisParameters(), provisional=True)
    supervise(request, told.append, lambda: False)
    found = [each.so_far for each in told if isinstance(each, FoundSoFar)]
    assert [len(each.persons) for each in found if each is not None] == [1]
    assert result_of(tmp_path / "one") == result_of(tmp_path / "two")
    # Nothing provisional is left behind.
    assert {s for s, _ in fingerprints(tmp_path / "one")} == {
        s for s, _ in fingerprints(tmp_path / "two")
    }


def test_what_is_done_is_not_done_again_and_fewer_events_are_a_new_ranking(tmp_path: Path) -> None:
    recording = data_file("video/single_face.mp4")
    analyse(recording, tmp_path)
    before = fingerprints(tmp_path)
    analyse(recording, tmp_path)
    assert fingerprints(tmp_path) == before
    analyse(recording, tmp_path, "--num-anomalies", "1")
    after = fingerprints(tmp_path)
    changed = {stage for (stage, number), value in after.items() if before[stage, number] != value}
    assert changed <= {"events", "calibration", "refine"}
    assert len(result_of(tmp_path)["events"]) == 1


@pytest.mark.endurance  # the same is counted chunk by chunk in the unit tests of the run
def test_a_later_range_keeps_the_chunks_it_shares(tmp_path: Path) -> None:
    recording = data_file(CLIP)
    analyse(recording, tmp_path, "--end", "10", "--fps", "5")
    before = fingerprints(tmp_path)
    analyse(recording, tmp_path, "--fps", "5")
    after = fingerprints(tmp_path)
    assert after["faces", 0] == before["faces", 0]
    assert ("faces", 1) in after
    assert ("faces", 1) not in before


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """What an undisturbed analysis finds, and how many seconds it takes."""
    output = tmp_path_factory.mktemp("calm") / "out"
    began = time.monotonic()
    analyse(data_file(CLIP), output, *QUICK)
    return result_of(output), time.monotonic() - began


@pytest.mark.endurance
@pytest.mark.parametrize("attempt", range(20))
def test_a_kill_changes_nothing_leaves_nobody_and_repeats_only_what_was_in_hand(
    tmp_path: Path, calm: tuple[dict[str, Any], float], attempt: int
) -> None:
    result, length_s = calm
    recording, output = data_file(CLIP), tmp_path / "out"
    seconds = random.Random(attempt).uniform(0.02, 0.98) * length_s
    done = kill_worker_after(recording, output, seconds)
    analyse(recording, output, *QUICK)
    assert result_of(output) == result
    kept = fingerprints(output)
    assert all(kept[place] == value for place, value in done.items())


def kill_worker_after(recording: Path, output: Path, seconds: float) -> dict[Any, Any]:
    """Start an analysis, kill its worker, and return the chunks that had been committed; nobody is left behind."""
    command = [*FEAD, "analyze", str(recording), "-o", str(output), "--progress", "none", *QUICK]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    below = descendants(process.pid)
    for worker in children(process.pid):
        os.kill(worker, signal.SIGKILL)
    _, error = process.communicate(timeout=60)
    assert process.returncode in {0, 8}, error
    if process.returncode:
        assert "ended unexpectedly (signal 9)" in error
        assert "Start the analysis again to go on." in error
    deadline = time.monotonic() + 20
    while (left := [pid for pid in below if is_running(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
    return fingerprints(output) if list(output.glob("*.fead")) else {}
