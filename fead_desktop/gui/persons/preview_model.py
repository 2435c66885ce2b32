"""PreviewModel: the persons as another similarity would have them, for the gallery."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractListModel, QObject, Qt

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.jobs.face_pictures import FaceKey
from fead_desktop.gui.jobs.person_jobs import Preview
from fead_desktop.gui.persons.person_model import (
    DETAIL_ROLE,
    EXEMPLARS,
    PERSON_ROLE,
    STRIP_ROLE,
    Index,
    counted,
    keys_of,
    short_time,
)
from fead_desktop.gui.session import Session
from fead_desktop.persons.exemplars import exemplar_rows
from fead_desktop.persons.roster import usual_name

#: Names of one card, at most.
_MOST_NAMES = 4


class PreviewModel(QAbstractListModel):
    """A line on how many there would be, then a card for each: named by the persons its faces come from."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self._strips: dict[int, list[FaceKey]] = {}
        self._preview: Preview | None = None

    def show_preview(self, preview: Preview | None) -> None:
        """Show these persons."""
        self.beginResetModel()
        self._preview, self._strips = preview, {}
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        if self._preview is None or (parent is not None and parent.isValid()):
            return 0
        return 1 + len(self._preview.persons)

    def flags(self, _index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled  # nothing to choose or to edit before it is applied

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        preview = self._preview
        if preview is None:
            return None
        number = index.row() - 1
        title, detail = (
            _summary(self._session, preview) if number < 0 else self._words(preview, number)
        )
        words: dict[int, str] = {
            Qt.ItemDataRole.DisplayRole: title,
            Qt.ItemDataRole.AccessibleDescriptionRole: detail,
            Qt.ItemDataRole.ToolTipRole: f"{title}\n{detail}",
            DETAIL_ROLE: detail,
        }
        if role in words or number < 0:
            return words.get(role)
        if role == PERSON_ROLE:
            return preview.made_of[number][0] if preview.made_of[number] else UNASSIGNED
        if role == Qt.ItemDataRole.DecorationRole:
            row = preview.persons[number].portrait_row
            return self._session.face_pictures.get(keys_of(self._session.table, [row])[0])
        return self._strip(preview, number) if role == STRIP_ROLE else None

    def _words(self, preview: Preview, number: int) -> tuple[str, str]:
        made_of = preview.made_of[number]
        names = [self._session.name_of(each) for each in made_of]
        if len(names) > 1 and names == [usual_name(each) for each in made_of]:
            names = [f"Persons {made_of[0]}", *map(str, made_of[1:])]  # so that all can be read
        more = len(names) - _MOST_NAMES
        shown = names[:_MOST_NAMES] + ([f"{more} more"] if more > 0 else [])
        person = preview.persons[number]
        lines = [
            f"{short_time(person.screen_time_s)} on screen",
            counted(person.faces, "face"),
            "several persons now" if len(names) > 1 else "",
        ]
        return " + ".join(shown) or "Unassigned now", "\n".join(filter(None, lines))

    def _strip(self, preview: Preview, number: int) -> list[FaceKey]:
        if number not in self._strips:
            rows = np.flatnonzero(preview.labels == preview.persons[number].person)
            table = self._session.table
            self._strips[number] = keys_of(table, exemplar_rows(table, rows, EXEMPLARS))
        return self._strips[number]


def _summary(session: Session, preview: Preview) -> tuple[str, str]:
    now, then = len(session.persons), len(preview.persons)
    return (
        f"Preview: {counted(then, 'person')}",
        f"instead of {now}" if now != then else "as many as now",
    )
