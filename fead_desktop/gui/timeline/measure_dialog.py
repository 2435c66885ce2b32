"""MeasureDialog: which expression measures the lane shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.features.measures import EXPRESSION_MEASURES
from fead_desktop.gui import theme
from fead_desktop.gui.widgets import CheckBox


class MeasureDialog(QDialog):
    """``measures`` is empty where the lane follows the chosen event."""

    def __init__(self, chosen: Sequence[str], shown: Sequence[str], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Expression measures")
        self.follow = CheckBox("&Those that drove the chosen event")
        self.follow.setChecked(not chosen)
        self.list = QListWidget()
        self.list.setAccessibleName("Expression measures")
        self.list.setStyleSheet(theme.boxes_sheet())
        for measure in EXPRESSION_MEASURES:
            item = QListWidgetItem(measure.title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, measure.name)
            ticked = measure.name in (chosen or shown)
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.list.setEnabled(bool(chosen))
        self.list.setMinimumHeight(self.fontMetrics().height() * 16)
        self.follow.toggled.connect(self.list.setDisabled)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.follow)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)

    @property
    def measures(self) -> tuple[str, ...]:
        """The chosen measures by name."""
        if self.follow.isChecked():
            return ()
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )
