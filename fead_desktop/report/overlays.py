"""What is burnt into a clip: title, timecode and curve under the picture, box and name over it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.face import BoundingBox
from fead_desktop.video.decoder import Picture

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

#: A clip is at most this large, and at least so wide that its title can be read.
_MOST_WIDTH, _MOST_HEIGHT, _LEAST_WIDTH = 1280, 960, 480
#: Heights of the rows under the picture at the least width; they grow with it, up to twice.
_TITLE_PX, _TIMECODE_PX, _CURVE_PX = 28, 28, 84

_BACK, _TEXT, _DIM = (24, 24, 27), (240, 240, 240), (150, 150, 155)
_LINE, _STRETCH, _CURSOR, _BOX = (125, 190, 255), (70, 56, 26), (255, 214, 90), (255, 214, 90)


@dataclass(frozen=True)
class Curve:
    """A person's anomaly score around an event; arrays (n,), NaN where there is none; times in seconds."""

    time_s: npt.NDArray[np.float64]
    score: npt.NDArray[np.float32]
    start_s: float
    end_s: float
    onset_s: float
    offset_s: float


@dataclass(frozen=True)
class Layout:
    """Where things are in a clip, in pixels; ``picture`` is (x, y, width, height). Widths and heights are even."""

    width: int
    height: int
    picture: tuple[int, int, int, int]
    title_px: int
    timecode_px: int
    curve_px: int

    @classmethod
    def of(cls, width: int, height: int, overlays: Sequence[str]) -> Layout:
        """Return the layout for a recording of this size."""
        scale = min(_MOST_WIDTH / width, _MOST_HEIGHT / height, max(1.0, _LEAST_WIDTH / width))
        wide, high = (max(2, round(side * scale / 2) * 2) for side in (width, height))
        whole = max(wide, _LEAST_WIDTH)
        grown = min(max(whole / _LEAST_WIDTH, 1.0), 2.0)
        rows = {"title": _TITLE_PX, "timecode": _TIMECODE_PX, "curve": _CURVE_PX}
        title, timecode, curve = (
            round(px * grown / 2) * 2 if name in overlays else 0 for name, px in rows.items()
        )
        left = (whole - wide) // 2
        return cls(
            whole,
            high + title + timecode + curve,
            (left, 0, wide, high),
            title,
            timecode,
            curve,
        )


class Annotator:
    """Draws the frames of one event's clip.

    Parameters
    ----------
    layout : Layout
    scale : pixels of the clip's picture for each pixel of the recording.
    title : words about the event.
    curve : the score around it; None = an empty row.
    """

    def __init__(self, layout: Layout, scale: float, title: str, curve: Curve | None):
        self._layout, self._scale, self._curve = layout, scale, curve
        self._canvas = np.full((layout.height, layout.width, 3), _BACK, np.uint8)
        self._timecode_y = layout.picture[3] + layout.title_px
        self._curve_y = self._timecode_y + layout.timecode_px
        if layout.title_px:
            row = text_row(title, layout.width, layout.title_px)
            self._canvas[layout.picture[3] : self._timecode_y] = row
        if layout.curve_px:
            self._canvas[self._curve_y :] = _curve_row(curve, layout)

    def draw(
        self,
        picture: Picture,
        timecode: str,
        time_s: float,
        *,
        box: BoundingBox | None = None,
        name: str = "",
        name_at: BoundingBox | None = None,
    ) -> Picture:
        """Return the frame of the clip: (height, width, 3) uint8 RGB.

        Parameters
        ----------
        picture : the frame at the size of the layout's picture.
        timecode : what the row below says.
        time_s : where the cursor of the curve is, in seconds of the recording.
        box : drawn as an outline, in pixels of the recording; None = none.
        name, name_at : words over a box, whether that one is drawn or not.
        """
        layout, frame = self._layout, self._canvas.copy()
        x, y, width, height = layout.picture
        frame[y : y + height, x : x + width] = picture
        area = frame[y : y + height, x : x + width]
        if box is not None:
            _draw_outline(area, box, self._scale)
        if name_at is not None and name:
            _draw_name(area, name_at, name, self._scale)
        if layout.timecode_px:
            row = text_row(timecode, layout.width, layout.timecode_px)
            frame[self._timecode_y : self._curve_y] = row
        if layout.curve_px and self._curve is not None:
            at = _across(self._curve, layout.width, time_s)
            frame[self._curve_y :, max(at - 1, 0) : at + 1] = _CURSOR
        return frame


