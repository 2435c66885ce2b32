"""Where the eyes are around the peaks of events, as a case keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fead_desktop.case.eye_lines import EYES_STAGE, EyeLines
from fead_desktop.case.store import Case


def lines(*rows: tuple[int, float, float]) -> EyeLines:
    """Frames with eyes 20 pixels apart about a place."""
    frames = np.array([frame for frame, _, _ in rows])
    return EyeLines(frames, np.array([[x - 10, y, x + 10, y] for _, x, y in rows]))


def test_a_case_gives_back_what_its_events_brought(tmp_path: Path) -> None:
    first, second = lines((8, 50, 40), (9, 51, 40)), lines((2, 90, 70), (9, 90, 70))
    with Case.create(tmp_path / "a.fead") as case:
        assert EyeLines.of(case).at(9, 51, 40, 30) is None
        case.put_chunks(1, "made", {EYES_STAGE: first.to_bytes()})
        case.put_chunks(2, "made", {EYES_STAGE: second.to_bytes()})
        kept = EyeLines.of(case)
    assert kept.frame_number.tolist() == [2, 8, 9, 9]
    np.testing.assert_allclose(kept.at(2, 90, 70, 30), [80, 70, 100, 70])


def test_of_two_faces_in_a_frame_the_nearest_counts_and_none_where_it_is_too_far() -> None:
    both = EyeLines.joined([lines((9, 51, 40)), lines((9, 90, 70))])
    assert both.at(9, 53, 44, 30)[0] == 41
    assert both.at(9, 88, 74, 30)[0] == 80
    assert both.at(9, 300, 40, 30) is None
    assert both.at(10, 51, 40, 30) is None
    assert EyeLines.joined([]).at(0, 0, 0, 1e9) is None
