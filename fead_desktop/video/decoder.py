"""Decodes exact frames by number: upright RGB pictures, with a bounded cache for steps back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fead_desktop.closing import Closing
from fead_desktop.video.container import (
    has_decoding_times_only,
    is_hole,
    open_recording,
    packets,
    video_stream,
)
from fead_desktop.video.deinterlace import deinterlaced, is_interlaced
from fead_desktop.video.frame_index import FrameIndex

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: A picture: (height, width, 3) uint8 RGB, upright.
Picture = npt.NDArray[np.uint8]

#: Decoding on to a frame this far ahead costs less than a seek and filling the decoder's threads again.
_SKIP_FRAMES = 16

#: The codec in which a frame that is marked so is referred to by no other frame at all. (In HEVC it may be by frames of
#: a higher temporal layer.)
_LEAVES_OUT = "h264"


class Decoder(Closing):
    """Frames of one recording by number. Not thread-safe: one decoder for each thread.

    Parameters
    ----------
    path : path of the recording.
    index : its frame index.
    cache_bytes : decoded frames kept for steps back and repeated reads.
    threads : threads of the decoder, 0 = one for each core. Each costs some work of its own, so one is best
        beside others that keep the cores busy.
    """

    def __init__(
        self,
        path: str | Path,
        index: FrameIndex,
        *,
        cache_bytes: int = 64 << 20,
        threads: int = 0,
    ) -> None:
        from av.video.reformatter import VideoReformatter

        self.index = index
        #: Frames that were decoded so far, wanted or not.
        self.frames_decoded = 0
        self._path = Path(path)
        self._cache = _FrameCache(cache_bytes)
        self._missing: set[int] = set()
        self._reader = _ForwardReader(self._path, index.stream, threads)
        # Kept, because a new one for each frame takes as long as the conversion itself.
        self._reformatter = VideoReformatter()
        # The number of the last frame that came out, None where the next one is not known.
        self._position: int | None = None

    def close(self) -> None:
        """Close the file and drop the cache."""
        self._reader.close()
        self._cache.clear()
        self._position = None

    @property
    def undecodable(self) -> frozenset[int]:
        """Numbers of the frames that were asked for and could not be decoded."""
        return frozenset(self._missing)

    def read(self, n: int, size: tuple[int, int] | None = None) -> Picture | None:
        """Return frame ``n``, None if it can't be decoded.

        Parameters
        ----------
        n : int
            Frame number of the index.
        size : (width, height) or None
            Size in pixels to scale to; None = the recording's own.

        Returns
        -------
        (height, width, 3) uint8 RGB, upright.

        Raises
        ------
        IndexError
            If the recording has no frame ``n``.
        """
        frame = self._frame(n)
        return None if frame is None else self._picture(frame, size)

    def stream(
        self, frame_numbers: Iterable[int], size: tuple[int, int] | None = None
    ) -> Generator[tuple[int, Picture | None], None, None]:
        """Yield (n, picture) for rising frame numbers in one pass; the picture is None if it can't be decoded.

        Only the wanted frames are converted, and those between that no other frame refers to are not even
        decoded. Gaps are decoded through or, where a keyframe makes it shorter, jumped over.
        """
        numbers = [int(n) for n in frame_numbers]
        self._reader.wanted = frozenset(int(self.index.pts[n]) for n in numbers)
        try:
            for n in numbers:
                yield n, self.read(n, size)
        finally:
            self._reader.wanted = None
            if numbers and self._position != numbers[-1]:
                # Given up, or the last one lay ready: what was left out is not to be met by decoding on. Behind the
                # last wanted frame nothing was.
                self._position = None

    def keyframe_before(self, n: int) -> int:
        """Return the number of the last frame up to ``n`` that decodes without others; 0 if there is none."""
        k = int(np.searchsorted(self.index.seek_points, self.index.pts[n], side="right"))
        for pts in self.index.seek_points[:k][::-1]:
            number = self.index.frame_of_pts(int(pts))
            if number is not None:
                return number
        return 0

    def read_nearest_keyframe(
        self, n: int, size: tuple[int, int] | None = None
    ) -> tuple[int, Picture | None]:
        """Return (number, picture) of the keyframe nearest to ``n``: a fast preview while dragging."""
        before = self.keyframe_before(n)
        after = self._keyframe_after(n)
        near = after if after is not None and after - n < n - before else before
        return near, self.read(near, size)

    def frames_to_decode(self, n: int) -> int:
        """Return how many frames :meth:`read` would decode to reach frame ``n``; 0 if it is in the cache."""
        if n in self._cache or n in self._missing:
            return 0
        if self._position is not None and self._is_near(n):
            return n - self._position
        return n - self.keyframe_before(n) + 1

    def _keyframe_after(self, n: int) -> int | None:
        k = int(np.searchsorted(self.index.seek_points, self.index.pts[n], side="right"))
        if k == len(self.index.seek_points):
            return None
        return self.index.frame_of_pts(int(self.index.seek_points[k]))

    def _frame(self, n: int) -> VideoFrame | None:
        if not 0 <= n < len(self.index):
            raise IndexError(f"frame {n} of {len(self.index)}")
        cached = self._cache.get(n)
        if cached is not None or n in self._missing:
            return cached
        if self._is_near(n):
            frame = self._decode_on(n)
            if frame is not None:
                return frame
        # A seek may land behind its keyframe, or the frame may need what lies before it: one keyframe back.
        for back in (0, 1):
            if n in self._missing:
                break
            self._seek(n, back)
            frame = self._decode_on(n)
            if frame is not None:
                return frame
        self._missing.add(n)
        return None

    def _is_near(self, n: int) -> bool:
        """Tell whether decoding on from here reaches frame ``n`` sooner than a seek."""
        if self._position is None or n <= self._position:
            return False
        return max(self.keyframe_before(n), self._position) - self._position <= _SKIP_FRAMES

    def _seek(self, n: int, back: int) -> None:
        """Go to the keyframe of frame ``n`` or ``back`` keyframes earlier."""
        points = self.index.seek_points
        k = int(np.searchsorted(points, self.index.pts[n], side="right")) - 1 - back
        if k < 0 and back:
            # Nothing lies before the first keyframe, but a seek to it may have missed it: read from the start.
            self._reader.restart()
        else:
            # Seek to the keyframe, never to the frame itself: that can land behind its keyframe in open GOPs.
            self._reader.seek(int(points[k]) if k >= 0 else int(self.index.pts[0]))
        self._position = None

    def _decode_on(self, n: int) -> VideoFrame | None:
        """Decode forward until frame ``n``; None if the frames pass it by or end."""
        for pts, frame in self._reader:
            self.frames_decoded += 1
            number = self.index.frame_of_pts(pts)
            if number is None:
                continue
            self._advance(number)
            self._cache.put(number, frame)
            if number == n:
                return frame
            if number > n:
                return None
        self._advance(len(self.index))
        self._position = None
        return None

    def _advance(self, number: int) -> None:
        """Note the frame that came out; those that a run of decoding left out can't be decoded."""
        if self._position is not None:
            left_out = range(self._position + 1, number)
            self._missing.update(
                n for n in left_out if self._reader.decodes(int(self.index.pts[n]))
            )
        self._position = number

    def _picture(self, frame: VideoFrame, size: tuple[int, int] | None) -> Picture:
        width, height = size or (self.index.width, self.index.height)
        turned = self.index.rotation_deg in {90, 270}
        if is_interlaced(frame):
            frame = deinterlaced(frame)
        across, down = (height, width) if turned else (width, height)
        rgb = self._reformatter.reformat(frame, across, down, "rgb24").to_ndarray()
        picture = np.rot90(rgb, self.index.rotation_deg // 90)
        return np.ascontiguousarray(picture, np.uint8)


class _ForwardReader:
    """Decoded (pts, frame) in display order from a seek point on; damaged packets are left out."""

    def __init__(self, path: Path, stream_number: int, threads: int) -> None:
        #: The pts that are wanted; frames between that no other refers to are left out. None = all are.
        self.wanted: frozenset[int] | None = None
        self._path = path
        self._number = stream_number
        self._threads = threads
        # How much later than a keyframe's pts a seek has to aim, in ticks; found out at the first seek.
        self._shift = 0
        self._open()

    def _open(self) -> None:
        import av

        self._container = open_recording(self._path)
        self._stream = video_stream(self._container, self._path, self._number)
        self._stream.thread_type = av.codec.context.ThreadType.AUTO
        self._stream.codec_context.thread_count = self._threads
        self._can_leave_out = (
            self._stream.codec_context.name == _LEAVES_OUT
            and not has_decoding_times_only(self._container)
        )
        self._packets = packets(self._container, self._stream)
        self._frames = self._decode()

    def decodes(self, pts: int) -> bool:
        """Tell whether the frame with this pts comes out unless it is damaged."""
        return not self.wanted or pts in self.wanted or pts > max(self.wanted)

    def restart(self) -> None:
        """Open the recording anew."""
        self.close()
        self._open()

    def close(self) -> None:
        """Close the file."""
        self._frames.close()
        self._packets.close()
        self._container.close()

    def seek(self, pts: int) -> None:
        """Go to the keyframe with this pts; formats that can't seek are read from the start."""
        import av

        self._frames.close()
        try:
            first = self._land(pts + self._shift)
            delay = _reordering_delay(first)
            if delay > self._shift and _lies_before(first, pts):
                # FFmpeg compares keyframes of some mp4 files (edit lists, variable rates) with a time that is late
                # by the delay for reordering, and goes one keyframe further back than needed: aim later by it.
                self._shift = delay
                first = self._land(pts + self._shift)
            if self._shift and not _is_at_or_before(first, pts):
                first = self._land(pts)
        except (av.error.FFmpegError, OSError):
            self.restart()
        else:
            self._frames = self._decode(first)

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        return self._frames

    def _land(self, pts: int) -> Packet[VideoStream] | None:
        """Seek and return the keyframe packet that comes first then."""
        self._container.seek(pts, stream=self._stream)
        self._packets = packets(self._container, self._stream)
        return next((packet for packet in self._packets if packet.is_keyframe), None)

    def _decode(
        self, first: Packet[VideoStream] | None = None
    ) -> Generator[tuple[int, VideoFrame], None, None]:
        """Decode from the packet ``first`` on, or from the first keyframe that comes."""
        import av

        start = None
        clock = _Clock(self._container)
        for packet in chain([] if first is None else [first], self._packets):
            if is_hole(packet):
                continue
            if start is None and packet.is_keyframe:
                start = clock.begin(packet)
            if self._can_leave_out:
                needed = packet.pts is None or self.decodes(packet.pts)
                self._stream.codec_context.skip_frame = "DEFAULT" if needed else "NONREF"
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, OSError):
                continue
            for frame in frames:
                pts = clock.pts_of(frame)
                # Pictures shown before the first keyframe lean on pictures that were never decoded.
                if pts is not None and start is not None and pts >= start:
                    yield pts, frame


