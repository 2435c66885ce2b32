"""How fast a reviewer goes on, and how long what is left will take. Qt-free zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from statistics import median

#: A longer pause than this was a break.
_BREAK_S = 300.0
#: The last verdicts tell the pace.
_LATEST = 20
#: Fewer steps than this tell nothing.
_LEAST = 3


def seconds_a_verdict(times_utc: Iterable[str]) -> float | None:
    """Return the median seconds from one verdict to the next, without breaks; None while there are too few.

    Parameters
    ----------
    times_utc : ISO 8601 times of one reviewer's verdicts; what can't be read is passed over.
    """
    known = sorted(when for each in times_utc if (when := _read(each)) is not None)
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(known)]
    worked = [step for step in steps if 0 < step <= _BREAK_S][-_LATEST:]
    return median(worked) if len(worked) >= _LEAST else None


def remaining_words(left: int, seconds_each: float | None) -> str:
    """Return how long ``left`` more verdicts will take, for people; empty where it can't be told."""
    if not left or seconds_each is None:
        return ""
    minutes = left * seconds_each / 60
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(round(minutes), 60)
    return f"about {hours} h {rest} min" if hours else f"about {rest} min"


def _read(time_utc: str) -> datetime | None:
    try:
        return datetime.fromisoformat(time_utc).replace(tzinfo=None)
    except ValueError:
        return None
