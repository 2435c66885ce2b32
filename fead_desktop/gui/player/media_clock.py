"""MediaClock: where playback stands, by a monotonic clock that follows the sound while there is any."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Share of a deviation from the sound that is taken over at each look: a first-order filter.
_GAIN = 0.1
#: A deviation above this many seconds is a jump, not a drift.
_JUMP_S = 0.25


class MediaClock:
    """Position in seconds of the recording; never runs backwards while it runs.

    Parameters
    ----------
    now : returns seconds of a monotonic clock.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running = False
        self._rate = 1.0
        self._origin_s = 0.0
        self._started = 0.0
        self._last_s = 0.0
        self._wait_until: float | None = None

    @property
    def is_running(self) -> bool:
        """True between :meth:`start` and :meth:`pause`, also while it waits for sound."""
        return self._running

    @property
    def is_waiting(self) -> bool:
        """True while the position is held until sound comes out."""
        return self._wait_until is not None and self._now() < self._wait_until

    def start(self, position_s: float, rate: float = 1.0, *, wait_for_sound_s: float = 0.0) -> None:
        """Run from a position.

        Parameters
        ----------
        rate : float
            Seconds of the recording per second.
        wait_for_sound_s : float
            Hold the position until :meth:`follow_sound` sees the sound move, but no longer than this.
        """
        now = self._now()
        self._running = True
        self._rate = rate
        self._origin_s = self._last_s = position_s
        self._wait_until = now + wait_for_sound_s if wait_for_sound_s > 0 else None
        self._started = now + max(wait_for_sound_s, 0.0)

    def pause(self) -> float:
        """Stop; returns the position."""
        position_s = self.position_s()
        self._running = False
        self._wait_until = None
        self._origin_s = self._last_s = position_s
        return position_s

    def position_s(self) -> float:
        """Return where playback stands, in seconds of the recording."""
        if self._running:
            elapsed = max(self._now() - self._started, 0.0)
            self._last_s = max(self._last_s, self._origin_s + elapsed * self._rate)
        return self._last_s

    def follow_sound(self, sound_s: float) -> None:
        """Lean towards the position of the sound that is heard now, in seconds of the recording."""
        if not self._running:
            return
        if self.is_waiting:
            if sound_s <= self._origin_s:
                return
            self._started = self._now()
            self._origin_s = sound_s
        self._wait_until = None
        ahead_s = sound_s - (self._origin_s + (self._now() - self._started) * self._rate)
        self._origin_s += ahead_s * (1.0 if abs(ahead_s) > _JUMP_S else _GAIN)
