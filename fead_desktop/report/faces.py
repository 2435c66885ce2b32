"""aligned_faces/ and organized_faces/: the aligned faces as files, by frame and by person."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.store import CROPS_STAGE, Case
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.report.files import cannot_write, link_or_copy, write_atomically

#: Only files of this name are the program's own; whatever else lies in the folders stays.
_FACE_FILE = re.compile(r"frame_\d+_face_\d+\.jpg")


def export_faces(case: Case, folder: Path) -> int:
    """Write every aligned face once and sort it by person; returns the number of faces.

    ``aligned_faces/frame_<n>_face_<k>.jpg`` holds the picture; ``organized_faces/person_<n>/`` and
    ``organized_faces/unassigned/`` hold hard links to it (copies where the disk can't link). Faces of an
    earlier analysis are removed first.
    """
    for name in ("aligned_faces", "organized_faces"):
        _remove_faces(folder / name)
    table = case.features()
    person_of = {
        (int(n), int(k)): int(p)
        for n, k, p in zip(table.frame_number, table["face"], table.person, strict=True)
    }
    count = 0
    for frame_number, face, jpeg in aligned_faces(case):
        name = f"frame_{frame_number}_face_{face}.jpg"
        path = write_atomically(folder / "aligned_faces" / name, jpeg)
        person = person_of.get((frame_number, face), UNASSIGNED)
        room = "unassigned" if person == UNASSIGNED else f"person_{person}"
        link_or_copy(path, folder / "organized_faces" / room / name)
        count += 1
    return count


def aligned_faces(
    case: Case, chunks: Collection[int] | None = None
) -> Iterator[tuple[int, int, bytes]]:
    """Yield (frame number, face, JPEG) of every aligned face, in order; of these chunks, where they are given."""
    for _, data in case.chunks(CROPS_STAGE, chunks):
        arrays = arrays_from_bytes(data)
        pictures, begin = arrays["jpeg"].tobytes(), 0
        for n, k, end in zip(arrays["frame_number"], arrays["face"], arrays["end"], strict=True):
            yield int(n), int(k), pictures[begin : int(end)]
            begin = int(end)


def _remove_faces(folder: Path) -> None:
    try:
        for room in [*folder.glob("*/"), folder]:
            if not room.is_dir():
                continue
            for path in room.iterdir():
                if _FACE_FILE.fullmatch(path.name):
                    path.unlink()
            if not any(room.iterdir()):
                room.rmdir()
    except OSError as error:
        raise cannot_write(folder, error) from error
