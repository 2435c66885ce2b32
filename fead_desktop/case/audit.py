"""The log of a case: each entry carries a hash over the entry before and itself, so that no change goes unseen.

The chain proves that no entry was changed, removed or put in while the last hash is known from elsewhere; it can't
show by itself that its end was cut off, or that all of it was written anew.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

#: What the first entry follows.
NO_HASH = "0" * 64


@dataclass(frozen=True)
class LogEntry:
    """An entry: its number from 1, when, who, what, and how; ``detail`` holds before and after where it has them."""

    entry: int
    time_utc: str
    who: str
    action: str
    detail: dict[str, Any]
    hash: str = ""

    def canonical(self) -> str:
        """Return the entry as one line of JSON, always the same text: what the hash is taken of."""
        values = {
            "entry": self.entry,
            "time_utc": self.time_utc,
            "who": self.who,
            "action": self.action,
            "detail": self.detail,
        }
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    def hash_after(self, previous: str) -> str:
        """Return the SHA-256 of the previous entry's hash and this entry's line, one after the other."""
        return hashlib.sha256((previous + self.canonical()).encode()).hexdigest()


def append(
    db: sqlite3.Connection, time_utc: str, who: str, action: str, detail: dict[str, Any]
) -> None:
    """Add an entry behind the last one; the caller holds the transaction."""
    row = db.execute("SELECT entry, hash FROM log ORDER BY entry DESC LIMIT 1").fetchone()
    number, previous = (0, NO_HASH) if row is None else (int(row[0]), str(row[1]))
    # As it will be read again: tuples are lists there.
    entry = LogEntry(number + 1, time_utc, who, action, json.loads(json.dumps(detail)))
    db.execute(
        "INSERT INTO log (entry, time_utc, who, action, detail, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (
            entry.entry,
            time_utc,
            who,
            action,
            json.dumps(entry.detail),
            entry.hash_after(previous),
        ),
    )


def read(db: sqlite3.Connection) -> tuple[LogEntry, ...]:
    """Return the log in order."""
    rows = db.execute("SELECT entry, time_utc, who, action, detail, hash FROM log ORDER BY entry")
    return tuple(
        LogEntry(int(number), str(time), str(who), str(action), json.loads(detail), str(known))
        for number, time, who, action, detail, known in rows
    )


def chain_older_entries(db: sqlite3.Connection) -> None:
    """Give entries that were written before there was a chain their hashes; part of a migration."""
    previous = NO_HASH
    for entry in read(db):
        previous = entry.hash_after(previous)
        db.execute("UPDATE log SET hash = ? WHERE entry = ?", (previous, entry.entry))


def head(entries: Iterable[LogEntry]) -> str:
    """Return the hash of the last entry."""
    last = NO_HASH
    for entry in entries:
        last = entry.hash
    return last


def breaks(entries: Iterable[LogEntry]) -> Iterator[tuple[int, str]]:
    """Yield (number of the entry, what is wrong with it) wherever the chain does not hold."""
    previous, last = NO_HASH, 0
    for entry in entries:
        if entry.entry != last + 1:
            yield entry.entry, _out_of_turn(entry.entry, last)
        if entry.hash_after(previous) != entry.hash:
            yield (
                entry.entry,
                "its hash does not fit: it was changed, or it does not follow the entry before it",
            )
        previous, last = entry.hash, entry.entry


def user_name() -> str:
    """Return the name under which this computer knows its user, empty where it knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


def _out_of_turn(number: int, last: int) -> str:
    if number <= last:
        return f"it stands behind entry {last}: entries were put in or change places"
    missing = f"entry {last + 1}" if number == last + 2 else f"entries {last + 1} to {number - 1}"
    return f"{missing} before it was removed"
