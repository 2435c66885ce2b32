"""SoundReader: the thread that decodes sound ahead of the device."""

from __future__ import annotations

import threading
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


class SoundReader(QThread):
    """Decodes the sound from a position on; where the sound ends, silence follows.

    Signals: found(has sound) once.
    """

    found = Signal(bool)

    def __init__(self, path: Path, first_pts_s: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SoundReader")
        self.has_sound = False
        self._path = path
        self._first_pts_s = first_pts_s
        # Shared by both threads, under the lock.
        self._lock = threading.Condition()
        self._stopping = False
        self._wanted_s: float | None = None
        self._data = bytearray()
        self._ended = False

    # In the GUI thread -------------------------------------------------------------------------------

    def seek(self, position_s: float) -> None:
        """Deliver the sound from a position in seconds of the recording on."""
        with self._lock:
            self._wanted_s = position_s
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
                self._path, rate_hz=RATE_HZ, channels=CHANNELS, first_pts_s=self._first_pts_s
            ) as reader:
                while (position_s := self._next_position()) is not None:
                    self._decode_from(reader, position_s)
        except FeadError as error:
            logger("gui").info("no sound: %s", error)
        except Exception:
            logger("gui").exception("the sound can't be read")
            self.has_sound = False

    def _next_position(self) -> float | None:
        with self._lock:
            while not self._stopping and self._wanted_s is None:
                self._lock.wait()
            position_s, self._wanted_s = self._wanted_s, None
            return None if self._stopping else position_s

    def _decode_from(self, reader: AudioReader, position_s: float) -> None:
        for block in reader.blocks(position_s):
            if not self._put(np.clip(block, -1.0, 1.0).astype(np.float32, copy=False).tobytes()):
                return
        with self._lock:
            self._ended = self._wanted_s is None

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
        return self._stopping or self._wanted_s is not None
