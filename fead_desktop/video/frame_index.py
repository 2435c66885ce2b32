"""The frame index: one demux pass gives every frame its number, and a frame's number is the one truth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.errors import RecordingError, UsageError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video import timebase
from fead_desktop.video.container import (
    has_decoding_times_only,
    open_recording,
    packets,
    video_stream,
    video_streams,
)
from fead_desktop.video.deinterlace import is_interlaced
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_PACKETS_PER_REPORT = 5000
_FIRST_PACKETS = 300


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """All displayed frames of a recording.

    pts : (n,) int64, presentation times in ticks of ``time_base``, rising; frame n is shown at ``pts[n]``.
    seek_points : (k,) int64, pts of the keyframes where decoding can start, including keyframes that an edit
        list hides.
    width, height : size in pixels of the upright picture with square pixels.
    rotation_deg : how far a decoded picture is turned counterclockwise to stand upright: 0, 90, 180 or 270.
    duration_s : seconds from the first frame to the end of the last one.
    remarks : sentences for the analyst on what is wrong with the file.
    stream : number of the video stream among those of the recording, from 0.
    interlaced : True if pictures consist of two half pictures; the decoder makes whole ones of the first.
    start_timecode : what the source's own clock shows at the first frame, empty where it has none.
    clock_rate : frames a second of that clock.
    """

    pts: npt.NDArray[np.int64]
    time_base: Fraction
    seek_points: npt.NDArray[np.int64]
    width: int
    height: int
    rotation_deg: int
    duration_s: float
    variable_frame_rate: bool
    remarks: tuple[str, ...] = ()
    stream: int = 0
    interlaced: bool = False
    start_timecode: str = ""
    clock_rate: Fraction = Fraction(0)

    def __len__(self) -> int:
        return len(self.pts)

    @cached_property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Times (n,) of all frames in seconds relative to the first one."""
        times = timebase.seconds_from_pts(self.pts, self.time_base, int(self.pts[0]))
        times.setflags(write=False)
        return times

    @cached_property
    def median_interval_s(self) -> float:
        """Typical seconds between two frames; the whole duration where there is only one."""
        if len(self) < 2:
            return self.duration_s
        return float(np.median(np.diff(self.times_s)))

    @cached_property
    def source_clock(self) -> timebase.SourceTimecode | None:
        """The clock that the source brought along, None where it has none."""
        return timebase.source_timecode(self.start_timecode, self.clock_rate)

    def source_timecode(self, n: int) -> str:
        """Return what the source's own clock shows at frame ``n``, empty where it has none."""
        clock = self.source_clock
        return "" if clock is None else clock.format(self.time_of(n))

    def time_of(self, n: int) -> float:
        """Return the time of frame ``n`` in seconds relative to the first frame."""
        return float(self.times_s[n])

    def frame_at(self, time_s: float) -> int:
        """Return the number of the frame that is shown at a time: the last that begins at or before it.

        Times outside the recording give the first or last frame. A timecode is rounded to milliseconds, so a
        frame that begins within half a millisecond counts as begun: the timecode of a frame finds that frame.
        """
        return timebase.frame_shown_at(self.times_s, time_s, tolerance_s=self._tolerance_s)

    def frame_of_pts(self, pts: int) -> int | None:
        """Return the number of the frame with exactly this pts, None if no frame has it."""
        n = int(np.searchsorted(self.pts, pts))
        return n if n < len(self) and int(self.pts[n]) == pts else None

    def to_bytes(self) -> bytes:
        """Serialise without pickle; :meth:`from_bytes` gives the same index back."""
        return arrays_to_bytes(
            {
                "pts_steps": np.diff(self.pts, prepend=0),
                "seek_points": self.seek_points,
                "facts": np.array(
                    [
                        self.time_base.numerator,
                        self.time_base.denominator,
                        self.width,
                        self.height,
                        self.rotation_deg,
                        int(self.variable_frame_rate),
                        self.stream,
                        int(self.interlaced),
                        self.clock_rate.numerator,
                        self.clock_rate.denominator,
                    ],
                    np.int64,
                ),
                "duration_s": np.float64(self.duration_s),
                "remarks": np.array(self.remarks, np.str_),
                "start_timecode": np.str_(self.start_timecode),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameIndex:
        """Read what :meth:`to_bytes` wrote."""
        stored = arrays_from_bytes(data)
        facts = [int(fact) for fact in stored["facts"]]
        return cls(
            pts=np.cumsum(stored["pts_steps"]),
            time_base=Fraction(facts[0], facts[1]),
            seek_points=stored["seek_points"],
            width=facts[2],
            height=facts[3],
            rotation_deg=facts[4],
            duration_s=float(stored["duration_s"]),
            variable_frame_rate=bool(facts[5]),
            remarks=tuple(str(remark) for remark in stored["remarks"]),
            stream=facts[6],
            interlaced=bool(facts[7]),
            start_timecode=str(stored["start_timecode"]),
            clock_rate=Fraction(facts[8], facts[9]),
        )

    @cached_property
    def _tolerance_s(self) -> float:
        half_step = 0.501 * timebase.TIMECODE_STEP_S
        if len(self) < 2:
            return half_step
        return min(half_step, 0.49 * float(np.diff(self.times_s).min()))


def build_frame_index(
    path: str | Path, progress: Progress | None = None, stream_number: int | None = None
) -> FrameIndex:
    """Read a recording's packets once, without decoding, and number its frames.

    A truncated or damaged recording gives the frames that are there, and a remark.

    Parameters
    ----------
    stream_number : int or None
        The video stream to use, from 0; None = the best one. A :class:`~fead_desktop.video.decoder.Decoder`
        reads the stream of its index.

    Raises
    ------
    UsageError
        If the recording has no video stream of this number.
    RecordingError
        If there is no recording at ``path``, or no frame in it.
    CancelledError
        If the analyst cancelled.
    """
    path = Path(path)
    progress = progress or NoProgress()
    with open_recording(path) as container:
        stream = video_stream(container, path, stream_number)
        number = video_streams(container).index(stream)
        start_timecode, clock_rate = _source_clock(container, stream)
        first = _first_picture(container, stream)
        width, height, rotation_deg = _upright_size(stream, first)
        interlaced = first is not None and is_interlaced(first)
        about = _about(container, number, interlaced=interlaced)
    # The first pictures were decoded for their rotation; a fresh start costs less than a seek can spoil.
    with open_recording(path) as container:
        stream = video_stream(container, path, number)
        seen = _read_packets(container, stream, path, progress)
        remarks = seen.remarks(container, stream)
        time_base = stream.time_base or Fraction(1, 90000)
    pts = np.unique(np.array(seen.pts, np.int64))
    if not len(pts):
        raise RecordingError(f"'{path}' holds no frames.")
    if width < 1 or height < 1:
        raise RecordingError(f"No picture of '{path}' can be decoded.")
    intervals = np.diff(pts)
    last_ticks = seen.last_duration or (int(np.median(intervals)) if len(intervals) else 1)
    return FrameIndex(
        pts=pts,
        time_base=time_base,
        seek_points=np.unique(np.array(seen.keyframes or [pts[0]], np.int64)),
        width=width,
        height=height,
        rotation_deg=rotation_deg,
        duration_s=float((int(pts[-1]) - int(pts[0]) + last_ticks) * time_base),
        variable_frame_rate=_is_variable(intervals),
        remarks=(*about, *remarks),
        stream=number,
        interlaced=interlaced,
        start_timecode=start_timecode,
        clock_rate=clock_rate,
    )


def sample_frames(
    index: FrameIndex, rate_fps: float, start_s: float | None = None, end_s: float | None = None
) -> npt.NDArray[np.int64]:
    """Return the frame numbers to analyse, rising.

    They are the frames nearest to the times k / rate. The grid begins at time 0 whatever the range, so a range
    gives a part of the frames that the whole recording gives.

    Parameters
    ----------
    rate_fps : float
        Frames a second; 0 = every frame.
    start_s, end_s : float or None
        Range in seconds; frames from ``start_s`` on and before ``end_s``.
    """
    if rate_fps < 0:
        raise UsageError("The analysis rate can't be negative; 0 means every frame.")
    times = index.times_s
    if rate_fps == 0:
        numbers = np.arange(len(index), dtype=np.int64)
    else:
        last_s = float(times[-1]) + index.median_interval_s / 2
        grid = np.arange(int(last_s * rate_fps) + 1, dtype=np.float64) / rate_fps
        numbers = np.unique(timebase.nearest_frames(times, grid))
    inside = np.ones(len(numbers), np.bool_)
    half_ms = timebase.TIMECODE_STEP_S / 2
    if start_s is not None:
        inside &= times[numbers] >= start_s - half_ms
    if end_s is not None:
        inside &= times[numbers] < end_s - half_ms
    return numbers[inside]


def _source_clock(container: InputContainer, stream: VideoStream) -> tuple[str, Fraction]:
    """Return what the source's own clock shows at the first frame, and its rate; empty where there is none."""
    places = [stream.metadata, container.metadata, *(each.metadata for each in container.streams)]
    text = next((each["timecode"] for each in places if "timecode" in each), "")
    rate = stream.average_rate or stream.guessed_rate
    if not text or not rate or timebase.source_timecode(text, Fraction(rate)) is None:
        return "", Fraction(0)
    return text, Fraction(rate)


def _about(container: InputContainer, number: int, *, interlaced: bool) -> tuple[str, ...]:
    """Return sentences on how the recording is read."""
    remarks = []
    streams = video_streams(container)
    if len(streams) > 1:
        remarks.append(
            f"The recording holds {len(streams)} video streams; "
            f"number {number} ({streams[number].width} x {streams[number].height}) is used."
        )
    if interlaced:
        remarks.append(
            "The recording is interlaced: view and analysis use the first half of each picture, "
            "with the lines between filled up."
        )
    return tuple(remarks)


class _Packets:
    """What the demux pass saw."""

    def __init__(self) -> None:
        self.pts: list[int] = []
        self.keyframes: list[int] = []
        self.last_pts = -(1 << 63)
        self.last_duration = 0
        self.others_end_s = 0.0
        self.without_time = 0
        self.corrupt = 0
        self.broke_off = False

    def add(self, packet: Packet[Any], pts: int | None) -> None:
        """Note a packet of the video."""
        self.corrupt += packet.is_corrupt
        if pts is None:
            self.without_time += 1
            return
        if packet.is_keyframe:
            self.keyframes.append(pts)
        if packet.is_discard:
            return
        self.pts.append(pts)
        if pts >= self.last_pts:
            self.last_pts = pts
            self.last_duration = packet.duration or 0

    def break_off(self) -> None:
        """Note that the file could not be read to its end."""
        self.broke_off = True

    def remarks(self, container: InputContainer, stream: VideoStream) -> tuple[str, ...]:
        """Return sentences on what is wrong."""
        remarks = []
        time_base = stream.time_base or Fraction(1, 90000)
        if self.pts:
            end_s = float(max(self.pts) * time_base)
            promised_s = _promised_end_s(container, stream)
            reached_s = max(self.others_end_s, end_s)
            if self.broke_off or (
                promised_s and promised_s - reached_s > max(1.0, 0.02 * promised_s)
            ):
                length = end_s - float(min(self.pts) * time_base)
                promise = f" of {format_timecode(promised_s)} announced" if promised_s else ""
                remarks.append(
                    f"The recording breaks off: frames were found up to {format_timecode(length)}{promise}; "
                    "what is there is used."
                )
                self.corrupt = max(self.corrupt - 1, 0)  # the packet that was cut through
        if self.corrupt:
            remarks.append(
                f"Damaged packets in the recording: {self.corrupt}; their frames may be missing."
            )
        if self.without_time:
            remarks.append(
                f"Packets without a time in the recording: {self.without_time}; their frames are left out."
            )
        return tuple(remarks)


def _read_packets(
    container: InputContainer, stream: VideoStream, path: Path, progress: Progress
) -> _Packets:
    seen = _Packets()
    # Where the stream doesn't know its own length, the end of the file is judged by all streams together.
    only_video = stream.duration is not None
    others: dict[int, int] = {}
    size = max(path.stat().st_size, 1)
    reached = 0
    by_dts = has_decoding_times_only(container)
    source = packets(container, stream if only_video else None, seen.break_off)
    for count, packet in enumerate(source):
        if count % _PACKETS_PER_REPORT == 0:
            progress.raise_if_cancelled()
            reached = max(reached, packet.pos or 0)
            progress.report("index", reached / size, 1.0)
        if packet.size == 0:
            continue  # the flush packet at the end, or a frame that the recorder dropped
        pts = packet.dts if by_dts else packet.pts
        if only_video or packet.stream_index == stream.index:
            seen.add(packet, pts)
        elif pts is not None:
            others[packet.stream_index] = pts
    seen.others_end_s = max(
        (float(pts * (container.streams[i].time_base or 0)) for i, pts in others.items()),
        default=0.0,
    )
    progress.report("index", 1.0, 1.0)
    return seen


def _promised_end_s(container: InputContainer, stream: VideoStream) -> float:
    """Return where the header says the video ends, in seconds of the stream's clock; 0 if it doesn't say."""
    if stream.duration is not None and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    if container.duration is None:
        return 0.0
    return (container.duration + (container.start_time or 0)) / 1e6


def _first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Decode the first picture there is: only a picture tells its rotation for certain."""
    import av

    stream.thread_type = av.codec.context.ThreadType.SLICE
    for count, packet in enumerate(packets(container, stream)):
        if count > _FIRST_PACKETS:
            break
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, OSError):
            continue
        if frames:
            first: VideoFrame = frames[0]
            return first
    return None


def _upright_size(stream: VideoStream, first: VideoFrame | None) -> tuple[int, int, int]:
    width = first.width if first is not None else stream.width
    height = first.height if first is not None else stream.height
    rotation_deg = round((first.rotation if first is not None else 0) / 90) * 90 % 360
    aspect = stream.sample_aspect_ratio
    if aspect is not None and Fraction(1, 4) <= aspect <= 4:
        width = round(width * aspect)
    if rotation_deg in {90, 270}:
        width, height = height, width
    return width, height, rotation_deg


def _is_variable(intervals: npt.NDArray[np.int64]) -> bool:
    """Tell whether any interval differs from the typical one by more than the clock's rounding."""
    if len(intervals) < 2:
        return False
    typical = float(np.median(intervals))
    rounding = 1.0 if typical > 4 else 0.0
    return bool((np.abs(intervals - typical) > max(rounding, 0.1 * typical)).any())
