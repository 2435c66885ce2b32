"""One analysis of a case at a time, whatever its name, and the system frees the lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fead_desktop.case.lock import WorkerLock
from fead_desktop.errors import CaseError, OutputError


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("FEAD_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", ["a.fead", "Gespräch 1 😀.fead", os.fsdecode(b"\xff.fead")])
def test_a_second_analysis_of_the_case_is_refused_by_whatever_path(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with WorkerLock(tmp_path / name):
        with pytest.raises(CaseError, match="Another analysis is running"):
            WorkerLock(Path(name)).__enter__()
        with WorkerLock(tmp_path / "other.fead"):
            pass
    with WorkerLock(tmp_path / name):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from fead_desktop.case.lock import WorkerLock\n"
        "with WorkerLock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.fead")], check=False)
    assert done.returncode != 0
    with WorkerLock(tmp_path / "a.fead"):
        pass


def test_a_cache_folder_that_cant_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FEAD_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match="lock"):
        WorkerLock(tmp_path / "a.fead").__enter__()
