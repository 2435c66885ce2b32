"""What another tool measured of one person, at frames of the recording; and whose face a box shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.features.tools import TOOLS_BY_NAME

Values = npt.NDArray[np.float64]

#: Faces that share less than this of their joint area (intersection over union) are two faces.
_LEAST_OVERLAP = 0.2
#: An analysed face tells for this long where the face is.
_LONGEST_AWAY_S = 0.5


@dataclass(frozen=True, eq=False)
class ImportedTable:
    """What another tool measured of one person, at frames of the recording.

    name : of the file; ``sha256`` of its contents. tool : a name of :data:`~fead_desktop.features.tools.TOOLS`.
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
        return TOOLS_BY_NAME[self.tool].title_of(column)

    def floors(self) -> dict[str, float]:
        """Return the columns that can be scored, with the least spread that is believed of each."""
        tool = TOOLS_BY_NAME[self.tool]
        known = {name: tool.floor_of(name) for name in self.columns}
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
