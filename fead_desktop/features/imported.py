"""Tables of OpenFace, py-feat and LibreFace: read as text that nobody trusts, matched to the recording's frames."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.errors import UsageError
from fead_desktop.video.frame_index import FrameIndex

if TYPE_CHECKING:
    import pandas as pd

Values = npt.NDArray[np.float64]

#: A larger file is no table of one recording.
MOST_BYTES = 4 << 30
_LONGEST_NAME = 80
#: More rows outside of the recording than this share, and the table belongs to another one.
_MOST_OUTSIDE = 0.01
#: Rows whose own time lies further from their frame's than this are worth a remark.
_NOTABLE_S = 0.1
#: Faces that share less than this of their joint area (intersection over union) are two faces.
_LEAST_OVERLAP = 0.2
#: An analysed face tells for this long where the face is.
_LONGEST_AWAY_S = 0.5
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


@dataclass(frozen=True, eq=False)
class ImportedTable:
    """What another tool measured of one person, at frames of the recording.

    name : of the file; ``sha256`` of its contents. tool : a name of :data:`TOOLS`.
    frame_number, time_s : (n,), rising; the frames' own times, not those of the file.
    columns : name in the file -> (n,) float32; NaN where nothing was measured.
    number : of the table within its case, 0 before it is kept.
    anchor_s, anchor_box : (k,), (k, 4) where some of the person's faces were when it was imported, so that the table
        stays with the face when persons are told apart anew.
    """

    name: str
    sha256: str
    tool: str
    person: int
    frame_number: npt.NDArray[np.int64]
    time_s: Values
    columns: dict[str, npt.NDArray[np.float32]]
    number: int = 0
    anchor_s: Values = field(default_factory=lambda: np.empty(0))
    anchor_box: Values = field(default_factory=lambda: np.empty((0, 4)))

    @property
    def tool_title(self) -> str:
        """The tool as it writes itself."""
        return TOOLS_BY_NAME[self.tool].title

    def title(self, column: str) -> str:
        """Return words for a column."""
        kind, found = _kind_of(TOOLS_BY_NAME[self.tool], column)
        return kind.title(found)

    def floors(self) -> dict[str, float]:
        """Return the columns that can be scored, with the least spread that is believed of each."""
        tool = TOOLS_BY_NAME[self.tool]
        known = {name: _kind_of(tool, name)[0].floor for name in self.columns}
        return {name: floor for name, floor in known.items() if floor is not None}

    def to_bytes(self) -> bytes:
        """Serialise frames, times and columns without pickle."""
        arrays: dict[str, Any] = {f"column {name}": v for name, v in self.columns.items()}
        arrays |= {"anchor_s": self.anchor_s, "anchor_box": self.anchor_box}
        arrays |= {"frame_number": self.frame_number, "time_s": self.time_s}
        return arrays_to_bytes(arrays)

    @classmethod
    def from_bytes(
        cls, data: bytes, *, name: str, sha256: str, tool: str, person: int, number: int
    ) -> ImportedTable:
        """Read what :meth:`to_bytes` wrote."""
        stored = arrays_from_bytes(data)
        columns = {
            key.removeprefix("column "): values
            for key, values in stored.items()
            if key.startswith("column ")
        }
        frames, times = stored["frame_number"], stored["time_s"]
        anchors = stored["anchor_s"], stored["anchor_box"]
        return cls(name, sha256, tool, person, frames, times, columns, number, *anchors)


@dataclass(frozen=True, eq=False)
class FaceRows:
    """The rows of a file, one for each face of each frame, before anybody knows whose faces they are.

    frame_number, time_s : (n,) of the recording. face : (n,) the tool's own number of the face, 0 where it has none.
    box : (n, 4) left, top, right, bottom in pixels, NaN where the file does not tell.
    remarks : what the analyst should know, as sentences.
    """

    name: str
    sha256: str
    tool: Tool
    frame_number: npt.NDArray[np.int64]
    time_s: Values
    face: npt.NDArray[np.int64]
    box: Values
    columns: dict[str, npt.NDArray[np.float32]]
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame_number)

    @property
    def has_several_faces(self) -> bool:
        """Tell whether a frame has more than one row."""
        return len(np.unique(self.frame_number)) < len(self)

    def of_person(self, person: int, rows: npt.NDArray[np.int64]) -> ImportedTable:
        """Return these rows as a table of a person; of a frame's rows the first one counts."""
        _, first = np.unique(self.frame_number[rows], return_index=True)
        kept = rows[first]
        columns = {name: values[kept] for name, values in self.columns.items()}
        return ImportedTable(
            self.name, self.sha256, self.tool.name, person, self.frame_number[kept],
            self.time_s[kept], columns,
        )  # fmt: skip


