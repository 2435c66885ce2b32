"""Edits of who is who, as pure values; what the analyst added to a person follows the faces. Qt-free zone.

Every function takes the marks of the case and its faces, and returns an edit for
:meth:`fead_desktop.case.store.Case.do`; None where nothing would change. Rows are those of the feature table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.case.edits import (
    Change,
    Edit,
    Item,
    Marks,
    Range,
    apply,
    kind_of,
    number_of,
)
from fead_desktop.errors import UsageError
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.persons.assignment import (
    Action,
    Assignment,
    Belonging,
    PersonStep,
    assign,
    begin,
    carried_by,
    labels_to_text,
    matched,
    rows_to_text,
)
from fead_desktop.persons.roster import Faces, IntArray, PersonArray, nearest
from fead_desktop.review.moments import Adjustment

LONGEST_NAME = 80

#: Who owns what.
_Owners = dict[Belonging, int]


def rename(marks: Marks, faces: Faces, person: int, name: str) -> Edit | None:
    """Return the edit that names a person; an empty name takes the given one back."""
    before = assign(faces, marks.person_steps)
    before.require(person)
    clean = " ".join(name.split())
    if len(clean) > LONGEST_NAME:
        raise UsageError(f"The name of a person can have at most {LONGEST_NAME} characters.")
    if clean == before.names.get(person, ""):
        return None
    return _edit(marks, faces, "rename person", "rename", person=person, name=clean)


def merge(marks: Marks, faces: Faces, persons: Iterable[int]) -> Edit:
    """Return the edit that makes one person of two or more; the lowest number stays."""
    into, *others = _chosen(marks, faces, persons)
    if not others:
        raise UsageError("Choose at least two persons to merge.")
    owners = _owners(marks)
    carried = {
        str(other): [belonging for belonging, owner in owners.items() if owner == other]
        for other in (into, *others)
    }
    return _edit(marks, faces, "merge persons", "merge", into=into, others=others, carried=carried)


def split(marks: Marks, faces: Faces, rows: npt.ArrayLike) -> Edit:
    """Return the edit that makes one new person of these faces, whoever had them.

    A person that was merged, ignored or moved away and comes back exactly as it was gets its number and name
    back, everybody else a number that nobody ever had.
    """
    chosen, before = _rows(faces, rows), assign(faces, marks.person_steps)
    had = np.unique(before.person[chosen])
    if len(had) == 1 and had[0] != UNASSIGNED and len(chosen) == (before.person == had[0]).sum():
        raise UsageError(
            f"These are all faces of person {had[0]}; choose some of them to split off a new person."
        )
    into = before.number_for(chosen)
    return _edit(marks, faces, "split person", "split", into=into, rows=rows_to_text(faces, chosen))


def move(marks: Marks, faces: Faces, rows: npt.ArrayLike, into: int) -> Edit | None:
    """Return the edit that gives faces to a person, or to nobody (-1)."""
    chosen, before = _rows(faces, rows), assign(faces, marks.person_steps)
    if into != UNASSIGNED:
        before.require(into)
    if (before.person[chosen] == into).all():
        return None
    return _edit(marks, faces, "move faces", "move", into=into, rows=rows_to_text(faces, chosen))


def ignore(marks: Marks, faces: Faces, persons: Iterable[int]) -> Edit:
    """Return the edit that leaves all faces of these persons unassigned."""
    chosen = _chosen(marks, faces, persons)
    if not chosen:
        raise UsageError("Choose a person to ignore.")
    return _edit(marks, faces, "ignore persons", "ignore", persons=chosen)


def keep_apart(marks: Marks, faces: Faces, one: int, other: int) -> Edit | None:
    """Return the edit that says that two persons are two, so that merging them is not suggested."""
    before = assign(faces, marks.person_steps)
    before.require(one, other)
    pair = min(one, other), max(one, other)
    if one == other:
        raise UsageError("Choose two persons to keep apart.")
    if pair in before.apart:
        return None
    return _edit(marks, faces, "keep persons apart", "keep apart", one=pair[0], other=pair[1])


def recluster(marks: Marks, faces: Faces, labels: PersonArray, threshold: float) -> Edit | None:
    """Return the edit that tells the persons apart anew, as the clustering does at another threshold.

    Persons keep their numbers where most of their faces stay together (:func:`matched`).
    """
    before = assign(faces, marks.person_steps)
    after = matched(before, labels)
    if np.array_equal(after, before.person):
        return None
    text = labels_to_text(after[faces.order])
    return _edit(
        marks, faces, "tell persons apart anew", "recluster", threshold=threshold, labels=text
    )


def reset(marks: Marks, faces: Faces) -> Edit | None:
    """Return the edit that goes back to what the clustering said; names go too."""
    steps = marks.person_steps
    if not steps:
        return None
    owners = _owners(marks)
    after = assign(faces, steps)
    if not after.problem:
        for count in range(len(steps) - 1, -1, -1):
            before = assign(faces, steps[:count])
            owners = _followed(marks, faces, owners, (after, before), carried_by(steps[count]))
            after = before
    changes = [Change(step, None) for step in reversed(steps)]
    return Edit("reset persons", (*changes, *_changes(marks, owners)))


def as_told_apart(marks: Marks, faces: Faces, steps: Sequence[PersonStep]) -> Marks:
    """Return the marks with everything under who has its faces after other steps."""
    states = assign(faces, marks.person_steps), assign(faces, steps)
    owners = _followed(marks, faces, _owners(marks), states, {})
    edit = Edit("", tuple(_changes(marks, owners)))
    kept = [item for item in apply(marks, edit).items if not isinstance(item, PersonStep)]
    return Marks.of([*kept, *steps])


# Inside -------------------------------------------------------------------------------------------------


def _edit(marks: Marks, faces: Faces, title: str, action: Action, **detail: Any) -> Edit:
    old = marks.person_steps
    before = assign(faces, old)
    changes: list[Change] = []
    steps = old
    if before.problem:  # made on other faces: they give way, and come back with undo
        changes += [Change(step, None) for step in reversed(old)]
        steps = ()
    new = [] if steps else [begin(faces)]
    new.append(PersonStep.of(len(steps) + len(new) + 1, action, **detail))
    changes += [Change(None, step) for step in new]
    after, owners = assign(faces, (*steps, *new)), _owners(marks)
    carried = _returned(before, after, owners)
    owners = _followed(marks, faces, owners, (before, after), carried)
    return Edit(title, (*changes, *_changes(marks, owners)))


def _returned(before: Assignment, after: Assignment, owners: _Owners) -> _Owners:
    """Return what persons that a merge had made go get back, now that they are there again, and what they don't."""
    found: _Owners = {}
    back = [number for number in before.gone if number in after.persons]
    for number in back:
        gone = before.gone[number]
        found |= {
            each: gone.into for each in gone.kept if owners.get(each) == gone.into and gone.into
        }
    for number in back:
        found |= dict.fromkeys(before.gone[number].carried, number)
    return found


