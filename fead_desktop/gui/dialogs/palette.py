"""CommandPalette: type a few letters of what you want to do, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import key_map, theme
from fead_desktop.gui.actions import ACTIONS

_ID_ROLE = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def match(query: str, text: str) -> float | None:
    """Return how well letters in this order fit a text, higher = better; None where they don't.

    Letters at the start of a word and letters in a row count more; the rest of the text counts against it.
    """
    if not query.strip():
        return 0.0
    wanted, within = query.casefold().replace(" ", ""), text.casefold()
    # The best place of each letter depends on the letters before: one row of a table a letter.
    best: dict[int, float] = {-1: 0.0}
    for letter in wanted:
        found: dict[int, float] = {}
        for at, other in enumerate(within):
            if other != letter:
                continue
            starts = at == 0 or not within[at - 1].isalnum()
            gains = [
                score + 1.0 + 2.0 * starts + 1.5 * (before == at - 1 and before >= 0)
                for before, score in best.items()
                if before < at
            ]
            if gains:
                found[at] = max(gains)
        best = found
    return max(best.values()) - 0.01 * len(within) if best else None


class CommandPalette(QDialog):
    """All actions, the best fitting first; those that can't be done now are grey, behind others that fit as well.

    Signals: chosen(action id).
    """

    chosen = Signal(str)

    def __init__(
        self,
        actions: dict[str, QAction],
        changes: key_map.Changes,
        parent: QWidget | None = None,
    ):
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setWindowTitle("Find an action")
        self._actions, self._changes = actions, changes
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("Find an action")
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._accept)
        self.line.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("Actions")
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.itemActivated.connect(self._accept)
        self.list.itemClicked.connect(self._accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(max(70 * theme.UNIT, 88 * letter), 48 * theme.UNIT)
        self._fill("")

    @property
    def shown(self) -> list[str]:
        """The names of the actions listed, the best first."""
        return [
            str(item.data(0, _ID_ROLE))
            for row in range(self.list.topLevelItemCount())
            if (item := self.list.topLevelItem(row)) is not None
        ]

    def _fill(self, query: str) -> None:
        self.list.clear()
        rated = [
            (score - (not self._actions[action.id].isEnabled()), -number, action)
            for number, action in enumerate(ACTIONS)
            if (score := match(query, action.plain_title)) is not None
        ]
        for *_, action in sorted(rated, key=lambda each: each[:2], reverse=True):
            menu = action.menu.replace("&", "").replace("/", " › ")
            keys = key_map.shown(key_map.keys_of(action, self._changes))
            item = QTreeWidgetItem([action.plain_title, keys, menu])
            item.setData(0, _ID_ROLE, action.id)
            item.setDisabled(not self._actions[action.id].isEnabled())
            self.list.addTopLevelItem(item)
        self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _accept(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isDisabled():
            return
        self.accept()
        self.chosen.emit(item.data(0, _ID_ROLE))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the letters go into the line."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _MOVES
        ):
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
