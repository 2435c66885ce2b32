"""A face in a frame: box, landmarks, quality. Plain values, no models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: A picture: (height, width, 3) uint8 RGB, upright.
Picture = npt.NDArray[np.uint8]

#: 478 points of MediaPipe's face mesh, (478, 3) float32: x, y in pixels of the frame, z in the same scale
#: (negative towards the camera).
Landmarks = npt.NDArray[np.float32]

#: A face below this box height is not analysed.
LEAST_FACE_PX = 24


@dataclass(frozen=True)
class BoundingBox:
    """An upright box in pixels of the frame; may reach over the picture's edge.

    ``confidence`` is the detector's own, in [0, 1]; not comparable between detectors.
    """

    x: float
    y: float
    width: float
    height: float
    confidence: float = 1.0

    @property
    def center(self) -> tuple[float, float]:
        """Middle of the box, in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    def intersection_over_union(self, other: BoundingBox) -> float:
        """Return the overlap with another box, 0 (apart) to 1 (the same)."""
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        high = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if wide <= 0 or high <= 0:
            return 0.0
        both = wide * high
        return both / (self.width * self.height + other.width * other.height - both)

    def scaled(self, factor: float) -> BoundingBox:
        """Return the box grown (factor > 1) or shrunk about its middle."""
        cx, cy = self.center
        w, h = self.width * factor, self.height * factor
        return BoundingBox(cx - w / 2, cy - h / 2, w, h, self.confidence)


@dataclass(frozen=True)
class HeadPose:
    """Rotation of the head in degrees against a frontal face.

    ``yaw_deg`` > 0: turned to the person's left (the picture's right); ``pitch_deg`` > 0: looking up;
    ``roll_deg`` > 0: tilted clockwise in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True)
class FaceQuality:
    """How well a face could be seen. NaN where it could not be measured.

    size_px : distance between the outer eye corners, or the box width / 2 where there is no mesh.
    sharpness : variance of the Laplacian of the aligned 160x160 grey face (higher = sharper).
    brightness : mean grey of the aligned face, 0 to 255.
    occlusion : share of the face that looks covered, 0 to 1.
    """

    size_px: float
    sharpness: float
    brightness: float
    occlusion: float


@dataclass(frozen=True)
class Face:
    """One face in one frame. ``landmarks`` and ``pose`` are None where the mesh failed."""

    frame_number: int
    box: BoundingBox
    landmarks: Landmarks | None
    pose: HeadPose | None
    quality: FaceQuality
