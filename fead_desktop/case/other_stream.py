"""Markers and ranges beside another video stream of the recording: the same moments, counted in its frames.

A case counts in the frames of the stream that was analysed; another camera has frames, and often a beginning, of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from fead_desktop.case.edits import Change, Edit, Marker, Marks, Range
from fead_desktop.video.frame_index import FrameIndex

Stretch = TypeVar("Stretch", Marker, Range)


@dataclass(frozen=True)
class OtherStream:
    """``own`` is the index of the stream in which the case counts, ``shown`` that of the stream that is shown."""

    own: FrameIndex
    shown: FrameIndex

    def marks(self, marks: Marks) -> Marks:
        """Return markers and ranges of the case in frames of the shown stream; what lies outside of it is left out.

        Events stay with the stream in which they were found.
        """
        return replace(
            marks,
            markers=tuple(self._shown(each) for each in marks.markers if self._is_inside(each)),
            ranges=tuple(self._shown(each) for each in marks.ranges if self._is_inside(each)),
            hand_events=(),
            controls=(),
        )

    def recounted(self, marks: Marks) -> Edit | None:
        """Return the edit that lets all markers and ranges count in the shown stream; None where there are none."""
        markers = [Change(each, self._shown(each)) for each in marks.markers]
        ranges = [Change(each, self._shown(each)) for each in marks.ranges]
        changes = (*markers, *ranges)
        return Edit("count in the analysed picture", changes) if changes else None

    def kept(self, item: Stretch) -> Stretch:
        """Return a marker or range of the shown stream as the case keeps it."""
        return _moved(item, self.shown, self.own)

    def kept_frame(self, frame: int) -> int:
        """Return the frame of the case's stream that belongs to a frame of the shown one."""
        return frame_beside(frame, self.shown, self.own)

    def _shown(self, item: Stretch) -> Stretch:
        return _moved(item, self.own, self.shown)

    def _is_inside(self, item: Marker | Range) -> bool:
        begin_s = first_s(self.shown) - first_s(self.own)
        return item.end_s >= begin_s and item.start_s <= begin_s + self.shown.duration_s


def first_s(index: FrameIndex) -> float:
    """Return when the first frame is shown on the file's own clock, which all its streams share."""
    return float(index.pts[0] * index.time_base)


def frame_beside(frame: int, of: FrameIndex, to: FrameIndex) -> int:
    """Return the frame of one stream that is nearest in time to a frame of another one."""
    return _nearest(to, of.time_of(frame) + first_s(of))


def _moved(item: Stretch, of: FrameIndex, to: FrameIndex) -> Stretch:
    start, end = (_nearest(to, time_s + first_s(of)) for time_s in (item.start_s, item.end_s))
    return replace(
        item, start_s=to.time_of(start), end_s=to.time_of(end), start_frame=start, end_frame=end
    )


def _nearest(index: FrameIndex, clock_s: float) -> int:
    time_s = clock_s - first_s(index)
    before = index.frame_at(time_s)
    after = min(before + 1, len(index) - 1)
    return min(before, after, key=lambda frame: abs(index.time_of(frame) - time_s))
