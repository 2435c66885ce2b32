"""The schema of a case file, version by version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from fead_desktop.case import audit

SCHEMA_VERSION = 6

_VERSION_1 = (
    # One fact a row, as JSON: recording, parameters, coverage, models, versions, timings.
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # What a stage made: one row per chunk, current only while its fingerprint matches.
    """CREATE TABLE chunk (
        stage TEXT NOT NULL, number INTEGER NOT NULL, fingerprint TEXT NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (stage, number))""",
    """CREATE TABLE person (
        person INTEGER PRIMARY KEY, name TEXT NOT NULL, faces INTEGER NOT NULL, first_s REAL NOT NULL,
        last_s REAL NOT NULL, screen_time_s REAL NOT NULL, portrait BLOB NOT NULL)""",
    """CREATE TABLE event (
        event INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, view TEXT NOT NULL,
        detector TEXT NOT NULL, onset_s REAL NOT NULL, peak_s REAL NOT NULL, offset_s REAL NOT NULL,
        onset_frame INTEGER NOT NULL, peak_frame INTEGER NOT NULL, offset_frame INTEGER NOT NULL,
        score REAL NOT NULL, p_value REAL, reasons TEXT NOT NULL, thumbnail BLOB NOT NULL)""",
    "CREATE TABLE log (entry INTEGER PRIMARY KEY, time_utc TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL)",
)

_VERSION_2 = (
    # What the analyst adds, and every step of it: undone steps stay until another edit takes their place.
    """CREATE TABLE marker (
        marker INTEGER PRIMARY KEY, start_s REAL NOT NULL, end_s REAL NOT NULL, start_frame INTEGER NOT NULL,
        end_frame INTEGER NOT NULL, colour TEXT NOT NULL, text TEXT NOT NULL)""",
    """CREATE TABLE time_range (
        range INTEGER PRIMARY KEY, kind TEXT NOT NULL, person INTEGER, start_s REAL NOT NULL,
        end_s REAL NOT NULL, start_frame INTEGER NOT NULL, end_frame INTEGER NOT NULL)""",
    """CREATE TABLE edit (
        edit INTEGER PRIMARY KEY AUTOINCREMENT, time_utc TEXT NOT NULL, title TEXT NOT NULL,
        changes TEXT NOT NULL, undone INTEGER NOT NULL)""",
)

#: Earlier events were not looked at for artefacts: NULL.
_VERSION_3 = ("ALTER TABLE event ADD COLUMN artefact TEXT",)

#: Earlier events were listed but not flagged.
_VERSION_4 = (
    "ALTER TABLE event ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE event ADD COLUMN extrapolated INTEGER NOT NULL DEFAULT 0",
)

#: What reviewers say of the events, known by person and peak frame; and their own list of reasons.
_VERSION_5 = (
    """CREATE TABLE verdict (
        verdict INTEGER PRIMARY KEY, reviewer TEXT NOT NULL, person INTEGER NOT NULL,
        peak_frame INTEGER NOT NULL, answer TEXT NOT NULL, reason TEXT NOT NULL, confidence INTEGER,
        note TEXT NOT NULL, tags TEXT NOT NULL, blind INTEGER NOT NULL, time_utc TEXT NOT NULL)""",
    "CREATE TABLE vocabulary (vocabulary INTEGER PRIMARY KEY, words TEXT NOT NULL)",
)

_EXTENT = """onset_s REAL NOT NULL, peak_s REAL NOT NULL, offset_s REAL NOT NULL, onset_frame INTEGER NOT NULL,
        peak_frame INTEGER NOT NULL, offset_frame INTEGER NOT NULL"""
#: What reviewers change about the events: borders, events added by hand, and the controls of each reviewer's pass.
#: The steps of telling the persons apart.
#: The log becomes a chain of hashes; who wrote the earlier entries is not known.
_VERSION_6: tuple[str | Callable[[sqlite3.Connection], None], ...] = (
    f"""CREATE TABLE adjustment (
        adjustment INTEGER PRIMARY KEY, person INTEGER NOT NULL, of_frame INTEGER NOT NULL, {_EXTENT},
        reviewer TEXT NOT NULL, time_utc TEXT NOT NULL)""",
    f"""CREATE TABLE hand_event (
        hand_event INTEGER PRIMARY KEY, person INTEGER NOT NULL, {_EXTENT},
        reviewer TEXT NOT NULL, time_utc TEXT NOT NULL)""",
    f"""CREATE TABLE control (
        control INTEGER PRIMARY KEY, reviewer TEXT NOT NULL, person INTEGER NOT NULL, {_EXTENT},
        ended INTEGER NOT NULL, time_utc TEXT NOT NULL)""",
    "CREATE TABLE person_step (step INTEGER PRIMARY KEY, action TEXT NOT NULL, detail TEXT NOT NULL)",
    """CREATE TABLE imported (
        imported INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, tool TEXT NOT NULL,
        person INTEGER NOT NULL, data BLOB NOT NULL)""",
    "ALTER TABLE log ADD COLUMN who TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE log ADD COLUMN hash TEXT NOT NULL DEFAULT ''",
    audit.chain_older_entries,
)

#: Statements (or functions) that lift a case from the version before to this one.
MIGRATIONS: dict[int, tuple[str | Callable[[sqlite3.Connection], None], ...]] = {
    1: _VERSION_1,
    2: _VERSION_2,
    3: _VERSION_3,
    4: _VERSION_4,
    5: _VERSION_5,
    6: _VERSION_6,
}


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older (or empty) case to :data:`SCHEMA_VERSION`, all or nothing."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version >= SCHEMA_VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been faster.
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for step in range(version + 1, SCHEMA_VERSION + 1):
            for statement in MIGRATIONS[step]:
                if callable(statement):
                    statement(connection)
                else:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step}")
