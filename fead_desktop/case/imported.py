"""Tables of other tools in a case: the way in from a file of theirs, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, UsageError
from fead_desktop.features.foreign_tables import FaceRows, read_table
from fead_desktop.features.imported import ImportedTable, nearest_persons
from fead_desktop.features.table import FeatureTable
from fead_desktop.video.frame_index import FrameIndex

#: So many of a person's faces tell later who has them.
_ANCHORS = 100


@dataclass(frozen=True)
class Import:
    """What came into the case, and what the analyst should know of it, as sentences."""

    tables: tuple[ImportedTable, ...]
    remarks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was done."""
        first = self.tables[0]
        rows = sum(len(table.frame_number) for table in self.tables)
        persons = ", ".join(str(table.person) for table in self.tables)
        whose = "person" if len(self.tables) == 1 else "persons"
        return (
            f"Imported {rows} rows of {first.tool_title} with {len(first.columns)} measures from '{first.name}' "
            f"for {whose} {persons}."
        )


def import_table(case: Case, path: Path, index: FrameIndex, person: int | None = None) -> Import:
    """Read another tool's table, find out whose face each row shows, and keep it in the case.

    A file that was imported before takes the place of its earlier import.

    Parameters
    ----------
    index : frame index of the case's recording.
    person : whose face it is; None = told by the boxes in the file, or the only person there is.

    Raises
    ------
    CaseError
        When the case has no results yet, or the index is that of another recording.
    UsageError
        When the file is no such table, belongs to another recording, or doesn't tell whose face it shows.
    """
    persons = [each.person for each in case.persons()]
    if not persons:
        raise CaseError(f"'{case.path.name}' holds no persons yet; analyse its recording first.")
    facts = case.recording
    if facts is not None and facts.frames != len(index):
        raise CaseError(f"The recording has {len(index)} frames, that of the case {facts.frames}.")
    if person is not None and person not in persons:
        raise UsageError(
            f"There is no person {person} in this case; choose from {', '.join(map(str, persons))}."
        )
    rows = read_table(path, index)
    whose, remarks = _whose(case, rows, persons, person)
    features = case.features()
    tables = tuple(
        _anchored(rows.of_person(each, np.flatnonzero(whose == each)), features)
        for each in persons
        if (whose == each).any()
    )
    case.put_imported(tables)
    return Import(tables, (*rows.remarks, *remarks))


def _whose(
    case: Case, rows: FaceRows, persons: list[int], person: int | None
) -> tuple[npt.NDArray[np.int64], list[str]]:
    if person is not None and not rows.has_several_faces:
        return np.full(len(rows), person, np.int64), []
    if np.isfinite(rows.box).any():
        faces = _faces(case.features(), persons if person is None else [person])
        whose = nearest_persons(rows.time_s, rows.box, faces)
        nobody = int((whose < 0).sum())
        if nobody < len(rows):
            said = f"{nobody} rows are on no face that was analysed there and were left out."
            return whose, [said] if nobody else []
        raise UsageError(
            f"The faces of '{rows.name}' are where no face was analysed: it belongs to another recording or person."
        )
    if rows.has_several_faces:
        raise UsageError(
            f"'{rows.name}' holds several faces a frame but not where they are; import one file for each person."
        )
    if len(persons) > 1:
        raise UsageError(
            f"'{rows.name}' does not tell whose face it shows; choose one of the persons "
            f"{', '.join(map(str, persons))}."
        )
    return np.full(len(rows), persons[0], np.int64), []


def of_persons_now(
    tables: Iterable[ImportedTable], features: FeatureTable, persons: Iterable[int]
) -> tuple[ImportedTable, ...]:
    """Return the tables under the persons who have their faces now; -1 where nobody has.

    Persons change when they are merged, split or told apart anew after the import.
    """
    found = list(tables)
    faces = _faces(features, persons) if found else {}
    now = []
    for table in found:
        whose = nearest_persons(table.anchor_s, table.anchor_box, faces)
        numbers, counts = np.unique(whose[whose > 0], return_counts=True)
        person = int(numbers[np.argmax(counts)]) if len(numbers) else -1
        now.append(replace(table, person=person))
    return tuple(now)


def _anchored(table: ImportedTable, features: FeatureTable) -> ImportedTable:
    times, boxes = _faces(features, [table.person])[table.person]
    kept = np.linspace(0, len(times) - 1, min(len(times), _ANCHORS)).round().astype(int)
    return replace(table, anchor_s=times[kept], anchor_box=boxes[kept])


def _faces(
    features: FeatureTable, persons: Iterable[int]
) -> dict[int, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return the times (m,) and boxes (m, 4) of each person's analysed faces."""
    faces = {}
    for person in persons:
        own = features.of_person(person)
        box = own.matrix(("box_x", "box_y", "box_width", "box_height")).astype(np.float64)
        box[:, 2:] += box[:, :2]
        faces[person] = (own.time_s, box)
    return faces


def take_missing(case: Case, other: Case) -> int:
    """Bring tables that only the other copy of a case has into this one; returns how many."""
    known = {table.sha256 for table in case.imported()}
    new = [table for table in other.imported() if table.sha256 not in known]
    if new:
        case.put_imported(new)
    return len(new)
