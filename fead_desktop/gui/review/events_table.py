"""EventsTable: the events by rank; a click puts the player on the peak frame."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QWidget,
)

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState, pixmap_from_jpeg
from fead_desktop.video.timebase import format_timecode

Index = QModelIndex | QPersistentModelIndex

_THUMBNAIL_PX = 40
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def main_reason(event: AnomalyEvent) -> str:
    """Return the reason that the event itself names first."""
    return event.reasons[0].label if event.reasons else "–"


#: Title, text, alignment of each column.
_COLUMNS: tuple[tuple[str, Callable[[Session, AnomalyEvent], str], Qt.AlignmentFlag], ...] = (
    ("#", lambda _s, e: str(e.event), _RIGHT),
    ("Person", lambda s, e: s.name_of(e.person), _LEFT),
    ("Timecode", lambda _s, e: format_timecode(e.peak_s), _LEFT),
    ("Length", lambda _s, e: f"{e.duration_s:.2f} s", _RIGHT),
    ("Score", lambda _s, e: f"{e.score:.2f}", _RIGHT),
    ("Main reason", lambda _s, e: main_reason(e), _LEFT),
)
_PERSON_COLUMN = 1
_REASON_COLUMN = len(_COLUMNS) - 1


class EventModel(QAbstractTableModel):
    """The chosen person's events, most unusual first."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self._thumbnails: dict[int, QIcon] = {}
        self.events: list[AnomalyEvent] = []

    def reset(self, *, forget: bool) -> None:
        """Read the events anew; ``forget`` when they belong to another analysis."""
        self.beginResetModel()
        if forget:
            self._thumbnails = {}
        self.events = self._session.events_of(self._session.person)
        self.endResetModel()

    def row_of(self, event: int | None) -> int:
        """Return the row of an event, -1 where it isn't listed."""
        return next((row for row, each in enumerate(self.events) if each.event == event), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.events)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(_COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        title, _, alignment = _COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        return alignment if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        event = self.events[index.row()]
        _, text, alignment = _COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text(self._session, event)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(event)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == _PERSON_COLUMN:
            return self._thumbnail(event.event)
        return None

    def _tool_tip(self, event: AnomalyEvent) -> str:
        reasons = "\n".join(str(reason) for reason in event.reasons)
        span = f"{format_timecode(event.onset_s)} to {format_timecode(event.offset_s)}"
        return f"{self._session.name_of(event.person)}, {span}\n{reasons}".strip()

    def _thumbnail(self, event: int) -> QIcon:
        if event not in self._thumbnails:
            picture = pixmap_from_jpeg(self._session.thumbnail(event))
            if picture.isNull():
                picture = theme.picture("person", theme.colours().muted, _THUMBNAIL_PX)
            icon = QIcon(picture)
            # A face keeps its own colours where its row is chosen.
            icon.addPixmap(picture, QIcon.Mode.Selected)
            self._thumbnails[event] = icon
        return self._thumbnails[event]


class EventsTable(QWidget):
    """Rank, thumbnail, person, timecode, length, score and main reason of each event."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.model = EventModel(session, self)
        self.table = _table(self.model)
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        session.results_changed.connect(self._results_changed)
        session.recording_closed.connect(self._results_changed)
        session.person_chosen.connect(self._person_chosen)
        session.event_chosen.connect(self._event_chosen)
        self._results_changed()

    def _results_changed(self) -> None:
        self._reset(forget=True)

    def _person_chosen(self, _person: object) -> None:
        self._reset(forget=False)

    def _reset(self, *, forget: bool) -> None:
        self.model.reset(forget=forget)
        self._event_chosen(self._session.chosen_event)
        if self.model.events:
            self._stack.setCurrentWidget(self.table)
        else:
            self.empty.say(*_why_empty(self._session))
            self._stack.setCurrentWidget(self.empty)

    def _clicked(self, index: QModelIndex) -> None:
        # Also when the row is current already: the analyst wants to be at the peak again.
        self._session.choose_event(self.model.events[index.row()].event)

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not current.isValid():
            return
        event = self.model.events[current.row()].event
        if event != self._session.chosen_event:
            self._session.choose_event(event)

    def _event_chosen(self, event: int | None) -> None:
        row = self.model.row_of(event)
        if row < 0:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
        elif row != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.model.index(row, 0))


def _table(model: EventModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setIconSize(QSize(_THUMBNAIL_PX, _THUMBNAIL_PX))
    table.setAccessibleName("Events")
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_THUMBNAIL_PX + theme.UNIT)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(3 * theme.UNIT)
    metrics = table.fontMetrics()
    texts = {0: "100", 1: "Person 12", 2: "00:00:00.000", 3: "00.00 s", 4: "-10.00"}
    for column, text in texts.items():
        icon = _THUMBNAIL_PX if column == _PERSON_COLUMN else 0
        table.setColumnWidth(column, metrics.horizontalAdvance(text) + theme.UNIT + 4 + icon)
    header.setSectionResizeMode(_REASON_COLUMN, QHeaderView.ResizeMode.Stretch)
    return table


def _why_empty(session: Session) -> tuple[str, str]:
    if session.recording is None and session.case is None:
        return "No events yet", "Open a recording to begin."
    if session.case is None or not session.case.has_results:
        return "No events yet", "Analyse the recording to find its unusual moments."
    if session.person == UNASSIGNED:
        return "No events", "Faces that belong to no person are not compared with a baseline."
    if session.events:
        return "No events of this person", "Choose All persons to see the others."
    return (
        "No unusual moments found",
        "Nothing stood out from the persons' own baselines, or too little of a face was seen.",
    )
