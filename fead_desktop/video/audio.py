"""Sound of a recording on the clock of its pictures: time 0 is the first frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from fead_desktop.closing import Closing
from fead_desktop.errors import RecordingError
from fead_desktop.video.container import audio_streams, open_recording, packets, video_stream

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

#: Samples, (n, channels) float32 in [-1, 1].
Samples = npt.NDArray[np.float32]

#: Coded sound begins with a run-in (AAC: 2048 samples) before it is right.
_RUN_IN_S = 0.25

_SMALLEST_GAP = 2

_LAYOUTS = {1: "mono", 2: "stereo"}


def has_audio(path: str | Path) -> bool:
    """Tell whether a recording has sound that can be decoded."""
    with open_recording(Path(path)) as container:
        return bool(audio_streams(container))


def read_audio(
    path: str | Path, start_s: float, end_s: float, rate_hz: int = 48000, channels: int = 2
) -> Samples:
    """Return the sound of a range, (round((end_s - start_s) * rate_hz), channels).

    Times are those of the frame index: 0 is the first frame. Where the recording has no sound, there is silence.

    Parameters
    ----------
    channels : 1 or 2.
    """
    total = max(round((end_s - start_s) * rate_hz), 0)
    out = np.zeros((total, channels), np.float32)
    with AudioReader(path, rate_hz=rate_hz, channels=channels) as reader:
        done = 0
        for block in reader.blocks(start_s, block_s=0.5):
            part = block[: total - done]
            out[done : done + len(part)] = part
            done += len(part)
            if done >= total:
                break
    return out


class AudioReader(Closing):
    """Reads sound in blocks, for the player. Not thread-safe: one reader for each thread.

    Parameters
    ----------
    path : path of the recording.
    first_pts_s : the first frame's time on the file's own clock, in seconds; None = found in the file. The frame
        index knows it: ``index.pts[0] * index.time_base``.
    stream_number : which of the streams that can be decoded, from 0; silence where there is none of this number.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        rate_hz: int = 48000,
        channels: int = 2,
        first_pts_s: float | None = None,
        stream_number: int = 0,
    ) -> None:
        if channels not in _LAYOUTS:
            raise ValueError(f"channels must be 1 or 2, not {channels}")
        self.rate_hz = rate_hz
        self.channels = channels
        self._path = Path(path)
        self._origin_s = _first_pts_s(self._path) if first_pts_s is None else first_pts_s
        self._container = open_recording(self._path)
        streams = audio_streams(self._container)
        self._stream = streams[stream_number] if stream_number < len(streams) else None

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def blocks(self, start_s: float, block_s: float = 0.1) -> Iterator[Samples]:
        """Yield blocks of ``block_s`` seconds from ``start_s`` on until the sound ends; gaps are silence.

        The first sample belongs to ``start_s`` whatever the codec's frames are; the last block may be shorter.
        """
        length = max(round(block_s * self.rate_hz), 1)
        waiting: list[Samples] = []
        held = 0
        for piece in self._without_gaps(start_s, length):
            waiting.append(piece)
            held += len(piece)
            while held >= length:
                joined = np.concatenate(waiting)
                yield joined[:length]
                waiting, held = [joined[length:]], held - length
        if held:
            yield np.concatenate(waiting)

    def _without_gaps(self, start_s: float, most: int) -> Iterator[Samples]:
        """Yield pieces that follow one another from ``start_s`` on; silence comes in pieces of ``most`` samples."""
        at = round(start_s * self.rate_hz)
        for first, samples in self._pieces(start_s):
            # Rounding of times moves a piece by a sample; only a real gap is filled with silence.
            while first - at > _SMALLEST_GAP:
                silence = np.zeros((min(most, first - at), self.channels), np.float32)
                at += len(silence)
                yield silence
            piece = samples[max(at - first, 0) :] if at - first > _SMALLEST_GAP else samples
            at += len(piece)
            if len(piece):
                yield piece

    def _pieces(self, start_s: float) -> Iterator[tuple[int, Samples]]:
        """Yield (number of the first sample on the video's clock, samples) from just before ``start_s``."""
        import av

        if self._stream is None:
            return
        time_base = self._stream.time_base
        assert time_base is not None
        wanted_s = max(start_s, 0.0) + self._origin_s - _RUN_IN_S
        try:
            self._container.seek(int(wanted_s / time_base), stream=self._stream)
        except (av.error.FFmpegError, OSError):
            self._container.seek(0)
        resampler = av.AudioResampler("flt", _LAYOUTS[self.channels], self.rate_hz)
        first: int | None = None
        given = 0
        for frame in self._frames():
            if frame.pts is None:
                continue
            begins = round((float(frame.pts * time_base) - self._origin_s) * self.rate_hz)
            if first is None or abs(begins - first - given) > self.rate_hz // 20:
                # At the beginning and behind a gap in the sound the clock is read anew.
                resampler = av.AudioResampler("flt", _LAYOUTS[self.channels], self.rate_hz)
                first, given = begins, 0
            for samples in self._resampled(resampler, frame):
                yield first + given, samples
                given += len(samples)
        if first is not None:
            for samples in self._resampled(resampler, None):
                yield first + given, samples
                given += len(samples)

    def _frames(self) -> Iterator[AudioFrame]:
        import av

        assert self._stream is not None
        for packet in packets(self._container, self._stream):
            try:
                frames = cast("list[AudioFrame]", packet.decode())
            except (av.error.FFmpegError, OSError):
                continue
            yield from frames

    def _resampled(self, resampler: object, frame: AudioFrame | None) -> Iterator[Samples]:
        for piece in resampler.resample(frame):  # type: ignore[attr-defined]
            yield piece.to_ndarray().reshape(-1, self.channels).astype(np.float32, copy=False)


def _first_pts_s(path: Path) -> float:
    """Return the time of the first shown frame on the file's own clock; 0 for a recording of sound only."""
    with open_recording(path) as container:
        try:
            stream = video_stream(container, path)
        except RecordingError:
            return 0.0
        time_base = stream.time_base
        if time_base is None:
            return 0.0
        shown = []
        # The first frame is among the first packets; B-frames put it a few packets behind the keyframe at most.
        for count, packet in enumerate(packets(container, stream)):
            if packet.pts is not None and not packet.is_discard:
                shown.append(packet.pts)
            if len(shown) >= 32 or count > 5000:
                break
        return float(min(shown) * time_base) if shown else 0.0
