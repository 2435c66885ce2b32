"""FaceFinder: a batch of frames to confirmed faces with mesh, pose and quality."""

from __future__ import annotations

from collections.abc import Sequence

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
        boxes = self.detector.detect(pictures)
        return [
            self._faces(picture, found, int(number))
            for picture, found, number in zip(pictures, boxes, frame_numbers, strict=True)
        ]

    def _faces(
        self, picture: Picture, boxes: Sequence[BoundingBox], frame_number: int
    ) -> list[Face]:
        meshes = [self._landmarks(picture, box) for box in boxes]
        return [
            Face(
                frame_number=frame_number,
                box=box,
                landmarks=landmarks,
                pose=None if landmarks is None else head_pose(landmarks),
                quality=face_quality(picture, box, landmarks, self.hands),
            )
            for box, landmarks in confirm_faces(self.detector.name, boxes, meshes)
        ]

    def _landmarks(self, picture: Picture, box: BoundingBox) -> Landmarks | None:
        landmarks = self.mesh.landmarks(picture, box)
        if landmarks is None or box.confidence >= CERTAIN.get(self.detector.name, 1.0):
            return landmarks
        return landmarks if self.mesh.agrees(picture, box, landmarks) else None


def confirm_faces(
    detector: str, boxes: Sequence[BoundingBox], meshes: Sequence[Landmarks | None]
) -> list[tuple[BoundingBox, Landmarks | None]]:
    """Keep the boxes that are faces, with their meshes.

    A box is a face if it has a mesh (:class:`FaceFinder` looks twice where the detector is not certain).
    Without a mesh it is one only if it is too small for the mesh
    and its detector is certain. Two boxes with the same mesh are one face.
    """
    confirmed: list[tuple[BoundingBox, Landmarks | None]] = []
    for box, landmarks in zip(boxes, meshes, strict=True):
        small = box.height < MESH_CERTAIN_PX and box.confidence >= CERTAIN.get(detector, 1.0)
        if landmarks is None and not small:
            continue
        twin = any(
            same_face(_extent(landmarks, box), _extent(other, kept)) for kept, other in confirmed
        )
        if not twin:
            confirmed.append((box, landmarks))
    return confirmed


def _extent(landmarks: Landmarks | None, box: BoundingBox) -> BoundingBox:
    if landmarks is None:
        return box
    (x, y), (right, bottom) = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    return BoundingBox(float(x), float(y), float(right - x), float(bottom - y))
