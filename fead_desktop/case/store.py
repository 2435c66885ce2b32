"""Case: one SQLite file that holds everything known about a recording, safe at every commit."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np

from fead_desktop.anomalies.calibration import Calibration
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case import history, imported_rows
from fead_desktop.case.case import (
    AnalysedFrames,
    Coverage,
    ModelFact,
    Person,
    PersonScores,
)
from fead_desktop.case.edits import Edit, Marks, changes_to_values
from fead_desktop.case.event_rows import EVENT_FIELDS, event_of, event_row
from fead_desktop.case.facts import CaseFacts, now_utc, plain_error
from fead_desktop.case.history import Steps
from fead_desktop.case.migrations import SCHEMA_VERSION, migrate
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.persons_now import (
    ASSIGNMENT_STAGE,
    CROPS_STAGE,
    FACES_STAGE,
    SCORED,
    SCORES_STAGE,
    PersonsNow,
    scored_chunk,
)
from fead_desktop.closing import Closing
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.assignment import Assignment
from fead_desktop.persons.roster import Faces, PersonArray
from fead_desktop.review.moments import as_reviewed, known_by_judged

__all__ = (
    "ASSIGNMENT_STAGE", "CROPS_STAGE", "FACES_STAGE", "FRAMES_STAGE", "SCORES_STAGE", "Case", "arrays_from_bytes",
    "arrays_to_bytes",
)  # fmt: skip

#: Which frames were analysed, which could not be decoded, and the shot of each.
FRAMES_STAGE = "frames"

_APPLICATION_ID = 0x46454144  # "FEAD"


class Case(Closing, CaseFacts):
    """An open ``.fead`` file.

    Edits are saved as they happen; there is no save. One process writes the analysis tables at a time
    (:class:`fead_desktop.case.lock.WorkerLock`); anybody may read meanwhile.

    Raises
    ------
    CaseError
        When the file is damaged, not a case, or of a newer schema.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection):
        super().__init__(path, connection)
        self._now = PersonsNow(path, connection)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new case; an existing file is refused."""
        if path.exists():
            raise OutputError(f"There is already a file '{path}'; open it or choose another name.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            migrate(connection)
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The case can't be written to '{path}': {plain_error(error)}."
            ) from error
        return cls(path, connection)

    @classmethod
    def open(cls, path: Path, *, check: bool = True) -> Self:
        """Open an existing case; ``check`` reads all of it to find damage, which takes long where it is large."""
        if not path.is_file():
            raise CaseError(f"There is no case '{path}'.")
        try:
            connection = _connect(path)
            application = int(connection.execute("PRAGMA application_id").fetchone()[0])
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if application != _APPLICATION_ID:
                connection.close()
                raise CaseError(f"'{path.name}' is not a FEAD case.")
            if version > SCHEMA_VERSION:
                connection.close()
                raise CaseError(
                    f"'{path.name}' was made by a newer version of the program (schema {version}, "
                    f"this one reads {SCHEMA_VERSION}); update the program to open it."
                )
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if check else "ok"
            if verdict != "ok":
                connection.close()
                raise CaseError(
                    f"The case '{path.name}' is damaged ({verdict}); restore a copy of it."
                )
            _bring_up_to_date(connection, path)
        except sqlite3.DatabaseError as error:
            raise CaseError(
                f"The case '{path.name}' can't be read: {plain_error(error)}."
            ) from error
        return cls(path, connection)

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._db.close()

    # Facts --------------------------------------------------------------------------------------------

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """What the expected false alarms a minute mean for each person."""
        known = tuple(Calibration(**values) for values in self._fact("calibrations") or ())
        if not known or not self.is_stale:
            return known
        return tuple(each for each in known if each.person in self.assignment().persons)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the results can't show, as sentences for the analyst; ``{3}`` is kept for the name of person 3."""
        kept = self._fact("limits") or ()
        said = tuple(re.sub(r"\{(\d+)\}", self._name_in, sentence) for sentence in kept)
        return (*self._out_of_date(), *said)

    # Stages -------------------------------------------------------------------------------------------

    def chunk(self, stage: str, number: int, fingerprint: str) -> bytes | None:
        """Return what a stage made, if it is current."""
        row = self._db.execute(
            "SELECT data FROM chunk WHERE stage = ? AND number = ? AND fingerprint = ?",
            (stage, number, fingerprint),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def has_chunk(self, stage: str, number: int, fingerprint: str) -> bool:
        """Tell whether a current chunk is there, without reading it."""
        row = self._db.execute(
            "SELECT 1 FROM chunk WHERE stage = ? AND number = ? AND fingerprint = ?",
            (stage, number, fingerprint),
        ).fetchone()
        return row is not None

    def fingerprints(self, stage: str) -> dict[int, str]:
        """Return the fingerprints of a stage's chunks by number."""
        rows = self._db.execute("SELECT number, fingerprint FROM chunk WHERE stage = ?", (stage,))
        return {int(number): str(fingerprint) for number, fingerprint in rows}

    def put_chunks(self, number: int, fingerprint: str, products: Mapping[str, bytes]) -> None:
        """Keep what a stage made, all products of a chunk in one transaction; replaces stale ones.

        Results that were made from other chunks are forgotten with them: persons and events never stand
        beside rows they don't belong to.
        """
        with self._writing():
            self._forget_results()
            self._db.executemany(
                "INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?)",
                [(name, number, fingerprint, data) for name, data in products.items()],
            )

    def chunks(
        self, stage: str, only: Collection[int] | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (number, data) of a stage in order, one at a time; ``only`` these chunks, where it is given."""
        numbers = [
            int(row[0])
            for row in self._db.execute(
                "SELECT number FROM chunk WHERE stage = ? ORDER BY number", (stage,)
            )
        ]
        for number in numbers:
            if only is not None and number not in only:
                continue
            row = self._db.execute(
                "SELECT data FROM chunk WHERE stage = ? AND number = ?", (stage, number)
            ).fetchone()
            yield number, bytes(row[0])

    def drop_chunks_except(self, stage: str, numbers: Sequence[int]) -> None:
        """Forget chunks of a stage that no longer exist, after the range or rate changed."""
        with self._writing():
            self._drop_chunks_except(stage, numbers)

    def clear(self) -> None:
        """Forget everything that was computed, for an analysis from the start."""
        with self._writing():
            self._db.execute("DELETE FROM chunk")
            self._forget_results()
            # Scores are made with it, so it goes with all of them only.
            self._db.execute("DELETE FROM fact WHERE name = 'tuning'")

    # Results ------------------------------------------------------------------------------------------

    @property
    def has_results(self) -> bool:
        """True once an analysis has finished."""
        return self._fact("coverage") is not None

    def put_results(
        self,
        *,
        parameters: AnalysisParameters,
        coverage: Coverage,
        persons: Sequence[Person],
        events: Sequence[AnomalyEvent],
        thumbnails: Mapping[int, bytes],
        models: Sequence[ModelFact],
        versions: Mapping[str, str],
        timings: Mapping[str, float],
        calibrations: Sequence[Calibration] = (),
        limits: Sequence[str] = (),
        scored: PersonArray | None = None,
        chunks: Mapping[str, Mapping[int, tuple[str, bytes | None]]] | None = None,
        action: str = "analysis finished",
    ) -> None:
        """Replace the results of the analysis in one transaction; ``thumbnails`` by event number.

        Parameters
        ----------
        scored : (n,) person by row that the results were made for; None = as the clustering told.
        chunks : by stage, all its chunks by number, with fingerprint, and data (None = it is there already);
            chunks that are not named go.
        """
        with self._writing():
            self._forget_results()
            self._db.execute("DELETE FROM chunk WHERE stage = ?", (SCORED,))
            if scored is not None:
                self._put_chunk(SCORED, 0, "", scored_chunk(scored))
            for stage, made in (chunks or {}).items():
                self._drop_chunks_except(stage, made)
                for number, (fingerprint, data) in made.items():
                    if data is not None:
                        self._put_chunk(stage, number, fingerprint, data)
            self._db.executemany(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (p.person, p.name, p.faces, p.first_s, p.last_s, p.screen_time_s, p.portrait)
                    for p in persons
                ],
            )
            self._db.executemany(
                f"INSERT INTO event ({', '.join(EVENT_FIELDS)}, thumbnail)"  # noqa: S608
                f" VALUES ({', '.join(f':{name}' for name in EVENT_FIELDS)}, :thumbnail)",
                [event_row(event, thumbnails.get(event.event, b"")) for event in events],
            )
            self._write_facts(
                parameters=parameters.to_dict(),
                coverage=asdict(coverage),
                models=[asdict(model) for model in models],
                versions=dict(versions),
                timings=dict(timings),
                calibrations=[asdict(each) for each in calibrations],
                limits=list(limits),
            )
            self._write_log(action, events=len(events), persons=len(persons))

    def features(self, *, embeddings: bool = True) -> FeatureTable:
        """Return all rows, with the persons as the analyst left them; sorted by (frame_number, face).

        Embeddings are most of a long case: without them a table takes a third of the memory.
        """
        table = self.clustered_features(embeddings=embeddings)
        edited = len(table) and self._now.steps()
        return table.with_columns(person=self.assignment().person) if edited else table

    def clustered_features(self, *, embeddings: bool = True) -> FeatureTable:
        """Return all rows, with the persons as the clustering told; sorted by (frame_number, face)."""
        table = FeatureTable.concatenate(
            FeatureTable.from_bytes(data, embeddings=embeddings)
            for _, data in self.chunks(FACES_STAGE)
        )
        return self._now.assigned(table)

    def faces(self) -> Faces:
        """Return what there is to say of every face, row by row of :meth:`features`; read once."""
        return self._now.faces()

    def assignment(self) -> Assignment:
        """Return who is who, as the analyst left it."""
        return self._now.assignment()

    @property
    def is_stale(self) -> bool:
        """True where the results were made for other persons than those who are told apart now."""
        return self.has_results and self._now.is_stale()

    def stale_persons(self) -> tuple[int, ...]:
        """Return the persons whose faces are not those that the results were made from."""
        return self._now.stale_persons() if self.has_results else ()

    def analysed_frames(self) -> AnalysedFrames:
        """Return the frames that were looked at, with and without a face; empty where a case does not tell."""
        parts = [arrays_from_bytes(data) for _, data in self.chunks(FRAMES_STAGE)]
        if not parts:
            return AnalysedFrames()
        # Shots are counted anew in each chunk, and its first frame is compared with the one before.
        cuts = [np.diff(part["shot"], prepend=0) > 0 for part in parts]
        return AnalysedFrames(
            np.concatenate([part["frame_number"] for part in parts]).astype(np.int64),
            np.concatenate([part["time_s"] for part in parts]).astype(np.float64),
            np.concatenate([part["decoded"] for part in parts]).astype(bool),
            np.concatenate(cuts),
        )

    def persons(self) -> list[Person]:
        """Return the persons by number, as the analyst left them."""
        rows = self._db.execute("SELECT * FROM person ORDER BY person").fetchall()
        return self._now.persons([Person(*row) for row in rows]) if self.has_results else []

    def person_scores(self, person: int) -> PersonScores | None:
        """Return a person's scores, or None where there are none."""
        return self._now.person_scores(person)

    def events(self) -> list[AnomalyEvent]:
        """Return the events as the reviewers left them: most unusual first, then those added by hand."""
        marks = self.marks()
        found = known_by_judged(self.machine_events(), marks.judged_moments())
        return as_reviewed(found, marks.adjustments, marks.hand_events)

    def machine_events(self) -> list[AnomalyEvent]:
        """Return the events as the analysis found them, most unusual first; under who has their faces now."""
        rows = self._db.execute(
            f"SELECT {', '.join(EVENT_FIELDS)} FROM event ORDER BY event"  # noqa: S608
        )
        return self._now.events([event_of(row) for row in rows])

    def thumbnail(self, event: int) -> bytes:
        """Return the JPEG of an event's aligned peak face, or nothing."""
        row = self._db.execute("SELECT thumbnail FROM event WHERE event = ?", (event,)).fetchone()
        return b"" if row is None else bytes(row[0])

    def imported(self) -> tuple[ImportedTable, ...]:
        """Return what other tools measured, in the order it was imported."""
        return imported_rows.read(self._db)

    def put_imported(self, tables: Sequence[ImportedTable]) -> None:
        """Keep the tables of other tools' files in place of earlier ones of the same files."""
        with self._writing():
            imported_rows.write(self._db, tables)
            for each in tables:
                self._write_log(
                    "table imported",
                    file=each.name,
                    sha256=each.sha256,
                    tool=each.tool,
                    person=each.person,
                    rows=len(each.frame_number),
                )

    # Edits --------------------------------------------------------------------------------------------

    def marks(self) -> Marks:
        """Return all markers and ranges."""
        return history.read_marks(self._db)

    def steps(self) -> Steps:
        """Return what can be undone and redone."""
        return history.read_steps(self._db)

    def do(self, edit: Edit) -> None:
        """Apply an edit, remember it for undo and log it, in one transaction.

        Raises
        ------
        UsageError
            When an item is not what the edit found when it was made.
        """
        with self._writing():
            history.do(self._db, edit, now_utc())
            self._write_log(edit.title, changes=changes_to_values(edit))

    def undo(self) -> Edit | None:
        """Take the last edit back; returns what was applied, None where there is nothing."""
        with self._writing():
            back = history.undo(self._db)
            if back is not None:
                self._write_log(f"undo: {back.title}", changes=changes_to_values(back))
            return back

    def redo(self) -> Edit | None:
        """Do the edit again that was undone last; returns it, None where there is nothing."""
        with self._writing():
            again = history.redo(self._db)
            if again is not None:
                self._write_log(f"redo: {again.title}", changes=changes_to_values(again))
            return again

    # Copies and log -----------------------------------------------------------------------------------

    def save_copy(self, path: Path) -> None:
        """Write a complete copy through SQLite's backup, safe while others write."""
        if path.exists() and path.samefile(self.path):
            raise OutputError("A copy can't replace the case itself; choose another name.")
        part = path.with_name(path.name + ".part")
        try:
            part.unlink(missing_ok=True)
            target = sqlite3.connect(part)
            try:
                self._db.backup(target)
            finally:
                target.close()
            part.replace(path)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise OutputError(
                f"The copy can't be written to '{path}': {plain_error(error)}."
            ) from error

    # Inside -------------------------------------------------------------------------------------------

    def _put_chunk(self, stage: str, number: int, fingerprint: str, data: bytes) -> None:
        row = (stage, number, fingerprint, data)
        self._db.execute("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?)", row)

    def _drop_chunks_except(self, stage: str, numbers: Collection[int]) -> None:
        held = self._db.execute("SELECT number FROM chunk WHERE stage = ?", (stage,)).fetchall()
        gone = [(stage, number) for (number,) in held if number not in numbers]
        self._db.executemany("DELETE FROM chunk WHERE stage = ? AND number = ?", gone)

    def _out_of_date(self) -> tuple[str, ...]:
        if not self.is_stale:
            return ()
        names = ", ".join(self.assignment().name_of(person) for person in self.stale_persons())
        whose = f" of {names}" if names else ""
        sentence = f"scores and events{whose} are out of date until they are scored again."
        return (f"The persons were edited after they were scored: {sentence}",)

    def _name_in(self, found: re.Match[str]) -> str:
        return self.assignment().name_of(int(found[1]))

    def _forget_results(self) -> None:
        self._db.execute("DELETE FROM event")
        self._db.execute("DELETE FROM person")
        self._db.execute(
            "DELETE FROM fact WHERE name IN ('coverage', 'models', 'versions', 'timings', 'selftest', 'calibrations',"
            " 'limits')"
        )


def _connect(path: Path) -> sqlite3.Connection:
    # Rollback journal, not WAL: the case stays one file at every moment, also on network disks.
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    try:
        migrate(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        raise CaseError(
            f"The case '{path.name}' was made by an earlier version and can't be brought up to date where it is "
            f"({plain_error(error)}); copy it to a folder that can be written to."
        ) from error
