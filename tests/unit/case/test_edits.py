"""Edits are pure: each has an inverse, refuses what no longer fits, and survives JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.case import edits
from fead_desktop.case.edits import Change, Edit, Marker, Marks, Range, apply
from fead_desktop.errors import UsageError


def marker(start: int = 10, end: int | None = None, text: str = "", number: int = 0) -> Marker:
    last = start if end is None else end
    return Marker(number, start / 10, last / 10, start, last, "yellow", text)


def stretch(start: int, end: int, person: int | None = None, kind: str = "baseline") -> Range:
    return Range(0, kind, person, start / 10, end / 10, start, end)  # type: ignore[arg-type]


def after(marks: Marks, *made: Edit | None) -> Marks:
    for edit in made:
        assert edit is not None
        marks = apply(marks, edit)
    return marks


def test_new_markers_are_numbered_and_sorted_by_time() -> None:
    marks = Marks()
    for start in (50, 10, 30):
        marks = after(marks, edits.add_marker(marks, marker(start)))
    assert [each.start_frame for each in marks.markers] == [10, 30, 50]
    assert sorted(each.marker for each in marks.markers) == [1, 2, 3]


def test_an_edit_changes_what_was_asked_and_nothing_else() -> None:
    marks = after(Marks(), edits.add_marker(Marks(), marker(text="look")))
    changed = after(marks, edits.edit_marker(marks, 1, text="  lip corner ", colour="blue"))
    assert changed.marker(1).text == "lip corner"
    assert changed.marker(1).colour == "blue"
    assert changed.marker(1).start_frame == 10
    assert edits.edit_marker(changed, 1, colour="blue") is None


def test_a_point_has_no_length_and_a_stretch_has() -> None:
    assert marker(10).is_point
    assert not marker(10, 20).is_point


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"colour": "beige"}, "no marker colour 'beige'"),
        ({"start_frame": 30}, "can't end before"),
        ({"start_frame": -1, "start_s": -0.1}, "must begin in the recording"),
        ({"text": "x" * 3000}, "at most 2000"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict, sentence: str) -> None:
    marks = after(Marks(), edits.add_marker(Marks(), marker(10, 20)))
    with pytest.raises(UsageError, match=sentence):
        edits.edit_marker(marks, 1, **wrong)


def test_what_is_not_there_can_not_be_edited() -> None:
    for attempt in (edits.remove_marker, edits.remove_range):
        with pytest.raises(UsageError, match="There is no"):
            attempt(Marks(), 3)
    with pytest.raises(UsageError, match="no kind of range 'nice'"):
        edits.add_range(Marks(), stretch(1, 5, kind="nice"))
    with pytest.raises(UsageError, match="more than one frame"):
        edits.add_range(Marks(), stretch(5, 5))


def test_ranges_that_touch_become_one_but_only_of_the_same_kind_and_person() -> None:
    marks = Marks()
    for each in (
        stretch(0, 10), stretch(20, 30), stretch(0, 30, person=2), stretch(0, 30, kind="excluded"),
    ):  # fmt: skip
        marks = after(marks, edits.add_range(marks, each))
    joined = after(marks, edits.add_range(marks, stretch(11, 25)))
    everybody = [r for r in joined.ranges if r.kind == "baseline" and r.person is None]
    assert [(r.start_frame, r.end_frame, r.start_s, r.end_s) for r in everybody] == [(0, 30, 0, 3)]
    assert len(joined.ranges) == 3
    assert len(joined.ranges_of(2)) == 3
    assert len(joined.ranges_of(1)) == 2


def test_joining_is_taken_back_as_one_step() -> None:
    marks = Marks()
    for each in (stretch(0, 10), stretch(20, 30)):
        marks = after(marks, edits.add_range(marks, each))
    edit = edits.add_range(marks, stretch(5, 25))
    assert after(marks, edit, edit.inverse()) == marks


def test_an_edit_made_for_another_state_is_refused() -> None:
    marks = after(Marks(), edits.add_marker(Marks(), marker()))
    first = edits.edit_marker(marks, 1, text="one")
    second = edits.edit_marker(marks, 1, text="two")
    assert first is not None
    assert second is not None
    with pytest.raises(UsageError, match="changed meanwhile"):
        apply(apply(marks, first), second)


def test_an_edit_survives_json() -> None:
    marks = after(Marks(), edits.add_range(Marks(), stretch(0, 9, person=2)))
    for edit in (
        edits.add_marker(marks, marker(3, 5, "Größe 'x'")),
        edits.remove_range(marks, 1),
        edits.add_range(marks, stretch(5, 20, person=2)),
    ):
        values = json.loads(json.dumps(edits.changes_to_values(edit)))
        assert edits.edit_from_values(edit.title, values) == edit


def test_a_change_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="before or after"):
        Change(None, None).kind  # noqa: B018


steps = st.lists(
    st.tuples(st.sampled_from(["marker", "range", "drop", "text"]), st.integers(0, 90), st.integers(1, 9)),
    max_size=12,
)  # fmt: skip


@given(steps)
def test_every_edit_and_its_inverse_cancel(wanted: list[tuple[str, int, int]]) -> None:
    marks = Marks()
    for what, start, long in wanted:
        edit: Edit | None
        if what == "marker":
            edit = edits.add_marker(marks, marker(start, start + long))
        elif what == "range":
            edit = edits.add_range(marks, stretch(start, start + long))
        elif what == "drop" and marks.ranges:
            edit = edits.remove_range(marks, marks.ranges[start % len(marks.ranges)].range)
        elif what == "text" and marks.markers:
            number = marks.markers[start % len(marks.markers)].marker
            edit = edits.edit_marker(marks, number, text=str(start))
        else:
            continue
        if edit is None:
            continue
        changed = apply(marks, edit)
        assert apply(changed, edit.inverse()) == marks
        marks = changed
