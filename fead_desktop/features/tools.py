"""The tools whose tables can be imported: how each names and counts what it measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fead_desktop.errors import UsageError

_EMOTIONS = "anger|disgust|fear|happiness|sadness|surprise|neutral"


@dataclass(frozen=True)
class _Kind:
    """Columns of one kind. ``floor`` : least robust spread that is believed, about 5 % of the scale; None = a column
    that is shown but says nothing about the expression, or only yes and no, and is not scored.
    """

    pattern: re.Pattern[str]
    title: Callable[[re.Match[str]], str]
    floor: float | None


@dataclass(frozen=True)
class Tool:
    """How a tool writes its tables.

    frame, time : columns of the frame number (the first frame is ``first_frame``) and of the time, which is in
    units of ``time_unit_s``. box : columns of left, top, right or width, bottom or height of the face.
    seen : column that is 0 or empty where no face was found.
    """

    name: str
    title: str
    telling: re.Pattern[str]
    frame: str
    first_frame: int
    time: str
    time_unit_s: float
    kinds: tuple[_Kind, ...]
    seen: str = ""
    face: str = ""
    box: tuple[str, ...] = ()

    def measures(self, column: str) -> bool:
        """Tell whether a column holds what the tool measured."""
        return any(kind.pattern.fullmatch(column) for kind in self.kinds)

    def needs(self, column: str) -> bool:
        """Tell whether a column is read at all."""
        known = {self.frame, self.time, self.seen, self.face, *self.box}
        return column in known or self.measures(column)

    def title_of(self, column: str) -> str:
        """Return words for a column that it measures."""
        kind, found = self._kind_of(column)
        return kind.title(found)

    def floor_of(self, column: str) -> float | None:
        """Return the least robust spread that is believed of a column; None where it can't be scored."""
        return self._kind_of(column)[0].floor

    def _kind_of(self, column: str) -> tuple[_Kind, re.Match[str]]:
        matches = ((kind, kind.pattern.fullmatch(column)) for kind in self.kinds)
        return next((kind, found) for kind, found in matches if found is not None)


def _kind(pattern: str, title: str, floor: float | None) -> _Kind:
    return _Kind(re.compile(pattern), lambda found: title.format(*found.groups()).strip(), floor)


def _unit(found: re.Match[str]) -> str:
    return f"AU{int(found[1])}"


#: Recognised from top to bottom by a column that only this tool writes.
TOOLS: tuple[Tool, ...] = (
    Tool(
        "openface", "OpenFace", re.compile(r"AU\d\d_[rc]"), "frame", 1, "timestamp", 1.0,
        (
            _Kind(re.compile(r"AU(\d\d)_r"), _unit, 0.25),
            _Kind(re.compile(r"AU(\d\d)_c"), lambda found: f"{_unit(found)} present", None),
            _kind(r"pose_R([xyz])", "head rotation {}", None),
            _kind(r"gaze_angle_([xy])", "gaze {}", None),
        ),
        seen="success", face="face_id", box=("x_0", "y_19", "x_16", "y_8"),
    ),
    Tool(
        "libreface", "LibreFace", re.compile(r"au_\d+_intensity|frame_time_in_ms"), "frame_idx", 0,
        "frame_time_in_ms", 0.001,
        (
            _Kind(re.compile(r"au_(\d+)_intensity"), _unit, 0.25),
            _Kind(re.compile(r"au_(\d+)"), lambda found: f"{_unit(found)} present", None),
            _kind("(pitch|yaw|roll)", "head {}", None),
        ),
    ),
    Tool(
        "pyfeat", "py-feat", re.compile(r"FaceRectX|FaceScore"), "frame", 0, "timestamp", 1.0,
        (
            _Kind(re.compile(r"AU(\d\d)"), _unit, 0.05),
            _kind(f"({_EMOTIONS})", "{}", 0.05),
            _kind("(valence|arousal)", "{}", None),
            _kind("(Pitch|Yaw|Roll)", "head {}", None),
        ),
        seen="FaceScore", box=("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"),
    ),
)  # fmt: skip
TOOLS_BY_NAME: dict[str, Tool] = {tool.name: tool for tool in TOOLS}


def tool_of(header: list[str], name: str) -> Tool:
    """Return the tool that writes such columns.

    Raises
    ------
    UsageError
        When it is none, or the file ``name`` lacks what its rows could be matched or scored by.
    """
    for tool in TOOLS:
        if any(tool.telling.fullmatch(column) for column in header):
            if not {tool.frame, tool.time} & set(header):
                raise UsageError(
                    f"'{name}' looks like a table of {tool.title}, but has neither the column '{tool.frame}' "
                    f"nor '{tool.time}'; without them its rows can't be matched to frames."
                )
            if not any(tool.measures(column) for column in header):
                raise UsageError(
                    f"'{name}' looks like a table of {tool.title}, but has no action unit or emotion."
                )
            return tool
    raise UsageError(
        f"'{name}' is not a table of {', '.join(tool.title for tool in TOOLS)}: "
        "it has none of their columns, for example AU12_r, au_12_intensity or FaceRectX."
    )
