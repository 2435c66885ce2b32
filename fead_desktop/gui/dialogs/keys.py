"""The sheet of keys, made from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.actions import ACTIONS

_TIMELINE = (
    ("Seek", "click or drag"),
    ("Zoom", "wheel"),
    ("Move", "Shift and drag, or Shift and wheel"),
)


class KeysDialog(QDialog):
    """Every action that has a key, by menu."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        keyed = [action for action in ACTIONS if action.keys]
        for menu, actions in groupby(keyed, key=lambda each: each.menu):
            _add_section(grid, menu, [(each.title, shown_keys(each.keys)) for each in actions])
        _add_section(grid, "Timeline", _TIMELINE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addLayout(grid)
        column.addWidget(buttons)


def _add_section(grid: QGridLayout, title: str, lines: Sequence[tuple[str, str]]) -> None:
    row = grid.rowCount()
    headline = QLabel(f"<b>{_plain(title)}</b>")
    headline.setContentsMargins(0, theme.UNIT if row > 1 else 0, 0, 0)
    grid.addWidget(headline, row, 0, 1, 2)
    for line, (what, how) in enumerate(lines, start=row + 1):
        grid.addWidget(QLabel(_plain(what)), line, 0)
        grid.addWidget(QLabel(how), line, 1)


def _plain(title: str) -> str:
    return title.replace("&", "").rstrip("… ")


def shown_keys(keys: tuple[str, ...]) -> str:
    """Return keys as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return "  or  ".join(QKeySequence(key).toString(native) for key in keys)
