"""PictureScreen: the picture alone on the whole screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget

from fead_desktop.gui.docks import Docks
from fead_desktop.gui.player.player_panel import PlayerPanel


class PictureScreen(QObject):
    """Puts everything but the picture away while the window fills the screen; all keys go on working.

    Opening a panel, by its key or another layout, brings all back.
    """

    def __init__(self, window: QMainWindow, player: PlayerPanel, docks: Docks):
        super().__init__(window)
        self._window = window
        self._player = player
        self._docks = docks
        self._state_before = Qt.WindowState.WindowNoState
        self._place_before = QRect()
        self._put_away: list[QWidget] = []
        self.is_on = False
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self._escaped)
        docks.changed.connect(self._docks_changed)

    def toggle(self) -> None:
        """Show the picture alone, or everything again."""
        if self.is_on:
            self.leave()
        else:
            self._enter()

    def _enter(self) -> None:
        window = self._window
        self._docks.put_away()
        bars = [window.menuBar(), window.statusBar(), *window.findChildren(QToolBar)]
        self._put_away = [bar for bar in bars if not bar.isHidden()]
        for bar in self._put_away:
            bar.hide()
        self._player.show_alone(on=True)
        self._state_before = window.windowState()
        self._place_before = window.geometry()
        window.setWindowState(self._state_before | Qt.WindowState.WindowFullScreen)
        self._escape.setEnabled(True)
        self.is_on = True

    def leave(self) -> None:
        """Show everything again."""
        if not self.is_on:
            return
        self.is_on = False
        self._escape.setEnabled(False)
        self._window.setWindowState(self._state_before)
        for bar in self._put_away:
            bar.show()
        self._player.show_alone(on=False)
        if self._state_before == Qt.WindowState.WindowNoState:
            # The panels must come back into a window of the size that they were arranged in.
            self._window.setGeometry(self._place_before)
        self._docks.bring_back()

    def _escaped(self) -> None:
        entry = self._player.transport.go_to
        if entry.isVisible():
            entry.leave()
        else:
            self.leave()

    def _docks_changed(self) -> None:
        if self.is_on and any(self._docks.is_open(name) for name in self._docks.by_name):
            self.leave()
