"""The frames that were looked at come back in order, with the cuts between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.store import FRAMES_STAGE, Case


def chunk(first: int, shots: list[int]) -> dict[str, bytes]:
    numbers = np.arange(first, first + len(shots))
    decoded = numbers != 2
    arrays = {"frame_number": numbers, "time_s": numbers / 10, "shot": shots, "decoded": decoded}
    return {FRAMES_STAGE: arrays_to_bytes(arrays)}


def test_chunks_are_joined_and_a_cut_at_their_border_is_kept(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.fead") as case:
        assert len(case.analysed_frames().time_s) == 0
        case.put_chunks(0, "f", chunk(0, [0, 0, 1, 1]))
        case.put_chunks(1, "f", chunk(4, [0, 0]))
        case.put_chunks(2, "f", chunk(6, [1, 2]))
        frames = case.analysed_frames()
    assert frames.frame_number.tolist() == list(range(8))
    assert frames.cut.tolist() == [False, False, True, False, False, False, True, True]
    assert frames.decoded.tolist() == [True, True, False, True, True, True, True, True]
