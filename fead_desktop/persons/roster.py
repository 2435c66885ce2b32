"""The persons of a recording, and pure edits of who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import UsageError
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.persons.clustering import screen_time_s

PersonArray = npt.NDArray[np.int32]


@dataclass(frozen=True)
class RosterEntry:
    """A person as the feature table shows them.

    faces : number of faces, all analysed frames.
    first_s, last_s : seconds relative to the first frame of the recording.
    screen_time_s : seconds for which the person is seen.
    portrait_row : row of the table with the best portrait.
    """

    person: int
    name: str
    faces: int
    first_s: float
    last_s: float
    screen_time_s: float
    portrait_row: int


def make_persons(table: FeatureTable) -> list[RosterEntry]:
    """Return the persons of a clustered table by number; unassigned faces belong to none."""
    seconds = screen_time_s(table)
    merit = portrait_merit(table)
    persons = []
    for person in np.unique(table.person[table.person != UNASSIGNED]):
        rows = np.flatnonzero(table.person == person)
        times = table.time_s[rows]
        persons.append(
            RosterEntry(
                person=int(person),
                name=f"Person {person}",
                faces=len(rows),
                first_s=float(times.min()),
                last_s=float(times.max()),
                screen_time_s=float(seconds[rows].sum()),
                portrait_row=int(rows[np.argmax(merit[rows])]),
            )
        )
    return persons


def portrait_merit(table: FeatureTable) -> npt.NDArray[np.float64]:
    """Return how well each row would serve as a portrait, (n,); higher is better, 0 = not at all.

    Frontal, sharp, large, uncovered, of middle brightness. Rows without a mesh rank below all others, by the
    size of their box.
    """

    def column(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(table[name], np.float64)

    turned = np.sqrt(
        column("yaw_deg") ** 2 + column("pitch_deg") ** 2 + column("roll_deg") ** 2 / 4
    )
    frontal = np.exp(-((turned / 15) ** 2) / 2)
    # Twice as large or sharp is better, but not twice as good.
    detail = np.log1p(column("size_px")) * np.log1p(column("sharpness"))
    uncovered = 1 - np.nan_to_num(column("occlusion")).clip(0, 1)
    light = np.exp(-(((column("brightness") - 128) / 80) ** 2) / 2)
    merit = frontal * detail * uncovered**2 * light
    box = np.nan_to_num(column("box_height"))
    return np.where(np.isfinite(merit), 1e-3 + merit, 1e-9 * box)


def merge(person: PersonArray, into: int, other: int) -> PersonArray:
    """Return the labels with ``other``'s faces given to ``into``; nobody else's number changes."""
    _require(person, into, other)
    return np.where(person == other, into, person).astype(np.int32)


def ignore(person: PersonArray, who: int) -> PersonArray:
    """Return the labels with one person's faces unassigned."""
    _require(person, who)
    return np.where(person == who, UNASSIGNED, person).astype(np.int32)


def rename(persons: Sequence[RosterEntry], person: int, name: str) -> list[RosterEntry]:
    """Return the roster with one person's name changed."""
    clean = " ".join(name.split())
    if not clean:
        raise UsageError("A person's name can't be empty.")
    if person not in {entry.person for entry in persons}:
        raise UsageError(f"There is no person {person} in this case.")
    return [replace(entry, name=clean) if entry.person == person else entry for entry in persons]


def _require(labels: PersonArray, *persons: int) -> None:
    for person in persons:
        if person == UNASSIGNED or not (labels == person).any():
            raise UsageError(f"There is no person {person} in this case.")
