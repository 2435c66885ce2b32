"""``fead batch`` on real recordings, here and on a dask cluster that loses a worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.pipeline.batch import BatchResult, batch_requests, run_here, run_on_cluster
from tests.helpers.analyses import fead, summary_of
from tests.helpers.data import data_file, needs_data

pytestmark = needs_data

CLIP = "video/liveportrait_d19.mp4"


def test_a_broken_recording_is_told_and_the_others_are_done(tmp_path: Path) -> None:
    day = tmp_path / "day"
    day.mkdir()
    shutil.copy(data_file(CLIP), day / "b.mp4")
    (day / "a.mp4").write_text("no recording")
    done = fead("batch", day, "-o", tmp_path / "out", "--fps", "5")
    assert done.code == 3
    assert "[1/2] a.mp4:" in done.stdout
    assert "a.mp4' is a text file, not a recording" in done.stdout
    assert "1 of 2 recordings were analysed." in done.stdout
    assert summary_of(tmp_path / "out" / "b")["persons"]


@pytest.mark.endurance
@pytest.mark.timeout(1800)
def test_twelve_recordings_on_a_cluster_that_loses_a_worker_are_as_one_by_one(
    tmp_path: Path,
) -> None:
    from distributed import LocalCluster

    day = tmp_path / "day"
    day.mkdir()
    clips = ["liveportrait_d19.mp4", "liveportrait_d9.mp4", "single_face.mp4", "no_face.mp4"]
    for k in range(12):
        shutil.copy(data_file(f"video/{clips[k % 4]}"), day / f"{k:02}.mp4")
    parameters = AnalysisParameters(rate_fps=5)
    alone: list[BatchResult] = []
    run_here(batch_requests([day], tmp_path / "alone", parameters), 1, alone.append, lambda: False)
    requests = batch_requests([day], tmp_path / "cluster", parameters)
    told: list[BatchResult] = []
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster:

        def kill_one() -> None:
            time.sleep(8)
            worker = next(iter(cluster.workers.values()))
            os.kill(worker.process.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        run_on_cluster(requests, cluster.scheduler_address, told.append, lambda: False)
        killer.join()
    assert len(told) == 12
    assert sorted((r.recording.name, r.exit_code) for r in told) == sorted(
        (r.recording.name, r.exit_code) for r in alone
    )
    for request in requests:
        name = request.recording.stem
        assert results_in(tmp_path / "cluster" / name) == results_in(tmp_path / "alone" / name)


def results_in(folder: Path) -> dict[str, Any]:
    """Return the events and every table of a folder."""
    events = json.loads((folder / "summary.json").read_text()).get("events")
    return {"events": events, **{p.name: p.read_text() for p in sorted(folder.glob("*.csv"))}}
