"""The roster counts what the table shows, picks a good portrait, and its edits are pure."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.errors import UsageError
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.roster import ignore, make_persons, merge, portrait_merit, rename

LABELS = np.array([1, 1, 1, 2, -1, 2], np.int32)


def table(**columns: object) -> FeatureTable:
    n = len(LABELS)
    measured = {
        "size_px": np.full(n, 60.0),
        "sharpness": np.full(n, 150.0),
        "brightness": np.full(n, 120.0),
        "occlusion": np.zeros(n),
        "yaw_deg": np.zeros(n),
        "pitch_deg": np.zeros(n),
        "roll_deg": np.zeros(n),
        "box_height": np.full(n, 100.0),
    }
    rows = {
        "frame_number": np.arange(n) * 3,
        "time_s": np.array([0.0, 0.1, 0.2, 1.0, 1.1, 1.2]),
        "person": LABELS,
    }
    return FeatureTable({**rows, **measured, **columns})  # type: ignore[arg-type]


def test_each_person_has_faces_times_and_screen_time() -> None:
    first, second = make_persons(table())
    assert (first.person, first.name, first.faces) == (1, "Person 1", 3)
    assert (first.first_s, first.last_s) == (0.0, 0.2)
    assert first.screen_time_s == pytest.approx(0.3)
    assert (second.person, second.faces) == (2, 2)
    assert second.screen_time_s == pytest.approx(0.2)


def test_a_recording_without_persons_has_an_empty_roster() -> None:
    assert make_persons(FeatureTable({})) == []
    assert make_persons(table(person=np.full(6, -1))) == []


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("yaw_deg", [30, 5, -40, 0, 0, 0]),
        ("sharpness", [20, 300, 40, 0, 0, 0]),
        ("size_px", [20, 90, 30, 0, 0, 0]),
        ("occlusion", [0.6, 0.0, 0.9, 0, 0, 0]),
        ("pitch_deg", [np.nan, 10, np.nan, 0, 0, 0]),
    ],
)
def test_the_portrait_is_frontal_sharp_large_and_uncovered(
    column: str, values: list[float]
) -> None:
    assert make_persons(table(**{column: np.array(values)}))[0].portrait_row == 1


def test_without_any_mesh_the_largest_box_is_the_portrait() -> None:
    nothing = np.full(6, np.nan)
    bare = table(size_px=nothing, sharpness=nothing, box_height=[30, 40, 90, 10, 10, 10])
    assert make_persons(bare)[0].portrait_row == 2
    assert (portrait_merit(bare) < portrait_merit(table()).min()).all()


def test_merging_gives_one_persons_faces_to_another_and_leaves_the_original() -> None:
    merged = merge(LABELS, into=1, other=2)
    assert merged.tolist() == [1, 1, 1, 1, -1, 1]
    assert LABELS.tolist() == [1, 1, 1, 2, -1, 2]


def test_ignoring_a_person_leaves_the_faces_unassigned() -> None:
    assert ignore(LABELS, 2).tolist() == [1, 1, 1, -1, -1, -1]


@pytest.mark.parametrize("nobody", [7, -1])
def test_a_person_that_is_not_there_can_not_be_edited(nobody: int) -> None:
    with pytest.raises(UsageError, match="no person"):
        merge(LABELS, into=1, other=nobody)
    with pytest.raises(UsageError, match="no person"):
        ignore(LABELS, nobody)
    with pytest.raises(UsageError, match="no person"):
        rename(make_persons(table()), nobody, "Anna")


def test_renaming_changes_one_name_only() -> None:
    before = make_persons(table())
    after = rename(before, 2, "  Anna   Maria ")
    assert [entry.name for entry in after] == ["Person 1", "Anna Maria"]
    assert [entry.name for entry in before] == ["Person 1", "Person 2"]
    with pytest.raises(UsageError, match="empty"):
        rename(before, 2, "   ")
