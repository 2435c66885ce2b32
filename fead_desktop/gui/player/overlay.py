"""Which face boxes belong over a frame: measured ones, and interpolated ones between analysed frames. Qt-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import BoundingBox
from fead_desktop.features.measures import EMOTIONS, EXPRESSION_MEASURES, MEASURE_NAMES
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.gui.player.viewport import Focus

Floats = npt.NDArray[np.float32]

#: A followed face: its size is taken over this many seconds to both sides, its place over fewer.
_STEADY_S, _NEAR_S = 1.0, 0.3
#: It is lost where no row lies this near.
_SEEN_S = 0.5
_MOST_MEASURES = 5
#: A median over more rows is no better.
_ROWS_FOR_USUAL = 5000


@dataclass(frozen=True)
class OverlayBox:
    """A face box over a frame.

    ``emotion`` is the strongest apparent emotion of the analysed frame that is shown or was shown last, empty
    where none could be measured; ``emotions`` are its seven scores, ``measures`` the expression measures that
    are furthest from the person's median (title, robust σ), ``pose_deg`` yaw, pitch and roll; empty where they
    could not be measured. ``interpolated`` boxes lie between two analysed frames and look different.
    """

    box: BoundingBox
    track: int
    person: int
    name: str
    emotion: str
    interpolated: bool
    emotions: tuple[float, ...] = ()
    measures: tuple[tuple[str, float], ...] = ()
    pose_deg: tuple[float, float, float] | None = None

    @property
    def label(self) -> str:
        """Words beside the box."""
        return f"{self.name} · {self.emotion} (apparent)" if self.emotion else self.name


class FaceOverlay:
    """Boxes by frame, from the rows of a feature table.

    Parameters
    ----------
    table : FeatureTable
        Faces of the analysed frames.
    names : mapping of person number to name
    """

    def __init__(self, table: FeatureTable, names: Mapping[int, str]) -> None:
        #: Whether boxes carry the expression measures; working them out takes its time.
        self.with_measures = False
        self._frames = table.frame_number
        self._times_s = table.time_s
        self._persons = table.person
        self._tracks = table["track"].astype(np.int64)
        self._boxes = table.matrix(("box_x", "box_y", "box_width", "box_height"))
        self._scores = table.emotions
        self._emotions = _strongest(self._scores)
        self._table = table
        self._pose = table.matrix(("yaw_deg", "pitch_deg", "roll_deg"))
        self._usual: dict[int, tuple[Floats, Floats]] = {}
        self._person_rows: dict[int, npt.NDArray[np.int64]] = {}
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

    def focus_of(self, person: int, time_s: float) -> Focus | None:
        """Return where a person's face is at a time, steady enough to follow; None where it is not seen.

        A weighted mean over the rows of one track around that time, so that it depends on the time alone and
        not on how the player got there.
        """
        rows = self._rows_of_person(person)
        times_s = self._times_s[rows]
        low, high = np.searchsorted(times_s, (time_s - _STEADY_S, time_s + _STEADY_S))
        near = rows[low:high]
        if not len(near):
            return None
        away_s = np.abs(self._times_s[near] - time_s)
        nearest = int(near[away_s.argmin()])
        if away_s.min() > _SEEN_S:
            return None
        same = self._tracks[near] == self._tracks[nearest]
        boxes, weight = self._boxes[near[same]], 1.0 - away_s[same] / (_STEADY_S * 1.01)
        close = np.clip(1.0 - away_s[same] / _NEAR_S, 0.0, None)
        if not close.any():
            close = weight
        middles = boxes[:, :2] + boxes[:, 2:] / 2
        x, y = np.average(middles, axis=0, weights=close)
        return Focus(float(x), float(y), float(np.average(boxes[:, 3], weights=weight)))

    def _rows_of_person(self, person: int) -> npt.NDArray[np.int64]:
        if person not in self._person_rows:
            self._person_rows[person] = np.flatnonzero(self._persons == person)
        return self._person_rows[person]

    def _deviations(self, row: int) -> tuple[tuple[str, float], ...]:
        """Return the measures of a row that are furthest from the person's median, most unusual first."""
        person = int(self._persons[row])
        if person not in self._usual:
            rows = self._rows_of_person(person)
            some = rows[:: max(len(rows) // _ROWS_FOR_USUAL, 1)]
            self._usual[person] = _usual(self._table.select(some).expression)
        median, spread = self._usual[person]
        values = np.array([float(self._table[name][row]) for name in MEASURE_NAMES])
        sigma = (values - median) / spread
        order = np.argsort(-np.abs(np.nan_to_num(sigma)))[:_MOST_MEASURES]
        return tuple(
            (EXPRESSION_MEASURES[k].title, float(sigma[k])) for k in order if np.isfinite(sigma[k])
        )

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
            emotions=tuple(float(v) for v in self._scores[row]) if self._emotions[row] else (),
            measures=self._deviations(row) if self.with_measures else (),
            pose_deg=_pose(self._pose[row]),
        )


def _pose(row: Floats) -> tuple[float, float, float] | None:
    yaw, pitch, roll = (float(value) for value in row)
    return (yaw, pitch, roll) if np.isfinite(row).all() else None


def _usual(values: Floats) -> tuple[Floats, Floats]:
    """Return median and robust spread of each measure (n, m), never below the measure's floor."""
    floors = np.array([each.floor for each in EXPRESSION_MEASURES], np.float32)
    known = np.isfinite(values).any(axis=0)
    median = np.full(values.shape[1], np.nan, np.float32)
    spread = median.copy()
    median[known] = np.nanmedian(values[:, known], axis=0)
    away = np.abs(values[:, known] - median[known])
    spread[known] = np.maximum(1.4826 * np.nanmedian(away, axis=0), floors[known])
    return median, spread


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
