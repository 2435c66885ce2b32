"""The purpose of a case: what the program may not be used for, and what this recording is analysed for."""

from __future__ import annotations

from collections.abc import Callable
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

    ``keep`` : takes the answer where the dialog came without being called; closing is an answer then. Else the
    session keeps it, and closing changes nothing.
    """

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        keep: Callable[[Purpose], bool] | None = None,
    ):
        super().__init__(parent)
        self.setWindowTitle("Purpose and legal basis")
        first = keep is not None
        self._first, self._keep = first, keep or session.state_purpose
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
        session.recording_closed.connect(self._give_up)

    def accept(self) -> None:
        """Keep what is written."""
        if self._keep(Purpose(self.purpose.text(), self.basis.text())):
            super().accept()

    def reject(self) -> None:
        """Leave everything as it was; at the first time, remember that it was not stated."""
        if self._first:
            self._keep(Purpose())
        super().reject()

    def _give_up(self) -> None:
        # No answer: the case that it was for is closed.
        self.done(QDialog.DialogCode.Rejected)


class PurposeAsker(QObject):
    """Shows the notice once for each case: when its first analysis begins, or when it is opened unanswered."""

    def __init__(self, session: Session, window: QWidget):
        super().__init__(window)
        self._session, self._window = session, window
        self._asked: set[Path | None] = set()
        self._held: Purpose | None = None
        session.analysis_started.connect(self._look)
        session.results_changed.connect(self._look)
        session.editing.changed.connect(self._look)
        session.recording_closed.connect(self._forget)

    def _look(self) -> None:
        session, case = self._session, self._session.case
        if case is None and not session.is_analysing:
            return
        if case is not None and case.purpose is not None:
            return
        if case is not None and self._held is not None:
            held, self._held = self._held, None
            session.state_purpose(held)
            return
        # What is asked while there is no case yet, or of one that can't be written to, is not asked again.
        about = session.recording
        if about not in self._asked:
            self._asked.add(about)
            dialog = PurposeDialog(session, self._window, keep=self._keep)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _keep(self, purpose: Purpose) -> bool:
        if self._session.case is not None:
            return self._session.state_purpose(purpose)
        self._held = purpose  # until the analysis has made the case
        return True

    def _forget(self) -> None:
        self._held = None
        self._asked.clear()


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
