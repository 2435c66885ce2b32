"""Programme: which frames are played one after another, and when each is due. Qt-free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex


@dataclass(frozen=True)
class Span:
    """Frames from ``first`` to ``last``, both included; backwards where ``last`` lies before ``first``."""

    first: int
    last: int

    @property
    def is_backwards(self) -> bool:
        """True if the frames fall."""
        return self.last < self.first

    def __contains__(self, frame: int) -> bool:
        return min(self.first, self.last) <= frame <= max(self.first, self.last)


@dataclass(frozen=True)
class Programme:
    """Spans played once, then those of ``cycle`` again and again; an empty ``cycle`` ends the play.

    A frame is due when the frames before it have been shown for as long as the recording shows them, so the
    programme has a time of its own, the played seconds: they rise from 0 whatever direction the frames take.
    """

    spans: tuple[Span, ...]
    cycle: tuple[Span, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True for one span forwards."""
        return len(self.spans) == 1 and not self.cycle and not self.spans[0].is_backwards

    @property
    def is_forward(self) -> bool:
        """True if no span is played backwards."""
        return not any(span.is_backwards for span in (*self.spans, *self.cycle))

    def all_spans(self) -> Iterator[Span]:
        """Yield the spans in the order they are played; without end where there is a cycle."""
        yield from self.spans
        while self.cycle:
            yield from self.cycle


def straight(frame: int, last: int, *, backwards: bool = False) -> Programme:
    """Play from a frame to the end of the recording, or back to its beginning."""
    return Programme((Span(frame, 0 if backwards else last),))


def loop(frame: int, first: int, last: int, *, backwards: bool = False) -> Programme:
    """Play ``first`` to ``last`` again and again, beginning at ``frame`` if it lies between them."""
    whole = Span(last, first) if backwards else Span(first, last)
    if frame not in whole or frame == whole.last:
        return Programme((), (whole,))
    return Programme((Span(frame, whole.last),), (whole,))


def highlights(frame: int, spans: Sequence[Span]) -> Programme:
    """Play spans one after another; begins inside the one that holds ``frame``, else with the next one.

    Spans that touch or overlap become one. After the last one the programme ends.
    """
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.first):
        if joined and span.first <= joined[-1].last + 1:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    ahead = [span for span in joined if span.last > frame] or joined
    if frame in ahead[0]:
        ahead[0] = Span(frame, ahead[0].last)
    return Programme(tuple(ahead))


class ProgrammeWalk:
    """Goes through a programme frame by frame.

    Attributes: ``frame``, the current one, None behind the end; ``due_s``, its played seconds; ``left_out``,
    how many frames were passed over so far.
    """

    def __init__(self, programme: Programme, index: FrameIndex) -> None:
        self._index = index
        self._spans = programme.all_spans()
        self._span = next(self._spans)
        self._span_due_s = 0.0
        self.frame: int | None = self._span.first
        self.due_s = 0.0
        self.left_out = 0

    def advance(self, least_s: float, late_before_s: float | None = None) -> None:
        """Go on by at least one frame and ``least_s`` seconds.

        Parameters
        ----------
        late_before_s : float or None
            Frames of this span that were due to be replaced before these played seconds are left out.
        """
        if self.frame is None:
            return
        if self.frame == self._span.last:
            self._next_span()
            return
        wanted_s = self.due_s + least_s
        if late_before_s is not None and late_before_s > wanted_s:
            # The frame that is on screen at that time is still worth showing, those before it are not.
            self._go_to(self._frame_due(late_before_s, ceiling=False))
        else:
            self._go_to(self._frame_due(wanted_s, ceiling=True))

    def _next_span(self) -> None:
        self._span_due_s = self._due_of(self._span.last) + self._shown_for_s(self._span.last)
        following = next(self._spans, None)
        if following is None:
            self.frame = None
            return
        self._span = following
        self.frame, self.due_s = following.first, self._span_due_s

    def _go_to(self, frame: int) -> None:
        step = -1 if self._span.is_backwards else 1
        assert self.frame is not None
        ahead = max((frame - self.frame) * step, 1)
        ahead = min(ahead, abs(self._span.last - self.frame))
        self.frame += ahead * step
        self.left_out += ahead - 1
        self.due_s = self._due_of(self.frame)

    def _due_of(self, frame: int) -> float:
        times_s = self._index.times_s
        return self._span_due_s + abs(float(times_s[frame] - times_s[self._span.first]))

    def _frame_due(self, due_s: float, *, ceiling: bool) -> int:
        """Return the first frame due at or after a time, or with ``ceiling`` off the last one due by then."""
        times_s = self._index.times_s
        start_s = float(times_s[self._span.first])
        ahead_s = due_s - self._span_due_s
        # Sums of times are not exact to the last bit.
        slack = 1e-6
        if self._span.is_backwards:
            side_s = start_s - ahead_s + (slack if ceiling else -slack)
            after = int(np.searchsorted(times_s, side_s, side="right" if ceiling else "left"))
            return after - 1 if ceiling else after
        side_s = start_s + ahead_s + (-slack if ceiling else slack)
        after = int(np.searchsorted(times_s, side_s, side="left" if ceiling else "right"))
        return after if ceiling else after - 1

    def _shown_for_s(self, frame: int) -> float:
        times_s = self._index.times_s
        if frame + 1 < len(times_s):
            return float(times_s[frame + 1] - times_s[frame])
        return self._index.duration_s - float(times_s[frame])
