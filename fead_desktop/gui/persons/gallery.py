"""PersonGallery: a card for each person; choosing one filters the timeline and the events."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState, pixmap_from_jpeg

Index = QModelIndex | QPersistentModelIndex

_PORTRAIT_PX = 56
_CARD_PX = _PORTRAIT_PX + 2 * theme.UNIT
_DETAIL_ROLE = Qt.ItemDataRole.UserRole + 1
_PERSON_ROLE = Qt.ItemDataRole.UserRole + 2


class PersonModel(QAbstractListModel):
    """'All persons' first, then each person as the session knows it, then the unassigned faces, if any."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self._portraits: dict[int, QPixmap] = {}
        self._rows: list[int | None] = []
        self._unassigned = 0

    def reset(self) -> None:
        """Read the session's persons anew."""
        self.beginResetModel()
        self._portraits = {
            each.person: pixmap_from_jpeg(each.portrait) for each in self._session.persons
        }
        self._unassigned = int(np.count_nonzero(self._session.table.person == UNASSIGNED))
        persons = [each.person for each in self._session.persons]
        self._rows = [None, *persons] if persons else []
        if persons and self._unassigned:
            self._rows.append(UNASSIGNED)
        self.endResetModel()

    def person_at(self, row: int) -> int | None:
        """Return the person of a row; None = all."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, person: int | None) -> int:
        """Return the row of a person."""
        return self._rows.index(person) if person in self._rows else 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = self.person_at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(number)
        if role in {_DETAIL_ROLE, Qt.ItemDataRole.AccessibleDescriptionRole}:
            return self._detail(number)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._title(number)}\n{self._detail(number)}"
        if role == Qt.ItemDataRole.DecorationRole and number is not None:
            return self._portraits.get(number)
        if role == _PERSON_ROLE:
            return number
        return None

    def _title(self, number: int | None) -> str:
        if number is None:
            return "All persons"
        return "Unassigned" if number == UNASSIGNED else self._session.name_of(number)

    def _detail(self, number: int | None) -> str:
        session = self._session
        if number is None:
            events = len(session.events)
            return f"{counted(len(session.persons), 'person')} · {counted(events, 'event')}"
        if number == UNASSIGNED:
            return f"{counted(self._unassigned, 'face')}\ntoo brief or unclear to tell whose"
        person = next(each for each in session.persons if each.person == number)
        events = len(session.events_of(person.person))
        return (
            f"{short_time(person.screen_time_s)} on screen\n"
            f"{counted(person.faces, 'face')} · {counted(events, 'event')}"
        )


class PersonCard(QStyledItemDelegate):
    """Paints portrait, name and numbers; a long name is shortened."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = QFontMetrics(option.font).height()
        least = _CARD_PX if index.row() else 6 * theme.UNIT
        return QSize(160, max(least, (3 if index.row() else 2) * line + 2 * theme.UNIT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        of = theme.colours()
        area: QRect = option.rect.adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(area, QColor(of.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(of.raised))
        text = QColor(of.on_accent if chosen else of.text)
        muted = QColor(of.on_accent if chosen else of.muted)
        left = area.left() + theme.UNIT
        if index.row():
            frame = QRect(left, area.top() + theme.UNIT - 1, _PORTRAIT_PX, _PORTRAIT_PX)
            _paint_portrait(painter, frame, index)
            left = frame.right() + theme.UNIT + 4
        else:
            painter.drawPixmap(left, area.top() + 11, theme.picture("persons", text.name(), 24))
            left += 24 + theme.UNIT
        lines = str(index.data(_DETAIL_ROLE)).split("\n")
        font: QFont = option.font
        bold = QFont(font)
        bold.setBold(True)
        height = painter.fontMetrics().height()
        wide = area.right() - left - theme.UNIT // 2
        top = area.center().y() - (height * (1 + len(lines))) // 2
        for number, line in enumerate([str(index.data()), *lines]):
            painter.setFont(font if number else bold)
            painter.setPen(muted if number else text)
            shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(left, top + number * height, wide, height, 0, shown)


class PersonGallery(QWidget):
    """Cards of all persons, 'All persons' first, the unassigned faces last."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.model = PersonModel(session, self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(PersonCard(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Persons")
        self.list.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.empty = EmptyState()
        self._make_room()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        session.results_changed.connect(self._refresh)
        session.recording_closed.connect(self._refresh)
        session.person_chosen.connect(self._person_chosen)
        self._refresh()

    def _refresh(self) -> None:
        self.model.reset()
        session = self._session
        if session.persons:
            self._person_chosen(session.person)
            self._stack.setCurrentWidget(self.list)
            return
        self.empty.say(*_why_empty(session))
        self._stack.setCurrentWidget(self.empty)

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._session.choose_person(self.model.person_at(current.row()))

    def _person_chosen(self, person: int | None) -> None:
        index = self.model.index(self.model.row_of(person), 0)
        if index.isValid() and index != self.list.currentIndex():
            self.list.setCurrentIndex(index)

    def _make_room(self) -> None:
        """Keep the panel wide enough for a portrait and a short name."""
        words = self.fontMetrics().horizontalAdvance("00:00 min on screen")
        self.setMinimumWidth(min(_PORTRAIT_PX + words + 5 * theme.UNIT, 40 * theme.UNIT))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_stack"):
            self._make_room()
            self.list.scheduleDelayedItemsLayout()
        if event.type() == QEvent.Type.PaletteChange:
            self.list.viewport().update()
        super().changeEvent(event)


def short_time(seconds: float) -> str:
    """Return a length of time for people: ``12.4 s``, ``3:05 min``, ``1:02:03 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 person``, ``1,200 faces``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _why_empty(session: Session) -> tuple[str, str]:
    if session.recording is None and session.case is None:
        return "No persons yet", "Open a recording to begin."
    if session.case is not None and session.case.has_results:
        return "No persons found", "No face was assigned to a person in this recording."
    return "No persons yet", "Analyse the recording to find them."


def _paint_portrait(painter: QPainter, frame: QRect, index: Index) -> None:
    portrait = index.data(Qt.ItemDataRole.DecorationRole)
    colour = theme.person_colour(int(index.data(_PERSON_ROLE)))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(frame, 4, 4)
    painter.setClipPath(path)
    if isinstance(portrait, QPixmap) and not portrait.isNull():
        painter.drawPixmap(frame, portrait)
    else:
        painter.fillRect(frame, QColor(theme.colours().raised))
        painter.drawPixmap(frame, theme.picture("person", theme.colours().muted, _PORTRAIT_PX))
    painter.fillRect(QRect(frame.left(), frame.bottom() - 3, frame.width(), 4), QColor(colour))
    painter.restore()
