"""FaceModel: all faces of a person as rows, by time, quality or score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, Qt

from fead_desktop.case.case import FUSION
from fead_desktop.gui.persons.person_model import FACES_MIME, Index, keys_of, mime_of
from fead_desktop.gui.session import Session
from fead_desktop.persons.roster import portrait_merit
from fead_desktop.video.timebase import format_timecode

IntArray = npt.NDArray[np.int64]

#: Orders, as the choice shows them.
BY_TIME, BY_QUALITY, BY_SCORE = ORDERS = ("by time", "by quality", "by score")


class FaceModel(QAbstractListModel):
    """One row for each face of a person; pictures come when they are painted."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self.rows: IntArray = np.empty(0, np.int64)

    def show_faces(self, person: int | None, order: str) -> None:
        """Show a person's faces (None = nobody's)."""
        self.beginResetModel()
        table = self._session.table
        rows = np.flatnonzero(table.person == person) if person is not None else self.rows[:0]
        self.rows = rows[self._order(person, rows, order)].astype(np.int64)
        self.endResetModel()

    def places_of(self, rows: Sequence[int]) -> list[int]:
        """Return where these rows of the session's table are shown."""
        return [int(place) for place in np.flatnonzero(np.isin(self.rows, rows))]

    def place_at(self, frame: int) -> int:
        """Return where the face nearest to a frame is shown, -1 where there is none."""
        if not len(self.rows):
            return -1
        return int(np.argmin(np.abs(self._session.table.frame_number[self.rows] - frame)))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        table, row = self._session.table, int(self.rows[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._session.face_pictures.get(keys_of(table, [row])[0])
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            when = format_timecode(float(table.time_s[row]))
            return f"{when}, frame {int(table.frame_number[row])}, track {int(table['track'][row])}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return [FACES_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return mime_of(FACES_MIME, [int(self.rows[index.row()]) for index in indexes])

    def _order(self, person: int | None, rows: IntArray, order: str) -> IntArray:
        table = self._session.table
        if order == BY_QUALITY:
            return np.argsort(-portrait_merit(table.select(rows)), kind="stable")
        scores = None if person is None else self._session.scores(person)
        if order == BY_SCORE and scores is not None and FUSION in scores.scores:
            values = scores.scores[FUSION]
            frames = table.frame_number[rows]
            at = np.searchsorted(scores.frame_number, frames).clip(0, len(values) - 1)
            known = scores.frame_number[at] == frames
            own = np.where(known, values[at], np.nan)
            return np.argsort(-np.nan_to_num(own, nan=-np.inf), kind="stable")
        return np.arange(len(rows))
