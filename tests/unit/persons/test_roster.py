"""The roster counts what the table shows and picks a good portrait; faces are found by track and by key."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.roster import Faces, RosterEntry, make_persons, portrait_merit

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


def persons_of(rows: FeatureTable) -> list[RosterEntry]:
    return make_persons(Faces.of(rows), rows.person)


def test_each_person_has_faces_times_and_screen_time() -> None:
    first, second = persons_of(table())
    assert (first.person, first.name, first.faces) == (1, "Person 1", 3)
    assert (first.first_s, first.last_s) == (0.0, 0.2)
    assert first.screen_time_s == pytest.approx(0.3)
    assert (second.person, second.faces) == (2, 2)
    assert second.screen_time_s == pytest.approx(0.2)


def test_a_recording_without_persons_has_an_empty_roster() -> None:
    assert persons_of(FeatureTable({})) == []
    assert persons_of(table(person=np.full(6, -1))) == []


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
    assert persons_of(table(**{column: np.array(values)}))[0].portrait_row == 1


def test_without_any_mesh_the_largest_box_is_the_portrait() -> None:
    nothing = np.full(6, np.nan)
    bare = table(size_px=nothing, sharpness=nothing, box_height=[30, 40, 90, 10, 10, 10])
    assert persons_of(bare)[0].portrait_row == 2
    assert (portrait_merit(bare) < portrait_merit(table()).min()).all()


def test_names_are_given_by_whoever_knows_them() -> None:
    rows = table()
    names = {1: "Anna", 2: "B"}
    assert [p.name for p in make_persons(Faces.of(rows), rows.person, names.__getitem__)] == [
        "Anna",
        "B",
    ]


def test_faces_are_found_by_track_and_by_frame_and_number() -> None:
    faces = Faces.of(table(track=[0, 0, 1, 2, 2, 1], face=[0, 0, 0, 0, 1, 0]))
    assert faces.rows_of_tracks([1, 7]).tolist() == [2, 5]
    assert faces.rows_of_keys([(12, 1), (0, 0), (0, 5)]).tolist() == [0, 4]


def test_the_same_faces_have_the_same_fingerprint_whatever_was_made_of_them() -> None:
    known = Faces.of(table()).fingerprint
    assert (
        Faces.of(table(person=np.ones(6), track=np.arange(6), yaw_deg=np.ones(6))).fingerprint
        == known
    )
    assert Faces.of(table(face=np.arange(6))).fingerprint != known
