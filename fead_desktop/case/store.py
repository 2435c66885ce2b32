"""Case: one SQLite file that holds everything known about a recording, safe at every commit."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import Calibration
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case import audit, history, imported
from fead_desktop.case.audit import LogEntry
from fead_desktop.case.case import (
    AnalysedFrames,
    Coverage,
    ModelFact,
    Person,
    PersonScores,
    RecordingFacts,
)
from fead_desktop.case.edits import Edit, Marks, changes_to_values
from fead_desktop.case.event_rows import EVENT_FIELDS, event_of, event_row
from fead_desktop.case.history import Steps
from fead_desktop.case.migrations import SCHEMA_VERSION, migrate
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.selftest import Selftest
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.features.table import FeatureTable
from fead_desktop.review.moments import as_reviewed

#: Stages whose chunks :meth:`Case.features` puts together.
FACES_STAGE = "faces"
ASSIGNMENT_STAGE = "persons"
#: Which frames were analysed, which could not be decoded, and the shot of each.
FRAMES_STAGE = "frames"
#: Aligned faces as JPEG, one chunk for each chunk of faces.
CROPS_STAGE = "crops"
SCORES_STAGE = "scores"

_APPLICATION_ID = 0x46454144  # "FEAD"


class Case:
    """An open ``.fead`` file.

    Edits are saved as they happen; there is no save. One process writes the analysis tables at a time
    (:class:`fead_desktop.case.lock.WorkerLock`); anybody may read meanwhile.

    Raises
    ------
    CaseError
        When the file is damaged, not a case, or of a newer schema.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection):
        self.path = path
        #: Whose name stands in the log.
        self.who = audit.user_name()
        self._db = connection

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
            raise OutputError(f"The case can't be written to '{path}': {_plain(error)}.") from error
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
            raise CaseError(f"The case '{path.name}' can't be read: {_plain(error)}.") from error
        return cls(path, connection)

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Facts --------------------------------------------------------------------------------------------

    @property
    def recording(self) -> RecordingFacts | None:
        """The recording as it was when it was analysed."""
        values = self._fact("recording")
        if values is None:
            return None
        return RecordingFacts(**{**values, "remarks": tuple(values["remarks"])})

    @recording.setter
    def recording(self, facts: RecordingFacts) -> None:
        self._set_facts(recording=asdict(facts))

    @property
    def parameters(self) -> AnalysisParameters | None:
        """Parameters of the analysis that the results belong to."""
        values = self._fact("parameters")
        return None if values is None else AnalysisParameters.from_dict(values)

    @parameters.setter
    def parameters(self, parameters: AnalysisParameters) -> None:
        self._set_facts(parameters=parameters.to_dict())

    @property
    def coverage(self) -> Coverage | None:
        """What share of the recording could be analysed; None before the first results."""
        values = self._fact("coverage")
        return None if values is None else Coverage(**values)

    @property
    def models(self) -> tuple[ModelFact, ...]:
        """The models that made the results."""
        return tuple(ModelFact(**values) for values in self._fact("models") or ())

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the program and its libraries that made the results."""
        return dict(self._fact("versions") or {})

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """What the expected false alarms a minute mean for each person."""
        return tuple(Calibration(**values) for values in self._fact("calibrations") or ())

    @property
    def limits(self) -> tuple[str, ...]:
        """What the results can't show, as sentences for the analyst."""
        return tuple(self._fact("limits") or ())

    @property
    def timings(self) -> dict[str, float]:
        """Seconds each stage took in the run that made the results."""
        return dict(self._fact("timings") or {})

    @property
    def selftest(self) -> Selftest | None:
        """The last self-test of these results."""
        values = self._fact("selftest")
        return None if values is None else Selftest.from_dict(values)

    def put_selftest(self, result: Selftest) -> None:
        """Keep a self-test until the results change."""
        with self._writing():
            self._write_facts(selftest=result.to_dict())
            self._write_log("self-test finished", setting=result.setting)

    @property
    def purpose(self) -> Purpose | None:
        """Why the recording is analysed; None until the question was answered, with empty words if need be."""
        values = self._fact("purpose")
        return None if values is None else Purpose(**values)

    def put_purpose(self, purpose: Purpose) -> None:
        """Keep purpose and legal basis; the log tells both from then on."""
        before, after = self.purpose, purpose.checked()
        if before != after:
            with self._writing():
                self._write_facts(purpose=asdict(after))
                told = None if before is None else asdict(before)
                self._write_log("purpose stated", before=told, after=asdict(after))

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
        keep = set(numbers)
        with self._writing():
            for (number,) in self._db.execute(
                "SELECT number FROM chunk WHERE stage = ?", (stage,)
            ).fetchall():
                if number not in keep:
                    self._db.execute(
                        "DELETE FROM chunk WHERE stage = ? AND number = ?", (stage, number)
                    )

    def clear(self) -> None:
        """Forget everything that was computed, for an analysis from the start."""
        with self._writing():
            self._db.execute("DELETE FROM chunk")
            self._forget_results()

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
    ) -> None:
        """Replace the results of the analysis in one transaction; ``thumbnails`` by event number."""
        with self._writing():
            self._forget_results()
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
            self._write_log("analysis finished", events=len(events), persons=len(persons))

    def features(self) -> FeatureTable:
        """Return all rows, with tracks and persons as assigned; sorted by (frame_number, face)."""
        table = FeatureTable.concatenate(
            FeatureTable.from_bytes(data) for _, data in self.chunks(FACES_STAGE)
        )
        assignment = next((data for _, data in self.chunks(ASSIGNMENT_STAGE)), None)
        if assignment is None or not len(table):
            return table
        arrays = arrays_from_bytes(assignment)
        if len(arrays["person"]) != len(table):
            return table  # the assignment belongs to an older set of chunks
        return table.with_columns(
            track=arrays["track"], shot=arrays["shot"], person=arrays["person"]
        )

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
        """Return the persons by number (1 = longest on screen)."""
        return [Person(*row) for row in self._db.execute("SELECT * FROM person ORDER BY person")]

    def person_scores(self, person: int) -> PersonScores | None:
        """Return a person's scores, or None where there are none."""
        row = self._db.execute(
            "SELECT data FROM chunk WHERE stage = ? AND number = ?", (SCORES_STAGE, person)
        ).fetchone()
        if row is None:
            return None
        arrays = arrays_from_bytes(bytes(row[0]))
        return PersonScores(
            person,
            arrays.pop("frame_number").astype(np.int64),
            arrays.pop("time_s").astype(np.float64),
            {name: values.astype(np.float32) for name, values in arrays.items()},
        )

    def events(self) -> list[AnomalyEvent]:
        """Return the events as the reviewers left them: most unusual first, then those added by hand."""
        marks = self.marks()
        return as_reviewed(self.machine_events(), marks.adjustments, marks.hand_events)

    def machine_events(self) -> list[AnomalyEvent]:
        """Return the events as the analysis found them, most unusual first."""
        rows = self._db.execute(
            f"SELECT {', '.join(EVENT_FIELDS)} FROM event ORDER BY event"  # noqa: S608
        )
        return [event_of(row) for row in rows]

    def thumbnail(self, event: int) -> bytes:
        """Return the JPEG of an event's aligned peak face, or nothing."""
        row = self._db.execute("SELECT thumbnail FROM event WHERE event = ?", (event,)).fetchone()
        return b"" if row is None else bytes(row[0])

    def imported(self) -> tuple[ImportedTable, ...]:
        """Return what other tools measured, in the order it was imported."""
        return imported.read(self._db)

    def put_imported(self, tables: Sequence[ImportedTable]) -> None:
        """Keep the tables of other tools' files in place of earlier ones of the same files."""
        with self._writing():
            imported.write(self._db, tables)
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
            history.do(self._db, edit, _now())
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
            raise OutputError(f"The copy can't be written to '{path}': {_plain(error)}.") from error

    def log_entries(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return the log in order: UTC time, action, detail."""
        return [(each.time_utc, each.action, each.detail) for each in self.audit_log()]

    def audit_log(self) -> tuple[LogEntry, ...]:
        """Return the log in order with who and hash; :func:`audit.breaks` tells whether it was changed."""
        return audit.read(self._db)

    def log(self, action: str, **detail: Any) -> None:
        """Add an entry to the case's log."""
        with self._writing():
            self._write_log(action, **detail)

    # Inside -------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.rollback()
            raise OutputError(
                f"The case '{self.path.name}' can't be written: {_plain(error)}. "
                "What was saved before is kept; make room or rights and start again."
            ) from error

    def _forget_results(self) -> None:
        self._db.execute("DELETE FROM event")
        self._db.execute("DELETE FROM person")
        self._db.execute(
            "DELETE FROM fact WHERE name IN ('coverage', 'models', 'versions', 'timings', 'selftest',"
            " 'calibrations', 'limits')"
        )

    def _fact(self, name: str) -> Any:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _set_facts(self, **facts: Any) -> None:
        with self._writing():
            self._write_facts(**facts)

    def _write_facts(self, **facts: Any) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO fact VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in facts.items()],
        )

    def _write_log(self, action: str, **detail: Any) -> None:
        audit.append(self._db, _now(), self.who, action, detail)


def arrays_to_bytes(arrays: Mapping[str, Any], *, compressed: bool = True) -> bytes:
    """Serialise named arrays without pickle; pictures and the like don't get smaller by compression."""
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, **{name: np.asarray(values) for name, values in arrays.items()})
    return buffer.getvalue()


def arrays_from_bytes(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read what :func:`arrays_to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


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
            f"({_plain(error)}); copy it to a folder that can be written to."
        ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _plain(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
