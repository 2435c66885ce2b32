"""Menus: the table of actions as menus, keys and icons of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from fead_desktop.gui import key_map, theme
from fead_desktop.gui.actions import ACTIONS

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow

_BY_ID = {action.id: action for action in ACTIONS}


class Menus(QObject):
    """A QAction for every row of the table, and the menus that hold them; ``recent`` lists recent files."""

    def __init__(self, window: MainWindow, changes: key_map.Changes):
        super().__init__(window)
        self._window = window
        self._menus: dict[str, QMenu] = {}
        self.by_id: dict[str, QAction] = {}
        self.recent = QMenu("Open &recent", window)
        for action in ACTIONS:
            menu = self._menu(action.menu)
            made = QAction(action.title, window)
            made.setCheckable(action.checked is not None)
            made.setData(action.id)
            made.triggered.connect(self._do)
            if action.section and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(made)
            window.addAction(made)  # so that keys work while the menu bar is hidden
            self.by_id[action.id] = made
            if action.id == "open":
                menu.addMenu(self.recent)
        self.set_keys(changes)
        self.draw_icons()

    def set_keys(self, changes: key_map.Changes) -> None:
        """Give every action its keys; tool tips name the first."""
        for action in ACTIONS:
            keys = key_map.keys_of(action, changes)
            made = self.by_id[action.id]
            made.setShortcuts([QKeySequence(key) for key in keys])
            words = action.tip or action.plain_title
            made.setToolTip(f"{words} ({key_map.shown(keys[:1])})" if keys else words)
            made.setStatusTip(action.tip)

    def draw_icons(self) -> None:
        """Draw the icons in the palette's colours."""
        for action in ACTIONS:
            if action.icon:
                self.by_id[action.id].setIcon(theme.icon(action.icon))

    def refresh(self) -> None:
        """Let menus and buttons tell what can be done, and which switches are on."""
        for action in ACTIONS:
            made = self.by_id[action.id]
            made.setEnabled(action.enabled(self._window.session))
            if action.checked is not None:
                made.setChecked(action.checked(self._window))

    def fill_recent(self, names: tuple[str, ...]) -> None:
        """List these files."""
        self.recent.clear()
        metrics = self._window.fontMetrics()
        for name in names:
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 480)
            action = self.recent.addAction(shown.replace("&", "&&"))
            action.setData(name)
        self.recent.setEnabled(bool(names))

    def _menu(self, path: str) -> QMenu:
        if path not in self._menus:
            above, _, title = path.rpartition("/")
            parent = self._menu(above) if above else self._window.menuBar()
            self._menus[path] = parent.addMenu(title)
            self._menus[path].aboutToShow.connect(self.refresh)
        return self._menus[path]

    def _do(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            _BY_ID[sender.data()].do(self._window)
            self.refresh()
