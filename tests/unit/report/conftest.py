"""A finished case that no test of the reports writes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording


@pytest.fixture(scope="session")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons, six events, 10 s."""
    folder = tmp_path_factory.mktemp("report")
    return make_case(folder / "made.fead", make_block_recording(folder / "made.mp4", 300))


@pytest.fixture
def case(case_file: Path) -> Iterator[Case]:
    with Case.open(case_file) as opened:
        yield opened
