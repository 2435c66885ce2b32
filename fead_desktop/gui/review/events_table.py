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
from PySide6.QtGui import QFont, QIcon, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLabel,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.adjusting import original_text
from fead_desktop.gui.review.filter_bar import FilterBar
from fead_desktop.gui.reviewing import SIGNS
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import CheckBox, EmptyState, pixmap_from_jpeg
from fead_desktop.review.controls import is_control
from fead_desktop.review.filters import BLIND_SORTS, artefact_label
from fead_desktop.review.moments import BY_HAND
from fead_desktop.video.timebase import format_timecode

Index = QModelIndex | QPersistentModelIndex

_THUMBNAIL_PX = 40
#: Faces read between two looks at what else is to be done.
_AT_ONCE = 2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


#: Behind the score of a flagged event; a figure space keeps the others in line.
FLAG, NO_FLAG = " ⚑", " \u2007"
#: In the place of what is hidden, or not there.
_HIDDEN = "–"


def main_reason(event: AnomalyEvent) -> str:
    """Return the reason that the event itself names first."""
    if is_control(event):
        return event.detector
    return event.reasons[0].label if event.reasons else "–"


def _score(event: AnomalyEvent) -> str:
    if event.added_by:
        return f"{BY_HAND}{NO_FLAG}"
    if is_control(event):
        return f"{_HIDDEN}{NO_FLAG}"
    return f"{event.score:.2f}{FLAG if event.flagged else NO_FLAG}"


def _length(event: AnomalyEvent) -> str:
    return f"{event.duration_s:.2f} s{'' if event.original is None else '*'}"


#: Title, text, alignment of each column.
_COLUMNS: tuple[tuple[str, Callable[[Session, AnomalyEvent], str], Qt.AlignmentFlag], ...] = (
    ("#", lambda _s, e: _HIDDEN if is_control(e) else str(e.event), _RIGHT),
    ("Person", lambda s, e: s.name_of(e.person), _LEFT),
    ("Timecode", lambda _s, e: format_timecode(e.peak_s), _LEFT),
    ("Length", lambda _s, e: _length(e), _RIGHT),
    ("Score", lambda _s, e: _score(e), _RIGHT),
    ("Main reason", lambda _s, e: main_reason(e), _LEFT),
    ("Artefact", lambda _s, e: "" if e.artefact is None else str(e.artefact), _LEFT),
    ("✓✗", lambda s, e: SIGNS[s.reviewing.state(e)], _LEFT),
)
#: What could sway a reviewer: rank, score, reason, artefact.
_HIDDEN_FIRST = frozenset({0, 4, 5, 6})
#: What is said where the filter leaves nothing.
_ALL_HIDDEN = (
    "All events are hidden",
    "Each is likely an artefact; clear the box above to see them.",
)
_STILL_TO_COME = "One moment comes at a time", "Press V to go on with the chosen person."
_NONE_OF_PERSON = "No events of this person", "Choose All persons to see the others."
_NONE_PASSES = "No event passes the filter", "Shift+Esc lists all events."
_PERSON_COLUMN, _LENGTH_COLUMN, _REASON_COLUMN, _VERDICT_COLUMN = 1, 3, 5, 7
#: What a click on the head of a column sorts by; "" = the usual order.
_SORTED_BY = {0: "", 1: "person", 2: "time", 3: "length", 4: "score", 6: "artefact", 7: "state"}


