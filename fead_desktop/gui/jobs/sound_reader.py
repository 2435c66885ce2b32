"""SoundReader: the thread that decodes sound ahead of the device."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from fead_desktop.errors import FeadError
from fead_desktop.logs import logger

if TYPE_CHECKING:
    from fead_desktop.video.audio import AudioReader

#: What :meth:`SoundReader.take` gives: stereo, 32-bit float.
RATE_HZ = 48000
CHANNELS = 2
FRAME_BYTES = 4 * CHANNELS
_AHEAD_BYTES = RATE_HZ * FRAME_BYTES

#: Begin and length of a piece of sound, in seconds of the recording.
Stretch = tuple[float, float]


class SoundReader(QThread):
    """Decodes the sound from a position on; where the sound ends, silence follows.

    Signals: found(has sound) once.
    """

    found = Signal(bool)

    def __init__(
        self,
        path: Path,
        first_pts_s: float,
        parent: QObject | None = None,
        *,
        stream_number: int = 0,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("SoundReader")
        self.has_sound = False
        self._path = path
        self._first_pts_s = first_pts_s
        self._stream_number = stream_number
        # Shared by both threads, under the lock.
        self._lock = threading.Condition()
        self._stopping = False
        self._wanted: Iterator[Stretch] | None = None
        self._data = bytearray()
        self._ended = False

    # In the GUI thread -------------------------------------------------------------------------------

    def play(self, stretches: Iterator[Stretch]) -> None:
        """Deliver the sound of these stretches one after another."""
        with self._lock:
            self._wanted = stretches
            self._data.clear()
            self._ended = False
            self._lock.notify_all()

    def take(self, count: int) -> bytes:
        """Take up to ``count`` bytes."""
        with self._lock:
            data = bytes(self._data[:count])
            del self._data[:count]
            if self._ended:
                data += bytes(count - len(data))
            self._lock.notify_all()
            return data

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self.wait()

    # In the reader's thread --------------------------------------------------------------------------

    def run(self) -> None:
        from fead_desktop.video.audio import AudioReader, has_audio

        try:
            self.has_sound = has_audio(self._path)
            self.found.emit(self.has_sound)
            if not self.has_sound:
                return
            with AudioReader(
                self._path,
                rate_hz=RATE_HZ,
                channels=CHANNELS,
                first_pts_s=self._first_pts_s,
                stream_number=self._stream_number,
            ) as reader:
                while (stretches := self._next_stretches()) is not None:
                    self._decode(reader, stretches)
        except FeadError as error:
            logger("gui").info("no sound: %s", error)
        except Exception:
            logger("gui").exception("the sound can't be read")
            self.has_sound = False

    def _next_stretches(self) -> Iterator[Stretch] | None:
        with self._lock:
            while not self._stopping and self._wanted is None:
                self._lock.wait()
            wanted, self._wanted = self._wanted, None
            return None if self._stopping else wanted

    def _decode(self, reader: AudioReader, stretches: Iterator[Stretch]) -> None:
        for start_s, length_s in stretches:
            left = round(length_s * RATE_HZ)
            for block in reader.blocks(start_s):
                part = np.clip(block[:left], -1.0, 1.0).astype(np.float32, copy=False)
                if not self._put(part.tobytes()):
                    return
                left -= len(part)
                if left <= 0:
                    break
            # Where the sound ends before the pictures, silence keeps the time.
            while left > 0:
                silent = min(left, RATE_HZ // 10)
                if not self._put(bytes(silent * FRAME_BYTES)):
                    return
                left -= silent
        with self._lock:
            self._ended = self._wanted is None

    def _put(self, data: bytes) -> bool:
        """Hand over sound, waiting for room; False if another position is wanted."""
        with self._lock:
            while len(self._data) >= _AHEAD_BYTES and not self._is_given_up():
                self._lock.wait()
            if self._is_given_up():
                return False
            self._data += data
            return True

    def _is_given_up(self) -> bool:
        return self._stopping or self._wanted is not None
