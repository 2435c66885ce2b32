"""PersonGallery: a card for each person; choosing one filters timeline and events, dragging one on another merges."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStackedLayout, QVBoxLayout, QWidget

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.persons.person_card import PersonCard, least_width
from fead_desktop.gui.persons.person_model import PersonModel
from fead_desktop.gui.persons.preview_model import PreviewModel
from fead_desktop.gui.persons.similarity_bar import SimilarityBar
from fead_desktop.gui.persons.stale_bar import StaleBar
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState


class PersonGallery(QWidget):
    """Cards of all persons, 'All persons' first, the unassigned faces last.

    Signals: faces_wanted() when a person was opened (double click or Enter).
    """

    faces_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self.model = PersonModel(session, self)
        self.list = CardList(session)
        self.list.setModel(self.model)
        self.list.setAccessibleName("Persons")
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.list.setDragDropOverwriteMode(True)
        self.list.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.list.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.list.activated.connect(self._activated)
        self.model.persons_dropped.connect(self._persons_dropped)
        self.model.faces_dropped.connect(self._faces_dropped)
        self.preview = PreviewModel(session, self)
        self.preview_list = CardList(session)
        self.preview_list.setModel(self.preview)
        self.preview_list.setAccessibleName("Preview of the persons")
        self.preview_list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.empty = EmptyState()
        self.similarity = SimilarityBar(session)
        self.stale = StaleBar(session)
        self._lay_out()
        self._connect()
        self._refresh()

    # What the actions do -----------------------------------------------------------------------------

    @property
    def selected(self) -> list[int]:
        """Numbers of the selected persons, without the unassigned faces."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        persons = (self.model.person_at(row) for row in rows)
        return [each for each in persons if each is not None and each != UNASSIGNED]

    def rename(self) -> None:
        """Let the name of the chosen person be typed on its card."""
        index = self.model.index(self.model.row_of(self._session.person), 0)
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
            self.list.setFocus()
            self.list.edit(index)

    def merge_selected(self) -> None:
        """Make one person of those that are selected."""
        self._session.person_editing.merge(self.selected)

    def ignore_selected(self) -> None:
        """Leave the faces of the selected persons unassigned."""
        self._session.person_editing.ignore(self.selected)

    # From the session --------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self.model.reset()
        session = self._session
        if session.persons:
            self._person_chosen(session.person)
            self._show_list()
            return
        self.empty.say(*_why_empty(session))
        self._stack.setCurrentWidget(self.empty)

    def _previewed(self) -> None:
        self.preview.show_preview(self._session.person_editing.preview)
        self._show_list()

    def _show_list(self) -> None:
        if self._session.persons:
            previews = self._session.person_editing.preview is not None
            self._stack.setCurrentWidget(self.preview_list if previews else self.list)

    def _person_chosen(self, person: int | None) -> None:
        index = self.model.index(self.model.row_of(person), 0)
        if index.isValid() and index != self.list.currentIndex():
            self.list.setCurrentIndex(index)

    def _faces_arrived(self) -> None:
        self.list.viewport().update()
        self.preview_list.viewport().update()

    # From the list -----------------------------------------------------------------------------------

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._session.choose_person(self.model.person_at(current.row()))

    def _activated(self, index: QModelIndex) -> None:
        if self.model.person_at(index.row()) is not None:
            self.faces_wanted.emit()

    def _persons_dropped(self, onto: int, persons: list[int]) -> None:
        editing = self._session.person_editing
        if onto == UNASSIGNED:
            editing.ignore(persons)
        else:
            editing.merge([onto, *persons])

    def _faces_dropped(self, onto: int, rows: list[int]) -> None:
        self._session.person_editing.move(rows, onto)

    # Making ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        for page in (self.empty, self.list, self.preview_list):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(pages, 1)
        column.addWidget(self.similarity)
        column.addWidget(self.stale)
        self._make_room()

    def _connect(self) -> None:
        session = self._session
        session.results_changed.connect(self._refresh)
        session.recording_closed.connect(self._refresh)
        session.person_chosen.connect(self._person_chosen)
        session.reviewing.changed.connect(self.model.look_again)
        session.reviewing.hiding_changed.connect(self.model.look_again)
        session.person_editing.changed.connect(self.model.look_again)
        session.person_editing.previewed.connect(self._previewed)
        session.face_pictures.arrived.connect(self._faces_arrived)

    def _make_room(self) -> None:
        """Keep the panel wide enough for a portrait and a short name."""
        self.setMinimumWidth(least_width(self.fontMetrics()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_stack"):
            self._make_room()
            self.list.scheduleDelayedItemsLayout()
        if event.type() == QEvent.Type.PaletteChange:
            self.list.viewport().update()
        super().changeEvent(event)


class CardList(QListView):
    """Cards below and beside each other, as many as there is room for."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self.setItemDelegate(PersonCard(self, session))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)  # the action's key begins it
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


def _why_empty(session: Session) -> tuple[str, str]:
    if session.recording is None and session.case is None:
        return "No persons yet", "Open a recording to begin."
    if session.case is not None and session.case.has_results:
        return "No persons found", "No face was assigned to a person in this recording."
    return "No persons yet", "Analyse the recording to find them."
