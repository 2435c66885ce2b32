"""SimilarityBar: how alike two faces must be to be one person, tried out before it is taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import PushButton

#: In percent; 50 is the program's own.
_LEAST, _USUAL, _MOST = 20, 50, 80


class SimilarityBar(QWidget):
    """A slider from few persons to many; the gallery shows who would be who until Apply or Dismiss."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._editing = session.person_editing
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(_LEAST, _MOST)
        self.slider.setValue(_USUAL)
        self.slider.setPageStep(5)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(_USUAL - _LEAST)
        self.slider.setAccessibleName("Similarity that makes one person")
        self.slider.setToolTip(
            "How alike two faces must be to be one person; the middle is the program's own.\n"
            "All edits but names give way when it is applied; Undo brings them back."
        )
        self.apply_button, self.dismiss_button = PushButton("Apply"), PushButton("Dismiss")
        self._lay_out()
        self.slider.valueChanged.connect(self._moved)
        self.apply_button.clicked.connect(self._apply)
        self.dismiss_button.clicked.connect(self.leave)
        self._editing.previewed.connect(self._previewed)
        session.recording_closed.connect(self.leave)
        self._previewed()
        self.hide()

    def enter(self) -> None:
        """Show the slider and give it the keys."""
        self.show()
        self.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        """Show the persons as they are."""
        self._editing.dismiss_preview()
        with QSignalBlocker(self.slider):  # the way back to the middle is no question
            self.slider.setValue(_USUAL)
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._editing.preview:
            self._apply()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # The arrow keys belong to the slider while it has them, though they step frames elsewhere.
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in keys
            and self.slider.hasFocus()
        ):
            event.accept()
            return True
        return super().event(event)

    def _moved(self, value: int) -> None:
        self._editing.show_similarity(value / 100)

    def _apply(self) -> None:
        self._editing.apply_preview()
        self.leave()

    def _previewed(self) -> None:
        self.apply_button.setEnabled(self._editing.preview is not None)

    def _lay_out(self) -> None:
        few, many = QLabel("fewer persons"), QLabel("more")
        for label in (few, many):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        ends, buttons = QHBoxLayout(), QHBoxLayout()
        ends.addWidget(few)
        ends.addStretch()
        ends.addWidget(many)
        for button in (self.apply_button, self.dismiss_button):
            button.setMinimumWidth(0)
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        column.setSpacing(theme.UNIT // 2)
        column.addLayout(ends)
        column.addWidget(self.slider)
        column.addLayout(buttons)
