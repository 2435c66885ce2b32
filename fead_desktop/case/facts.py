"""What a case says of its recording and its analysis, and its log: one fact a row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fead_desktop.case import audit
from fead_desktop.case.audit import LogEntry
from fead_desktop.case.case import Coverage, ModelFact, RecordingFacts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.selftest import Selftest
from fead_desktop.case.training import Training
from fead_desktop.errors import OutputError

if TYPE_CHECKING:
    from fead_desktop.anomalies.tuning import Tuned


#: Log entries after which the scores are new, and the one after which the next scores use other parameters.
_SCORED = frozenset({"analysis finished", "persons scored again"})
_SEARCHED = "grid search finished"


class CaseFacts:
    """The part of an open case that holds facts and the log; every change is one transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection):
        self.path = path
        #: Whose name stands in the log.
        self.who = audit.user_name()
        self._db = connection

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
    def timings(self) -> dict[str, float]:
        """Seconds each stage took in the run that made the results."""
        return dict(self._fact("timings") or {})

    @property
    def selftest(self) -> Selftest | None:
        """The last self-test of these results."""
        values = self._fact("selftest")
        return None if values is None else Selftest.from_dict(values)

    @property
    def tuning(self) -> dict[int, tuple[Tuned, ...]]:
        """What the last grid search found, by person; empty where there was none."""
        from fead_desktop.anomalies.tuning import Tuned

        values = self._fact("tuning") or {}
        return {int(number): tuple(map(Tuned.from_dict, found)) for number, found in values.items()}

    def put_tuning(self, found: Mapping[int, Sequence[Tuned]]) -> None:
        """Keep what a grid search found, in place of an earlier one."""
        values = {str(number): [each.to_dict() for each in of] for number, of in found.items()}
        with self._writing():
            self._write_facts(tuning=values)
            self._write_log(_SEARCHED, persons=sorted(found))

    def put_selftest(self, result: Selftest) -> None:
        """Keep a self-test until the results change."""
        with self._writing():
            self._write_facts(selftest=result.to_dict())
            self._write_log("self-test finished", setting=result.setting)

    @property
    def training(self) -> Training | None:
        """What was planted into the pictures; None for every case but a training copy."""
        values = self._fact("training")
        return None if values is None else Training.from_dict(values)

    def put_training(self, training: Training) -> None:
        """Make this the case of a training copy, for good."""
        with self._writing():
            self._write_facts(training=training.to_dict())
            self._write_log("training copy", source=training.source_sha256)

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

    # Log ----------------------------------------------------------------------------------------------

    def log_entries(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return the log in order: UTC time, action, detail."""
        return [(each.time_utc, each.action, each.detail) for each in self.audit_log()]

    def audit_log(self) -> tuple[LogEntry, ...]:
        """Return the log in order with who and hash; :func:`audit.breaks` tells whether it was changed."""
        return audit.read(self._db)

    @property
    def changed_since_scored(self) -> frozenset[str]:
        """What decides scores and was changed after they were made: "range", "grid search"; read from the log."""
        changed: set[str] = set()
        for entry in audit.read(self._db):
            if entry.action in _SCORED:
                changed.clear()
            elif entry.action == _SEARCHED:
                changed.add("grid search")
            elif any(each["kind"] == "range" for each in entry.detail.get("changes", ())):
                changed.add("range")
        return frozenset(changed)

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
                f"The case '{self.path.name}' can't be written: {plain_error(error)}. "
                "What was saved before is kept; make room or rights and start again."
            ) from error

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
        audit.append(self._db, now_utc(), self.who, action, detail)


def now_utc() -> str:
    """Return the time now, as the case keeps times."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def plain_error(error: BaseException) -> str:
    """Return an error in the words of the system."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
