from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.store import CROPS_STAGE, Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.jobs.nearest_face import nearest_face


def jpeg(frame: int, face: int) -> bytes:
    return f"frame {frame} face {face}".encode()


TABLE = FeatureTable(
    {
        "frame_number": np.array([0, 0, 30, 30, 360]),
        "time_s": np.array([0.0, 0.0, 1.0, 1.0, 12.0]),
        "face": np.array([0, 1, 0, 1, 0]),
        "person": np.array([1, 2, 2, 1, 1]),
    }
)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """Faces of two chunks of ten seconds."""
    with Case.create(tmp_path / "a.fead") as made:
        for chunk in (0, 1):
            rows = np.flatnonzero(TABLE.time_s // 10 == chunk)
            frames, faces = TABLE.frame_number[rows], TABLE["face"][rows]
            pictures = [jpeg(int(n), int(k)) for n, k in zip(frames, faces, strict=True)]
            arrays = {
                "frame_number": frames,
                "face": faces,
                "end": np.cumsum([len(each) for each in pictures]),
                "jpeg": np.frombuffer(b"".join(pictures), np.uint8),
            }
            made.put_chunks(chunk, "made", {CROPS_STAGE: arrays_to_bytes(arrays)})
        yield made


@pytest.mark.parametrize(
    ("person", "time_s", "expected"),
    [(1, 0.1, (0, 0)), (1, 0.9, (30, 1)), (2, 0.6, (30, 0)), (1, 11.5, (360, 0))],
)
def test_the_face_of_the_person_that_was_analysed_nearest_is_read(
    case: Case, person: int, time_s: float, expected: tuple[int, int]
) -> None:
    assert nearest_face(case, TABLE, person, time_s) == jpeg(*expected)


def test_nothing_where_nobody_was_near_or_known(case: Case, tmp_path: Path) -> None:
    assert nearest_face(case, TABLE, 1, 5.0) == b""
    assert nearest_face(case, TABLE, 3, 0.0) == b""
    with Case.create(tmp_path / "bare.fead") as bare:
        assert nearest_face(bare, TABLE, 1, 0.0) == b""
