"""Cases as earlier versions of the program left them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from fead_desktop.case.migrations import MIGRATIONS


def old_case(path: Path, schema: int) -> sqlite3.Connection:
    """Make an empty case of an earlier schema; the connection is to be closed."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA application_id = 0x46454144")
    for step in range(1, schema + 1):
        for statement in MIGRATIONS[step]:
            assert isinstance(statement, str)
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {schema}")
    return db
