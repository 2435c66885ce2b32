"""Tables of other tools as rows of the case's table, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from fead_desktop.features.imported import ImportedTable


def read(connection: sqlite3.Connection) -> tuple[ImportedTable, ...]:
    """Return all imported tables as they were imported."""
    found = connection.execute(
        "SELECT data, name, sha256, tool, person, imported FROM imported ORDER BY imported"
    )
    return tuple(
        ImportedTable.from_bytes(
            data, name=name, sha256=sha256, tool=tool, person=person, number=number
        )
        for data, name, sha256, tool, person, number in found
    )


def write(connection: sqlite3.Connection, tables: Iterable[ImportedTable]) -> None:
    """Keep tables in place of earlier ones of the same files."""
    kept = list(tables)
    for digest in {table.sha256 for table in kept}:
        connection.execute("DELETE FROM imported WHERE sha256 = ?", (digest,))
    connection.executemany(
        "INSERT INTO imported (name, sha256, tool, person, data) VALUES (?, ?, ?, ?, ?)",
        [(t.name, t.sha256, t.tool, t.person, t.to_bytes()) for t in kept],
    )
