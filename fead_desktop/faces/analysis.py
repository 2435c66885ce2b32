"""FaceFinder: a batch of frames to confirmed faces with mesh, pose and quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fead_desktop.faces.detector import FaceDetector
from fead_desktop.faces.face import BoundingBox, Face, Landmarks, Picture
from fead_desktop.faces.hands import HandFinder
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.faces.quality import face_quality, head_pose
from fead_desktop.faces.suppression import same_face

#: From this box height on a face must have a mesh; below, the mesh misses some true faces.
MESH_CERTAIN_PX = 48

#: From this confidence on a detector needs no second look of the mesh, and none at all for a face that is
#: too small for it.
CERTAIN: dict[str, float] = {"blazeface": 0.8, "mtcnn": 0.98, "yunet": 0.85}


@dataclass(frozen=True)
class FoundFace:
    """A confirmed face: its box, and its mesh unless it is too small for one."""

    box: BoundingBox
    landmarks: Landmarks | None


class FaceFinder:
    """Detect, mesh, confirm, measure.

    A frame's faces depend on that frame alone, so they are the same in any batch.
    """

    def __init__(self, detector: FaceDetector, mesh: FaceMesh, hands: HandFinder | None = None):
        self.detector = detector
        self.mesh = mesh
        self.hands = hands if hands is not None else HandFinder()

    def find(self, pictures: Sequence[Picture], frame_numbers: Sequence[int]) -> list[list[Face]]:
        """Return the confirmed faces of each frame, from left to right.

        Parameters
        ----------
        pictures : sequence of (h, w, 3) uint8 RGB
        frame_numbers : sequence of int
            One for each picture.
        """
        found = []
        for picture, boxes, number in zip(
            pictures, self.detector.detect(pictures), frame_numbers, strict=True
        ):
            meshes = [self.landmarks(picture, box) for box in boxes]
            faces = confirm_faces(self.detector.name, boxes, meshes)
            found.append([measure_face(picture, int(number), face, self.hands) for face in faces])
        return found

    def landmarks(self, picture: Picture, box: BoundingBox) -> Landmarks | None:
        """Return the mesh of a box at first sight, looked for twice where the detector is not certain."""
        landmarks = self.mesh.landmarks(picture, box)
        if landmarks is None or box.confidence >= CERTAIN.get(self.detector.name, 1.0):
            return landmarks
        return landmarks if self.mesh.agrees(picture, box, landmarks) else None


def measure_face(
    picture: Picture,
    frame_number: int,
    face: FoundFace,
    hands: HandFinder | None,
    aligned: Picture | None = None,
) -> Face:
    """Measure a face's pose and quality (see :func:`~fead_desktop.faces.quality.face_quality`)."""
    return Face(
        frame_number=frame_number,
        box=face.box,
        landmarks=face.landmarks,
        pose=None if face.landmarks is None else head_pose(face.landmarks),
        quality=face_quality(picture, face.box, face.landmarks, hands, aligned),
    )


def confirm_faces(
    detector: str, boxes: Sequence[BoundingBox], meshes: Sequence[Landmarks | None]
) -> list[FoundFace]:
    """Keep the boxes that are faces, with their meshes.

    A box is a face if it has a mesh (:class:`FaceFinder` looks twice where the detector is not certain).
    Without a mesh it is one only if it is too small for the mesh
    and its detector is certain. Two boxes with the same mesh are one face.
    """
    confirmed: list[FoundFace] = []
    for box, landmarks in zip(boxes, meshes, strict=True):
        small = box.height < MESH_CERTAIN_PX and box.confidence >= CERTAIN.get(detector, 1.0)
        if landmarks is None and not small:
            continue
        twin = any(
            same_face(extent(landmarks, box), extent(kept.landmarks, kept.box))
            for kept in confirmed
        )
        if not twin:
            confirmed.append(FoundFace(box, landmarks))
    return confirmed


def extent(landmarks: Landmarks | None, box: BoundingBox) -> BoundingBox:
    """Return the bounding box of a mesh; the given box where there is none."""
    if landmarks is None:
        return box
    (x, y), (right, bottom) = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    return BoundingBox(float(x), float(y), float(right - x), float(bottom - y))
