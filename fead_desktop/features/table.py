"""FeatureTable: one row per face per analysed frame, columns as arrays with names, units and dtypes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.features.measures import EMOTIONS, EXPRESSION_MEASURES, MEASURE_NAMES

FloatArray = npt.NDArray[np.float32]
AnyArray = npt.NDArray[np.generic]

#: No person could be told.
UNASSIGNED = -1


@dataclass(frozen=True)
class Column:
    """A column of the table, as the data dictionary explains it."""

    name: str
    dtype: str
    unit: str
    description: str


COLUMNS: tuple[Column, ...] = (
    Column(
        "frame_number", "int64", "", "number of the frame in the recording's frame index, from 0"
    ),
    Column("time_s", "float64", "s", "presentation time of the frame, relative to the first frame"),
    Column("shot", "int32", "", "number of the shot, from 0"),
    Column("face", "int16", "", "number of the face within the frame, from left to right, from 0"),
    Column("track", "int32", "", "faces of one track follow each other without a gap or cut"),
    Column("person", "int32", "", "person the face was assigned to; -1 = unassigned"),
    Column("box_x", "float32", "px", "left edge of the bounding box"),
    Column("box_y", "float32", "px", "upper edge of the bounding box"),
    Column("box_width", "float32", "px", "width of the bounding box"),
    Column("box_height", "float32", "px", "height of the bounding box"),
    Column("confidence", "float32", "0-1", "the detector's own confidence"),
    Column("size_px", "float32", "px", "distance between the outer eye corners"),
    Column("sharpness", "float32", "", "variance of the Laplacian of the aligned grey face"),
    Column("brightness", "float32", "0-255", "mean grey of the aligned face"),
    Column("occlusion", "float32", "0-1", "share of the face that looks covered"),
    Column("yaw_deg", "float32", "deg", "head turn; > 0 = to the person's left"),
    Column("pitch_deg", "float32", "deg", "head nod; > 0 = looking up"),
    Column("roll_deg", "float32", "deg", "head tilt; > 0 = clockwise in the picture"),
    *(
        Column(name, "float32", "0-1", f"score of the apparent emotion '{name}' (FER)")
        for name in EMOTIONS
    ),
    *(
        Column(
            measure.name,
            "float32",
            "outer eye distance",
            f"{measure.title}: geometric proxy from the face mesh, head pose taken out; higher = more of it",
        )
        for measure in EXPRESSION_MEASURES
    ),
)
COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
_EMBEDDING = "embedding__"
_DTYPES = {column.name: np.dtype(column.dtype) for column in COLUMNS}


class FeatureTable:
    """Columns of equal length, sorted by (frame_number, face), and one embedding per row.

    What could not be measured is NaN, never zero.

    Parameters
    ----------
    columns : mapping of column name to array (n,)
        Missing float columns are NaN, missing integer columns -1 (``person``, ``track``) or 0.
    embedding : array (n, d) float32
        Identity embedding of each face; rows of NaN where there is none. d may be 0.
    """

    def __init__(self, columns: Mapping[str, npt.ArrayLike], embedding: FloatArray | None = None):
        unknown = set(columns) - set(COLUMN_NAMES)
        if unknown:
            raise ValueError(f"unknown columns: {sorted(unknown)}")
        n = len(np.asarray(columns["frame_number"])) if "frame_number" in columns else 0
        self.columns: dict[str, AnyArray] = {}
        for name, dtype in _DTYPES.items():
            if name in columns:
                values = np.asarray(columns[name], dtype=dtype)
            elif dtype.kind == "f":
                values = np.full(n, np.nan, dtype)
            else:
                values = np.full(n, UNASSIGNED if name in {"person", "track"} else 0, dtype)
            if values.shape != (n,):
                raise ValueError(f"column {name} has shape {values.shape}, expected {(n,)}")
            self.columns[name] = values
        self.embedding: FloatArray = (
            np.empty((n, 0), np.float32) if embedding is None else np.asarray(embedding, np.float32)
        )
        if self.embedding.ndim != 2 or len(self.embedding) != n:
            raise ValueError(f"embedding has shape {self.embedding.shape}, expected ({n}, d)")

    def __len__(self) -> int:
        return len(self.columns["frame_number"])

    def __getitem__(self, name: str) -> AnyArray:
        return self.columns[name]

    @property
    def frame_number(self) -> npt.NDArray[np.int64]:
        """Frame numbers, (n,)."""
        return self.columns["frame_number"]  # type: ignore[return-value]

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        """Times in seconds relative to the first frame, (n,)."""
        return self.columns["time_s"]  # type: ignore[return-value]

    @property
    def person(self) -> npt.NDArray[np.int32]:
        """Person numbers, (n,); -1 = unassigned."""
        return self.columns["person"]  # type: ignore[return-value]

    @property
    def emotions(self) -> FloatArray:
        """Emotion scores, (n, 7), in the order of :data:`EMOTIONS`."""
        return self.matrix(EMOTIONS)

    @property
    def expression(self) -> FloatArray:
        """Expression measures, (n, m), in the order of :data:`EXPRESSION_MEASURES`."""
        return self.matrix(MEASURE_NAMES)

    def matrix(self, names: Sequence[str]) -> FloatArray:
        """Return the named columns side by side as (n, len(names)) float32."""
        return np.stack([self.columns[name] for name in names], axis=1).astype(np.float32)

    def select(self, rows: npt.ArrayLike | slice) -> FeatureTable:
        """Return the rows given by a mask, by row numbers or by a slice."""
        index: Any = rows if isinstance(rows, slice) else np.asarray(rows)
        return FeatureTable(
            {name: values[index] for name, values in self.columns.items()}, self.embedding[index]
        )

    def of_person(self, person: int) -> FeatureTable:
        """Return the rows of one person."""
        return self.select(self.person == person)

    def with_columns(self, **columns: npt.ArrayLike) -> FeatureTable:
        """Return a table in which these columns are replaced."""
        return FeatureTable({**self.columns, **columns}, self.embedding)

    @classmethod
    def concatenate(cls, tables: Iterable[FeatureTable]) -> FeatureTable:
        """Join tables one after another; embeddings must have the same width or be empty."""
        parts = [table for table in tables if len(table)]
        if not parts:
            return cls({})
        return cls(
            {name: np.concatenate([part[name] for part in parts]) for name in COLUMN_NAMES},
            np.concatenate([part.embedding for part in parts]),
        )

    def to_bytes(self) -> bytes:
        """Serialise without pickle; :meth:`from_bytes` gives the same table back."""
        return arrays_to_bytes({_EMBEDDING: self.embedding, **self.columns})

    @classmethod
    def from_bytes(cls, data: bytes, *, embeddings: bool = True) -> FeatureTable:
        """Read what :meth:`to_bytes` wrote."""
        columns = arrays_from_bytes(data, but="" if embeddings else _EMBEDDING)
        return cls(columns, columns.pop(_EMBEDDING, None))


def columns_from_bytes(data: bytes, names: Iterable[str]) -> dict[str, AnyArray]:
    """Read some columns of what :meth:`FeatureTable.to_bytes` wrote, in a part of the time that all take."""
    return arrays_from_bytes(data, names)
