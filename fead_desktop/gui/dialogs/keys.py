"""The sheet of keys, made from the table of actions."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.actions import ACTIONS


class KeysDialog(QDialog):
    """Every action that has a key, by menu."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        row = 0
        keyed = [action for action in ACTIONS if action.keys]
        for menu, actions in groupby(keyed, key=lambda each: each.menu):
            title = QLabel(f"<b>{menu}</b>")
            title.setContentsMargins(0, theme.UNIT if row else 0, 0, 0)
            grid.addWidget(title, row, 0, 1, 2)
            for row, action in enumerate(actions, start=row + 1):  # noqa: B020
                grid.addWidget(QLabel(action.title.replace("&", "").rstrip("… ")), row, 0)
                grid.addWidget(QLabel(shown_keys(action.keys)), row, 1)
            row += 1
        for what, how in (
            ("Seek", "click or drag in the timeline"),
            ("Zoom the timeline", "mouse wheel"),
            ("Move the timeline", "Shift and drag, or Shift and wheel"),
        ):
            grid.addWidget(QLabel(what), row, 0)
            grid.addWidget(QLabel(how), row, 1)
            row += 1
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addLayout(grid)
        column.addWidget(buttons)


def shown_keys(keys: tuple[str, ...]) -> str:
    """Return keys as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return "  or  ".join(QKeySequence(key).toString(native) for key in keys)