class EventModel(QAbstractTableModel):
    """The chosen person's events that the filter lets pass, in its order."""

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self._session = session
        #: By number, and whether controls are mixed in: then all faces come from the same place.
        self._thumbnails: dict[tuple[int, bool], QIcon] = {}
        self._wanted: dict[int, None] = {}
        # Faces come a few at a time, so that the window never waits for many pictures at once.
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_some)
        self.events: list[AnomalyEvent] = []

    def reset(self, *, forget: bool) -> None:
        """Read the events anew; ``forget`` when they belong to another analysis."""
        self.beginResetModel()
        if forget:
            self._thumbnails = {}
        self._wanted = {}
        self._timer.stop()
        self.events = self._session.shown_events()
        self.endResetModel()

    def renew(self) -> bool:
        """Take the events as they are now; False where others are listed, or in another order."""
        events = self._session.shown_events()
        if [each.event for each in events] != [each.event for each in self.events]:
            return False
        self.events = events
        if events:
            last = self.index(len(events) - 1, len(_COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        return True

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
        if role == Qt.ItemDataRole.FontRole and event.person in self._session.person_editing.stale:
            return _italic()
        if role == Qt.ItemDataRole.DecorationRole and index.column() == _PERSON_COLUMN:
            return self._thumbnail(event.event)
        return None

    def _tool_tip(self, event: AnomalyEvent) -> str:
        span = f"{format_timecode(event.onset_s)} to {format_timecode(event.offset_s)}"
        hidden = self._session.reviewing.hides(event)
        lines = [f"{self._session.name_of(event.person)}, {span}"]
        if event.flagged and not hidden:
            lines[0] += ", flagged"
        if event.person in self._session.person_editing.stale:
            lines.append("found before an edit of this person")
        lines.append(original_text(event, hidden=hidden))
        if not hidden:
            lines.append(f"added by hand by {event.added_by}" if event.added_by else "")
            lines += [str(reason) for reason in event.reasons]
        return "\n".join(line for line in lines if line)

    def _thumbnail(self, event: int) -> QIcon:
        known = self._thumbnails.get((event, self._session.reviewing.has_controls))
        if known is not None:
            return known
        self._wanted[event] = None
        if not self._timer.isActive():
            self._timer.start()
        return QIcon(theme.picture("person", theme.colours().muted, _THUMBNAIL_PX))

    def _read_some(self) -> None:
        # What was asked for last is what is in view.
        for event in list(self._wanted)[: -_AT_ONCE - 1 : -1]:
            del self._wanted[event]
            self._thumbnails[event, self._session.reviewing.has_controls] = self._read(event)
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
    """Rank, thumbnail, person, timecode, length, score, main reason and artefact of each event; which, says the bar."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.model = EventModel(session, self)
        self.table = _table(self.model)
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.empty = EmptyState()
        self.bar = FilterBar(session)
        self.hide_artefacts = CheckBox()
        self.hide_artefacts.setToolTip(
            "Leaves out events that a head turn, blur, light, cover, cut, gaze or speech may have made. "
            "They stay in the case and in every file. A blind review shows them."
        )
        self.hide_artefacts.clicked.connect(self._hide_artefacts)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.stale = QLabel("In italics: found before an edit of the person.")
        self.stale.setContentsMargins(theme.UNIT // 2, 0, 0, 0)
        self.stale.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._pages = QWidget()
        self._stack = QStackedLayout(self._pages)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.hide_artefacts)
        column.addWidget(self.stale)
        column.addWidget(self._pages)
        session.results_changed.connect(self._results_changed)
        session.recording_closed.connect(self._results_changed)
        session.person_chosen.connect(self._person_chosen)
        session.event_chosen.connect(self._event_chosen)
        session.reviewing.changed.connect(self._judged)
        session.events_changed.connect(self._judged)
        session.filtering.changed.connect(self._judged)
        session.person_editing.changed.connect(self._judged)
        self._results_changed()

    def _results_changed(self) -> None:
        self._reset(forget=True)

    def _person_chosen(self, _person: object) -> None:
        self._reset(forget=False)

    def _judged(self) -> None:
        if self.model.renew():
            self._say_how_many()
        else:
            self._reset(forget=False)

    def _hide_artefacts(self, hides: bool) -> None:
        self._session.filtering.change(hides_artefacts=hides)

    def _sort(self, column: int) -> None:
        filtering = self._session.filtering
        name = _SORTED_BY.get(column)
        if name is None or (filtering.is_blind and name not in {"", *BLIND_SORTS}):
            return
        same = name == filtering.wanted.sort
        filtering.change(sort=name, turned=same and not filtering.wanted.turned)

    def _reset(self, *, forget: bool) -> None:
        self.model.reset(forget=forget)
        self._say_how_many()
        self._event_chosen(self._session.chosen_event)
        if self.model.events:
            self._stack.setCurrentWidget(self.table)
        else:
            self.empty.say(*_why_empty(self._session))
            self._stack.setCurrentWidget(self.empty)

    def _say_how_many(self) -> None:
        session, box = self._session, self.hide_artefacts
        stale = session.person_editing.stale
        self.stale.setVisible(any(each.person in stale for each in self.model.events))
        hides, blind = session.filtering.wanted.hides_artefacts, session.filtering.is_blind
        found = sum(bool(artefact_label(each)) for each in session.events_of(session.person))
        count = f" ({found} {'hidden' if hides else 'shown'})" if found else " (none)"
        # Always there: a box that vanished would hand its focus to the table, which would choose a row.
        box.setText(f"Hide likely artefacts{'' if blind else count}")
        box.setChecked(hides and not blind)
        box.setEnabled(not blind)

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
    # What is looked for first can be seen without scrolling: verdict, who, when, how unusual, why.
    header.moveSection(_VERDICT_COLUMN, 1)
    header.moveSection(header.visualIndex(_LENGTH_COLUMN), header.visualIndex(_REASON_COLUMN))
    header.setStretchLastSection(True)
    return table


def _italic() -> QFont:
    font = QApplication.font()
    font.setItalic(True)
    return font


def _why_empty(session: Session) -> tuple[str, str]:
    if session.recording is None and session.case is None:
        return "No events yet", "Open a recording to begin."
    if session.case is None or not session.case.has_results:
        return "No events yet", "Analyse the recording to find its unusual moments."
    if session.person == UNASSIGNED:
        return "No events", "Faces that belong to no person are not compared with a baseline."
    of_person = session.events_of(session.person)
    if of_person:
        artefacts = all(map(artefact_label, of_person))
        return _ALL_HIDDEN if artefacts else _NONE_PASSES
    if session.events:
        comes = session.reviewing.has_controls
        return _STILL_TO_COME if comes else _NONE_OF_PERSON
    return (
        "No unusual moments found",
        "Nothing stood out from the persons' own baselines, or too little of a face was seen.",
    )
