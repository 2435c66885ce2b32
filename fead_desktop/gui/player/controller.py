"""PlayerController: play, pause, step and seek; the frame number is the one truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from fead_desktop.gui.jobs.frame_reader import FrameReader, ReadFrame
from fead_desktop.gui.jobs.pictures import Still, StillImages
from fead_desktop.gui.jobs.programme import Programme, Span, straight
from fead_desktop.gui.player.audio_out import AudioOut
from fead_desktop.gui.player.media_clock import MediaClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fead_desktop.gui.jobs.mesh_maker import Meshes, MeshFace
    from fead_desktop.gui.jobs.sound_reader import Stretch
    from fead_desktop.video.frame_index import FrameIndex

RATES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
_TICK_MS = 4
#: A sound device may need this long before its clock moves.
_WAIT_FOR_SOUND_S = 2.0
#: For so long after a frame was left out play counts as decimated: words that come and go can't be read.
_DECIMATED_S = 0.5

#: Makes the programme for play from a frame on, backwards or not.
Course = Callable[[int, bool], Programme]


class PlayerController(QObject):
    """Decides which frame is due; decoding is the :class:`FrameReader`'s, painting the view's.

    Signals: frame_ready(ReadFrame) to be painted; playing_changed(playing); rate_changed(signed rate);
    stills_ready(tag, StillImages); meshes_ready(frame, Meshes) and meshes_failed(sentence); sound_found(has
    sound) when it is known whether the recording has any; failed(sentence).
    """

    frame_ready = Signal(object)
    playing_changed = Signal(bool)
    rate_changed = Signal(float)
    sound_found = Signal(bool)
    stills_ready = Signal(str, object)
    meshes_ready = Signal(int, object)
    meshes_failed = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, clock: MediaClock | None = None) -> None:
        super().__init__(parent)
        #: Frames that play left out because they came too late.
        self.frames_skipped = 0
        self._clock = clock or MediaClock()
        self._index: FrameIndex | None = None
        self._path: Path | None = None
        #: Number of the sound stream that is heard.
        self.audio_stream = 0
        self._reader: FrameReader | None = None
        self._sound = AudioOut(self)
        self._sound.found.connect(self.sound_found)
        self._size = (0, 0)
        self._target = 0
        self._serial = 0
        #: What play is to go through; None = from the frame to the end.
        self.course: Course | None = None
        self._rate = 1.0
        self._chosen_rate = 1.0
        self._programme = Programme(())
        self._played_s = 0.0
        self._left_out = 0
        self._left_out_until_s = 0.0
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
        """Seconds of the recording per second; negative while it plays backwards."""
        return self._rate

    @property
    def target(self) -> int:
        """The frame asked for last."""
        return self._target

    @property
    def sound(self) -> AudioOut:
        """The sound, for volume and mute."""
        return self._sound

    # Opening and closing -----------------------------------------------------------------------------

    def open(
        self, path: Path, index: FrameIndex, size: tuple[int, int], audio_stream: int = 0
    ) -> None:
        """Take a recording; nothing is shown until a frame is asked for. ``size`` is the picture's on screen."""
        self.close()
        self._index = index
        self._size = size
        self._target = 0
        self.frames_skipped = 0
        self._reader = FrameReader(path, index, self)
        self._reader.answered.connect(self._take_answer)
        self._reader.failed.connect(self._fail)
        self._reader.stills_ready.connect(self._take_stills)
        self._reader.mesh_maker.ready.connect(self._take_meshes)
        self._reader.mesh_maker.failed.connect(self.meshes_failed)
        self._reader.start()
        self._path = path
        self.use_audio_stream(audio_stream)

    def use_audio_stream(self, number: int) -> None:
        """Let another of the recording's sounds be heard."""
        index = self._index
        if index is not None and self._path is not None:
            self.audio_stream = number
            self._sound.open(self._path, float(index.pts[0] * index.time_base), number)
            self.restart()

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

    def play(self, rate: float | None = None) -> None:
        """Play from the current frame on; at the end, from the beginning.

        Parameters
        ----------
        rate : float or None
            Signed rate until the next pause, backwards if negative; None = the chosen rate.
        """
        index = self._index
        if self._reader is None or index is None or (self._playing and rate in {None, self._rate}):
            return
        self._take_rate(self._chosen_rate if rate is None else rate)
        last = len(index) - 1
        programme = self._make_programme()
        if programme.is_plain and self._target >= last:
            if rate is not None:
                self.pause()
                return
            self._target = 0
        self._set_playing(playing=True)
        self._preroll()

    def restart(self) -> None:
        """Follow a changed course from the current frame on."""
        if self._playing:
            self._preroll()

    def pause(self) -> None:
        """Stay at the frame that is shown, or that was asked for last."""
        if not self._playing:
            return
        self._set_playing(playing=False)
        self._halt()
        self._take_rate(self._chosen_rate)
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
        self._take_rate(self._chosen_rate)
        self.seek(self._target + frames)

    def set_rate(self, rate: float) -> None:
        """Play at ``rate`` (> 0) seconds of the recording per second; sound is heard at rate 1 only."""
        self._chosen_rate = rate
        if rate == self._rate:
            return
        self._take_rate(rate)
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

    def expect(self, frame: int) -> None:
        """Have a frame ready that is likely to be asked for next."""
        if self._reader is not None:
            self._reader.expect(frame)

    def ask_stills(self, tag: str, stills: Sequence[Still], side: int) -> None:
        """Ask for small pictures beside the player's own; they come in pauses, the latest request of a tag."""
        if self._reader is not None:
            self._reader.ask_stills(tag, stills, side)

    def ask_meshes(self, frame: int, faces: Sequence[MeshFace]) -> None:
        """Ask for the face meshes of a frame; they come in pauses, those that were asked for last."""
        if self._reader is not None:
            self._reader.ask_meshes(frame, faces)

    # Playing -----------------------------------------------------------------------------------------

    def _set_playing(self, *, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def _show(self, *, preview: bool) -> None:
        if self._reader is not None:
            self._serial = self._reader.show(self._target, self._size, preview=preview)

    def _take_rate(self, rate: float) -> None:
        if rate != self._rate:
            self._rate = rate
            self.rate_changed.emit(rate)

    def _make_programme(self) -> Programme:
        assert self._index is not None
        backwards = self._rate < 0
        if self.course is None:
            return straight(self._target, len(self._index) - 1, backwards=backwards)
        return self.course(self._target, backwards)

    def _preroll(self) -> None:
        """Let the reader fill its queue; the clock starts when the first frames are there."""
        if self._reader is None:
            return
        self._halt()
        self._prerolling = True
        self._played_s = self._left_out_until_s = 0.0
        self._left_out = self.frames_skipped
        self._programme = self._make_programme()
        self._serial = self._reader.play(self._programme, self._size, abs(self._rate))
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
            self._start_clock()
        if self._sounding:
            self._follow_sound()
        frame, skipped = reader.take_due(self._clock.position_s())
        self.frames_skipped += skipped
        if frame is not None:
            self._target = frame.frame
            self._played_s = frame.due_s
            self.frame_ready.emit(self._with_gaps(frame))
        elif not self._programme.is_forward and reader.is_dry():
            # Backwards the next frames come a group of pictures at a time: hold the clock until they are there.
            self._clock.pause()
            self._prerolling = True
        if reader is self._reader and reader.is_played_out():
            self.pause()

    def _with_gaps(self, frame: ReadFrame) -> ReadFrame:
        """Let a played frame say whether frames were left out about here, by the reader or on the way."""
        left_out = frame.left_out + self.frames_skipped
        if left_out > self._left_out:
            self._left_out_until_s = frame.due_s + _DECIMATED_S * abs(self._rate)
        self._left_out = left_out
        return replace(frame, decimated=frame.due_s < self._left_out_until_s)

    def _start_clock(self) -> None:
        self._prerolling = False
        self._sounding = self._rate == 1.0 and self._sound.start(self._stretches())
        wait_s = _WAIT_FOR_SOUND_S if self._sounding else 0.0
        self._clock.start(self._played_s, abs(self._rate), wait_for_sound_s=wait_s)

    def _stretches(self) -> Iterator[Stretch]:
        index = self._index
        if index is None:
            return iter(())
        return _sound_of(index, self._programme)

    def _follow_sound(self) -> None:
        heard_s = self._sound.heard_s()
        if heard_s is not None:
            self._clock.follow_sound(heard_s)
        elif not self._clock.is_waiting:
            # The device never began: go on silently.
            self._sound.stop()
            self._sounding = False

    # Answers -----------------------------------------------------------------------------------------

    def _take_answer(self) -> None:
        frame: ReadFrame | None = None if self._reader is None else self._reader.take()
        if frame is not None and frame.serial == self._serial:
            self.frame_ready.emit(frame)

    def _take_stills(self, tag: str, images: StillImages) -> None:
        if self.sender() is self._reader:
            self.stills_ready.emit(tag, images)

    def _take_meshes(self, frame: int, meshes: Meshes) -> None:
        if self._reader is not None and self.sender() is self._reader.mesh_maker:
            self.meshes_ready.emit(frame, meshes)

    def _fail(self, sentence: str) -> None:
        self._set_playing(playing=False)
        self._halt()
        self.failed.emit(sentence)


def _sound_of(index: FrameIndex, programme: Programme) -> Iterator[Stretch]:
    """Yield begin and length of the sound that belongs to a programme, in seconds of the recording."""
    for span in programme.all_spans():
        yield index.time_of(span.first), _length_s(index, span)


def _length_s(index: FrameIndex, span: Span) -> float:
    """Return how long a span lasts: to the end of its last frame."""
    if span.last + 1 < len(index):
        return index.time_of(span.last + 1) - index.time_of(span.first)
    return index.duration_s - index.time_of(span.first)
