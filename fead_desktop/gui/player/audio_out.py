"""AudioOut: the recording's sound on the system's device; without one, playback is silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QObject, QTimer, Signal

from fead_desktop.gui.jobs.sound_reader import CHANNELS, FRAME_BYTES, RATE_HZ, SoundReader, Stretch
from fead_desktop.logs import logger

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioSink

_FEED_MS = 15
_DEVICE_S = 0.1


class AudioOut(QObject):
    """Plays stretches of the sound one after another and tells how much was heard.

    Signals: found(has sound) when it is known whether the recording has any.
    """

    found = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader: SoundReader | None = None
        self._sink: QAudioSink | None = None
        self._device: QIODevice | None = None
        self._volume = 1.0
        self._muted = False
        self._silent = False
        self._timer = QTimer(self)
        self._timer.setInterval(_FEED_MS)
        self._timer.timeout.connect(self._feed)

    def open(self, path: Path, first_pts_s: float, stream_number: int = 0) -> None:
        """Take a recording whose first frame lies at ``first_pts_s`` on the file's own clock."""
        self.close()
        self._reader = SoundReader(path, first_pts_s, self, stream_number=stream_number)
        self._reader.found.connect(self.found)
        self._reader.start()

    def close(self) -> None:
        """Stop and let go of the recording."""
        self.stop()
        if self._reader is not None:
            self._reader.stop()
            self._reader.deleteLater()
        self._reader = None

    def start(self, stretches: Iterator[Stretch]) -> bool:
        """Play stretches of the recording one after another; False where nothing can be heard."""
        self.stop()
        if self._reader is None or not self._reader.has_sound or self._silent:
            return False
        self._sink = _open_sink(self)
        self._device = None if self._sink is None else self._sink.start()
        if self._sink is None or self._device is None:
            # No device: don't ask again, the system's sound layer says so in its own words each time.
            self._silent = True
            self._sink = None
            logger("gui").info("no sound device; playback is silent")
            return False
        self._reader.play(stretches)
        self._apply_volume()
        self._timer.start()
        return True

    def stop(self) -> None:
        """Stop at once."""
        self._timer.stop()
        if self._sink is not None:
            self._sink.reset()
            self._sink.stop()
            self._sink.deleteLater()
        self._sink = None
        self._device = None

    def heard_s(self) -> float | None:
        """Return how many seconds were heard since :meth:`start`; None until the device has begun."""
        if self._sink is None:
            return None
        heard_us = self._sink.processedUSecs()
        return heard_us / 1e6 if heard_us > 0 else None

    def set_volume(self, volume: float) -> None:
        """Set the volume, 0 to 1."""
        self._volume = volume
        self._apply_volume()

    def set_muted(self, muted: bool) -> None:
        """Silence the sound without touching the volume."""
        self._muted = muted
        self._apply_volume()

    def _apply_volume(self) -> None:
        if self._sink is not None:
            # Ears hear in ratios: the square makes the slider's middle sound half as loud.
            self._sink.setVolume(0.0 if self._muted else self._volume**2)

    def _feed(self) -> None:
        if self._sink is None or self._device is None or self._reader is None:
            return
        room = self._sink.bytesFree() // FRAME_BYTES * FRAME_BYTES
        if room > 0:
            data = self._reader.take(room)
            if data:
                self._device.write(data)


def _open_sink(parent: QObject) -> QAudioSink | None:
    """Return a sink on the system's device; None where QtMultimedia or a fitting device is missing."""
    try:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
    except ImportError as error:
        logger("gui").info("no sound: %s", error)
        return None
    device = QMediaDevices.defaultAudioOutput()
    wanted = QAudioFormat()
    wanted.setSampleRate(RATE_HZ)
    wanted.setChannelCount(CHANNELS)
    wanted.setSampleFormat(QAudioFormat.SampleFormat.Float)
    if device.isNull() or not device.isFormatSupported(wanted):
        return None
    sink = QAudioSink(device, wanted, parent)
    sink.setBufferSize(int(_DEVICE_S * RATE_HZ) * FRAME_BYTES)
    return sink
