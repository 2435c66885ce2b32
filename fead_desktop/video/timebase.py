"""Frame number, seconds and timecode text: the only place that converts between them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import UsageError

#: Timecodes are written in milliseconds, so a time that was read from one may be this much too early.
TIMECODE_STEP_S = 0.001

_TIMECODE = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)

_SOURCE_TIMECODE = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;](\d{1,3})", re.ASCII)
_HOURS = 24


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


@dataclass(frozen=True)
class SourceTimecode:
    """The clock that the camera wrote into a recording: hours, minutes, seconds and frames.

    start : frames from 00:00:00:00 to the recording's first frame.
    rate : frames a second; the clock counts as many numbers a second as this rounded up.
    drop : drop-frame: at 29.97 and 59.94 frames a second the clock leaves out the first two (four) numbers of
        each minute but every tenth, and so keeps in step with real time.
    """

    start: int
    rate: Fraction
    drop: bool

    @property
    def numbers_a_second(self) -> int:
        """The numbers that the clock counts in a second."""
        return math.ceil(self.rate)

    @property
    def dropped(self) -> int:
        """The numbers left out at a full minute."""
        return round(self.numbers_a_second / 15) if self.drop else 0

    def format(self, time_s: float) -> str:
        """Return the clock at a time in seconds from the first frame on, with ``;`` where it drops frames."""
        count = self.start + round(time_s * self.rate)
        fps, dropped = self.numbers_a_second, self.dropped
        count %= _HOURS * 6 * (600 * fps - 9 * dropped)
        tens, rest = divmod(count, 600 * fps - 9 * dropped)
        minutes = max(rest - dropped, 0) // (60 * fps - dropped)
        count += dropped * (9 * tens + minutes)
        seconds, frames = divmod(count, fps)
        sign = ";" if self.drop else ":"
        return (
            f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{sign}{frames:02d}"
        )

    def seconds_of(self, text: str) -> float:
        """Return how long after the first frame the clock shows ``text``.

        Raises
        ------
        UsageError
            If the text is no timecode of this clock.
        """
        return float((_count(text, self) - self.start) / self.rate)


def source_timecode(text: str, rate: Fraction) -> SourceTimecode | None:
    """Return the clock that shows ``text`` at the first frame, None if the text is not a timecode."""
    if not rate:
        return None
    clock = SourceTimecode(0, rate, drop=_drops(text, rate))
    try:
        return replace(clock, start=_count(text, clock))
    except UsageError:
        return None


def is_source_timecode(text: str) -> bool:
    """Tell whether a text is written like a source timecode: four numbers."""
    return _SOURCE_TIMECODE.fullmatch(text.strip()) is not None


def _drops(text: str, rate: Fraction) -> bool:
    return ";" in text and rate.denominator == 1001


def _count(text: str, clock: SourceTimecode) -> int:
    found = _SOURCE_TIMECODE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"'{text}' is not a timecode of the source; write h:m:s:frames.")
    hours, minutes, seconds, frames = (int(part) for part in found.groups())
    fps = clock.numbers_a_second
    is_dropped = clock.drop and seconds == 0 and frames < clock.dropped and minutes % 10 != 0
    if minutes > 59 or seconds > 59 or frames >= fps or is_dropped:
        raise UsageError(f"The source's clock never shows '{text}'.")
    minutes += 60 * hours
    count = (60 * minutes + seconds) * fps + frames
    return count - clock.dropped * (minutes - minutes // 10)


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
