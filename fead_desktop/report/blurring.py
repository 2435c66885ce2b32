"""FaceBlur: makes every face but one person's unrecognisable, in stills and in clips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.case.store import Case
from fead_desktop.faces.detector import FaceDetector, make_detector
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.features.table import FeatureTable

#: A face, its hair and chin, in sizes of its box.
_HEAD = 1.45
#: A covered face keeps so many patches of colour across: none that a detector or a person would know.
_PATCHES = 4
#: Two boxes of one face overlap by this much at least.
_SAME_FACE = 0.35
#: Between analysed frames this far apart nobody knows where a face was.
_LONGEST_GAP_S = 0.75
#: A face is there a little before it is first and after it is last measured.
_MARGIN_S = 0.15
#: So often is looked for faces that are still to be found.
_LOOKS = 4


@dataclass(frozen=True)
class _Course:
    """The boxes of one track of one person: frame numbers (n,), boxes (n, 4) as x, y, width, height."""

    person: int
    frames: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float64]

    def at(self, frame: int, fps: float) -> BoundingBox | None:
        """Return where the face is, between analysed frames on the straight way."""
        after = min(int(np.searchsorted(self.frames, frame)), len(self.frames) - 1)
        before = max(after - 1, 0) if self.frames[after] > frame else after
        ends = self.frames[[before, after]]
        away = np.abs(ends - frame)
        if ends[0] <= frame <= ends[1] and ends[1] - ends[0] <= _LONGEST_GAP_S * fps:
            return BoundingBox(
                *(float(np.interp(frame, ends, c)) for c in self.boxes[[before, after]].T)
            )
        if away.min() > _MARGIN_S * fps:
            return None
        return BoundingBox(*map(float, self.boxes[(before, after)[int(away.argmin())]]))


class FaceCourses:
    """Where the faces that the analysis saw are, also between the analysed frames."""

    def __init__(self, case: Case):
        recording = case.recording
        self.width = 0 if recording is None else recording.width
        self._fps = 25.0
        if recording is not None and recording.duration_s > 0:
            self._fps = recording.frames / recording.duration_s
        self._courses = _courses(case.features())

    def boxes(self, frame_number: int) -> list[tuple[int, BoundingBox]]:
        """Return (person, box) of every face that the analysis saw about a frame, in pixels of the recording."""
        found = ((course.person, course.at(frame_number, self._fps)) for course in self._courses)
        return [(person, box) for person, box in found if box is not None]


class FaceBlur:
    """Covers faces: those that the analysis saw, and those that a detector finds in the picture at hand.

    Parameters
    ----------
    case : its faces tell who is where.
    detector : another one than the usual.
    """

    def __init__(self, case: Case, detector: FaceDetector | None = None):
        self._courses = FaceCourses(case)
        self._detector = detector or make_detector("auto")

    def blurred(self, picture: Picture, frame_number: int, keep: int | None) -> Picture:
        """Return a copy in which every face but those of the person ``keep`` is covered; None = every face.

        Parameters
        ----------
        picture : (height, width, 3) uint8 RGB, upright, in any size
        frame_number : of the recording

        Returns
        -------
        A picture in which the detector finds no face but the kept one. What is covered may be more than a face,
        never less: where the kept person's box and another face overlap, the box stays as it is only as long as
        no face of another person is found in it.
        """
        width = self._courses.width
        scale = picture.shape[1] / width if width else 1.0
        seen = [(person, _scaled(box, scale)) for person, box in self._courses.boxes(frame_number)]
        kept = [box for person, box in seen if person == keep]
        others = [box for person, box in seen if person != keep and not _is_one_of(box, kept)]
        others += self._strangers(picture, kept)
        covered = picture.copy()
        cover(covered, others, kept)
        for _ in range(_LOOKS):
            left = self._strangers(covered, kept)
            if not left:
                break
            _fill(covered, left)
        return covered

    def only_the_middle(self, picture: Picture) -> Picture:
        """Return an aligned face on which other faces at its edges are covered."""
        height, width = picture.shape[:2]
        kept = [BoundingBox(width * 0.2, height * 0.2, width * 0.6, height * 0.6)]
        found = self._detector.detect([picture])[0]
        middle = [box for box in found if box.intersection_over_union(kept[0]) > 0.2]
        others = [box for box in found if box not in middle]
        covered = picture.copy()
        cover(covered, others, middle)
        return covered

    def _strangers(self, picture: Picture, kept: Sequence[BoundingBox]) -> list[BoundingBox]:
        found = self._detector.detect([np.ascontiguousarray(picture)])[0]
        return [box for box in found if not _is_one_of(box, kept)]


def cover(picture: Picture, boxes: Iterable[BoundingBox], kept: Sequence[BoundingBox] = ()) -> None:
    """Replace each head by a few soft patches of its colours, in place; the boxes in ``kept`` stay."""
    import cv2

    whole = picture.copy()
    for box in boxes:
        area = _area(picture, box)
        if area is None:
            continue
        top, bottom, left, right = area
        part = picture[top:bottom, left:right]
        few = cv2.resize(part, (_PATCHES, _PATCHES), interpolation=cv2.INTER_AREA)
        size = (right - left, bottom - top)
        soft = cv2.resize(few, size, interpolation=cv2.INTER_LINEAR)
        part[_ellipse(size)] = soft[_ellipse(size)]
    for box in kept:
        inner = _clipped(picture, box)
        if inner is not None:
            top, bottom, left, right = inner
            picture[top:bottom, left:right] = whole[top:bottom, left:right]


def _fill(picture: Picture, boxes: Iterable[BoundingBox]) -> None:
    """Paint over what is still taken for a face, in place, with one colour."""
    for box in boxes:
        area = _area(picture, box)
        if area is not None:
            top, bottom, left, right = area
            part = picture[top:bottom, left:right]
            part[:] = part.reshape(-1, 3).mean(axis=0).astype(np.uint8)


def _courses(table: FeatureTable) -> list[_Course]:
    """Return the faces by track and person; a track whose faces were given to two persons is two courses."""
    boxes = table.matrix(("box_x", "box_y", "box_width", "box_height")).astype(np.float64)
    keys = np.stack([table["track"].astype(np.int64), table.person.astype(np.int64)], axis=1)
    found = []
    for key in np.unique(keys, axis=0):
        rows = np.flatnonzero((keys == key).all(axis=1) & np.isfinite(boxes).all(axis=1))
        # Two boxes of one frame are two faces, whatever track they were given.
        frames = table.frame_number[rows]
        rank = np.arange(len(rows)) - np.searchsorted(frames, frames)
        for number in np.unique(rank):
            part = rows[rank == number]
            found.append(_Course(int(key[1]), table.frame_number[part], boxes[part]))
    return found


def _is_one_of(box: BoundingBox, kept: Sequence[BoundingBox]) -> bool:
    return any(box.intersection_over_union(each) >= _SAME_FACE for each in kept)


def _scaled(box: BoundingBox, scale: float) -> BoundingBox:
    return BoundingBox(
        box.x * scale, box.y * scale, box.width * scale, box.height * scale, box.confidence
    )


def _area(picture: Picture, box: BoundingBox) -> tuple[int, int, int, int] | None:
    return _clipped(picture, box.scaled(_HEAD))


def _clipped(picture: Picture, box: BoundingBox) -> tuple[int, int, int, int] | None:
    """Return top, bottom, left and right of a box inside the picture; None where it lies outside."""
    height, width = picture.shape[:2]
    left, right = max(int(box.x), 0), min(int(np.ceil(box.x + box.width)), width)
    top, bottom = max(int(box.y), 0), min(int(np.ceil(box.y + box.height)), height)
    return (top, bottom, left, right) if left < right and top < bottom else None


def _ellipse(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return the ellipse that fills a (width, height), but for its corners."""
    width, height = size
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (np.arange(height) + 0.5) / height * 2 - 1
    inside: npt.NDArray[np.bool_] = (np.abs(x[None, :]) ** 3 + np.abs(y[:, None]) ** 3) <= 1
    return inside