def text_row(text: str, width: int, height: int) -> Picture:
    """Return a row with a line of text, cut off with an ellipsis where it is too long: (height, width, 3) RGB."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), _BACK)
    draw, font = ImageDraw.Draw(image), _font(round(height * 0.6))
    room = width - height * 0.6
    if draw.textlength(text, font) > room:
        while text and draw.textlength(text + "…", font) > room:
            text = text[:-1]
        text = text.rstrip() + "…"
    draw.text((height * 0.3, height / 2), text, _TEXT, font, anchor="lm")
    return np.asarray(image, np.uint8)


def _draw_outline(area: Picture, box: BoundingBox, scale: float) -> None:
    import cv2

    corner = (round(box.x * scale), round(box.y * scale))
    opposite = (round((box.x + box.width) * scale), round((box.y + box.height) * scale))
    for colour, thickness in (((0, 0, 0), 4), (_BOX, 2)):
        cv2.rectangle(area, corner, opposite, colour, thickness)


def _draw_name(area: Picture, box: BoundingBox, name: str, scale: float) -> None:
    high = min(max(round(area.shape[0] / 24), 16), area.shape[0])
    tag = _tag(name, high)[:, : area.shape[1]]
    y = min(max(round(box.y * scale) - high - 2, 0), area.shape[0] - high)
    x = min(max(round(box.x * scale), 0), area.shape[1] - tag.shape[1])
    area[y : y + high, x : x + tag.shape[1]] = tag


@lru_cache(maxsize=8)
def _tag(name: str, height: int) -> Picture:
    from PIL import Image, ImageDraw

    font = _font(round(height * 0.7))
    width = round(font.getlength(name)) + height // 2
    image = Image.new("RGB", (width, height), _BACK)
    ImageDraw.Draw(image).text((height // 4, height / 2), name, _TEXT, font, anchor="lm")
    return np.asarray(image, np.uint8)


def _curve_row(curve: Curve | None, layout: Layout) -> Picture:
    from PIL import Image, ImageDraw

    # Drawn twice as large and made smaller, so that lines are smooth.
    width, height = 2 * layout.width, 2 * layout.curve_px
    image = Image.new("RGB", (width, height), _BACK)
    draw, small = ImageDraw.Draw(image), _font(round(height * 0.17))
    if curve is not None:
        left, right = (_across(curve, width, t) for t in (curve.onset_s, curve.offset_s))
        draw.rectangle((left, 0, max(right, left + 1), height), _STRETCH)
        known = np.isfinite(curve.score)
        most = float(curve.score[known].max()) if known.any() else 1.0
        least = float(curve.score[known].min()) if known.any() else 0.0
        share = (curve.score - least) / max(most - least, 1e-9)
        points = [
            (_across(curve, width, float(t)), height * (0.95 - 0.72 * float(s)))
            for t, s in zip(curve.time_s, share, strict=True)
        ]
        for k in range(1, len(points)):
            if known[k - 1] and known[k]:
                draw.line((points[k - 1], points[k]), _LINE, 4)
        if not known.any():
            draw.text((width / 2, height / 2), "no score here", _DIM, small, anchor="mm")
    draw.text((12, 6), "anomaly score", _DIM, small)
    return np.asarray(image.resize((layout.width, layout.curve_px)), np.uint8)


def _across(curve: Curve, width: int, time_s: float) -> int:
    share = (time_s - curve.start_s) / max(curve.end_s - curve.start_s, 1e-9)
    return round(min(max(share, 0.0), 1.0) * (width - 1))


@lru_cache(maxsize=16)
def _font(size_px: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    # matplotlib brings a font with it that has Latin, Greek and Cyrillic; it need not be imported for that.
    package = importlib.util.find_spec("matplotlib")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size_px)
    return ImageFont.load_default(size_px)