def _followed(
    marks: Marks,
    faces: Faces,
    owners: _Owners,
    states: tuple[Assignment, Assignment],
    carried: Mapping[Belonging, int],
) -> _Owners:
    """Return who owns what after the faces went from one state to the other."""
    before, after = states
    changed = np.unique(before.person[before.person != after.person]).tolist()
    rows_of = {
        owner: np.flatnonzero(before.person == owner) for owner in changed if owner != UNASSIGNED
    }
    for number, gone in before.gone.items():
        ignored = gone.rows[before.person[gone.rows] == UNASSIGNED]
        if (after.person[ignored] != UNASSIGNED).any():
            rows_of[number] = ignored
    found = dict(owners)
    for item in marks.items:
        belonging = kind_of(item), number_of(item)
        owner = owners.get(belonging, UNASSIGNED)
        if belonging in carried:
            found[belonging] = carried[belonging]
        elif owner in rows_of:
            near = _near(item, faces.frame_number[rows_of[owner]])
            found[belonging] = _heir(owner, rows_of[owner][near], after)
    return found


def _heir(owner: int, rows: IntArray, after: Assignment) -> int:
    """Return who has most of these faces; the owner while any is left.

    Where nobody has one: whoever had them when they were ignored, or else the owner still.
    """
    labels = after.person[rows]
    others = labels[labels != UNASSIGNED]
    if owner in labels:
        return owner
    if len(others):
        numbers, counts = np.unique(others, return_counts=True)
        return int(numbers[np.argmax(counts)])
    had = [
        number
        for number, gone in after.gone.items()
        if gone.into is None and np.isin(rows, gone.rows).any()
    ]
    return owner if owner in had or not had else had[0]


def _near(item: Item, frames: IntArray) -> IntArray:
    """Return which of a person's faces an item is about: places in ``frames``, which rise."""
    if isinstance(item, Range):
        inside = np.flatnonzero((frames >= item.start_frame) & (frames <= item.end_frame))
        return inside if len(inside) else np.arange(len(frames))
    moment: Any = item
    return nearest(frames, item.of_frame if isinstance(item, Adjustment) else moment.peak_frame)


def _owners(marks: Marks) -> _Owners:
    """Return who owns what: whatever names a person belongs to that person."""
    persons = {(kind_of(item), number_of(item)): _person_of(item) for item in marks.items}
    return {belonging: person for belonging, person in persons.items() if person is not None}


def _person_of(item: Item) -> int | None:
    person: int | None = getattr(item, "person", None)
    return person


def _changes(marks: Marks, owners: _Owners) -> list[Change]:
    changes = []
    for item in marks.items:
        person = owners.get((kind_of(item), number_of(item)))
        if person != _person_of(item):
            new: dict[str, Any] = {"person": person}
            changes.append(Change(item, replace(item, **new)))
    return changes


def _chosen(marks: Marks, faces: Faces, persons: Iterable[int]) -> Sequence[int]:
    chosen = sorted(set(persons))
    assign(faces, marks.person_steps).require(*chosen)
    return chosen


def _rows(faces: Faces, rows: npt.ArrayLike) -> IntArray:
    chosen = np.unique(np.asarray(rows, np.int64))
    if not len(chosen):
        raise UsageError("Choose at least one face.")
    if chosen[0] < 0 or chosen[-1] >= len(faces):
        raise UsageError("There is no such face in this case.")
    return chosen
