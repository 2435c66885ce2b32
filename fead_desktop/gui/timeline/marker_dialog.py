"""MarkerDialog: text and colour of a marker."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from fead_desktop.case.edits import LONGEST_TEXT, MARKER_COLOURS, Marker
from fead_desktop.gui.timeline.drawing import MARKER_STYLES
from fead_desktop.video.timebase import format_timecode


class MarkerDialog(QDialog):
    """``remove`` is True after the analyst chose to remove it."""

    def __init__(self, marker: Marker, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(f"Marker {marker.marker}")
        self.remove = False
        when = format_timecode(marker.start_s)
        if not marker.is_point:
            when += f" – {format_timecode(marker.end_s)}"
        self.text = QLineEdit(marker.text)
        self.text.setMaxLength(LONGEST_TEXT)
        self.text.setPlaceholderText("What is to be found here?")
        self.text.setMinimumWidth(self.fontMetrics().averageCharWidth() * 48)
        self.colour = QComboBox()
        for name in MARKER_COLOURS:
            self.colour.addItem(_swatch(MARKER_STYLES[name].shown), name)
        self.colour.setCurrentText(marker.colour)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        remove = QPushButton("&Remove")
        buttons.addButton(remove, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        remove.clicked.connect(self._remove)
        rows = QFormLayout(self)
        rows.addRow("Time", QLabel(when))
        rows.addRow("&Text", self.text)
        rows.addRow("&Colour", self.colour)
        rows.addRow(buttons)
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text.selectAll()

    def _remove(self) -> None:
        self.remove = True
        self.accept()


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(QSize(16, 16))
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
