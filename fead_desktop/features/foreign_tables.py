"""Files of other tools: read as text that nobody trusts, matched to the recording's frames."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import UsageError
from fead_desktop.features.imported import ImportedTable, Values
from fead_desktop.features.tools import Tool, tool_of
from fead_desktop.video.frame_index import FrameIndex

if TYPE_CHECKING:
    import pandas as pd

#: A larger file is no table of one recording.
MOST_BYTES = 4 << 30
_LONGEST_NAME = 80
#: More rows outside of the recording than this share, and the table belongs to another one.
_MOST_OUTSIDE = 0.01
#: Rows whose own time lies further from their frame's than this are worth a remark.
_NOTABLE_S = 0.1


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
    columns = {c: numbers[c] for c in table.columns if c in numbers and tool.measures(c)}
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
            tool = tool_of([cell.strip().strip('"') for cell in cells], name)
            file.seek(0)
            digest = _digest(file, separator, name)
        table = pd.read_csv(
            path, sep=separator.decode(), usecols=lambda column: tool.needs(column.strip()),
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


def _as_numbers(table: pd.DataFrame, tool: Tool) -> tuple[dict[str, Values], int]:
    """Return the columns as numbers, what is none as NaN, and how many measured cells were no numbers."""
    import pandas as pd

    numbers: dict[str, Values] = {}
    strange = 0
    for column in table.columns:
        cells = table[column].str.strip()
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, copy=True)
        values[~np.isfinite(values)] = np.nan
        if tool.measures(column):
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
