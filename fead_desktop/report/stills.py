"""StillReader: the pictures of an event, decoded exactly, cut to the face, one event at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.baseline import baseline_frame
from fead_desktop.case.case import PersonScores
from fead_desktop.case.store import Case
from fead_desktop.closing import Closing
from fead_desktop.errors import CaseError, RecordingError
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.progress import Progress
from fead_desktop.report.blurring import FaceBlur, FaceCourses
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.source import Source, open_source
from fead_desktop.video.decoder import Decoder

#: Side of the square around a face, in heights of its box, and the most pixels that it is kept with.
_AROUND, _MOST_PX = 1.7, 400
#: Longest side of the whole picture.
_WHOLE_PX = 720
_QUALITY = 88
_FRAME_COLOUR = (61, 139, 212)


@dataclass(frozen=True)
class Still:
    """A picture of the recording: ``kind`` is onset, peak, offset, usual, whole, or kept (from the case)."""

    kind: str
    frame_number: int
    time_s: float
    jpeg: bytes


def found_source(case: Case, options: ReportOptions, progress: Progress) -> Source | None:
    """Return the recording of a case; None where it is not at hand or is not the one that was analysed."""
    try:
        return open_source(case, options, progress)
    except (CaseError, RecordingError):
        return None


class StillReader(Closing):
    """Pictures of events; a recording that is not at hand leaves the aligned faces that the case keeps.

    With ``options.blur_others`` no other face than that of the event's person is left in a picture.
    """

    def __init__(self, case: Case, options: ReportOptions, progress: Progress):
        self._case = case
        self._table = case.features()
        self._courses = FaceCourses(case)
        self._scores: dict[int, PersonScores | None] = {}
        self._blur = FaceBlur(case) if options.blur_others and options.stills else None
        self._decoder: Decoder | None = None
        source = found_source(case, options, progress) if options.stills else None
        if source is not None:
            self._decoder = Decoder(source.path, source.index)

    def close(self) -> None:
        """Close the recording."""
        if self._decoder is not None:
            self._decoder.close()

    def of(self, event: AnomalyEvent) -> list[Still]:
        """Return onset, peak, offset and twin, cut to the face, and the whole picture at the peak.

        A frame that can't be decoded is left out; a person without a usual frame has no twin.
        """
        if self._decoder is None:
            kept = self._case.thumbnail(event.event)
            if not kept:
                return []
            face = kept if self._blur is None else only_own_face(kept, self._blur)
            return [Still("kept", event.peak_frame, event.peak_s, face)]
        wanted = [
            ("onset", event.onset_frame),
            ("peak", event.peak_frame),
            ("offset", event.offset_frame),
        ]
        twin = self._twin(event)
        if twin is not None:
            wanted.append(("usual", twin))
        pictures = {n: self._picture(n, event.person) for n in sorted({n for _, n in wanted})}
        size = self._size(event.person, event.peak_frame)
        stills = []
        for kind, n in wanted:
            picture = pictures[n]
            if picture is None:
                continue
            own = self._size(event.person, n) if kind == "usual" else size
            cut = _cut(picture, self._box(event.person, n), own)
            stills.append(Still(kind, n, self._time(n), _jpeg(cut)))
        peak = pictures[event.peak_frame]
        if peak is not None:
            whole = _framed(peak, self._box(event.person, event.peak_frame))
            stills.append(Still("whole", event.peak_frame, event.peak_s, _jpeg(whole)))
        return stills

    def _twin(self, event: AnomalyEvent) -> int | None:
        person = event.person
        if person not in self._scores:
            self._scores[person] = self._case.person_scores(person)
        return baseline_frame(self._table, self._scores[person], person, event.peak_frame)

    def _picture(self, n: int, person: int) -> Picture | None:
        assert self._decoder is not None
        if not 0 <= n < len(self._decoder.index):
            return None
        picture = self._decoder.read(n)
        if picture is None or self._blur is None:
            return picture
        return self._blur.blurred(picture, n, person)

    def _time(self, n: int) -> float:
        assert self._decoder is not None
        return self._decoder.index.time_of(n)

    def _box(self, person: int, n: int) -> BoundingBox | None:
        return next((box for who, box in self._courses.boxes(n) if who == person), None)

    def _size(self, person: int, n: int) -> float | None:
        box = self._box(person, n)
        return None if box is None else max(box.width, box.height) * _AROUND


def only_own_face(jpeg: bytes, blur: FaceBlur) -> bytes:
    """Return an aligned face without the faces of others at its edges."""
    import cv2

    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return _jpeg(blur.only_the_middle(np.ascontiguousarray(bgr[..., ::-1])))


def _cut(picture: Picture, box: BoundingBox | None, size: float | None) -> Picture:
    """Return the square around a face, moved into the picture; the whole picture where no face is known."""
    import cv2

    height, width = picture.shape[:2]
    if box is None or size is None:
        return _shrunk(picture, _MOST_PX)
    side = int(min(max(size, 16.0), height, width))
    x, y = box.center
    left = int(min(max(x - side / 2, 0), width - side))
    top = int(min(max(y - side / 2, 0), height - side))
    cut = np.ascontiguousarray(picture[top : top + side, left : left + side])
    if side <= _MOST_PX:
        return cut
    return np.asarray(cv2.resize(cut, (_MOST_PX, _MOST_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _framed(picture: Picture, box: BoundingBox | None) -> Picture:
    """Return the whole picture with a frame around the face."""
    import cv2

    small = _shrunk(picture, _WHOLE_PX)
    if box is None:
        return small
    scale = small.shape[1] / picture.shape[1]
    left, top = round(box.x * scale), round(box.y * scale)
    right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
    framed = small.copy()
    cv2.rectangle(framed, (left, top), (right, bottom), (255, 255, 255), 4)
    cv2.rectangle(framed, (left, top), (right, bottom), _FRAME_COLOUR, 2)
    return framed


def _shrunk(picture: Picture, most_px: int) -> Picture:
    import cv2

    height, width = picture.shape[:2]
    scale = most_px / max(height, width)
    if scale >= 1:
        return picture
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(picture: Picture) -> bytes:
    import cv2

    bgr = np.ascontiguousarray(picture[..., ::-1])
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())
