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


def moments_to_come(judged_s: Iterable[float], until_s: float) -> int:
    """Return about how many moments follow, where nothing but those judged may tell; 0 while these are too few.

    Parameters
    ----------
    judged_s : where in the recording those judged so far lie, in seconds.
    until_s : where the recording ends; moments are taken to come as densely as before.
    """
    so_far = list(judged_s)
    if len(so_far) < _LEAST:
        return 0
    at_s = max(so_far)
    return round(len(so_far) * max(until_s - at_s, 0.0) / max(at_s, 1e-3))


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
