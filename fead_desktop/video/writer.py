"""Encodes pictures and sound into a clip that appears under its name only when it is whole."""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import OutputError
from fead_desktop.video.decoder import Picture

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_AUDIO_BLOCK = 1024

#: Ticks a second for pictures at times of their own: the usual clock of video, finer than any frame rate.
_TICKS = 90_000


class VideoWriter:
    """Writes one clip: H.264 with 4:2:0 colour, which every player shows, and AAC sound.

    Use it as a context manager: the file gets its name when the block ends well; an error leaves nothing behind.

    Parameters
    ----------
    path : path of the clip, .mp4 by habit; an older file of that name is replaced at the end.
    width, height : size of the pictures in pixels, even numbers.
    rate_fps : frames a second.
    audio_rate_hz : sample rate of the sound; None = no sound.
    own_times : every picture is written with its time, for variable frame rates.

    Raises
    ------
    OutputError
        If the folder can't be written to or the disk is full, here or in any later call.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        rate_fps: Fraction | float,
        *,
        audio_rate_hz: int | None = None,
        own_times: bool = False,
    ) -> None:
        if width % 2 or height % 2 or width < 2 or height < 2:
            raise ValueError(f"width and height must be even, not {width} x {height}")
        self.path = Path(path)
        self.frames_written = 0
        self._size = (width, height)
        self._part = self.path.with_name(f".{self.path.stem}.part{self.path.suffix or '.mp4'}")
        self._rate = Fraction(rate_fps).limit_denominator(100_000)
        self._time_base = Fraction(1, _TICKS) if own_times else 1 / self._rate
        self._last_pts = -1
        self._samples_written = 0
        self._pending = np.zeros((2, 0), np.float32)
        self._container = self._open()
        self._video = self._add_video()
        self._audio = None if audio_rate_hz is None else self._add_audio(audio_rate_hz)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, picture: Picture, time_s: float | None = None) -> None:
        """Append a picture, (height, width, 3) uint8 RGB; ``time_s`` is its time, rising, with ``own_times``."""
        import av

        if picture.shape != (self._size[1], self._size[0], 3):
            raise ValueError(f"picture has shape {picture.shape}, expected {self._size[::-1]} x 3")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        pts = self.frames_written if time_s is None else round(time_s / self._time_base)
        frame.pts, frame.time_base = max(pts, self._last_pts + 1), self._time_base
        self._last_pts = frame.pts
        self._encode(self._video, frame)
        self.frames_written += 1

    def write_audio(self, samples: npt.NDArray[np.float32]) -> None:
        """Append sound, (n,) or (n, 1) for mono, (n, 2) for stereo, in [-1, 1]; mono goes to both sides."""
        if self._audio is None:
            raise ValueError("this clip was opened without sound")
        sides = np.broadcast_to(np.atleast_2d(samples.T), (2, len(samples)))
        self._pending = np.concatenate([self._pending, sides.astype(np.float32)], axis=1)
        whole = self._pending.shape[1] // _AUDIO_BLOCK * _AUDIO_BLOCK
        for start in range(0, whole, _AUDIO_BLOCK):
            self._encode_sound(self._pending[:, start : start + _AUDIO_BLOCK])
        self._pending = self._pending[:, whole:]

    def close(self) -> None:
        """Finish the clip and give it its name."""
        try:
            if self._pending.shape[1]:
                self._encode_sound(self._pending)
            self._encode(self._video, None)
            if self._audio is not None:
                self._encode(self._audio, None)
            self._container.close()
            self._part.replace(self.path)
        except OSError as error:
            self.discard()
            raise self._failure(error) from error
        except OutputError:
            self.discard()
            raise

    def discard(self) -> None:
        """Drop what was written."""
        try:
            self._container.close()
        except OSError:
            pass  # the trailer of a clip nobody wants
        finally:
            self._part.unlink(missing_ok=True)

    def _open(self) -> OutputContainer:
        import av

        try:
            self._part.touch()
            return av.open(str(self._part), "w", options={"movflags": "faststart"})
        except (OSError, ValueError) as error:
            raise self._failure(error) from error

    def _add_video(self) -> VideoStream:
        options = {"preset": "veryfast", "crf": "20"}
        stream = self._container.add_stream("libx264", rate=self._rate, options=options)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._time_base
        return stream

    def _add_audio(self, rate_hz: int) -> AudioStream:
        return self._container.add_stream("aac", rate=rate_hz, layout="stereo")

    def _encode_sound(self, block: npt.NDArray[np.float32]) -> None:
        import av

        assert self._audio is not None
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = self._audio.rate, self._samples_written
        frame.time_base = Fraction(1, self._audio.rate)
        self._samples_written += block.shape[1]
        self._encode(self._audio, frame)

    def _encode(self, stream: Stream, frame: object) -> None:
        try:
            packets: list[Packet[Stream]] = stream.encode(frame)  # type: ignore[attr-defined]
            self._container.mux(packets)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> OutputError:
        number = getattr(error, "errno", None)
        folder = self.path.parent
        if number in {errno.ENOSPC, errno.EDQUOT}:
            return OutputError(f"The disk is full: '{self.path}' could not be written.")
        if number == errno.EFBIG:
            return OutputError(f"'{self.path}' grew larger than its disk or your quota allows.")
        if number in {errno.EACCES, errno.EPERM, errno.EROFS}:
            return OutputError(f"You have no right to write to the folder '{folder}'.")
        if number in {errno.ENOENT, errno.ENOTDIR}:
            return OutputError(f"There is no folder '{folder}' to write to.")
        return OutputError(f"'{self.path}' could not be written: {error}.")
