"""PlayerController: play, pause, step and seek; the frame number is the one truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from fead_desktop.gui.jobs.frame_reader import FrameReader, ReadFrame
from fead_desktop.gui.player.audio_out import AudioOut
from fead_desktop.gui.player.media_clock import MediaClock

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex

RATES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
_TICK_MS = 4
#: A sound device may need this long before its clock moves.
_WAIT_FOR_SOUND_S = 2.0


class PlayerController(QObject):
    """Decides which frame is due; decoding is the :class:`FrameReader`'s, painting the view's.

    Signals: frame_ready(ReadFrame) to be painted; playing_changed(playing); rate_changed(rate);
    sound_found(has sound) when it is known whether the recording has any; failed(sentence).
    """

    frame_ready = Signal(object)
    playing_changed = Signal(bool)
    rate_changed = Signal(float)
    sound_found = Signal(bool)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, clock: MediaClock | None = None) -> None:
        super().__init__(parent)
        #: Frames that play left out because they came too late.
        self.frames_skipped = 0
        self._clock = clock or MediaClock()
        self._index: FrameIndex | None = None
        self._reader: FrameReader | None = None
        self._sound = AudioOut(self)
        self._sound.found.connect(self.sound_found)
        self._size = (0, 0)
        self._target = 0
        self._serial = 0
        self._rate = 1.0
        self._playing = False
        self._prerolling = False
        self._sounding = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_playing(self) -> bool:
        """True between play and pause."""
        return self._playing

    @property
    def rate(self) -> float:
        """Seconds of the recording per second."""
        return self._rate

    @property
    def sound(self) -> AudioOut:
        """The sound, for volume and mute."""
        return self._sound

    # Opening and closing -----------------------------------------------------------------------------

    def open(self, path: Path, index: FrameIndex, size: tuple[int, int]) -> None:
        """Take a recording; nothing is shown until a frame is asked for. ``size`` is the picture's on screen."""
        self.close()
        self._index = index
        self._size = size
        self._target = 0
        self.frames_skipped = 0
        self._reader = FrameReader(path, index, self)
        self._reader.answered.connect(self._take_answer)
        self._reader.failed.connect(self._fail)
        self._reader.start()
        self._sound.open(path, float(index.pts[0] * index.time_base))

    def close(self) -> None:
        """Let go of the recording; timers, sound and decoder stop in this order."""
        self._set_playing(playing=False)
        self._halt()
        self._sound.close()
        if self._reader is not None:
            self._reader.stop()
            self._reader.deleteLater()
        self._reader = None
        self._index = None

    # Commands ----------------------------------------------------------------------------------------

    def toggle_play(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play from the current frame on; at the end, from the beginning."""
        if self._reader is None or self._index is None or self._playing:
            return
        if self._target >= len(self._index) - 1:
            self._target = 0
        self._set_playing(playing=True)
        self._preroll()

    def pause(self) -> None:
        """Stay at the frame that is shown, or that was asked for last."""
        if not self._playing:
            return
        self._set_playing(playing=False)
        self._halt()
        self._show(preview=False)

    def seek(self, frame: int, *, preview: bool = False) -> None:
        """Go to a frame; ``preview`` while dragging, when a near one that comes fast will do."""
        if self._index is None:
            return
        self._target = min(max(frame, 0), len(self._index) - 1)
        if not self._playing:
            self._show(preview=preview)
        elif preview:
            self._halt()
            self._show(preview=True)
        else:
            self._preroll()

    def step(self, frames: int) -> None:
        """Pause, and go some frames on or back from the frame asked for last."""
        self._set_playing(playing=False)
        self._halt()
        self.seek(self._target + frames)

    def set_rate(self, rate: float) -> None:
        """Play at ``rate`` seconds of the recording per second; sound is heard at rate 1 only."""
        if rate == self._rate:
            return
        self._rate = rate
        self.rate_changed.emit(rate)
        if self._playing:
            self._preroll()

    def resize(self, size: tuple[int, int]) -> None:
        """Deliver pictures in another size from now on."""
        if size == self._size or not all(size):
            return
        self._size = size
        if self._reader is None or not self._serial:
            return
        if self._playing:
            self._reader.resize(size)
        else:
            self._show(preview=False)

    # Playing -----------------------------------------------------------------------------------------

    def _set_playing(self, *, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def _show(self, *, preview: bool) -> None:
        if self._reader is not None:
            self._serial = self._reader.show(self._target, self._size, preview=preview)

    def _preroll(self) -> None:
        """Let the reader fill its queue; the clock starts when the first frames are there."""
        if self._reader is None:
            return
        self._halt()
        self._prerolling = True
        self._serial = self._reader.play(self._target, self._size, self._rate)
        self._timer.start()

    def _halt(self) -> None:
        self._timer.stop()
        self._clock.pause()
        self._sound.stop()
        self._prerolling = self._sounding = False

    def _tick(self) -> None:
        reader = self._reader
        if reader is None or self._index is None:
            return
        if self._prerolling:
            if not reader.is_ready():
                return
            self._start_clock(self._index.time_of(self._target))
        if self._sounding:
            self._follow_sound()
        frame, skipped = reader.take_due(self._clock.position_s())
        self.frames_skipped += skipped
        if frame is not None:
            self._target = frame.frame
            self.frame_ready.emit(frame)
        if reader is self._reader and reader.is_played_out():
            self.pause()

    def _start_clock(self, position_s: float) -> None:
        self._prerolling = False
        self._sounding = self._rate == 1.0 and self._sound.start(position_s)
        wait_s = _WAIT_FOR_SOUND_S if self._sounding else 0.0
        self._clock.start(position_s, self._rate, wait_for_sound_s=wait_s)

    def _follow_sound(self) -> None:
        sound_s = self._sound.position_s()
        if sound_s is not None:
            self._clock.follow_sound(sound_s)
        elif not self._clock.is_waiting:
            # The device never began: go on silently.
            self._sound.stop()
            self._sounding = False

    # Answers -----------------------------------------------------------------------------------------

    def _take_answer(self) -> None:
        frame: ReadFrame | None = None if self._reader is None else self._reader.take()
        if frame is not None and frame.serial == self._serial:
            self.frame_ready.emit(frame)

    def _fail(self, sentence: str) -> None:
        self._set_playing(playing=False)
        self._halt()
        self.failed.emit(sentence)
