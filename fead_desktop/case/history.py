"""The edits of a case as rows: done, taken back, done again; they outlive the program."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple, dataclass, fields

from fead_desktop.case.edits import (
    KINDS,
    Edit,
    Item,
    Marks,
    apply,
    changes_to_values,
    edit_from_values,
    kind_of,
    number_field,
)
from fead_desktop.persons.assignment import PersonStep

#: Table of each kind of item; its columns are the fields in their order.
_TABLES = {
    "marker": "marker",
    "range": "time_range",
    "verdict": "verdict",
    "vocabulary": "vocabulary",
    "adjustment": "adjustment",
    "hand_event": "hand_event",
    "control": "control",
    "person_step": "person_step",
}


@dataclass(frozen=True)
class Steps:
    """What Undo and Redo would do now; empty = nothing."""

    undo: str = ""
    redo: str = ""


def read_marks(db: sqlite3.Connection) -> Marks:
    """Return everything the analyst added."""
    return Marks.of(item for name in KINDS for item in _read(db, name))


def read_person_steps(db: sqlite3.Connection) -> tuple[PersonStep, ...]:
    """Return the analyst's steps of telling the persons apart, in order."""
    return Marks.of(_read(db, "person_step")).person_steps


def _read(db: sqlite3.Connection, name: str) -> list[Item]:
    columns = ", ".join(f'"{field.name}"' for field in fields(KINDS[name]))
    rows = db.execute(f"SELECT {columns} FROM {_TABLES[name]}")  # noqa: S608
    return [KINDS[name](*row) for row in rows]


def read_steps(db: sqlite3.Connection) -> Steps:
    """Return what can be undone and redone."""
    last, following = _last_done(db), _next_undone(db)
    return Steps(
        "" if last is None else last[1].title, "" if following is None else following[1].title
    )


def do(db: sqlite3.Connection, edit: Edit, time_utc: str) -> None:
    """Apply an edit and remember it; what was undone before can't be redone any more.

    Raises
    ------
    UsageError
        When an item is not what the edit found when it was made.
    """
    _apply(db, edit)
    db.execute("DELETE FROM edit WHERE undone = 1")
    db.execute(
        "INSERT INTO edit (time_utc, title, changes, undone) VALUES (?, ?, ?, 0)",
        (time_utc, edit.title, json.dumps(changes_to_values(edit))),
    )


def undo(db: sqlite3.Connection) -> Edit | None:
    """Take the last edit back; returns what was applied, or None where there is nothing."""
    found = _last_done(db)
    if found is None:
        return None
    number, edit = found
    back = edit.inverse()
    _apply(db, back)
    db.execute("UPDATE edit SET undone = 1 WHERE edit = ?", (number,))
    return back


def redo(db: sqlite3.Connection) -> Edit | None:
    """Do the edit again that was undone last; returns it, or None where there is nothing."""
    found = _next_undone(db)
    if found is None:
        return None
    number, edit = found
    _apply(db, edit)
    db.execute("UPDATE edit SET undone = 0 WHERE edit = ?", (number,))
    return edit


def _apply(db: sqlite3.Connection, edit: Edit) -> None:
    apply(read_marks(db), edit)  # refuses what no longer fits
    for change in edit.changes:
        table, key = _TABLES[change.kind], number_field(KINDS[change.kind])
        db.execute(f'DELETE FROM {table} WHERE "{key}" = ?', (change.number,))  # noqa: S608
        if change.after is not None:
            row = astuple(change.after)
            places = ", ".join("?" * len(row))
            names = ", ".join(f'"{field.name}"' for field in fields(KINDS[kind_of(change.after)]))
            db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)  # noqa: S608


def _last_done(db: sqlite3.Connection) -> tuple[int, Edit] | None:
    return _step(db, "WHERE undone = 0 ORDER BY edit DESC")


def _next_undone(db: sqlite3.Connection) -> tuple[int, Edit] | None:
    return _step(db, "WHERE undone = 1 ORDER BY edit")


def _step(db: sqlite3.Connection, which: str) -> tuple[int, Edit] | None:
    row = db.execute(f"SELECT edit, title, changes FROM edit {which} LIMIT 1").fetchone()  # noqa: S608
    return None if row is None else (int(row[0]), edit_from_values(row[1], json.loads(row[2])))
