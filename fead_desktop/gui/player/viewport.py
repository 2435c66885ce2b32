"""Viewport: which part of the picture the view shows, and how large. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

#: Screen pixels per pixel of the recording at most.
LARGEST = 32.0
#: A followed face is shown this high, as a share of the view.
FACE_SHARE = 0.7

Size = tuple[float, float]
#: Left, top, width and height.
Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Focus:
    """A face to look at: its middle and height, in pixels of the recording."""

    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Viewport:
    """``scale`` in screen pixels per pixel of the recording; ``x``, ``y``: the recording's pixel in the middle.

    Both count in mode "free" only: "fit" shows all, "follow" a face as large as is good to look at, or all where
    the face is not seen.
    """

    mode: Literal["fit", "free", "follow"] = "fit"
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def place(self, view: Size, picture: Size, focus: Focus | None = None) -> Place:
        """Return where the whole picture lies, in screen pixels of the view; may reach over its edges."""
        scale, x, y = self.look(view, picture, focus)
        width, height = (side * scale for side in picture)
        if not self.is_enlarged(focus):
            width, height = float(max(round(width), 2)), float(max(round(height), 2))
        left, top = view[0] / 2 - x * scale, view[1] / 2 - y * scale
        return round(left), round(top), width, height

    def look(
        self, view: Size, picture: Size, focus: Focus | None = None
    ) -> tuple[float, float, float]:
        """Return scale and the recording's pixel in the middle of the view."""
        fit = fit_scale(view, picture)
        if self.mode == "free":
            scale, x, y = self.scale, self.x, self.y
        elif self.mode == "follow" and focus is not None and focus.height > 0:
            scale = min(max(FACE_SHARE * view[1] / focus.height, fit), LARGEST)
            x, y = focus.x, focus.y
        else:
            scale, x, y = fit, picture[0] / 2, picture[1] / 2
        return scale, _inside(x, view[0], picture[0], scale), _inside(y, view[1], picture[1], scale)

    def is_enlarged(self, focus: Focus | None = None) -> bool:
        """Tell whether a part of the picture is shown at a scale of its own."""
        return self.mode == "free" or (self.mode == "follow" and focus is not None)

    def zoomed(
        self,
        view: Size,
        picture: Size,
        at: tuple[float, float],
        factor: float,
        focus: Focus | None = None,
    ) -> Viewport:
        """Zoom so that what lies under ``at`` (screen pixels) stays there; back to fit at the smallest."""
        scale, x, y = self.look(view, picture, focus)
        fit = fit_scale(view, picture)
        wanted = min(scale * factor, max(LARGEST, fit))
        if wanted <= fit * 1.001 and factor < 1:
            return Viewport()
        dx, dy = at[0] - view[0] / 2, at[1] - view[1] / 2
        moved = Viewport("free", wanted, x + dx / scale - dx / wanted, y + dy / scale - dy / wanted)
        return moved._kept_inside(view, picture)

    def panned(
        self, view: Size, picture: Size, by: tuple[float, float], focus: Focus | None = None
    ) -> Viewport:
        """Move the picture by screen pixels."""
        if not self.is_enlarged(focus):
            return self
        scale, x, y = self.look(view, picture, focus)
        moved = Viewport("free", scale, x - by[0] / scale, y - by[1] / scale)
        return moved._kept_inside(view, picture)

    def _kept_inside(self, view: Size, picture: Size) -> Viewport:
        _, x, y = self.look(view, picture)
        return replace(self, x=x, y=y)


def fit_scale(view: Size, picture: Size) -> float:
    """Return the scale at which the whole picture fills the view."""
    return min(view[0] / max(picture[0], 1), view[1] / max(picture[1], 1))


def _inside(middle: float, room: float, side: float, scale: float) -> float:
    """Keep the view on the picture: no empty edge where the picture is larger than the view."""
    half = room / 2 / scale
    return side / 2 if half * 2 >= side else min(max(middle, half), side - half)
