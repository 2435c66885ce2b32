"""EventsTable: the events by rank; a click puts the player on the peak frame."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.reviewing import SIGNS
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState, pixmap_from_jpeg
from fead_desktop.video.timebase import format_timecode

Index = QModelIndex | QPersistentModelIndex

_THUMBNAIL_PX = 40
#: Faces read between two looks at what else is to be done.
_AT_ONCE = 2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


#: Behind the score of a flagged event; a figure space keeps the others in line.
FLAG, NO_FLAG = " ⚑", " \u2007"


def is_likely_artefact(event: AnomalyEvent) -> bool:
    """Tell whether something other than an expression is likely to have made an event."""
    return event.artefact is not None and event.artefact.label is not None


def main_reason(event: AnomalyEvent) -> str:
    """Return the reason that the event itself names first."""
    return event.reasons[0].label if event.reasons else "–"


#: Title, text, alignment of each column.
_COLUMNS: tuple[tuple[str, Callable[[Session, AnomalyEvent], str], Qt.AlignmentFlag], ...] = (
    ("#", lambda _s, e: str(e.event), _RIGHT),
    ("Person", lambda s, e: s.name_of(e.person), _LEFT),
    ("Timecode", lambda _s, e: format_timecode(e.peak_s), _LEFT),
    ("Length", lambda _s, e: f"{e.duration_s:.2f} s", _RIGHT),
    ("Score", lambda _s, e: f"{e.score:.2f}{FLAG if e.flagged else NO_FLAG}", _RIGHT),
    ("Main reason", lambda _s, e: main_reason(e), _LEFT),
    ("Artefact", lambda _s, e: "" if e.artefact is None else str(e.artefact), _LEFT),
    ("✓✗", lambda s, e: SIGNS[s.reviewing.state(e)], _LEFT),
)
#: What could sway a reviewer: rank, score, reason, artefact.
_HIDDEN_FIRST, _HIDDEN = frozenset({0, 4, 5, 6}), "–"
#: What is said where the filter leaves nothing.
_ALL_HIDDEN = (
    "All events are hidden",
    "Each is likely an artefact; clear the box above to see them.",
)
_PERSON_COLUMN = 1
_REASON_COLUMN, _ARTEFACT_COLUMN, _VERDICT_COLUMN = 5, 6, 7


class EventModel(QAbstractTableModel):
    """The chosen person's events, most unusual first; without likely artefacts where they are to be hidden."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        self._thumbnails: dict[int, QIcon] = {}
        self._wanted: dict[int, None] = {}
        # Faces come a few at a time, so that the window never waits for many pictures at once.
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_some)
        self.events: list[AnomalyEvent] = []
        self.hides_artefacts = False
        self.likely_artefacts = 0

    def reset(self, *, forget: bool) -> None:
        """Read the events anew; ``forget`` when they belong to another analysis."""
        self.beginResetModel()
        if forget:
            self._thumbnails = {}
        self._wanted = {}
        self._timer.stop()
        events = self._session.reviewing.queue()
        kept = [event for event in events if not is_likely_artefact(event)]
        self.likely_artefacts = len(events) - len(kept)
        self.events = kept if self.hides_artefacts else events
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
            hides = index.column() in _HIDDEN_FIRST and self._session.reviewing.hides(event)
            return _HIDDEN if hides else text(self._session, event)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(event)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == _PERSON_COLUMN:
            return self._thumbnail(event.event)
        return None

    def _tool_tip(self, event: AnomalyEvent) -> str:
        span = f"{format_timecode(event.onset_s)} to {format_timecode(event.offset_s)}"
        if self._session.reviewing.hides(event):
            return f"{self._session.name_of(event.person)}, {span}"
        reasons = "\n".join(str(reason) for reason in event.reasons)
        flag = ", flagged" if event.flagged else ""
        return f"{self._session.name_of(event.person)}, {span}{flag}\n{reasons}".strip()

    def _thumbnail(self, event: int) -> QIcon:
        if event in self._thumbnails:
            return self._thumbnails[event]
        self._wanted[event] = None
        if not self._timer.isActive():
            self._timer.start()
        return QIcon(theme.picture("person", theme.colours().muted, _THUMBNAIL_PX))

    def _read_some(self) -> None:
        # What was asked for last is what is in view.
        for event in list(self._wanted)[: -_AT_ONCE - 1 : -1]:
            del self._wanted[event]
            self._thumbnails[event] = self._read(event)
            cell = self.index(self.row_of(event), _PERSON_COLUMN)
            self.dataChanged.emit(cell, cell, [Qt.ItemDataRole.DecorationRole])
        if not self._wanted:
            self._timer.stop()

    def _read(self, event: int) -> QIcon:
        picture = pixmap_from_jpeg(self._session.thumbnail(event))
        if picture.isNull():
            picture = theme.picture("person", theme.colours().muted, _THUMBNAIL_PX)
        icon = QIcon(picture)
        # A face keeps its own colours where its row is chosen.
        icon.addPixmap(picture, QIcon.Mode.Selected)
        return icon


