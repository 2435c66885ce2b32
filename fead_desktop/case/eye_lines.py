"""Where a face's eyes are in every frame around an event's peak, as the second look saw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.store import Case

EYES_STAGE = "eyes"
#: Frames before and after a peak whose eyes are kept.
AROUND_PEAK = 8


@dataclass(frozen=True)
class EyeLines:
    """The middles of both eyes by frame.

    frame_number : (n,) int64, sorted; a frame that belongs to several events may come more than once.
    eyes : (n, 4) float64, x and y of the person's right eye, then of the left, in pixels of the recording.
    """

    frame_number: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    eyes: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))

    @classmethod
    def of(cls, case: Case) -> EyeLines:
        """Read what the case keeps; empty for a case of an earlier version."""
        return cls.joined(_from_bytes(data) for _, data in case.chunks(EYES_STAGE))

    @classmethod
    def joined(cls, parts: Iterable[EyeLines]) -> EyeLines:
        """Put those of several events together."""
        every = [part for part in parts if len(part.frame_number)]
        if not every:
            return cls()
        frames = np.concatenate([part.frame_number for part in every])
        order = np.argsort(frames, kind="stable")
        return cls(frames[order], np.concatenate([part.eyes for part in every])[order])

    def at(self, frame: int, x: float, y: float, reach: float) -> npt.NDArray[np.float64] | None:
        """Return the eyes (4,) of the face at a place of a frame; None where none is known within ``reach`` pixels."""
        low, high = np.searchsorted(self.frame_number, (frame, frame + 1))
        if low == high:
            return None
        near = self.eyes[low:high]
        middle = (near[:, :2] + near[:, 2:]) / 2
        away = np.hypot(middle[:, 0] - x, middle[:, 1] - y)
        best = int(away.argmin())
        return near[best] if away[best] <= reach else None

    def to_bytes(self) -> bytes:
        """Return what :meth:`of` reads."""
        return arrays_to_bytes({"frame_number": self.frame_number, "eyes": self.eyes})


def _from_bytes(data: bytes) -> EyeLines:
    arrays = arrays_from_bytes(data)
    return EyeLines(arrays["frame_number"].astype(np.int64), arrays["eyes"].astype(np.float64))