def read_table(path: Path, index: FrameIndex) -> FaceRows:
    """Read a file of any known tool and match its rows to the frames of a recording.

    Rows are matched by frame number, which all three tools count like the frame index does, else by time. Cells
    that are no numbers count as not measured: nothing in the file is executed or kept as text.

    Raises
    ------
    UsageError
        When the file is no such table, or belongs to another recording.
    """
    name = _shown_name(path)
    table, tool, digest = _read(path, name)
    numbers, strange = _as_numbers(table, tool)
    frames, remarks = _frames(name, tool, numbers, index)
    if strange:
        remarks.append(f"Not measured counts for {strange} cells that are no numbers.")
    columns = {c: numbers[c] for c in table.columns if c in numbers and _is_column(tool, c)}
    unseen = ~(numbers[tool.seen] > 0) if tool.seen in numbers else np.zeros(len(table), bool)
    kept = np.flatnonzero(frames >= 0)
    order = kept[np.argsort(frames[kept], kind="stable")]
    measured = {c: _blanked(v, unseen)[order].astype(np.float32) for c, v in columns.items()}
    if not any(np.isfinite(values).any() for values in measured.values()):
        raise UsageError(f"'{name}' holds no measured value of a frame of this recording.")
    face = numbers.get(tool.face, np.zeros(len(table)))
    return FaceRows(
        name, digest, tool, frames[order], index.times_s[frames[order]],
        np.nan_to_num(face[order]).astype(np.int64), _boxes(tool, numbers, len(table))[order],
        measured, tuple(remarks),
    )  # fmt: skip


def nearest_persons(
    time_s: Values, box: Values, persons: Mapping[int, tuple[Values, Values]]
) -> npt.NDArray[np.int64]:
    """Return whose face is at each time in each box, (n,), by the overlap of boxes; -1 where nobody's.

    box : (n, 4) as left, top, right, bottom. persons : person -> (times (m,), boxes (m, 4)) of the analysed faces.
    """
    best, whose = np.full(len(time_s), _LEAST_OVERLAP), np.full(len(time_s), -1, np.int64)
    for person, (times, boxes) in persons.items():
        if not len(times):
            continue
        right = np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1))
        right = np.minimum(right, len(times) - 1)
        left = np.maximum(right - 1, 0)
        near = np.where(np.abs(times[left] - time_s) <= np.abs(times[right] - time_s), left, right)
        overlap = _overlap(box, boxes[near])
        overlap[np.abs(times[near] - time_s) > _LONGEST_AWAY_S] = 0.0
        better = overlap > best
        best[better], whose[better] = overlap[better], person
    return whose


def _overlap(one: Values, other: Values) -> Values:
    wide = np.minimum(one[:, 2], other[:, 2]) - np.maximum(one[:, 0], other[:, 0])
    high = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
    shared = np.clip(wide, 0, None) * np.clip(high, 0, None)
    area = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (one, other)]
    share: Values = np.nan_to_num(shared / np.maximum(area[0] + area[1] - shared, 1e-9))
    return share


# Reading ------------------------------------------------------------------------------------------------


def _read(path: Path, name: str) -> tuple[pd.DataFrame, Tool, str]:
    import pandas as pd

    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"'{name}' is larger than {MOST_BYTES >> 30} GB and is not read.")
        with path.open("rb") as file:
            head = file.readline(1 << 20)
            separator = b";" if head.count(b";") > head.count(b",") else b","
            cells = head.decode("utf-8-sig", errors="replace").split(separator.decode())
            tool = _tool_of([cell.strip().strip('"') for cell in cells], name)
            file.seek(0)
            digest = _digest(file, separator, name)
        table = pd.read_csv(
            path, sep=separator.decode(), usecols=lambda column: _is_wanted(tool, column.strip()),
            dtype=str, skipinitialspace=True, encoding="utf-8-sig", encoding_errors="replace",
            keep_default_na=False,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"'{name}' can't be read: {error.strerror}.") from error
    except (ValueError, pd.errors.ParserError, OverflowError) as error:
        raise _uneven(name) from error
    table.columns = [column.strip() for column in table.columns]
    if not len(table):
        raise UsageError(f"'{name}' holds no rows.")
    return table, tool, digest


def _digest(file: BinaryIO, separator: bytes, name: str) -> str:
    """Return the SHA-256 of a file whose lines all have as many cells; pandas passes over cells too many."""
    digest, cells = hashlib.sha256(), -1
    for line in file:
        digest.update(line)
        if b'"' in line or not line.strip():  # whether a quoted cell is right is pandas' to say
            continue
        cells = line.count(separator) if cells < 0 else cells
        if line.count(separator) != cells:
            raise _uneven(name)
    return digest.hexdigest()


def _uneven(name: str) -> UsageError:
    return UsageError(
        f"'{name}' is not a table that can be read: its lines don't have the columns of its first one."
    )


