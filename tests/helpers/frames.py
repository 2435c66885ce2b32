"""Frames of the shared recordings, and scenes with a face of a known size and place."""

from __future__ import annotations

import numpy as np

from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.data import data_file
from tests.helpers.portraits import portrait

#: The face in :func:`tests.helpers.portraits.portrait`, read off by eye.
PORTRAIT_FACE = BoundingBox(74, 48, 100, 132)


def frames_at(name: str, seconds: list[float]) -> list[Picture]:
    """Return the frames of a shared recording that are shown at these seconds."""
    path = data_file(name)
    index = build_frame_index(path)
    with Decoder(path, index) as decoder:
        pictures = [decoder.read(index.frame_at(second)) for second in seconds]
    return [picture for picture in pictures if picture is not None]


def scene(
    *faces: tuple[int, int, float], size: tuple[int, int] = (640, 360)
) -> tuple[Picture, list[BoundingBox]]:
    """Return a grey picture with the portrait pasted in, and where its face is.

    Parameters
    ----------
    *faces : (x, y, height)
        Upper left of the portrait in pixels, and the height of its face.
    size : (width, height)
    """
    import cv2

    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    boxes = []
    for x, y, height in faces:
        scale = height / PORTRAIT_FACE.height
        side = round(portrait().shape[0] * scale)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(portrait(), (side, side), interpolation=method)
        target = picture[y : y + side, x : x + side]
        target[:] = small[: target.shape[0], : target.shape[1]]
        boxes.append(
            BoundingBox(
                x + PORTRAIT_FACE.x * scale,
                y + PORTRAIT_FACE.y * scale,
                PORTRAIT_FACE.width * scale,
                PORTRAIT_FACE.height * scale,
            )
        )
    return picture, boxes
