"""ExportDialog: in which formats the case is written."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.report.interchange.formats import FORMATS


class ExportDialog(QDialog):
    """One box for each format; the folder is asked for afterwards.

    ``formats`` holds the names of the chosen formats.
    """

    def __init__(self, chosen: Iterable[str], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.boxes = {name: QCheckBox(each.title) for name, each in FORMATS.items()}
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go_on = buttons.addButton("Choose folder …", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT)
        column.addWidget(QLabel("Write persons, events, verdicts and markers of this case as:"))
        for name, box in self.boxes.items():
            box.setChecked(name in set(chosen))
            box.toggled.connect(self._refresh)
            column.addWidget(box)
        column.addSpacing(theme.UNIT)
        column.addWidget(buttons)
        self._refresh()

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the chosen formats, in the order of the table."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def _refresh(self) -> None:
        self.go_on.setEnabled(bool(self.formats))
