"""ChangeKeysDialog: every action with its keys; a key that another action has is never taken silently."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import key_map, theme
from fead_desktop.gui.action import Action
from fead_desktop.gui.actions import ACTIONS

_ID_ROLE = Qt.ItemDataRole.UserRole


class ChangeKeysDialog(QDialog):
    """Search an action, press its new key, say what becomes of the old owner of that key.

    ``changes`` holds what was chosen once the dialog was accepted.
    """

    def __init__(self, changes: key_map.Changes, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Change keys")
        self.changes: dict[str, tuple[str, ...]] = dict(changes)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._make_list()
        self._make_editor()
        self._lay_out()
        self._fill()
        self.list.setCurrentIndex(self.list.model().index(0, 0))
        self.resize(80 * theme.UNIT, 70 * theme.UNIT)

    # What the analyst does ---------------------------------------------------------------------------

    def choose(self, action_id: str) -> None:
        """Choose an action by its name in the table."""
        self.list.setCurrentItem(self._items[action_id])

    def add(self) -> None:
        """Give the chosen action the key that was pressed; whoever had it has it no longer."""
        action, key = self._action(), self._key()
        if action is None or not key:
            return
        self.changes = key_map.taken_from_others(self.changes, action, key)
        self.editor.clear()
        self._show_keys()

    def remove(self) -> None:
        """Take all keys from the chosen action."""
        action = self._action()
        if action is not None:
            self.changes = key_map.with_keys(self.changes, action, ())
            self._show_keys()

    def restore(self) -> None:
        """Give the chosen action the table's keys again, if nobody else has them now."""
        action = self._action()
        if action is None:
            return
        free = [
            key
            for key in action.keys
            if not [each for each in key_map.users_of(key, self.changes) if each.id != action.id]
        ]
        self.changes = key_map.with_keys(self.changes, action, free)
        self._show_keys()
        if len(free) < len(action.keys):
            kept = key_map.shown(key for key in action.keys if key not in free)
            self.conflict.setText(f"{kept} stays where it is; press it above to take it back.")

    def restore_all(self) -> None:
        """Give all actions the table's keys again."""
        self.changes = {}
        self._show_keys()

    # Inside ------------------------------------------------------------------------------------------

    def _action(self) -> Action | None:
        item = self.list.currentItem()
        if item is None:
            return None
        return next(each for each in ACTIONS if each.id == item.data(0, _ID_ROLE))

    def _key(self) -> str:
        return self.editor.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _look_for_conflict(self) -> None:
        action, key = self._action(), self._key()
        others = [
            each
            for each in (key_map.users_of(key, self.changes) if key else ())
            if action is None or each.id != action.id
        ]
        self.add_button.setEnabled(bool(action and key))
        if not others:
            self.conflict.clear()
            self.add_button.setText("Use this key")
            return
        names = ", ".join(f"“{each.plain_title}”" for each in others)
        self.conflict.setText(f"{key_map.shown([key])} is used by {names}, which would lose it.")
        self.add_button.setText("Take the key")

    def _show_keys(self) -> None:
        for action in ACTIONS:
            item = self._items[action.id]
            item.setText(2, key_map.shown(key_map.keys_of(action, self.changes)))
            font = item.font(2)
            font.setBold(action.id in self.changes)
            item.setFont(2, font)
        self._look_for_conflict()

    def _filter(self, text: str) -> None:
        for item in self._items.values():
            words = f"{item.text(0)} {item.text(1)} {item.text(2)}".casefold()
            item.setHidden(not all(word in words for word in text.casefold().split()))

    def _fill(self) -> None:
        for action in ACTIONS:
            menu = action.menu.partition("/")[0].replace("&", "")
            item = QTreeWidgetItem([menu, action.plain_title, ""])
            item.setData(0, _ID_ROLE, action.id)
            self._items[action.id] = item
            self.list.addTopLevelItem(item)
        self._show_keys()

    # Making ------------------------------------------------------------------------------------------

    def _make_list(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search an action or a key")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setHeaderLabels(["Menu", "Action", "Keys"])
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName("Actions")
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.list.currentItemChanged.connect(self._look_for_conflict)

    def _make_editor(self) -> None:
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName("New key")
        self.editor.keySequenceChanged.connect(self._look_for_conflict)
        self.conflict = QLabel()
        self.conflict.setWordWrap(True)
        self.conflict.setMinimumHeight(2 * self.fontMetrics().height())
        self.add_button = QPushButton("Use this key")
        self.add_button.clicked.connect(self.add)
        self.remove_button = QPushButton("No key")
        self.remove_button.clicked.connect(self.remove)
        self.restore_button = QPushButton("As at first")
        self.restore_button.clicked.connect(self.restore)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        defaults = self.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        defaults.setText("All as at first")
        defaults.clicked.connect(self.restore_all)
        for button in (self.add_button, self.remove_button, self.restore_button, defaults):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Press a key:"))
        row.addWidget(self.editor, 1)
        for button in (self.add_button, self.remove_button, self.restore_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.conflict)
        column.addWidget(self.buttons)
