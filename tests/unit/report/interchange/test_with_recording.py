"""Formats that look at the recording keep the export's promises: files told before, progress, no half file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError
from fead_desktop.report.interchange.formats import FORMATS, TABLES, export, planned
from fead_desktop.report.options import ReportOptions
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording
from tests.unit.report.interchange.test_formats import Watching

#: The evidence package is made of all the others and has tests of its own.
OTHERS = [name for name in FORMATS if name not in (*TABLES, "evidence")]
OPTIONS = ReportOptions(clip_margin_s=0.1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """One person, two events, two seconds."""
    folder = tmp_path_factory.mktemp("small")
    recording = make_block_recording(folder / "made.mp4", 60)
    with Case.open(make_case(folder / "made.fead", recording, names=("Anna",), events=2)) as case:
        yield case


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", OTHERS)
def test_files_are_told_before_and_a_cancelled_export_leaves_whole_ones_only(
    small: Case, tmp_path: Path, name: str
) -> None:
    seen = Watching()
    export(small, [name], tmp_path / "whole", OPTIONS, seen)
    told = planned(small, [name], OPTIONS)
    assert files_in(tmp_path / "whole") == sorted(told)
    done = [done for done, _, _ in seen.reports]
    assert done == sorted(done)
    assert done[-1] == 1
    sizes = {name: (tmp_path / "whole" / name).stat().st_size for name in told}
    with pytest.raises(CancelledError):
        export(small, [name], tmp_path / "left", OPTIONS, Watching(int(0.7 * seen.looks)))
    left = files_in(tmp_path / "left") if (tmp_path / "left").exists() else []
    assert set(left) < set(told)
    assert all((tmp_path / "left" / each).stat().st_size == sizes[each] for each in left)
