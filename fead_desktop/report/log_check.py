"""The log of a package, entry by entry: against its own chain, against the manifest, against the case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fead_desktop.case import audit
from fead_desktop.case.audit import LogEntry

_WORDS = {"time_utc": "time", "who": "who", "action": "what", "detail": "how", "hash": "hash"}


def entry_of(line: str) -> LogEntry | None:
    """Read a line of :func:`fead_desktop.report.packages.log_text`; None where it is none."""
    try:
        values = json.loads(line[66:])
        entry = LogEntry(
            int(values["entry"]),
            str(values["time_utc"]),
            str(values["who"]),
            str(values["action"]),
            dict(values["detail"]),
            line[:64],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return entry if line[64:] == f"  {entry.canonical()}" else None


def chain_findings(entries: Sequence[LogEntry]) -> Iterator[tuple[str, str]]:
    """Yield (which entry, what is wrong) wherever the chain does not hold."""
    for number, sentence in audit.breaks(entries):
        yield f"log entry {number}", sentence


def end_findings(entries: Sequence[LogEntry], told: Mapping[str, Any]) -> Iterator[str]:
    """Say whether the log ends where the manifest tells (its number of entries, its last hash)."""
    count, last = told.get("entries"), entries[-1].entry if entries else 0
    if isinstance(count, int) and last < count:
        gone = f"entry {count}" if last + 1 == count else f"entries {last + 1} to {count}"
        yield f"was cut off: {gone} removed from its end"
    if audit.head(entries) != told.get("head"):
        yield "does not end with the hash that the manifest tells"


def differences(
    entries: Sequence[LogEntry], theirs: Sequence[LogEntry]
) -> Iterator[tuple[str, str]]:
    """Yield where the log differs from the case's: (which entry, what differs)."""
    here, there = ({each.entry: each for each in log} for log in (entries, theirs))
    for number in sorted(set(here) | set(there)):
        subject = f"log entry {number}"
        if number not in here:
            yield subject, "is in the case and was removed from the log"
        elif number not in there:
            yield subject, "is not in the case: it was put into the log, or removed from the case"
        elif here[number] != there[number]:
            one, other = here[number], there[number]
            differs = [
                w for name, w in _WORDS.items() if getattr(one, name) != getattr(other, name)
            ]
            yield subject, f"differs from the case's in: {', '.join(differs)}"
