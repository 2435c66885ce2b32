"""What is known of the faces of a few cases is kept for all threads of the program."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fead_desktop.case import persons_now
from fead_desktop.case.store import Case
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording


class SlowlyLookedThrough(dict[object, object]):
    """Lets other threads work between the look for the oldest and what is done with it."""

    def __iter__(self) -> Iterator[object]:
        for key in list(super().__iter__()):
            time.sleep(0.02)
            yield key


def test_threads_that_make_room_at_once_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_case(tmp_path / "0.fead", make_block_recording(tmp_path / "a.mp4", 30))
    cases = [Path(shutil.copy(made, tmp_path / f"{k}.fead")) for k in range(1, 9)]
    monkeypatch.setattr(persons_now, "_known", SlowlyLookedThrough())

    def faces_in(path: Path) -> int:
        with Case.open(path) as case:
            return len(case.faces())

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(faces_in, cases))) == 1
    assert len(persons_now._known) == persons_now._MOST_KEPT
