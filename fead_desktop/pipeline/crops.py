"""The aligned face as it is saved and shown."""

from __future__ import annotations

from fead_desktop.faces.alignment import ALIGNED_PX, align_by_eyes, warp_face
from fead_desktop.faces.face import BoundingBox, Landmarks, Picture

_QUALITY = 88


def aligned_face(picture: Picture, box: BoundingBox, landmarks: Landmarks | None) -> Picture:
    """Return the 160-pixel face with a level eye line; by its box where there is no mesh."""
    if landmarks is not None:
        return align_by_eyes(picture, landmarks)
    side = max(box.width, box.height) * 1.2
    scale = ALIGNED_PX / side
    cx, cy = box.center
    shift = [[scale, 0.0, (side / 2 - cx) * scale], [0.0, scale, (side / 2 - cy) * scale]]
    return warp_face(picture, shift, ALIGNED_PX)


def jpeg_of(picture: Picture) -> bytes:
    """Return an RGB picture as JPEG."""
    import cv2

    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("the picture can't be encoded as JPEG")
    return bytes(data)
