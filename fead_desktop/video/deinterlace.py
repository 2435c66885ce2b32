"""Makes a whole picture of one half picture of an interlaced frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane


def is_interlaced(frame: VideoFrame) -> bool:
    """Tell whether a decoded frame consists of two half pictures taken at two times."""
    return bool(frame.interlaced_frame) and frame.height >= 4


def deinterlaced(frame: VideoFrame) -> VideoFrame:
    """Return a new frame from the even lines; the odd ones are the mean of their neighbours.

    Only this one frame is looked at: a frame looks the same whichever way it was reached. The frame given is left
    as it is, since others may be decoded from it.
    """
    import av

    made = av.VideoFrame(frame.width, frame.height, frame.format.name)
    dtype = _sample_type(frame)
    for source, target in zip(frame.planes, made.planes, strict=True):
        lines, filled = _lines(source, dtype), _lines(target, dtype)
        width = min(lines.shape[1], filled.shape[1])
        even = lines[0::2, :width]
        filled[0::2, :width] = even
        between = filled[1::2, :width]
        below = even[1 : len(between) + 1]
        above = even[: len(below)]
        # Means of 16-bit samples don't fit into 16 bits on the way.
        between[: len(below)] = (above.astype(np.uint32) + below + 1) // 2
        between[len(below) :] = even[-1]
    made.pts, made.time_base = frame.pts, frame.time_base
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made


def _lines(plane: VideoPlane, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return a plane's samples, (height, samples a line), without a copy."""
    samples = np.frombuffer(memoryview(plane), dtype)
    per_line = plane.line_size // dtype.itemsize
    return samples[: per_line * plane.height].reshape(plane.height, per_line)


def _sample_type(frame: VideoFrame) -> np.dtype[Any]:
    if max(component.bits for component in frame.format.components) <= 8:
        return np.dtype(np.uint8)
    return np.dtype(">u2" if frame.format.is_big_endian else "<u2")
