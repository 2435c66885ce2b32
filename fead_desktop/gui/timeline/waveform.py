"""WaveformJob: reads the sound of a recording beside the window, down to its lowest and highest samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.timeline.pyramid import Pyramid

#: Enough to see words; a fifth of it would hide consonants.
_RATE_HZ = 8000
#: Lowest and highest sample are kept this often.
_STEPS_PER_S = 100
_BLOCK_S = 2.0


class WaveformJob(Job):
    """The result is a pyramid of the sound, or None where there is none."""

    def __init__(
        self,
        recording: Path,
        first_pts_s: float,
        parent: QObject | None = None,
        *,
        stream_number: int = 0,
    ):
        super().__init__(parent)
        self.recording = recording
        self.stream_number = stream_number
        self._first_pts_s = first_pts_s

    def work(self) -> Pyramid | None:
        from fead_desktop.video.audio import AudioReader, has_audio

        if not has_audio(self.recording):
            return None
        lows, highs = [], []
        with AudioReader(
            self.recording,
            rate_hz=_RATE_HZ,
            channels=1,
            first_pts_s=self._first_pts_s,
            stream_number=self.stream_number,
        ) as reader:
            for block in reader.blocks(0.0, block_s=_BLOCK_S):
                if self.is_cancelled():
                    return None
                low, high = extremes(block[:, 0], _RATE_HZ // _STEPS_PER_S)
                lows.append(low)
                highs.append(high)
        if not lows:
            return None
        both = np.stack([np.concatenate(lows), np.concatenate(highs)], axis=1).reshape(-1)
        times = np.arange(len(both)) / (2 * _STEPS_PER_S)
        return Pyramid(times, both)


def extremes(
    samples: np.ndarray[tuple[int], np.dtype[np.float32]], size: int
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.float32]], np.ndarray[tuple[int], np.dtype[np.float32]]
]:
    """Return the lowest and the highest of every ``size`` samples; the last part may be shorter."""
    starts = np.arange(0, len(samples), size)
    return np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
