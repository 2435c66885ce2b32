"""Who is who in a case now, and what earlier results mean for the persons as they are now."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case import history
from fead_desktop.case.case import Person, PersonScores
from fead_desktop.features.table import UNASSIGNED, FeatureTable, columns_from_bytes
from fead_desktop.persons.assignment import Assignment, PersonStep, assign
from fead_desktop.persons.roster import (
    FACE_COLUMNS,
    Faces,
    PersonArray,
    make_persons,
    nearest,
)

#: Stages whose chunks hold the rows; and which frames were analysed, aligned faces as JPEG, scores.
FACES_STAGE = "faces"
ASSIGNMENT_STAGE = "persons"
CROPS_STAGE = "crops"
SCORES_STAGE = "scores"
#: Who was who when the results were made.
SCORED = "scored"

#: Of so many cases, what belongs to the faces is kept in memory: 70 bytes a face.
_MOST_KEPT = 2


@dataclass(frozen=True, eq=False)
class _Known:
    """Faces, and the chunk that each row comes from."""

    faces: Faces
    chunk: npt.NDArray[np.int64]


_known: dict[object, _Known] = {}
#: The window's own thread and its jobs read cases at once; each may make room for its own.
_making_room = threading.Lock()


class PersonsNow:
    """Reads it from an open case; what belongs to the faces once for each state of their chunks."""

    def __init__(self, path: Path, db: sqlite3.Connection):
        self._path, self._db = path, db

    # The faces and whose they are ---------------------------------------------------------------------

    def faces(self) -> Faces:
        """Return what there is to say of every face, row by row of the feature table."""
        return self._read().faces

    def steps(self) -> tuple[PersonStep, ...]:
        """Return the analyst's steps."""
        return history.read_person_steps(self._db)

    def assignment(self) -> Assignment:
        """Return who is who."""
        return assign(self.faces(), self.steps())

    def scored(self) -> PersonArray:
        """Return who was who when the results were made, (n,) by row."""
        faces = self.faces()
        data = self._chunk(SCORED, 0)
        if data is None:
            return faces.clustered
        labels: PersonArray = arrays_from_bytes(data)["person"].astype(np.int32)
        return labels if len(labels) == len(faces) else self.assignment().person

    def is_stale(self) -> bool:
        """Tell whether somebody's faces are not those that were scored."""
        if not self.steps() and self._chunk(SCORED, 0) is None:
            return False  # nobody ever edited them: the faces needn't be read
        return not np.array_equal(self.scored(), self.assignment().person)

    def stale_persons(self) -> tuple[int, ...]:
        """Return the persons whose faces are not those that were scored."""
        if not self.is_stale():
            return ()
        scored, now = self.scored(), self.assignment()
        return tuple(p for p in now.persons if not np.array_equal(scored == p, now.person == p))

    # Earlier results ----------------------------------------------------------------------------------

    def persons(self, stored: Iterable[Person]) -> list[Person]:
        """Return the persons as they are now; ``stored`` are those of the results."""
        known = {each.person: each for each in stored}
        stale = self.is_stale()
        if not stale and not self.steps():
            return list(known.values())
        now = self.assignment()
        if not stale:
            return [replace(p, name=now.names.get(p.person, p.name)) for p in known.values()]
        faces, changed = self.faces(), self.stale_persons()
        found = []
        for entry in make_persons(faces, now.person, now.name_of):
            person = known.get(entry.person)
            if person is None or entry.person in changed:
                person = Person(
                    entry.person,
                    entry.name,
                    entry.faces,
                    entry.first_s,
                    entry.last_s,
                    entry.screen_time_s,
                    self._portrait(entry.portrait_row),
                )
            found.append(replace(person, name=now.names.get(person.person, person.name)))
        return found

    def events(self, stored: Sequence[AnomalyEvent]) -> list[AnomalyEvent]:
        """Return the events of the results under the persons who have their faces now, without those of nobody."""
        if not stored or not self.is_stale():
            return list(stored)
        frames, scored, now = self.faces().frame_number, self.scored(), self.assignment().person
        found = []
        for event in stored:
            rows = np.flatnonzero(scored == event.person)
            heirs = now[rows[nearest(frames[rows], event.peak_frame)]].tolist()
            found += [replace(event, person=heir) for heir in heirs if heir != UNASSIGNED]
        return found

    def person_scores(self, person: int) -> PersonScores | None:
        """Return a person's scores, or None where there are none.

        A face keeps the score it was given until it is scored again, whoever it belonged to then.
        """
        if person not in self.stale_persons():
            return self._scores(person)
        frames, scored, now = self.faces().frame_number, self.scored(), self.assignment().person
        parts = []
        for former in np.unique(scored[now == person]).tolist():
            part = None if former == UNASSIGNED else self._scores(former)
            if part is not None:
                mine = np.isin(part.frame_number, frames[(scored == former) & (now == person)])
                parts.append((part, mine))
        return _joined(person, parts) if parts else None

    # Inside -------------------------------------------------------------------------------------------

    def _read(self) -> _Known:
        state = self._db.execute(
            "SELECT stage, number, fingerprint, length(data) FROM chunk WHERE stage IN (?, ?) ORDER BY stage, number",
            (FACES_STAGE, ASSIGNMENT_STAGE),
        ).fetchall()
        key = (self._path, tuple(state))
        found = _known.get(key)
        if found is None:
            found = self._read_faces([row[1] for row in state if row[0] == FACES_STAGE])
            with _making_room:
                while len(_known) >= _MOST_KEPT:
                    _known.pop(next(iter(_known)))
                _known[key] = found
        return found

    def _read_faces(self, numbers: Sequence[int]) -> _Known:
        if not numbers:
            return _Known(Faces.of(FeatureTable({})), np.empty(0, np.int64))
        parts = [
            columns_from_bytes(self._chunk(FACES_STAGE, number) or b"", FACE_COLUMNS)
            for number in numbers
        ]
        lengths = [len(part["frame_number"]) for part in parts]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in FACE_COLUMNS}
        table = self.assigned(FeatureTable(columns))
        return _Known(Faces.of(table), np.repeat(np.asarray(numbers, np.int64), lengths))

    def assigned(self, table: FeatureTable) -> FeatureTable:
        """Return the rows of the chunks with tracks, shots and persons as the clustering told."""
        data = self._chunk(ASSIGNMENT_STAGE, 0)
        if data is None or not len(table):
            return table
        arrays = arrays_from_bytes(data)
        if len(arrays["person"]) != len(table):
            return table  # the assignment belongs to an older set of chunks
        return table.with_columns(**{name: arrays[name] for name in ("track", "shot", "person")})

    def _scores(self, person: int) -> PersonScores | None:
        data = self._chunk(SCORES_STAGE, person)
        if data is None:
            return None
        arrays = arrays_from_bytes(data)
        return PersonScores(
            person,
            arrays.pop("frame_number").astype(np.int64),
            arrays.pop("time_s").astype(np.float64),
            {name: values.astype(np.float32) for name, values in arrays.items()},
        )

    def _portrait(self, row: int) -> bytes:
        known = self._read()
        data = self._chunk(CROPS_STAGE, int(known.chunk[row]))
        if data is None:
            return b""
        crops = arrays_from_bytes(data)
        same = (crops["frame_number"] == known.faces.frame_number[row]) & (
            crops["face"] == known.faces.face[row]
        )
        for place in np.flatnonzero(same)[:1].tolist():
            begin = int(crops["end"][place - 1]) if place else 0
            return bytes(crops["jpeg"][begin : int(crops["end"][place])].tobytes())
        return b""

    def _chunk(self, stage: str, number: int) -> bytes | None:
        row = self._db.execute(
            "SELECT data FROM chunk WHERE stage = ? AND number = ?", (stage, number)
        ).fetchone()
        return None if row is None else bytes(row[0])


def scored_chunk(person: npt.ArrayLike) -> bytes:
    """Return who was who, (n,) by row, as the results keep it."""
    return arrays_to_bytes({"person": np.asarray(person, np.int32)})


def _joined(
    person: int, parts: Sequence[tuple[PersonScores, npt.NDArray[np.bool_]]]
) -> PersonScores:
    """Return scores of several persons as one person's; of two in a frame the first."""
    frames = np.concatenate([part.frame_number[mine] for part, mine in parts])
    times = np.concatenate([part.time_s[mine] for part, mine in parts])
    frames, first = np.unique(frames, return_index=True)
    names = sorted({name for part, _ in parts for name in part.scores})
    missing: Any = np.nan
    scores = {
        name: np.concatenate(
            [
                part.scores[name][mine]
                if name in part.scores
                else np.full(int(mine.sum()), missing, np.float32)
                for part, mine in parts
            ]
        )[first].astype(np.float32)
        for name in names
    }
    return PersonScores(person, frames, times[first], scores)
