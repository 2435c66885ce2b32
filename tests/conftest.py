"""What all tests share: Qt draws off screen unless a platform is asked for; the user's own folders stay untouched."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator

import pytest

from fead_desktop import logs, paths
from fead_desktop.models import device

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# As in the worker: beside another process of tests, waiting threads would cost more than they do.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY"):
    os.environ.setdefault(_name, device.ENVIRONMENT[_name])
# What numba compiled is the same for everybody and takes long: the only folder that sessions share.
os.environ.setdefault("NUMBA_CACHE_DIR", str(paths.cache_dir() / "numba"))
# Set while tests are collected, so that every process started by a fixture or test inherits them.
_FOLDER = tempfile.mkdtemp(prefix="fead-tests-")
for _name in ("DATA", "CONFIG", "CACHE", "WEIGHTS", "LOGS"):
    os.environ[f"FEAD_{_name}_DIR"] = os.path.join(_FOLDER, _name.lower())  # noqa: PTH118


# As at the program's start: what is imported stays, and need not be searched for garbage.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _every_thread_ends() -> Iterator[None]:
    """Python waits for every thread when it ends: one that waits itself would keep the tests from ending."""
    before = set(threading.enumerate())
    yield
    left = [each for each in threading.enumerate() if each not in before and not each.daemon]
    for thread in left:
        thread.join(timeout=5)
    running = [thread.name for thread in left if thread.is_alive()]
    assert not running, f"threads left running: {running}"


@pytest.fixture(autouse=True)
def _the_log_is_not_started() -> Iterator[None]:
    """It is started once a process: what an earlier test wrote into must not be where a later one writes."""
    root = logging.getLogger(logs.ROOT)
    before, propagated = root.handlers, root.propagate
    root.handlers, root.propagate = [], True
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.propagate = before, propagated


def pytest_unconfigure() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
