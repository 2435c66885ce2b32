"""WorkerLock: the operating system's lock that admits one analysis to a case at a time."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from fead_desktop import paths
from fead_desktop.errors import CaseBusyError, OutputError


class WorkerLock:
    """Hold it while analysing; the system frees it when the process ends, however it ends.

    The lock file lies in the cache folder, not beside the case: closing another handle of the case file
    itself would drop SQLite's own POSIX locks.
    """

    def __init__(self, case_path: Path):
        self._case = case_path
        name = hashlib.sha256(os.fsencode(case_path.resolve())).hexdigest()[:24]
        self._path = paths.cache_dir() / "locks" / f"{name}.lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutputError(
                f"The lock of the case can't be made in '{self._path.parent}': {error.strerror}."
            ) from error
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise CaseBusyError(
                f"Another analysis is running on '{self._case.name}'; wait for it or cancel it."
            ) from None
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
