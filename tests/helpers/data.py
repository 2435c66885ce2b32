"""Finds the shared recordings and weights; tests that need them skip where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def data_dir() -> Path:
    """Return the folder of shared test data; ``FEAD_TEST_DATA`` overrides it."""
    override = os.environ.get("FEAD_TEST_DATA")
    if override:
        return Path(override)
    return Path(__file__).resolve().parents[3] / "shared" / "data"


#: Mark for tests that use :func:`data_file`.
needs_data = pytest.mark.skipif(
    not data_dir().is_dir(),
    reason=f"the shared test data is not at {data_dir()} (FEAD_TEST_DATA says where it is)",
)


def data_file(name: str) -> Path:
    """Return a file of the shared data, for example ``video/single_face.mp4``; skips the test without it."""
    path = data_dir() / name
    if not path.exists():
        pytest.skip(f"the shared test data has no {name} ({path})")
    return path