def _tool_of(header: list[str], name: str) -> Tool:
    for tool in TOOLS:
        if any(tool.telling.fullmatch(column) for column in header):
            if not {tool.frame, tool.time} & set(header):
                raise UsageError(
                    f"'{name}' looks like a table of {tool.title}, but has neither the column '{tool.frame}' "
                    f"nor '{tool.time}'; without them its rows can't be matched to frames."
                )
            if not any(_is_column(tool, column) for column in header):
                raise UsageError(
                    f"'{name}' looks like a table of {tool.title}, but has no action unit or emotion."
                )
            return tool
    raise UsageError(
        f"'{name}' is not a table of {', '.join(tool.title for tool in TOOLS)}: "
        "it has none of their columns, for example AU12_r, au_12_intensity or FaceRectX."
    )


def _is_wanted(tool: Tool, column: str) -> bool:
    known = {tool.frame, tool.time, tool.seen, tool.face, *tool.box}
    return column in known or _is_column(tool, column)


def _is_column(tool: Tool, column: str) -> bool:
    return any(kind.pattern.fullmatch(column) for kind in tool.kinds)


def _kind_of(tool: Tool, column: str) -> tuple[_Kind, re.Match[str]]:
    matches = ((kind, kind.pattern.fullmatch(column)) for kind in tool.kinds)
    return next((kind, found) for kind, found in matches if found is not None)


def _as_numbers(table: pd.DataFrame, tool: Tool) -> tuple[dict[str, Values], int]:
    """Return the columns as numbers, what is none as NaN, and how many measured cells were no numbers."""
    import pandas as pd

    numbers: dict[str, Values] = {}
    strange = 0
    for column in table.columns:
        cells = table[column].str.strip()
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, copy=True)
        values[~np.isfinite(values)] = np.nan
        if _is_column(tool, column):
            empty = cells.str.lower().isin(("", "nan", "na", "none", "null"))
            strange += int((np.isnan(values) & ~empty.to_numpy(bool)).sum())
        numbers[column] = values
    return numbers, strange


def _blanked(values: Values, unseen: npt.NDArray[np.bool_]) -> Values:
    return np.where(unseen, np.nan, values)


def _boxes(tool: Tool, numbers: Mapping[str, Values], rows: int) -> Values:
    if not tool.box or not set(tool.box) <= set(numbers):
        return np.full((rows, 4), np.nan)
    box = np.stack([numbers[name] for name in tool.box], axis=1)
    if tool.name == "pyfeat":
        box[:, 2:] += box[:, :2]
    box[~((box[:, 2] > box[:, 0]) & (box[:, 3] > box[:, 1]))] = (
        np.nan
    )  # zeros where there is no face
    return box


# Matching -----------------------------------------------------------------------------------------------


def _frames(
    name: str, tool: Tool, numbers: Mapping[str, Values], index: FrameIndex
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the frame of each row, -1 where it has none, and remarks."""
    times = numbers[tool.time] * tool.time_unit_s if tool.time in numbers else None
    if tool.frame in numbers:
        wanted = numbers[tool.frame] - tool.first_frame
        frames = _inside(wanted, wanted == np.floor(wanted), len(index))
        said = f"frame {np.nanmax(wanted):.0f}" if np.isfinite(wanted).any() else "no frame"
        length = f"{len(index)} frames"
    else:
        assert times is not None
        end_s = index.duration_s + index.median_interval_s
        known = np.isfinite(times) & (times >= -index.median_interval_s) & (times <= end_s)
        frames = np.full(len(times), -1, np.int64)
        frames[known] = [index.frame_at(max(time, 0.0)) for time in times[known] + 1e-4]
        said = f"{np.nanmax(times):.1f} s" if np.isfinite(times).any() else "no time"
        length = f"{index.duration_s:.1f} s"
    outside = int((frames < 0).sum())
    if outside > _MOST_OUTSIDE * len(frames):
        raise UsageError(
            f"'{name}' does not belong to this recording: {outside} of its {len(frames)} rows are outside of its "
            f"{length} (the last row is at {said})."
        )
    remarks = [f"{outside} rows outside of the recording were left out."] if outside else []
    if tool.frame in numbers and times is not None:
        apart = np.abs(index.times_s[np.maximum(frames, 0)] - times)[frames >= 0]
        most = float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
        if most > _NOTABLE_S:
            remarks.append(
                f"The file's own times differ from those of the recording's frames by up to {most:.1f} s; rows were "
                "matched by frame number."
            )
    return frames, remarks


def _inside(wanted: Values, whole: npt.NDArray[np.bool_], frames: int) -> npt.NDArray[np.int64]:
    known = np.isfinite(wanted) & whole & (wanted >= 0) & (wanted < frames)
    return np.where(known, np.where(known, wanted, 0), -1).astype(np.int64)


def _shown_name(path: Path) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in path.name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
