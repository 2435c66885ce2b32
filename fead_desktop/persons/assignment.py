"""Who is who: what the clustering said of the faces, and the analyst's steps upon it. Qt-free zone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np

from fead_desktop.errors import UsageError
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.persons.roster import Faces, IntArray, PersonArray, usual_name

Action = Literal[
    "clustering", "rename", "merge", "split", "move", "ignore", "keep apart", "recluster"
]
ACTIONS: tuple[Action, ...] = get_args(Action)

#: Kind and number of something the analyst added that belongs to a person, for example ``("verdict", 3)``.
Belonging = tuple[str, int]
Pair = tuple[int, int]


@dataclass(frozen=True)
class PersonStep:
    """One step of telling the persons apart; ``detail`` is JSON.

    The first step of a case is always "clustering": what the steps that follow were made upon, so that a new
    analysis of the same faces changes nothing of what the analyst did.
    """

    step: int
    action: Action
    detail: str

    @classmethod
    def of(cls, step: int, action: Action, **detail: Any) -> PersonStep:
        """Make a step."""
        return cls(step, action, json.dumps(detail, sort_keys=True))

    @property
    def values(self) -> dict[str, Any]:
        """What there is to the step."""
        found: dict[str, Any] = json.loads(self.detail)
        return found


@dataclass(frozen=True)
class Gone:
    """A person whose number nobody has now.

    rows : the faces at the last, in order.
    into : who got them, None where they were given to several or to nobody.
    carried : what came to ``into`` with them.
    kept : what ``into`` had, or got from others, at that time.
    """

    rows: IntArray
    into: int | None = None
    carried: frozenset[Belonging] = frozenset()
    kept: frozenset[Belonging] = frozenset()


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who is who now.

    person : (n,) by row of the feature table, -1 = unassigned.
    names : names that were given, by person, also of persons that were merged into one that has none.
    apart : pairs (lower, higher) that were said to be two persons.
    problem : why the analyst's steps could not be applied, as a sentence; else empty.
    gone, highest : the numbers that nobody has now, and the highest that anybody ever had.
    """

    person: PersonArray
    names: dict[int, str] = field(default_factory=dict)
    apart: frozenset[Pair] = frozenset()
    problem: str = ""
    gone: dict[int, Gone] = field(default_factory=dict)
    highest: int = 0

    @property
    def persons(self) -> tuple[int, ...]:
        """The numbers of the persons."""
        return persons_in(self.person)

    def name_of(self, person: int) -> str:
        """Return a person's name for the analyst."""
        return self.names.get(person, usual_name(person))

    def require(self, *persons: int) -> None:
        """Refuse numbers that nobody has.

        Raises
        ------
        UsageError
        """
        known = self.persons
        for person in persons:
            if person not in known:
                raise UsageError(f"There is no person {person} in this case.")

    def number_for(self, rows: IntArray) -> int:
        """Return the number of a new person with these faces.

        Whoever is exactly a person that is gone gets that number back; anybody else one that nobody ever had.
        """
        for number in sorted(self.gone):
            if np.array_equal(self.gone[number].rows, rows):
                return number
        return self.highest + 1


def persons_in(person: PersonArray) -> tuple[int, ...]:
    """Return the numbers of the persons among these labels."""
    return tuple(np.unique(person[person != UNASSIGNED]).tolist())


def begin(faces: Faces) -> PersonStep:
    """Return the first step: what the clustering said."""
    return PersonStep.of(
        1,
        "clustering",
        faces=faces.fingerprint,
        count=len(faces),
        labels=labels_to_text(faces.clustered[faces.order]),
    )


def assign(faces: Faces, steps: Sequence[PersonStep]) -> Assignment:
    """Return who is who after these steps, or after none where they belong to other faces."""
    return _assign(faces, tuple(steps))


@lru_cache(maxsize=4)  # before and after an edit, asked for several times
def _assign(faces: Faces, steps: tuple[PersonStep, ...]) -> Assignment:
    if not steps:
        return _Replay(faces.clustered).result()
    first = steps[0].values
    if first["faces"] != faces.fingerprint:
        problem = (
            f"The edits of the persons were made on {first['count']} other faces and can't be applied to the "
            f"{len(faces)} of this analysis; they are kept, and are there again after an analysis as it was then."
        )
        return Assignment(faces.clustered, problem=problem, highest=_highest(faces.clustered))
    replay = _Replay(_by_row(faces, labels_from_text(first["labels"], len(faces))))
    for step in steps[1:]:
        replay.apply(faces, step)
    return replay.result()


def carried_by(step: PersonStep) -> dict[Belonging, int]:
    """Return who had what just before a merge: of those that became one."""
    if step.action != "merge":
        return {}
    return {
        (kind, number): int(owner)
        for owner, belongings in step.values["carried"].items()
        for kind, number in belongings
    }


