"""The purpose of a case: what the program may not be used for, and what this recording is analysed for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.purpose import NOT_FOR, Purpose
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session

_WIDE = 74 * theme.UNIT


class PurposeDialog(QDialog):
    """A short notice and two fields, which go into the case and its reports.

    ``first`` : asked without being called; closing is an answer then, and nobody is asked again.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, *, first: bool = False):
        super().__init__(parent)
        self.setWindowTitle("Purpose and legal basis")
        self._session, self._first = session, first
        case = session.case
        stated = (None if case is None else case.purpose) or Purpose()
        self.purpose = _field(
            stated.purpose, "for example: interview of 12 May, moments to look at"
        )
        self.basis = _field(stated.legal_basis, "for example: consent; court order; approved study")
        form = QFormLayout()
        form.setSpacing(theme.UNIT)
        form.addRow("&Purpose", self.purpose)
        form.addRow("&Legal basis", self.basis)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok if first else kinds.Ok | kinds.Cancel)
        self.keep = buttons.button(kinds.Ok)
        self.keep.setText("Keep")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT + 4)
        for sentence in NOT_FOR:
            column.addWidget(_words(sentence))
        column.addWidget(
            _words("Both fields go into the case, its log and its reports; either may stay empty.")
        )
        column.addLayout(form)
        column.addWidget(buttons)
        self.purpose.setFocus()
        session.recording_closed.connect(self.close)

    def accept(self) -> None:
        """Keep what is written."""
        if self._session.state_purpose(Purpose(self.purpose.text(), self.basis.text())):
            super().accept()

    def reject(self) -> None:
        """Leave everything as it was; at the first time, remember that it was not stated."""
        if self._first and self._session.case is not None:
            self._session.state_purpose(Purpose())
        super().reject()


class PurposeAsker(QObject):
    """Shows the notice when a case is open that nobody was asked about, once for each."""

    def __init__(self, session: Session, window: QWidget):
        super().__init__(window)
        self._session, self._window = session, window
        self._asked: set[Path] = set()
        session.results_changed.connect(self.look)
        session.editing.changed.connect(self.look)

    def look(self) -> None:
        """Ask if it is time to."""
        case = self._session.case
        if case is None or case.path in self._asked or case.purpose is not None:
            return
        self._asked.add(
            case.path
        )  # a case that can't be written to is not asked for again and again
        dialog = PurposeDialog(self._session, self._window, first=True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _field(text: str, hint: str) -> QLineEdit:
    field = QLineEdit(text)
    field.setPlaceholderText(hint)
    field.setMaxLength(1000)
    return field


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setFixedWidth(_WIDE)
    return label
