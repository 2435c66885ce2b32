"""Faces of neighbouring frames become tracks; a shot cut ends every track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import BoundingBox

#: A track whose face was not seen for longer than this has ended.
MOST_GAP_S = 0.5

#: A face that moved further than this share of its size between two sightings is another one.
MOST_JUMP = 0.6

#: A face that grew or shrank by more than this between two sightings is another one.
MOST_GROWTH = 1.8

_IMPOSSIBLE = 1e6


@dataclass(frozen=True)
class Sighting:
    """Where a track was seen: at the start or end of a chunk."""

    track: int
    time_s: float
    box: BoundingBox


class Tracker:
    """Numbers the tracks of one chunk from 0, in the order in which they appear.

    Parameters
    ----------
    rate_fps : float
        Frame numbers per second of recording (of all frames, not of the analysed ones), for
        :data:`MOST_GAP_S`.
    """

    def __init__(self, rate_fps: float = 30.0):
        self._most_gap = max(1.0, MOST_GAP_S * rate_fps)
        self._active: dict[int, tuple[int, BoundingBox]] = {}
        self._step: int | None = None
        self._last: int | None = None
        self._count = 0

    def update(self, frame_number: int, boxes: Sequence[BoundingBox], cut: bool) -> list[int]:
        """Return the track of each box of the next analysed frame.

        Parameters
        ----------
        frame_number : int
            Rises from call to call.
        boxes : sequence of BoundingBox
        cut : bool
            Whether a shot cut lies between the frame before and this one.
        """
        gap = self._gap(frame_number)
        if cut:
            self._active.clear()
        self._active = {
            track: seen for track, seen in self._active.items() if frame_number - seen[0] <= gap
        }
        known = list(self._active)
        pairs = match_boxes([self._active[track][1] for track in known], boxes)
        tracks = [-1] * len(boxes)
        for old, new in pairs:
            tracks[new] = known[old]
        for new, box in enumerate(boxes):
            if tracks[new] < 0:
                tracks[new] = self._count
                self._count += 1
            self._active[tracks[new]] = (frame_number, box)
        return tracks

    def _gap(self, frame_number: int) -> float:
        """Return the most frames a track may be unseen; at a low analysis rate at least one step."""
        if self._last is not None:
            step = frame_number - self._last
            self._step = step if self._step is None else min(self._step, step)
        self._last = frame_number
        return max(self._most_gap, self._step or 0)


def match_boxes(
    before: Sequence[BoundingBox], after: Sequence[BoundingBox]
) -> list[tuple[int, int]]:
    """Pair boxes of two frames so that the total cost is least; pairs that can't be one face are left out.

    The cost is one minus the intersection over union, plus the distance of the middles in box sizes
    (Hungarian method, scipy.optimize.linear_sum_assignment).
    """
    if not before or not after:
        return []
    if len(before) == len(after) == 1:
        return [(0, 0)] if _cost(before[0], after[0]) < _IMPOSSIBLE else []
    from scipy.optimize import linear_sum_assignment

    costs: npt.NDArray[np.float64] = np.array([[_cost(a, b) for b in after] for a in before])
    rows, columns = linear_sum_assignment(costs)
    return [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if costs[row, column] < _IMPOSSIBLE
    ]


def link_tracks(
    ended: Sequence[Sighting], begun: Sequence[Sighting], cut: bool
) -> Mapping[int, int]:
    """Return which track of a chunk goes on as which track of the next: ``{begun: ended}``.

    Parameters
    ----------
    ended : sequence of Sighting
        Last sighting of every track of the earlier chunk.
    begun : sequence of Sighting
        First sighting of every track of the later chunk.
    cut : bool
        Whether a shot cut lies between the chunks; then nothing is joined.
    """
    if cut or not ended or not begun:
        return {}
    border = min(sighting.time_s for sighting in begun)
    late = [s for s in ended if border - s.time_s <= MOST_GAP_S]
    early = [s for s in begun if s.time_s - border <= MOST_GAP_S]
    pairs = match_boxes([s.box for s in late], [s.box for s in early])
    return {
        early[new].track: late[old].track
        for old, new in pairs
        if early[new].time_s - late[old].time_s <= MOST_GAP_S
    }


def _cost(a: BoundingBox, b: BoundingBox) -> float:
    size = (a.height + b.height) / 2
    distance = float(np.hypot(a.center[0] - b.center[0], a.center[1] - b.center[1])) / size
    growth = max(a.height, b.height) / max(min(a.height, b.height), 1e-6)
    if distance > MOST_JUMP or growth > MOST_GROWTH:
        return _IMPOSSIBLE
    return 1 - a.intersection_over_union(b) + distance