class _Replay:
    """Applies steps one after another."""

    def __init__(self, person: PersonArray):
        self.person = person.copy()
        self.given: dict[int, str] = {}
        self.members: dict[int, list[int]] = {}
        self.apart: set[Pair] = set()
        self.gone: dict[int, Gone] = {}
        self.highest = _highest(person)

    def apply(self, faces: Faces, step: PersonStep) -> None:
        values = step.values
        if step.action == "rename":
            self.given[values["person"]] = values["name"]
        elif step.action == "keep apart":
            self.apart.add((values["one"], values["other"]))
        elif step.action == "merge":
            for other in values["others"]:
                self._merge(values["into"], other, carried_by(step))
        elif step.action == "ignore":
            self._give(np.flatnonzero(np.isin(self.person, values["persons"])), UNASSIGNED)
        elif step.action == "recluster":
            labels = labels_from_text(values["labels"], len(faces))
            self._replace(_by_row(faces, labels))
        else:
            self._give(
                np.sort(faces.order[spans_from_text(values["rows"])]),
                values["into"],
            )

    def _merge(self, into: int, other: int, carried: dict[Belonging, int]) -> None:
        rows = np.flatnonzero(self.person == other)
        own = frozenset(each for each, owner in carried.items() if owner == other)
        self.gone[other] = Gone(rows, into, own, frozenset(carried) - own)
        self.members.setdefault(into, []).append(other)
        self.person[rows] = into

    def _give(self, rows: IntArray, into: int) -> None:
        after = self.person.copy()
        after[rows] = into
        self._replace(after)

    def _replace(self, after: PersonArray) -> None:
        before, self.person = self.person, after
        now = persons_in(after)
        for number in set(persons_in(before)) - set(now):
            self.gone[number] = Gone(np.flatnonzero(before == number))
        for number in now:
            if self.gone.pop(number, None) is not None:
                for merged in self.members.values():
                    if number in merged:
                        merged.remove(number)
        self.highest = max(self.highest, *now, 0)

    def result(self) -> Assignment:
        persons = persons_in(self.person)
        names = {number: self._name(number) for number in persons}
        apart = {tuple(sorted((self._now(one), self._now(other)))) for one, other in self.apart}
        return Assignment(
            self.person,
            {number: name for number, name in names.items() if name},
            frozenset((one, other) for one, other in apart if one != other and one in persons),
            "",
            self.gone,
            self.highest,
        )

    def _name(self, number: int) -> str:
        if self.given.get(number):
            return self.given[number]
        names = (self._name(member) for member in sorted(self.members.get(number, ())))
        return next((name for name in names if name), "")

    def _now(self, number: int) -> int:
        """Who has the faces of a number now; -1 = nobody, or several."""
        while number in self.gone:
            into = self.gone[number].into
            if into is None:
                return UNASSIGNED
            number = into
        return number


def matched(now: Assignment, labels: PersonArray) -> PersonArray:
    """Return new labels with the numbers that persons have already, where most of their faces stay together.

    The pair with the most faces in common is taken first. A cluster that is left over gets a new number.
    """
    old, new = persons_in(now.person), persons_in(labels)
    shared = [
        (-int(np.count_nonzero((now.person == one) & (labels == other))), one, other)
        for one in old
        for other in new
    ]
    number_of: dict[int, int] = {}
    for count, one, other in sorted(shared):
        if count and other not in number_of and one not in number_of.values():
            number_of[other] = one
    free = now.highest
    result = np.full(len(labels), UNASSIGNED, np.int32)
    for other in new:
        rows = np.flatnonzero(labels == other)
        if other not in number_of:
            found = now.number_for(rows)
            if found > now.highest:
                free += 1
                found = free
            number_of[other] = found
        result[rows] = number_of[other]
    return result


# As text ------------------------------------------------------------------------------------------------


def labels_to_text(labels: PersonArray) -> str:
    """Return labels as runs: ``1*300 -1*2 2*80``."""
    borders = np.flatnonzero(np.diff(labels)) + 1
    runs = np.split(labels, borders) if len(labels) else []
    return " ".join(f"{run[0]}*{len(run)}" for run in runs)


def labels_from_text(text: str, count: int) -> PersonArray:
    """Read what :func:`labels_to_text` gave; ``count`` labels are expected."""
    runs = [run.split("*") for run in text.split()]
    labels = np.repeat(
        np.array([int(label) for label, _ in runs], np.int32), [int(length) for _, length in runs]
    )
    if len(labels) != count:
        raise ValueError(f"{len(labels)} labels for {count} faces")
    return labels.astype(np.int32)


def spans_to_text(places: IntArray) -> str:
    """Return sorted places as spans: ``0-119 300``."""
    parts = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
    return " ".join(f"{part[0]}" if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def spans_from_text(text: str) -> IntArray:
    """Read what :func:`spans_to_text` gave."""
    found: list[IntArray] = []
    for span in text.split():
        first, _, last = span.partition("-")
        found.append(np.arange(int(first), int(last or first) + 1, dtype=np.int64))
    return np.concatenate(found) if found else np.empty(0, np.int64)


def rows_to_text(faces: Faces, rows: Iterable[int]) -> str:
    """Return rows as spans of :attr:`Faces.order`."""
    wanted = np.zeros(len(faces), bool)
    wanted[np.asarray(rows, np.int64)] = True
    return spans_to_text(np.flatnonzero(wanted[faces.order]).astype(np.int64))


def _by_row(faces: Faces, ordered: PersonArray) -> PersonArray:
    labels = np.empty_like(ordered)
    labels[faces.order] = ordered
    return labels


def _highest(person: PersonArray) -> int:
    return int(person.max(initial=0))
