"""The faces of a recording, and the persons they make: number, name, times, portrait. Qt-free zone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.persons.clustering import screen_time_s

IntArray = npt.NDArray[np.int64]
PersonArray = npt.NDArray[np.int32]

#: Frame number, and number of the face within the frame.
FaceKey = tuple[int, int]

#: What :meth:`Faces.of` needs of a feature table.
FACE_COLUMNS = (
    "frame_number", "time_s", "face", "track", "person", "box_height", "size_px", "sharpness", "brightness",
    "occlusion", "yaw_deg", "pitch_deg", "roll_deg",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Faces:
    """What there is to say of every face but how it looks; arrays (n,) by row of the feature table.

    clustered : person as the clustering told, -1 = unassigned.
    merit : how well the row would serve as a portrait (:func:`portrait_merit`).
    seconds : of the recording that the row stands for.
    """

    frame_number: IntArray
    time_s: npt.NDArray[np.float64]
    face: IntArray
    track: IntArray
    clustered: PersonArray
    merit: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]

    @classmethod
    def of(cls, table: FeatureTable) -> Self:
        """Take them from a table whose persons are the clustering's."""
        return cls(
            table.frame_number,
            table.time_s,
            table["face"].astype(np.int64),
            table["track"].astype(np.int64),
            table.person,
            portrait_merit(table),
            screen_time_s(table),
        )

    def __len__(self) -> int:
        return len(self.frame_number)

    @cached_property
    def order(self) -> IntArray:
        """Rows by face number, then frame: a person's faces are mostly neighbours, whatever the tracks are."""
        order: IntArray = np.lexsort((self.frame_number, self.face)).astype(np.int64)
        return order

    @cached_property
    def fingerprint(self) -> str:
        """Hash of frame and number of every face: the same faces have the same."""
        keys = np.stack([self.frame_number, self.face]).astype("<i8")
        return hashlib.sha256(keys.tobytes()).hexdigest()

    def rows_of_tracks(self, tracks: Iterable[int]) -> IntArray:
        """Return the rows of these tracks."""
        return np.flatnonzero(np.isin(self.track, list(tracks))).astype(np.int64)

    def rows_of_keys(self, keys: Iterable[FaceKey]) -> IntArray:
        """Return the rows of faces given by frame and number, in the table's order; unknown ones are left out."""
        row_of = {
            key: row
            for row, key in enumerate(
                zip(self.frame_number.tolist(), self.face.tolist(), strict=True)
            )
        }
        return np.array(sorted({row_of[key] for key in keys if key in row_of}), np.int64)


def nearest(frames: IntArray, frame_number: int) -> IntArray:
    """Return the place of the frame nearest to a number, (1,) or (0,): the peak of a moment may lie between two.

    The same face stands for a moment wherever one is looked for.
    """
    order: IntArray = np.argsort(np.abs(frames - frame_number), kind="stable").astype(np.int64)
    return order[:1]


@dataclass(frozen=True)
class RosterEntry:
    """A person as the faces show them.

    faces : number of faces, all analysed frames.
    first_s, last_s : seconds relative to the first frame of the recording.
    screen_time_s : seconds for which the person is seen.
    portrait_row : row of the table with the best portrait.
    """

    person: int
    name: str
    faces: int
    first_s: float
    last_s: float
    screen_time_s: float
    portrait_row: int


def usual_name(person: int) -> str:
    """Return what a person without a given name is called."""
    return f"Person {person}"


def make_persons(
    faces: Faces, person: PersonArray, name_of: Callable[[int], str] = usual_name
) -> list[RosterEntry]:
    """Return the persons by number; unassigned faces belong to none. ``person`` (n,) is by row."""
    persons = []
    for number in np.unique(person[person != UNASSIGNED]).tolist():
        rows = np.flatnonzero(person == number)
        persons.append(
            RosterEntry(
                person=number,
                name=name_of(number),
                faces=len(rows),
                first_s=float(faces.time_s[rows].min()),
                last_s=float(faces.time_s[rows].max()),
                screen_time_s=float(faces.seconds[rows].sum()),
                portrait_row=int(rows[np.argmax(faces.merit[rows])]),
            )
        )
    return persons


def portrait_merit(table: FeatureTable) -> npt.NDArray[np.float64]:
    """Return how well each row would serve as a portrait, (n,); higher is better, 0 = not at all.

    Frontal, sharp, large, uncovered, of middle brightness. Rows without a mesh rank below all others, by the
    size of their box.
    """

    def column(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(table[name], np.float64)

    turned = np.sqrt(
        column("yaw_deg") ** 2 + column("pitch_deg") ** 2 + column("roll_deg") ** 2 / 4
    )
    frontal = np.exp(-((turned / 15) ** 2) / 2)
    # Twice as large or sharp is better, but not twice as good.
    detail = np.log1p(column("size_px")) * np.log1p(column("sharpness"))
    uncovered = 1 - np.nan_to_num(column("occlusion")).clip(0, 1)
    light = np.exp(-(((column("brightness") - 128) / 80) ** 2) / 2)
    merit = frontal * detail * uncovered**2 * light
    box = np.nan_to_num(column("box_height"))
    return np.where(np.isfinite(merit), 1e-3 + merit, 1e-9 * box)
