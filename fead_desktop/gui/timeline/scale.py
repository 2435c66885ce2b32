"""TimeScale: the visible part of the recording, and the timecodes along it. Qt-free zone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from fead_desktop.video.timebase import format_timecode

#: Nobody needs to see less than a few frames.
_LEAST_SPAN_S = 0.2
#: Share of the recording that can be seen before its beginning and behind its end.
_MARGIN = 0.005
#: Distances between two timecodes that read well, in seconds.
_TICK_STEPS_S = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    14400, 28800, 43200, 86400, 172800, 432000, 864000,
)  # fmt: skip


@dataclass(frozen=True)
class TimeScale:
    """Seconds to pixels and back, for a field of any width."""

    duration_s: float
    start_s: float
    stop_s: float

    @classmethod
    def whole(cls, duration_s: float) -> TimeScale:
        """Return the scale that shows all of a recording."""
        duration = max(duration_s, 0.04)
        return cls(duration, -_MARGIN * duration, (1 + _MARGIN) * duration)

    @property
    def span_s(self) -> float:
        """Seconds that can be seen."""
        return self.stop_s - self.start_s

    @property
    def is_whole(self) -> bool:
        """True if nothing lies outside."""
        return self.span_s >= (1 + 2 * _MARGIN) * self.duration_s * (1 - 1e-9)

    def x_of(self, time_s: float, width: float) -> float:
        """Return where a time lies, in pixels."""
        return (time_s - self.start_s) / self.span_s * width

    def time_at(self, x: float, width: float) -> float:
        """Return the time at a place, in seconds; it may lie outside the recording."""
        return self.start_s + x / max(width, 1.0) * self.span_s

    def inside(self, time_s: float) -> float:
        """Return the nearest time within the recording."""
        return min(max(time_s, 0.0), self.duration_s)

    def sees(self, time_s: float) -> bool:
        """Tell whether a time can be seen."""
        return self.start_s <= time_s <= self.stop_s

    def zoomed(self, factor: float, at_s: float) -> TimeScale:
        """Return the scale that shows ``factor`` times as much; ``at_s`` stays where it is."""
        most = (1 + 2 * _MARGIN) * self.duration_s
        span = min(max(self.span_s * factor, min(_LEAST_SPAN_S, most)), most)
        share = (at_s - self.start_s) / self.span_s
        return self._kept_inside(at_s - share * span, span)

    def moved(self, seconds: float) -> TimeScale:
        """Return the scale that begins so much later."""
        return self._kept_inside(self.start_s + seconds, self.span_s)

    def showing(self, start_s: float, stop_s: float, margin: float = 0.0) -> TimeScale:
        """Return the scale from one time to another, with a share of it on both sides."""
        most = (1 + 2 * _MARGIN) * self.duration_s
        middle = (start_s + stop_s) / 2
        span = min(max((stop_s - start_s) * (1 + 2 * margin), min(_LEAST_SPAN_S, most)), most)
        return self._kept_inside(middle - span / 2, span)

    def reaching(self, start_s: float, stop_s: float) -> TimeScale:
        """Return this scale if a stretch can be seen, else one as wide with the stretch in its middle."""
        if self.start_s <= start_s and stop_s <= self.stop_s:
            return self
        return self._kept_inside((start_s + stop_s - self.span_s) / 2, self.span_s)

    def _kept_inside(self, start_s: float, span_s: float) -> TimeScale:
        first, last = -_MARGIN * self.duration_s, (1 + _MARGIN) * self.duration_s
        start = max(min(start_s, last - span_s), first)
        return replace(self, start_s=start, stop_s=start + span_s)


@dataclass(frozen=True)
class Tick:
    """A timecode along the time axis."""

    time_s: float
    text: str


def ticks(scale: TimeScale, width: float, text_px: float) -> list[Tick]:
    """Return as many timecodes as fit into ``width`` pixels without touching.

    Parameters
    ----------
    text_px : the widest timecode with the room around it, in pixels.
    """
    if width <= 0:
        return []
    least = scale.span_s * text_px / width
    step = next((each for each in _TICK_STEPS_S if each >= least), _TICK_STEPS_S[-1])
    first = math.ceil(max(scale.start_s, 0.0) / step - 1e-9)
    last = math.floor(min(scale.stop_s, scale.duration_s) / step + 1e-9)
    found = []
    for n in range(first, last + 1):
        text = format_timecode(n * step)
        found.append(Tick(n * step, text if step < 1 else text.partition(".")[0]))
    return found