def _reordering_delay(packet: Packet[VideoStream] | None) -> int:
    if packet is None or packet.pts is None or packet.dts is None:
        return 0
    return max(packet.pts - packet.dts, 0)


def _lies_before(packet: Packet[VideoStream] | None, pts: int) -> bool:
    return packet is not None and packet.pts is not None and packet.pts < pts


def _is_at_or_before(packet: Packet[VideoStream] | None, pts: int) -> bool:
    return packet is not None and packet.pts is not None and packet.pts <= pts


class _Clock:
    """The pts of decoded frames, also where the file stores decoding times only.

    There the decoder's delay, seen at the first frame behind a keyframe, is taken off the decoding times; the last
    frames come out without a time and go on one typical step each.
    """

    def __init__(self, container: InputContainer) -> None:
        self._by_dts = has_decoding_times_only(container)
        self._start = 0
        self._delay: int | None = None
        self._last = 0

    def begin(self, keyframe: Packet[VideoStream]) -> int | None:
        """Note the keyframe that decoding begins with and return its pts."""
        if not self._by_dts:
            return keyframe.pts
        self._start = keyframe.dts or 0
        return self._start

    def pts_of(self, frame: VideoFrame) -> int | None:
        """Return the pts of a frame; frames must come in display order."""
        if not self._by_dts:
            return frame.pts
        if self._delay is None:
            self._delay = 0 if frame.dts is None else frame.dts - self._start
            self._last = self._start
        elif frame.dts is None:
            self._last += 1
        else:
            self._last = frame.dts - self._delay
        return self._last


class _FrameCache:
    """The frames used last, by number, up to a size in bytes; the newest always stays."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._frames: OrderedDict[int, tuple[VideoFrame, int]] = OrderedDict()

    def __contains__(self, n: int) -> bool:
        return n in self._frames

    def get(self, n: int) -> VideoFrame | None:
        """Return frame ``n`` and mark it as used."""
        if n not in self._frames:
            return None
        self._frames.move_to_end(n)
        return self._frames[n][0]

    def put(self, n: int, frame: VideoFrame) -> None:
        """Keep a frame; the ones not used for longest go."""
        if n in self._frames:
            self._bytes -= self._frames.pop(n)[1]
        size = sum(plane.buffer_size for plane in frame.planes)
        self._frames[n] = (frame, size)
        self._bytes += size
        while self._bytes > self._most_bytes and len(self._frames) > 1:
            _, (_, freed) = self._frames.popitem(last=False)
            self._bytes -= freed

    def clear(self) -> None:
        """Drop all frames."""
        self._frames.clear()
        self._bytes = 0
