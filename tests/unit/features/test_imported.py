"""Tables of other tools by person: kept and read back the same, and given to the person whose face is in the box."""

from __future__ import annotations

import numpy as np

from fead_desktop.features.imported import ImportedTable, nearest_persons


def test_boxes_tell_whose_face_a_row_shows() -> None:
    left, right, far = (10, 10, 60, 60), (100, 12, 150, 62), (300, 200, 320, 220)
    time_s = np.repeat(np.arange(21) / 24, 2)[:41]
    box = np.array([right, left] * 20 + [far], float)
    times = np.arange(0, 20, 4) / 24
    analysed = {
        1: (times, np.tile([14.0, 8.0, 64.0, 58.0], (len(times), 1))),
        2: (times, np.tile([96.0, 10.0, 148.0, 60.0], (len(times), 1))),
        3: (np.empty(0), np.empty((0, 4))),
    }
    assert nearest_persons(time_s, box, analysed).tolist() == [2, 1] * 20 + [-1]


def test_a_face_that_was_analysed_long_before_tells_nothing() -> None:
    at = np.array([2.0]), np.array([[10.0, 10.0, 60.0, 60.0]])
    assert nearest_persons(*at, {1: (np.array([1.0]), at[1])})[0] == -1
    assert nearest_persons(*at, {1: (np.array([1.9]), at[1])})[0] == 1


def test_a_table_is_the_same_after_it_was_kept() -> None:
    frames = np.arange(10, 20)
    values = np.linspace(0, 5, 10).astype(np.float32)
    table = ImportedTable(
        "of.csv", "f" * 64, "openface", 2, frames, frames / 24, {"AU12_r": values}
    )
    again = ImportedTable.from_bytes(
        table.to_bytes(), name=table.name, sha256=table.sha256, tool=table.tool, person=2, number=7
    )
    assert (again.number, again.person) == (7, 2)
    np.testing.assert_array_equal(again.frame_number, frames)
    np.testing.assert_array_equal(again.time_s, table.time_s)
    assert again.columns.keys() == table.columns.keys()
    np.testing.assert_array_equal(again.columns["AU12_r"], values)
    assert (again.title("AU12_r"), again.floors()) == ("AU12", {"AU12_r": 0.25})
