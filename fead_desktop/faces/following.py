"""FaceFollower: faces of frames in order; searched for now and then, followed by their meshes in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fead_desktop.faces.analysis import FaceFinder, FoundFace, confirm_faces, extent
from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
from fead_desktop.faces.landmarks import fits_box
from fead_desktop.faces.suppression import same_face
from fead_desktop.faces.tracking import match_boxes

#: The detector searches at least every so many frames.
SEARCH_EVERY = 5

#: A face is followed over a step of this length at most; at lower rates every frame is searched.
MOST_STEP_S = 0.25


@dataclass(frozen=True)
class Sight:
    """A frame to look at. ``cut``: a shot begins with it."""

    frame_number: int
    time_s: float
    picture: Picture
    cut: bool = False


_Seen = tuple[Sight, list[FoundFace]]


class FaceFollower:
    """Finds the faces of frames that come in order, at a fraction of the cost of searching each.

    A frame is searched by the detector at the start, behind a cut, every :data:`SEARCH_EVERY` frames, as soon as
    a mesh is lost, and as long as no face is there. The frames between two searches count as they were
    followed only if both searches show the same faces; else each of them is searched too, so a face that
    comes or goes is seen as early and as long as by searching every frame. So a frame's faces depend
    on the frames given to one call, and on nothing else.
    """

    def __init__(self, finder: FaceFinder):
        self._finder = finder
        self._search = finder.detector.searcher()

    def follow(self, sights: Iterable[Sight]) -> Iterator[_Seen]:
        """Yield the sights in order, each with its confirmed faces from left to right."""
        searched: _Seen | None = None
        between: list[_Seen] = []
        for sight in sights:
            last = between[-1] if between else searched
            if last is not None and _is_apart(last[0], sight):
                yield from self._closed(searched, between)
                searched, between, last = None, [], None
            if last is not None and len(between) < SEARCH_EVERY - 1:
                followed = self._followed(sight.picture, last[1])
                if followed:
                    between.append((sight, followed))
                    continue
            found = self._searched(sight.picture, last[1] if last is not None else [])
            if last is not None and _are_the_same(last[1], found):
                yield from between
            else:
                yield from self._each_searched(searched, between)
            searched, between = (sight, found), []
            yield searched
        yield from self._closed(searched, between)

    def _closed(self, searched: _Seen | None, between: list[_Seen]) -> Iterator[_Seen]:
        """End a run of followed frames: its last frame is searched."""
        if not between:
            return
        sight, followed = between[-1]
        found = self._searched(sight.picture, followed)
        if _are_the_same(followed, found):
            yield from between[:-1]
        else:
            yield from self._each_searched(searched, between[:-1])
        yield sight, found

    def _each_searched(self, searched: _Seen | None, between: list[_Seen]) -> Iterator[_Seen]:
        before = searched[1] if searched is not None else []
        for sight, _ in between:
            before = self._searched(sight.picture, before)
            yield sight, before

    def _searched(self, picture: Picture, before: Sequence[FoundFace]) -> list[FoundFace]:
        """Return the faces that the detector sees, with meshes that go on from those before."""
        boxes = self._search(picture)
        known = {new: before[old] for old, new in match_boxes([f.box for f in before], boxes)}
        meshes = [self._mesh(picture, box, known.get(k)) for k, box in enumerate(boxes)]
        return confirm_faces(self._finder.detector.name, boxes, meshes)

    def _mesh(
        self, picture: Picture, box: BoundingBox, known: FoundFace | None
    ) -> Landmarks | None:
        if known is not None and known.landmarks is not None:
            landmarks = self._finder.mesh.follow(picture, known.landmarks)
            if landmarks is not None and fits_box(landmarks, box):
                return landmarks
        return self._finder.landmarks(picture, box)

    def _followed(self, picture: Picture, before: Sequence[FoundFace]) -> list[FoundFace] | None:
        """Return the faces by their meshes alone; None where one is lost or two became one."""
        faces: list[FoundFace] = []
        for face in before:
            if face.landmarks is None:
                return None
            landmarks = self._finder.mesh.follow(picture, face.landmarks)
            if landmarks is None:
                return None
            box = _box_around(landmarks, face.box, face.landmarks)
            goes_on = match_boxes([face.box], [box]) and fits_box(landmarks, box)
            if not goes_on or any(
                same_face(extent(other.landmarks, other.box), extent(landmarks, box))
                for other in faces
            ):
                return None
            faces.append(FoundFace(box, landmarks))
        return sorted(faces, key=lambda face: face.box.center)


def _is_apart(before: Sight, after: Sight) -> bool:
    return after.cut or after.time_s - before.time_s > MOST_STEP_S


def _are_the_same(before: Sequence[FoundFace], after: Sequence[FoundFace]) -> bool:
    pairs = match_boxes([face.box for face in before], [face.box for face in after])
    return len(pairs) == len(before) == len(after)


def _box_around(
    landmarks: Landmarks, box_before: BoundingBox, landmarks_before: Landmarks
) -> BoundingBox:
    """Return the box that lies around a mesh as the box before lay around its mesh."""
    now, before = extent(landmarks, box_before), extent(landmarks_before, box_before)
    across, down = now.width / before.width, now.height / before.height
    return BoundingBox(
        now.x + (box_before.x - before.x) * across,
        now.y + (box_before.y - before.y) * down,
        box_before.width * across,
        box_before.height * down,
        box_before.confidence,
    )