class EventsTable(QWidget):
    """Rank, thumbnail, person, timecode, length, score, main reason and artefact of each event."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.model = EventModel(session, self)
        self.table = _table(self.model)
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.empty = EmptyState()
        self.hide_artefacts = QCheckBox()
        self.hide_artefacts.setToolTip(
            "Leaves out events that a head turn, blur, light, cover, cut, gaze or speech may have made. "
            "They stay in the case, in the timeline and in every file."
        )
        self.hide_artefacts.toggled.connect(self._filter)
        self._pages = QWidget()
        self._stack = QStackedLayout(self._pages)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hide_artefacts)
        column.addWidget(self._pages)
        session.results_changed.connect(self._results_changed)
        session.recording_closed.connect(self._results_changed)
        session.person_chosen.connect(self._person_chosen)
        session.event_chosen.connect(self._event_chosen)
        session.reviewing.changed.connect(self._judged)
        self._results_changed()

    def _results_changed(self) -> None:
        self._reset(forget=True)

    def _person_chosen(self, _person: object) -> None:
        self._reset(forget=False)

    def _judged(self) -> None:
        model, order = self.model, self._session.reviewing.queue()
        if [each for each in order if each in model.events] != model.events:
            self._reset(forget=False)  # by time while blind, by rank else
        elif model.events:
            last = model.index(len(model.events) - 1, len(_COLUMNS) - 1)
            model.dataChanged.emit(model.index(0, 0), last)

    def _filter(self, hides: bool) -> None:
        self.model.hides_artefacts = hides
        self._reset(forget=False)

    def _reset(self, *, forget: bool) -> None:
        self.model.reset(forget=forget)
        self._say_how_many()
        self._event_chosen(self._session.chosen_event)
        if self.model.events:
            self._stack.setCurrentWidget(self.table)
        else:
            hidden = self.model.hides_artefacts and self.model.likely_artefacts
            said = _ALL_HIDDEN if hidden else _why_empty(self._session)
            self.empty.say(*said)
            self._stack.setCurrentWidget(self.empty)

    def _say_how_many(self) -> None:
        found = self.model.likely_artefacts
        count = (
            f"{found} {'hidden' if self.model.hides_artefacts else 'shown'}" if found else "none"
        )
        # Always there: a box that vanished would hand its focus to the table, which would choose a row.
        self.hide_artefacts.setText(f"Hide likely artefacts ({count})")

    def _clicked(self, index: QModelIndex) -> None:
        # Also when the row is current already: the analyst wants to be at the peak again.
        self._session.choose_event(self.model.events[index.row()].event)

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not current.isValid():
            return
        event = self.model.events[current.row()].event
        if event != self._session.chosen_event:
            self._session.choose_event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_stack"):
            _set_sizes(self.table)

    def _event_chosen(self, event: int | None) -> None:
        row = self.model.row_of(event)
        if row < 0:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
        elif row != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.model.index(row, 0))


def _set_sizes(table: QTableView) -> None:
    """Make room for what the columns usually hold, in the font in use."""
    metrics = table.fontMetrics()
    row = max(_THUMBNAIL_PX, metrics.height()) + theme.UNIT
    table.verticalHeader().setDefaultSectionSize(row)
    texts = {0: "100", 1: "Person 12", 2: "00:00:00.000", 3: "00.00 s", 4: f"-10.00{FLAG}",
             5: "outer brow raise L (AU2)", 6: "light change 100%", 7: "✓✗"}  # fmt: skip
    for column, text in texts.items():
        icon = _THUMBNAIL_PX if column == _PERSON_COLUMN else 0
        table.setColumnWidth(column, metrics.horizontalAdvance(text) + theme.UNIT + 4 + icon)


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
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(3 * theme.UNIT)
    _set_sizes(table)
    # Short, and seen at once: the main reason stands last and takes what is left.
    header.moveSection(_VERDICT_COLUMN, 1)
    header.setStretchLastSection(True)
    header.moveSection(header.visualIndex(_ARTEFACT_COLUMN), header.visualIndex(_REASON_COLUMN))
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
