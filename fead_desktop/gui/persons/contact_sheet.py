"""ContactSheet: all faces of the chosen person; a click shows the frame, chosen faces go to somebody else."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QCloseEvent, QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui import theme
from fead_desktop.gui.persons.face_model import BY_SCORE, BY_TIME, ORDERS, FaceModel
from fead_desktop.gui.persons.person_card import paint_face
from fead_desktop.gui.persons.person_model import PersonModel, counted
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import ElidedComboBox, EmptyState

_FACE_PX = 72
_CELL_PX = _FACE_PX + theme.UNIT
_SIZE = QSize(1000, 640)

#: Where Qt keeps the flags of a choice's entry; 0 = it can't be chosen.
_FLAGS_ROLE = Qt.ItemDataRole.UserRole - 1

#: Actions of the window that have a button here, and those whose keys work here as well.
BUTTONS = ("select_tracks", "suggest_split", "split_faces", "move_faces")
KEYS = (*BUTTONS, "undo", "redo", "contact_sheet")


class ContactSheet(QDialog):
    """Beside the window, not in front of it: the player shows the frame of the face that is current."""

    def __init__(
        self,
        session: Session,
        persons: PersonModel,
        actions: Mapping[str, QAction],
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setWindowTitle("Faces")
        self.resize(_SIZE)
        self._session, self._editing, self._persons = session, session.person_editing, persons
        self.model = FaceModel(session, self)
        self.list = self._make_list()
        self.person_box, self.order, self.count = ElidedComboBox(), QComboBox(), QLabel()
        self.move_menu = QMenu(self)
        self._make_choices()
        self._take_actions(actions)
        self._lay_out(actions)
        self._connect()
        self._show_person()

    # What the actions do -----------------------------------------------------------------------------

    def select_tracks(self) -> None:
        """Choose all faces of the tracks that the chosen ones are in."""
        self._select(self._editing.rows_of_tracks(self._editing.chosen_faces))

    def ask_where_to(self) -> None:
        """Offer the persons that the chosen faces may go to."""
        if not self._editing.chosen_faces:
            self._session.refused.emit("Choose faces first.")
            return
        self.move_menu.clear()
        for person in self._session.persons:
            if person.person != self._session.person:
                index = self._persons.index(self._persons.row_of(person.person), 0)
                face = index.data(Qt.ItemDataRole.DecorationRole)
                icon = QIcon(face) if isinstance(face, QPixmap) else QIcon()
                words = person.name.replace("&", "&&")
                self.move_menu.addAction(icon, words).setData(person.person)
        if self._session.person != UNASSIGNED:
            self.move_menu.addSeparator()
            self.move_menu.addAction("Nobody (unassigned)").setData(UNASSIGNED)
        self.move_menu.popup(self._move_button.mapToGlobal(self._move_button.rect().bottomLeft()))

    # From the session --------------------------------------------------------------------------------

    def _show_person(self, _person: object = None) -> None:
        session = self._session
        self._hide_scores()
        self.person_box.setCurrentIndex(self._persons.row_of(session.person))
        self.model.show_faces(session.person, self.order.currentText())
        place = self.model.place_at(session.frame)
        if place >= 0:
            # Current without being chosen: nothing has been asked for yet.
            current = self.model.index(place, 0)
            with QSignalBlocker(self.list.selectionModel()):
                self.list.selectionModel().setCurrentIndex(
                    current, QItemSelectionModel.SelectionFlag.NoUpdate
                )
            self.list.scrollTo(current, QListView.ScrollHint.PositionAtCenter)
        self._stack.setCurrentWidget(self.list if len(self.model.rows) else self.empty)
        self._say_how_many()

    def _hide_scores(self) -> None:
        """The order by score can't be chosen while a blind review is not to know it."""
        hides = self._session.reviewing.is_hiding
        if hides and self.order.currentText() == BY_SCORE:
            self.order.setCurrentText(BY_TIME)
        entries = self.order.model()
        entry = entries.index(ORDERS.index(BY_SCORE), 0)
        entries.setData(entry, 0 if hides else None, _FLAGS_ROLE)

    def _split_suggested(self, rows: list[int]) -> None:
        self._select(rows)

    def _faces_arrived(self) -> None:
        self.list.viewport().update()

    # From the list -----------------------------------------------------------------------------------

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_frame(current)

    def _show_frame(self, index: QModelIndex) -> None:
        if index.isValid():
            row = int(self.model.rows[index.row()])
            self._session.request_frame(int(self._session.table.frame_number[row]))

    def _selection_changed(self) -> None:
        places = [index.row() for index in self.list.selectionModel().selectedIndexes()]
        self._editing.choose_faces(self.model.rows[places].tolist())
        self._say_how_many()

    def _select(self, rows: list[int]) -> None:
        places = self.model.places_of(rows)
        chosen = QItemSelection()
        for first, last in _runs(places):
            chosen.select(self.model.index(first, 0), self.model.index(last, 0))
        self.list.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if places:
            self.list.scrollTo(self.model.index(places[0], 0))

    def _say_how_many(self) -> None:
        chosen = len(self._editing.chosen_faces)
        words = counted(len(self.model.rows), "face")
        self.count.setText(f"{words}, {chosen:,} chosen" if chosen else words)

    def _person_picked(self, row: int) -> None:
        self._session.choose_person(self._persons.person_at(row))

    def _move_to(self, action: QAction) -> None:
        self._editing.move(self._editing.chosen_faces, int(action.data()))

    def reject(self) -> None:
        self._editing.choose_faces(())
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._editing.choose_faces(())
        super().closeEvent(event)

    # Making ------------------------------------------------------------------------------------------

    def _make_list(self) -> QListView:
        made = QListView()
        made.setModel(self.model)
        made.setItemDelegate(_FaceCell(made))
        made.setFlow(QListView.Flow.LeftToRight)
        made.setWrapping(True)
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.setUniformItemSizes(True)
        made.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        made.setSelectionRectVisible(True)
        made.setDragDropMode(QListView.DragDropMode.DragOnly)
        made.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setMouseTracking(True)
        made.setAccessibleName("Faces")
        return made

    def _make_choices(self) -> None:
        self.person_box.setModel(self._persons)
        self.person_box.setIconSize(QSize(20, 20))
        self.person_box.setMinimumWidth(24 * theme.UNIT)
        self.person_box.setAccessibleName("Person")
        self.order.addItems(list(ORDERS))
        self.order.setAccessibleName("Order of the faces")
        self.order.setToolTip("By score is there once the blind pass of the review is over")
        self.count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.empty = EmptyState()
        self.empty.say("Whose faces?", "Choose a person here or in the gallery.")

    def _take_actions(self, actions: Mapping[str, QAction]) -> None:
        self.addActions([actions[name] for name in KEYS])
        self.list.addActions([actions[name] for name in BUTTONS])
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _lay_out(self, actions: Mapping[str, QAction]) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        top.setSpacing(theme.UNIT)
        for choice in (self.person_box, self.order, self.count):
            top.addWidget(choice)
        top.addStretch()
        for name in BUTTONS:
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(actions[name].text().replace("&", "").rstrip("… "))
            top.addWidget(button)
            self._move_button = button  # the last one
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(pages, 1)

    def _connect(self) -> None:
        session = self._session
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.selectionModel().selectionChanged.connect(self._selection_changed)
        self.list.clicked.connect(self._show_frame)  # also when it is current already
        self.order.currentIndexChanged.connect(self._show_person)
        self.person_box.activated.connect(self._person_picked)
        self.move_menu.triggered.connect(self._move_to)
        session.person_chosen.connect(self._show_person)
        session.results_changed.connect(self._show_person)
        session.recording_closed.connect(self.close)
        session.reviewing.changed.connect(self._hide_scores)
        session.face_pictures.arrived.connect(self._faces_arrived)
        self._editing.split_suggested.connect(self._split_suggested)
        self._editing.faces_chosen.connect(self._say_how_many)


class _FaceCell(QStyledItemDelegate):
    """A face with an edge where it is chosen."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: object) -> QSize:
        return QSize(_CELL_PX, _CELL_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        of = theme.colours()
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area.adjusted(1, 1, -1, -1), QColor(of.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area.adjusted(1, 1, -1, -1), QColor(of.raised))
        gap = theme.UNIT // 2
        face = area.adjusted(gap, gap, -gap, -gap)
        paint_face(painter, face, index.data(Qt.ItemDataRole.DecorationRole), of)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(of.text))
            painter.drawRect(area.adjusted(1, 1, -2, -2))


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Return first and last of every unbroken run."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
