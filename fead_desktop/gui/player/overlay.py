"""Which face boxes belong over a frame: measured ones, and interpolated ones between analysed frames. Qt-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import BoundingBox
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import UNASSIGNED, FeatureTable


@dataclass(frozen=True)
class OverlayBox:
    """A face box over a frame.

    ``emotion`` is the strongest apparent emotion of the analysed frame that is shown or was shown last, empty
    where none could be measured. ``interpolated`` boxes lie between two analysed frames and look different.
    """

    box: BoundingBox
    track: int
    person: int
    name: str
    emotion: str
    interpolated: bool

    @property
    def label(self) -> str:
        """Words beside the box."""
        return f"{self.name} · {self.emotion}" if self.emotion else self.name


class FaceOverlay:
    """Boxes by frame, from the rows of a feature table.

    Parameters
    ----------
    table : FeatureTable
        Faces of the analysed frames.
    names : mapping of person number to name
    """

    def __init__(self, table: FeatureTable, names: Mapping[int, str]) -> None:
        self._frames = table.frame_number
        self._times_s = table.time_s
        self._persons = table.person
        self._tracks = table["track"].astype(np.int64)
        self._boxes = table.matrix(("box_x", "box_y", "box_width", "box_height"))
        self._emotions = _strongest(table.emotions)
        self._names = dict(names)
        self._spans = _track_spans(self._frames, self._tracks)
        self._span_tracks = np.array(list(self._spans), np.int64)
        self._first = np.array([self._frames[rows[0]] for rows in self._spans.values()], np.int64)
        self._last = np.array([self._frames[rows[-1]] for rows in self._spans.values()], np.int64)

    def boxes_at(
        self, frame_number: int, time_s: float, *, moving: bool = False
    ) -> tuple[OverlayBox, ...]:
        """Return the boxes over a frame.

        Between two analysed frames of a track the box moves linearly in time; before the first and after the
        last one there is none. While the picture is ``moving``, all boxes of a track that skips frames count
        as interpolated: one that changed its looks at each analysed frame would flicker.

        Parameters
        ----------
        frame_number, time_s : int, float
            The frame and its time in seconds relative to the first frame.
        """
        boxes = [self._measured(row, moving=moving) for row in self._rows_of(frame_number)]
        boxes.extend(self._between(frame_number, time_s))
        return tuple(sorted(boxes, key=lambda each: (each.box.x, each.track)))

    def _rows_of(self, frame_number: int) -> range:
        low, high = np.searchsorted(self._frames, (frame_number, frame_number + 1))
        return range(int(low), int(high))

    def _measured(self, row: int, *, moving: bool) -> OverlayBox:
        sparse = False
        track = int(self._tracks[row])
        if moving and track in self._spans:
            rows = self._spans[track]
            place = int(np.searchsorted(rows, row))
            near = self._frames[rows[max(place - 1, 0) : place + 2]]
            sparse = bool(np.diff(near).max(initial=0) > 1)
        return self._box(row, self._boxes[row], interpolated=sparse)

    def _between(self, frame_number: int, time_s: float) -> list[OverlayBox]:
        boxes = []
        inside = (self._first < frame_number) & (frame_number < self._last)
        for track in self._span_tracks[inside]:
            rows = self._spans[int(track)]
            frames = self._frames[rows]
            after = int(np.searchsorted(frames, frame_number))
            if frames[after] == frame_number:
                continue
            before_row, after_row = int(rows[after - 1]), int(rows[after])
            span_s = self._times_s[after_row] - self._times_s[before_row]
            share = (time_s - self._times_s[before_row]) / span_s if span_s > 0 else 0.0
            share = min(max(share, 0.0), 1.0)
            xywh = self._boxes[before_row] * (1 - share) + self._boxes[after_row] * share
            boxes.append(self._box(before_row, xywh, interpolated=True))
        return boxes

    def _box(self, row: int, xywh: npt.NDArray[np.float32], *, interpolated: bool) -> OverlayBox:
        person = int(self._persons[row])
        fallback = "unassigned" if person == UNASSIGNED else f"person {person}"
        return OverlayBox(
            box=BoundingBox(*(float(value) for value in xywh)),
            track=int(self._tracks[row]),
            person=person,
            name=self._names.get(person, fallback),
            emotion=self._emotions[row],
            interpolated=interpolated,
        )


def _strongest(scores: npt.NDArray[np.float32]) -> list[str]:
    """Return the name of the highest score of each row, empty where a row holds a NaN."""
    known = np.isfinite(scores)
    best = np.where(known, scores, -np.inf).argmax(axis=1)
    best[~known.all(axis=1)] = -1
    return [EMOTIONS[k] if k >= 0 else "" for k in best]


def _track_spans(
    frames: npt.NDArray[np.int64], tracks: npt.NDArray[np.int64]
) -> dict[int, npt.NDArray[np.int64]]:
    """Return the rows of each track in order of their frames; rows without a track are left out."""
    order = np.lexsort((frames, tracks))
    known = order[tracks[order] >= 0]
    cuts = np.flatnonzero(np.diff(tracks[known])) + 1
    return {int(tracks[rows[0]]): rows for rows in np.split(known, cuts) if len(rows)}
