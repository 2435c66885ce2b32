"""Drawing: a figure as plain shapes, so that every format draws the same picture with its own means."""

from __future__ import annotations

from dataclasses import dataclass

#: Colours by what they are for, on light and on dark ground; the window has the same ones.
COLOURS: dict[str, tuple[str, str]] = {
    "text": ("#1B1E23", "#E6E8EB"),
    "muted": ("#5F6773", "#9AA1AC"),
    "line": ("#C9CDD4", "#3A3F48"),
    "event": ("#B9C4D3", "#5B6B80"),
    "accent": ("#1F6FBF", "#3D8BD4"),
    "score": ("#A86400", "#F0B429"),
    "unreviewed": ("#6B727D", "#9AA1AC"),
    "confirmed": ("#00805C", "#1FB386"),
    "rejected": ("#A83A00", "#E4671A"),
    "unsure": ("#AD7A00", "#F0B429"),
    "disputed": ("#9A3F86", "#D070B0"),
    "analysed": ("#00805C", "#1FB386"),
    "covered": ("#A83A00", "#E4671A"),
    "turned away": ("#1D93C4", "#7DD3F7"),
    "too small": ("#9A3F86", "#D070B0"),
    "no mesh": ("#858C97", "#C4C8CE"),
    "other person": ("#1A5FD0", "#3F86E0"),
    "no face": ("#9CA3AE", "#5D646F"),
    "not readable": ("#B3202C", "#F2606A"),
}
#: A verdict is told by its sign also without a colour.
VERDICT_SIGNS = {
    "unreviewed": "○", "confirmed": "✓", "rejected": "✗", "unsure": "?", "disputed": "≠",
}  # fmt: skip

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line through points; ``dash`` holds the lengths of dash and gap, empty = a whole line."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.5
    dash: tuple[float, float] | tuple[()] = ()


@dataclass(frozen=True)
class Area:
    """A filled rectangle. ``opacity`` 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Label:
    """A short text; ``y`` is its base line, ``anchor`` the part of it that lies at ``x``."""

    x: float
    y: float
    text: str
    colour: str = "muted"
    anchor: str = "start"
    bold: bool = False


@dataclass(frozen=True)
class Drawing:
    """Shapes in units that are pixels at 100 %; y grows downwards, text is :data:`TEXT_PX` high.

    alt : what it shows, in words.
    """

    width: float
    height: float
    alt: str
    shapes: tuple[Line | Area | Label, ...]


#: Height of the text of a drawing, and how wide a letter of it is at most on average.
TEXT_PX, LETTER_PX = 12.0, 7.0
