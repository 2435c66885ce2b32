"""The sheet of keys, made from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import key_map, theme
from fead_desktop.gui.action import MENUS, Action
from fead_desktop.gui.actions import ACTIONS
from fead_desktop.gui.widgets import scrolled

_MOUSE = (
    ("Seek", "click or drag"),
    ("Zoom", "wheel"),
    ("Move", "Shift and drag, or Shift and wheel"),
)
_COLUMNS = 3

Lines = list[tuple[str, str]]


class KeysDialog(QDialog):
    """Every action that has a key, by menu, in columns."""

    def __init__(self, changes: key_map.Changes, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.sections = _sections(changes)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, theme.UNIT, 0)
        row.setSpacing(5 * theme.UNIT)
        for column in _spread(self.sections):
            row.addLayout(_column(column))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*(3 * theme.UNIT,) * 4)
        whole.setSpacing(2 * theme.UNIT)
        whole.addWidget(scrolled(inside, "Keys"))
        whole.addWidget(buttons)
        wanted = inside.sizeHint()
        room = QGuiApplication.primaryScreen().availableSize()
        self.resize(
            min(wanted.width() + 12 * theme.UNIT, room.width() - 4 * theme.UNIT),
            min(wanted.height() + 14 * theme.UNIT, room.height() - 8 * theme.UNIT),
        )


def _sections(changes: key_map.Changes) -> list[tuple[str, Lines]]:
    keyed = [action for action in ACTIONS if key_map.keys_of(action, changes)]
    made: list[tuple[str, Lines]] = []
    for menu, actions in groupby(sorted(keyed, key=_place), key=_menu):
        lines = [
            (each.plain_title, key_map.shown(key_map.keys_of(each, changes))) for each in actions
        ]
        made.append((menu.replace("&", "").replace("/", " · "), lines))
    return [*made, ("Timeline with the mouse", list(_MOUSE))]


def _menu(action: Action) -> str:
    return action.menu


def _place(action: Action) -> tuple[int, str]:
    return MENUS.index(action.menu.partition("/")[0]), action.menu


def _spread(sections: Sequence[tuple[str, Lines]]) -> list[list[tuple[str, Lines]]]:
    """Share the sections among the columns, in order, about equally long."""
    total = sum(len(lines) + 2 for _, lines in sections)
    columns: list[list[tuple[str, Lines]]] = [[] for _ in range(_COLUMNS)]
    done = 0
    for title, lines in sections:
        at = min(_COLUMNS * (done + len(lines) // 2 + 1) // total, _COLUMNS - 1)
        columns[at].append((title, lines))
        done += len(lines) + 2
    return columns


def _column(sections: Sequence[tuple[str, Lines]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)
    for title, lines in sections:
        section = QWidget()
        section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(section)
        grid.setContentsMargins(0, 0, 0, 2 * theme.UNIT)
        grid.setHorizontalSpacing(3 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(QLabel(f"<b>{title}</b>"), 0, 0, 1, 2)
        for number, (what, how) in enumerate(lines, start=1):
            grid.addWidget(QLabel(what), number, 0)
            keys = QLabel(how)
            keys.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(keys, number, 1)
        column.addWidget(section)
    column.addStretch()
    return column
