"""What all tests share: Qt draws off screen unless a platform is asked for; the user's own folders stay untouched."""

from __future__ import annotations

import os
import shutil
import tempfile

from fead_desktop import paths

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# What numba compiled is the same for everybody and takes long: the only folder that sessions share.
os.environ.setdefault("NUMBA_CACHE_DIR", str(paths.cache_dir() / "numba"))
# Set while tests are collected, so that every process started by a fixture or test inherits them.
_FOLDER = tempfile.mkdtemp(prefix="fead-tests-")
for _name in ("DATA", "CONFIG", "CACHE", "WEIGHTS", "LOGS"):
    os.environ[f"FEAD_{_name}_DIR"] = os.path.join(_FOLDER, _name.lower())  # noqa: PTH118


def pytest_unconfigure() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
