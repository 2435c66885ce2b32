"""FacePictures: the aligned faces of the open case as pictures, read beside the window when something shows them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.store import FRAMES_STAGE, Case
from fead_desktop.errors import FeadError
from fead_desktop.gui.jobs.job import Job
from fead_desktop.report.faces import aligned_faces

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session

#: Frame number and number of the face within it.
FaceKey = tuple[int, int]

#: Pictures kept, of about 100 KB each; a window full of the smallest ones is about 200.
_MOST_KEPT = 800
#: Pictures read between two looks at what is wanted now, and remembered as wanted: what was scrolled past is not.
_AT_ONCE, _MOST_WANTED = 60, 400


class FacePictures(QObject):
    """Part of the session. Whoever paints a face asks for it, and paints again when it has arrived.

    Signals: arrived(), when pictures that were asked for can be had.
    """

    arrived = Signal()

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self._kept: OrderedDict[FaceKey, QImage] = OrderedDict()
        self._wanted: OrderedDict[FaceKey, None] = OrderedDict()
        self._chunks: dict[int, int] = {}
        self._reading: ReadFacesJob | None = None

    def forget(self) -> None:
        """The faces may be others now: another case, or a new analysis."""
        self._kept.clear()
        self._wanted.clear()
        self._chunks = {}
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def get(self, key: FaceKey) -> QImage | None:
        """Return a face, null where there is no picture of it; None while it is being read."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._wanted[key] = None
        self._wanted.move_to_end(key)
        while len(self._wanted) > _MOST_WANTED:
            self._wanted.popitem(last=False)
        self._read_on()
        return None

    def _read_on(self) -> None:
        case = self._session.case
        if case is None or self._reading is not None or not self._wanted:
            return
        # What was asked for last is what is in view.
        newest = list(self._wanted)[-_AT_ONCE:]
        self._reading = ReadFacesJob(case.path, newest, self._chunks, self._session)
        self._reading.ended.connect(self._read)
        self._session.run_job(self._reading)

    def _read(self, job: Job, result: _Read | FeadError) -> None:
        if job is not self._reading:
            return
        asked, self._reading = self._reading.keys, None
        found: Mapping[FaceKey, QImage] = {}
        if not isinstance(result, FeadError):
            found, self._chunks = result
        for key in asked:
            self._kept[key] = found.get(key, QImage())
            self._wanted.pop(key, None)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit()
        self._read_on()


_Read = tuple[dict[FaceKey, QImage], dict[int, int]]


class ReadFacesJob(Job):
    """Reads faces from a case; ends with their pictures, and the chunk of every frame for the next one."""

    def __init__(
        self,
        case_path: Path,
        keys: Iterable[FaceKey],
        chunks: dict[int, int],
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self.keys = tuple(keys)
        self._case_path, self._chunks = case_path, chunks

    def work(self) -> _Read:
        wanted = set(self.keys)
        found: dict[FaceKey, QImage] = {}
        with Case.open(self._case_path, check=False) as case:
            chunks = self._chunks or _chunk_of_frames(case)
            for number in sorted({chunks[frame] for frame, _ in wanted if frame in chunks}):
                self.raise_if_cancelled()
                for frame, face, jpeg in aligned_faces(case, (number,)):
                    if (frame, face) in wanted:
                        found[frame, face] = QImage.fromData(jpeg)
        return found, chunks


def _chunk_of_frames(case: Case) -> dict[int, int]:
    """Return the number of the chunk that holds each analysed frame."""
    return {
        int(frame): number
        for number, data in case.chunks(FRAMES_STAGE)
        for frame in arrays_from_bytes(data)["frame_number"]
    }
