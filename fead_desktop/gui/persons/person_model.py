"""PersonModel: the persons as rows, for the gallery and for every choice of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.gui.jobs.face_pictures import FaceKey
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import pixmap_from_jpeg
from fead_desktop.persons.exemplars import exemplar_rows

Index = QModelIndex | QPersistentModelIndex

#: What is dragged: numbers of persons, or rows of the feature table.
PERSONS_MIME, FACES_MIME = "application/x-fead-persons", "application/x-fead-faces"

#: Faces of a strip, at most.
EXEMPLARS = 12

DETAIL_ROLE = Qt.ItemDataRole.UserRole + 1
PERSON_ROLE = Qt.ItemDataRole.UserRole + 2
#: Faces across pose and time, as keys of the session's face pictures.
STRIP_ROLE = Qt.ItemDataRole.UserRole + 3
#: True while the scores of a person are those of before an edit.
STALE_ROLE = Qt.ItemDataRole.UserRole + 4

STALE = "scores out of date"


class PersonModel(QAbstractListModel):
    """'All persons' first, then each person as the session knows it, then the unassigned faces, if any.

    A person dropped on another becomes that person; faces dropped on a person become that person's.

    Signals: persons_dropped(person, the others that become it); faces_dropped(person, rows).
    """

    persons_dropped = Signal(int, object)
    faces_dropped = Signal(int, object)

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self._portraits: dict[int, QPixmap] = {}
        self._strips: dict[int, list[FaceKey]] = {}
        self._rows: list[int | None] = []
        self._unassigned = 0
        self._answers: dict[int, Callable[[int | None], object]] = {
            Qt.ItemDataRole.DisplayRole: self._title,
            Qt.ItemDataRole.EditRole: self._title,
            Qt.ItemDataRole.AccessibleDescriptionRole: self._detail,
            Qt.ItemDataRole.ToolTipRole: lambda each: f"{self._title(each)}\n{self._detail(each)}",
            Qt.ItemDataRole.DecorationRole: lambda each: self._portraits.get(each or 0),
            DETAIL_ROLE: self._detail,
            PERSON_ROLE: lambda each: each,
            STRIP_ROLE: lambda each: [] if each is None else self._strip(each),
            STALE_ROLE: self._is_stale,
        }

    def reset(self) -> None:
        """Read the session's persons anew."""
        self.beginResetModel()
        self._portraits = {
            each.person: pixmap_from_jpeg(each.portrait) for each in self._session.persons
        }
        self._strips = {}
        self._unassigned = int(np.count_nonzero(self._session.table.person == UNASSIGNED))
        persons = [each.person for each in self._session.persons]
        self._rows = [None, *persons] if persons else []
        if persons and self._unassigned:
            self._rows.append(UNASSIGNED)
        self.endResetModel()

    def look_again(self) -> None:
        """Tell the views that words may have changed, though the persons have not."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))

    def person_at(self, row: int) -> int | None:
        """Return the person of a row; None = all."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, person: int | None) -> int:
        """Return the row of a person."""
        return self._rows.index(person) if person in self._rows else 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        answer = self._answers.get(role)
        return None if answer is None else answer(self.person_at(index.row()))

    # Editing -----------------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags  # nothing is dropped between the cards
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        number = self.person_at(index.row())
        if number is not None:
            flags |= Qt.ItemFlag.ItemIsDropEnabled
        if number is not None and number != UNASSIGNED:
            flags |= Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        number = self.person_at(index.row())
        if role != Qt.ItemDataRole.EditRole or number is None or number == UNASSIGNED:
            return False
        if " ".join(str(value).split()) != self._title(number):
            self._session.person_editing.rename(number, str(value))
        return True

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction  # a moved row would be removed by the view

    def mimeTypes(self) -> list[str]:
        return [PERSONS_MIME, FACES_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        dragged = [self.person_at(index.row()) for index in indexes]
        return mime_of(PERSONS_MIME, [each for each in dragged if each is not None])

    def canDropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, parent: Index
    ) -> bool:
        onto = self.person_at(parent.row()) if parent.isValid() else None
        if onto is None:
            return False
        return data.hasFormat(FACES_MIME) or onto not in numbers_of(data, PERSONS_MIME) != []

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        onto = self.person_at(parent.row()) if parent.isValid() else None
        if onto is None or not self.canDropMimeData(data, action, row, column, parent):
            return False
        if data.hasFormat(FACES_MIME):
            self.faces_dropped.emit(onto, numbers_of(data, FACES_MIME))
        else:
            self.persons_dropped.emit(onto, numbers_of(data, PERSONS_MIME))
        return True

    # Words and pictures ------------------------------------------------------------------------------

    def _is_stale(self, number: int | None) -> bool:
        stale = self._session.person_editing.stale
        return bool(stale) if number is None else number in stale

    def _strip(self, number: int) -> list[FaceKey]:
        if number not in self._strips:
            table = self._session.table
            rows = exemplar_rows(table, np.flatnonzero(table.person == number), EXEMPLARS)
            self._strips[number] = keys_of(table, rows)
        return self._strips[number]

    def _title(self, number: int | None) -> str:
        if number is None:
            return "All persons"
        return "Unassigned" if number == UNASSIGNED else self._session.name_of(number)

    def _detail(self, number: int | None) -> str:
        session = self._session
        events = "" if session.reviewing.is_hiding else self._events(number)
        if number is None:
            return " · ".join(filter(None, (counted(len(session.persons), "person"), events)))
        if number == UNASSIGNED:
            return f"{counted(self._unassigned, 'face')}\ntoo brief or unclear to tell whose"
        person = next(each for each in session.persons if each.person == number)
        long = session.duration_s >= 3600
        lines = [
            f"{short_time(person.screen_time_s)} on screen",
            " · ".join(filter(None, (counted(person.faces, "face"), events))),
            f"{clock(person.first_s, hours=long)} – {clock(person.last_s, hours=long)}",
        ]
        if self._is_stale(number):
            lines.append(STALE)
        return "\n".join(lines)

    def _events(self, number: int | None) -> str:
        return counted(len(self._session.events_of(number)), "event")


def keys_of(table: FeatureTable, rows: npt.ArrayLike) -> list[FaceKey]:
    """Return the keys of the session's face pictures for rows of its table."""
    chosen = np.asarray(rows, np.int64)
    places = zip(table.frame_number[chosen], table["face"][chosen], strict=True)
    return [(int(frame), int(face)) for frame, face in places]


def mime_of(kind: str, numbers: Sequence[int]) -> QMimeData:
    """Return what is dragged."""
    made = QMimeData()
    made.setData(kind, json.dumps(list(numbers)).encode())
    return made


def numbers_of(data: QMimeData, kind: str) -> list[int]:
    """Return what is dragged of a kind; nothing where it is something else."""
    if not data.hasFormat(kind):
        return []
    return [int(each) for each in json.loads(bytes(data.data(kind).data()))]


def short_time(seconds: float) -> str:
    """Return a length of time for people: ``12.4 s``, ``3:05 min``, ``1:02:03 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def clock(seconds: float, *, hours: bool) -> str:
    """Return a place in the recording to the second: ``3:05``, with hours ``0:03:05``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 person``, ``1,200 faces``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
