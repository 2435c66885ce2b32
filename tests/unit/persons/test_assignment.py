"""Labels and rows are kept as text and come back; steps are applied to the clustering in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.persons.assignment import (
    PersonStep,
    assign,
    begin,
    labels_from_text,
    labels_to_text,
    matched,
    rows_to_text,
    spans_from_text,
    spans_to_text,
)
from fead_desktop.persons.roster import Faces
from tests.helpers.crowds import crowd

FACES = Faces.of(crowd([1, 2, 3], faces_each=4))


@given(st.lists(st.integers(-1, 12)))
def test_labels_come_back_from_their_text(values: list[int]) -> None:
    text = labels_to_text(np.array(values, np.int32))
    assert labels_from_text(text, len(values)).tolist() == values


@given(st.sets(st.integers(0, 60)))
def test_places_come_back_from_their_text(values: set[int]) -> None:
    text = spans_to_text(np.array(sorted(values), np.int64))
    assert spans_from_text(text).tolist() == sorted(values)


def test_text_is_short_where_neighbours_are_the_same() -> None:
    assert labels_to_text(np.array([1, 1, 1, -1, -1, 2], np.int32)) == "1*3 -1*2 2*1"
    assert spans_to_text(np.array([0, 1, 2, 7, 9])) == "0-2 7 9"


def test_persons_side_by_side_are_kept_in_two_runs() -> None:
    frames = np.repeat(np.arange(6), 2)
    side = np.tile([0, 1], 6)
    faces = Faces.of(
        crowd([1, 2, 3], faces_each=4).with_columns(frame_number=frames, face=side, person=side + 1)
    )
    assert begin(faces).values["labels"] == "1*6 2*6"
    assert rows_to_text(faces, np.flatnonzero(side)) == "6-11"


def test_without_steps_the_clustering_holds() -> None:
    now = assign(FACES, ())
    assert now.person.tolist() == FACES.clustered.tolist()
    assert (now.persons, now.highest, now.name_of(2)) == ((1, 2, 3), 3, "Person 2")


def test_steps_are_applied_in_order() -> None:
    steps = (
        begin(FACES),
        PersonStep.of(2, "move", into=3, rows="0-3"),
        PersonStep.of(3, "rename", person=3, name="Anna"),
        PersonStep.of(4, "ignore", persons=[2]),
    )
    now = assign(FACES, steps)
    assert now.person.tolist() == [3] * 4 + [-1] * 4 + [3] * 4
    assert (now.names, sorted(now.gone), now.highest) == ({3: "Anna"}, [1, 2], 3)


def test_new_labels_take_the_numbers_of_whom_they_share_most_faces_with() -> None:
    labels = np.array([5, 5, 5, 6, 2, 2, 2, 2, 1, 1, 1, 1], np.int32)
    assert matched(assign(FACES, ()), labels).tolist() == [1, 1, 1, 4, 2, 2, 2, 2, 3, 3, 3, 3]
