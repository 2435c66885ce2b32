"""AnomalyEvent: a moment for human review, with onset, peak and offset on frames of the recording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A measure that drove an event.

    sigma : robust standard deviations away from the person's own baseline, signed.
    share : part of the event's score that this measure explains, 0 to 1.
    """

    measure: str
    label: str
    sigma: float
    share: float

    def __str__(self) -> str:
        return f"{self.label} {self.sigma:+.1f} σ"


@dataclass(frozen=True)
class AnomalyEvent:
    """A stretch of neighbouring frames of one person that is unusual for that person.

    ``event`` is the rank, 1 = most unusual. Times are pts in seconds relative to the first frame; frame
    numbers are those of the frame index. ``p_value`` is None where none was computed. ``offset`` is the last
    frame that belongs to the event.
    """

    event: int
    person: int
    view: str
    detector: str
    onset_s: float
    peak_s: float
    offset_s: float
    onset_frame: int
    peak_frame: int
    offset_frame: int
    score: float
    p_value: float | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from onset to offset."""
        return self.offset_s - self.onset_s
