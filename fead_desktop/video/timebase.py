"""Frame number, seconds and timecode text: the only place that converts between them."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import UsageError

#: Timecodes are written in milliseconds, so a time that was read from one may be this much too early.
TIMECODE_STEP_S = 0.001

_TIMECODE = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def format_timecode(time_s: float) -> str:
    """Return ``h:m:s.ms`` of a time in seconds, rounded to milliseconds, for example ``00:01:23.400``.

    Times before the first frame get a minus sign. Raises ValueError for NaN and infinity.
    """
    total_ms = round(time_s * 1000)
    sign = "-" if total_ms < 0 else ""
    seconds, ms = divmod(abs(total_ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def parse_timecode(text: str) -> float:
    """Return the seconds of ``h:m:s.ms``, ``m:s.ms`` or ``s.ms``.

    Raises
    ------
    UsageError
        If the text is none of these, or minutes or seconds reach 60 behind a larger unit.
    """
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"'{text}' is not a timecode; write h:m:s, m:s or seconds, for example 00:01:23.400."
        )
    hours, minutes, seconds = found.groups()
    if (minutes is not None and float(seconds) >= 60) or (hours is not None and int(minutes) >= 60):
        raise UsageError(f"'{text}' is not a timecode: minutes and seconds must stay below 60.")
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)


def seconds_from_pts(
    pts: npt.NDArray[np.int64], time_base: Fraction, first_pts: int
) -> npt.NDArray[np.float64]:
    """Return presentation times (n,) in seconds relative to ``first_pts``."""
    ticks = (pts - first_pts).astype(np.float64)
    return ticks * time_base.numerator / time_base.denominator


def frame_shown_at(times_s: npt.NDArray[np.float64], time_s: float, *, tolerance_s: float) -> int:
    """Return the last frame whose time is at most ``time_s + tolerance_s``, clamped to the recording."""
    n = int(np.searchsorted(times_s, time_s + tolerance_s, side="right")) - 1
    return min(max(n, 0), len(times_s) - 1)


def nearest_frames(
    times_s: npt.NDArray[np.float64], wanted_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return for each wanted time the frame nearest to it (the earlier one of two as near)."""
    right = np.clip(np.searchsorted(times_s, wanted_s), 1, max(len(times_s) - 1, 1))
    left = right - 1
    if len(times_s) == 1:
        return np.zeros(len(wanted_s), np.int64)
    nearer_left = wanted_s - times_s[left] <= times_s[right] - wanted_s
    return np.where(nearer_left, left, right).astype(np.int64)
