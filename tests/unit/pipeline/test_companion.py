"""The companion works in another process, hands errors on, and ends with or without its work."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.errors import CancelledError, WorkerDiedError
from fead_desktop.pipeline.companion import Companion, result_of
from fead_desktop.progress import NoProgress


class Cancelled(NoProgress):
    """The analyst has cancelled."""

    def raise_if_cancelled(self) -> None:
        raise CancelledError("cancelled")


@pytest.fixture
def companion() -> Iterator[Companion]:
    made = Companion(1)
    yield made
    made.close()
    assert not multiprocessing.active_children()


def test_it_works_in_another_process(companion: Companion) -> None:
    assert result_of(companion.submit(os.getpid), NoProgress()) != os.getpid()


def test_an_error_is_raised_where_the_result_is_wanted(companion: Companion) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        result_of(companion.submit(int, "no number"), NoProgress())
    with pytest.raises(TimeoutError):
        result_of(companion.submit(raise_timeout), NoProgress())


def raise_timeout() -> None:
    raise TimeoutError


def test_waiting_ends_when_the_analyst_cancels(companion: Companion) -> None:
    with pytest.raises(CancelledError):
        result_of(companion.submit(os.getpid), Cancelled())


def test_a_killed_process_is_said_so_in_words(companion: Companion) -> None:
    future = companion.submit(time.sleep, 600)
    for process in multiprocessing.active_children():
        process.kill()
    with pytest.raises(WorkerDiedError, match="what was done is kept"):
        result_of(future, NoProgress())


def test_closing_does_not_wait_for_work_under_way() -> None:
    companion = Companion(1)
    future = companion.submit(time.sleep, 600)
    while not future.running():
        time.sleep(0.01)
    began = time.monotonic()
    companion.close()
    assert time.monotonic() - began < 60
    assert not multiprocessing.active_children()


_PARENT = """
import os, sys
from fead_desktop.pipeline.companion import Companion
if __name__ == "__main__":
    print(Companion(1).submit(os.getpid).result(), flush=True)
    sys.stdin.read()
"""


def test_it_does_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while _is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
