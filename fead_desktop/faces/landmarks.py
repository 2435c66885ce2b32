"""FaceMesh: 478 points on each face, by MediaPipe's face mesh with attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.alignment import warp_face
from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
from fead_desktop.models.device import import_mediapipe

#: Side of the crop in box heights. From 1.2 to 2.2 recall was 363 of 363 faces and jitter the same within
#: its noise (0.005 to 0.008 eye distances for a box shifted by 6 %); 2.6 met neighbours and clouds.
CROP_MARGIN = 1.6

#: Tried when the crop shows a neighbour's face instead.
TIGHT_MARGIN = 1.15

#: Of the second look, and the mean distance of the two meshes in outer eye distances that is allowed.
SECOND_MARGIN, MOST_DISAGREEMENT = 1.25, 0.1

#: Mesh points of the outer eye corners, the person's right eye first.
OUTER_EYES = (33, 263)

#: Side of the picture in which the first look searches.
CROP_PX = 256

#: Side of the square that the mesh's network sees, and the square's side in sizes of the mesh before (as in
#: MediaPipe's own graph).
_NETWORK_PX, _NETWORK_MARGIN = 192, 1.5

#: A point of MediaPipe's list of landmarks as protobuf writes it: tag and length of the point, then a tag before
#: each number.
_POINT_RECORD = np.dtype(
    [
        ("head", "V2"),
        ("x_tag", "V1"),
        ("x", "<f4"),
        ("y_tag", "V1"),
        ("y", "<f4"),
        ("z_tag", "V1"),
        ("z", "<f4"),
    ]
)

#: MediaPipe's mesh network alone, on a square that is given; its own graphs find the square anew each time. It runs
#: in the calling thread: handing each square to another one costs a tenth more.
_NETWORK_GRAPH = """
input_stream: "image"
input_stream: "square"
input_side_packet: "with_attention"
output_stream: "landmarks"
executor { type: "ApplicationThreadExecutor" }
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:square"
  input_side_packet: "WITH_ATTENTION:with_attention"
  output_stream: "LANDMARKS:landmarks"
}
"""


class FaceMesh:
    """Mesh of one face at a time; it depends on the frame and on the box or mesh that is given only.

    The first look is MediaPipe's static mode, which finds the face anew in a crop, so there is no memory of
    earlier frames (its video mode gives other points when it starts elsewhere, up to 8.5 px). The points
    then come from a level square around that mesh or around the mesh of the frame before; the second
    differ from the first by 0.004 to 0.012 outer eye distances, and both are steadier from frame to frame
    than the first look (measures jitter by 0.5 to 0.8 of it on four recordings).
    Method: Grishchenko et al. 2020, arXiv:2006.10962.
    """

    def __init__(self) -> None:
        mediapipe = import_mediapipe()
        self._mesh: Any = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=0.5,
        )
        self._network = _Network(mediapipe)

    def landmarks(self, picture: Picture, box: BoundingBox) -> Landmarks | None:
        """Return the face's (478, 3) points in pixels of the frame; None where there is no such face.

        A mesh that does not fit the box (a neighbour's face, nonsense) is None too.
        """
        for margin in (CROP_MARGIN, TIGHT_MARGIN):
            first = self._in_crop(picture, box, margin)
            if first is None:
                return None
            if fits_box(first, box):
                found = self.follow(picture, first)
                return found if found is not None and fits_box(found, box) else first
        return None

    def landmarks_where(
        self, picture: Picture, box: BoundingBox, roll_deg: float
    ) -> Landmarks | None:
        """Return what :meth:`landmarks` does, in about 0.7 of its time, for a face that is known to be there.

        Box and roll may be those of frames beside this one. Two looks of the network stand for the search in a
        crop, which is made where they find nothing that fits the box.
        """
        first = self._in_square(picture, _square_of_box(box, roll_deg))
        if first is not None and fits_box(first, box):
            found = self.follow(picture, first)
            if found is not None and fits_box(found, box):
                return found
        return self.landmarks(picture, box)

    def follow(self, picture: Picture, before: Landmarks) -> Landmarks | None:
        """Return the points (478, 3) of the face that had the mesh ``before`` a moment ago; None if it is gone."""
        return self._in_square(picture, _level_square(before))

    def _in_square(self, picture: Picture, matrix: npt.NDArray[np.float64]) -> Landmarks | None:
        """Return the points that the network sees in a square, given as frame to network (2, 3)."""
        points = self._network.points(warp_face(picture, matrix, _NETWORK_PX))
        if points is None:
            return None
        a, b = float(matrix[0, 0]), float(matrix[0, 1])
        square = a * a + b * b
        x, y = (_NETWORK_PX * points[:, :2] - matrix[:, 2]).T
        z = points[:, 2] * (_NETWORK_PX / np.sqrt(square))
        # The matrix is a rotation and a scale, [[a, b], [-b, a]].
        found: Landmarks = np.empty((len(points), 3), np.float32)
        found[:, 0], found[:, 1], found[:, 2] = (
            (a * x - b * y) / square,
            (b * x + a * y) / square,
            z,
        )
        return found

    def agrees(self, picture: Picture, box: BoundingBox, landmarks: Landmarks) -> bool:
        """Tell whether a second look at the face, from nearer, shows the same mesh.

        On 250 true faces of 24 px and more the two differed by 0.06 eye distances at most; on clouds and
        letters the second look found nothing.
        """
        again = self._in_crop(picture, box, SECOND_MARGIN)
        if again is None:
            return False
        right, left = (landmarks[point, :2] for point in OUTER_EYES)
        apart = np.linalg.norm((again - landmarks)[:, :2], axis=1).mean()
        return bool(apart < MOST_DISAGREEMENT * np.linalg.norm(left - right))

    def close(self) -> None:
        """Free the networks."""
        self._mesh.close()
        self._network.close()

    def _in_crop(self, picture: Picture, box: BoundingBox, margin: float) -> Landmarks | None:
        crop, left, top, side = face_square(picture, box, margin)
        faces = self._mesh.process(crop).multi_face_landmarks
        if not faces:
            return None
        points = _points_of(faces[0]) * side
        points[:, :2] += (left, top)
        return points.astype(np.float32)


class _Network:
    """The mesh's network on one square after another."""

    def __init__(self, mediapipe: Any) -> None:
        from mediapipe.framework.formats.rect_pb2 import NormalizedRect

        self._mediapipe = mediapipe
        self._answer: Any = None
        self._clock = 0
        whole = NormalizedRect(x_center=0.5, y_center=0.5, width=1.0, height=1.0, rotation=0.0)
        self._whole: Any = mediapipe.packet_creator.create_proto(whole)
        self._graph: Any = mediapipe.CalculatorGraph(graph_config=_NETWORK_GRAPH)
        self._graph.observe_output_stream("landmarks", self._take)
        attention = mediapipe.packet_creator.create_bool(True)  # noqa: FBT003
        self._graph.start_run({"with_attention": attention})

    def points(self, square: Picture) -> npt.NDArray[np.float64] | None:
        """Return (478, 3) in shares of the square's side; None where it shows no face."""
        self._clock += 1
        self._answer = None
        image = self._mediapipe.packet_creator.create_image_frame(
            data=np.ascontiguousarray(square), image_format=self._mediapipe.ImageFormat.SRGB
        )
        self._graph.add_packet_to_input_stream("image", image.at(self._clock))
        self._graph.add_packet_to_input_stream("square", self._whole.at(self._clock))
        self._graph.wait_until_idle()
        if self._answer is None:
            return None
        return _points_of(self._mediapipe.packet_getter.get_proto(self._answer))

    def close(self) -> None:
        self._graph.close_all_packet_sources()
        self._graph.wait_until_done()

    def _take(self, _: str, packet: Any) -> None:
        self._answer = packet


def _points_of(landmarks: Any) -> npt.NDArray[np.float64]:
    # Each is a record of the same length: reading 1,434 attributes takes 20 times as long.
    records = np.frombuffer(landmarks.SerializeToString(), _POINT_RECORD)
    points = np.empty((len(records), 3))
    for column, name in enumerate(("x", "y", "z")):
        points[:, column] = records[name]
    return points


def _level_square(landmarks: Landmarks) -> npt.NDArray[np.float64]:
    """Return frame to network (2, 3): the square around a mesh, turned until its eyes are level."""
    points = landmarks[:, :2].astype(np.float64)
    across = points[OUTER_EYES[1]] - points[OUTER_EYES[0]]
    cos, sin = across / max(float(np.hypot(*across)), 1e-9)
    turn = np.array([[cos, sin], [-sin, cos]])
    x, y = points.T
    level = np.stack([cos * x + sin * y, cos * y - sin * x])
    low, high = level.min(axis=1), level.max(axis=1)
    scale = _NETWORK_PX / (_NETWORK_MARGIN * max(float((high - low).max()), 1e-6))
    return np.column_stack([scale * turn, _NETWORK_PX / 2 - scale * (low + high) / 2])


def _square_of_box(box: BoundingBox, roll_deg: float) -> npt.NDArray[np.float64]:
    """Return frame to network (2, 3): the square around a box that a mesh in it would give."""
    angle = np.radians(roll_deg) if np.isfinite(roll_deg) else 0.0
    cos, sin = np.cos(angle), np.sin(angle)
    scale = _NETWORK_PX / (_NETWORK_MARGIN * max(box.width, box.height, 1.0))
    linear = scale * np.array([[cos, sin], [-sin, cos]])
    return np.column_stack([linear, _NETWORK_PX / 2 - linear @ np.array(box.center)])


def fits_box(landmarks: Landmarks, box: BoundingBox) -> bool:
    """Tell whether a mesh shows the face in the box: about its place and size, and not folded."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    width, height = (float(v) for v in high - low)
    if not np.isfinite(landmarks).all() or width <= 0 or height <= 0:
        return False
    middle_x, middle_y = (float(v) for v in (low + high) / 2)
    centre_x, centre_y = box.center
    near = (
        abs(middle_x - centre_x) < 0.4 * box.width and abs(middle_y - centre_y) < 0.4 * box.height
    )
    ratio = (width * height) / (box.width * box.height)
    return near and 0.3 < ratio < 2.5


def face_square(
    picture: Picture, box: BoundingBox, margin: float = CROP_MARGIN
) -> tuple[Picture, int, int, int]:
    """Return the square around a box, black beyond the picture, with its left, top and side in pixels."""
    import cv2

    centre_x, centre_y = box.center
    side = max(8, round(margin * max(box.width, box.height)))
    left, top = round(centre_x - side / 2), round(centre_y - side / 2)
    height, width = picture.shape[:2]
    inside = picture[
        min(max(top, 0), height) : max(0, min(top + side, height)),
        min(max(left, 0), width) : max(0, min(left + side, width)),
    ]
    if inside.size == 0:
        return np.zeros((CROP_PX, CROP_PX, 3), np.uint8), left, top, side
    above, before = max(0, -top), max(0, -left)
    square = cv2.copyMakeBorder(
        inside,
        above,
        side - above - inside.shape[0],
        before,
        side - before - inside.shape[1],
        cv2.BORDER_CONSTANT,
    )
    method = cv2.INTER_AREA if side > CROP_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (CROP_PX, CROP_PX), interpolation=method)), left, top, side
