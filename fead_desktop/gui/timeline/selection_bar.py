"""SelectionBar: what can be done with a selected stretch, as a row of buttons beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from fead_desktop.gui import theme
from fead_desktop.video.timebase import format_timecode

#: Name, words, tool tip.
_CHOICES = (
    ("baseline", "Baseline", "Mark as usual behaviour"),
    ("excluded", "Exclude", "Mark as left out"),
    ("marker", "Marker", "Add a marker over the selection"),
    ("event", "Event", "Make the selection an event of the chosen person"),
    ("loop", "Loop", "Play the selection over and over"),
    ("zoom", "Zoom", "Zoom to the selection"),
    ("deselect", "✕", "Select nothing"),
)


class SelectionBar(QFrame):
    """Signals: wanted(name), one of baseline, excluded, marker, event, loop, zoom, deselect."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Selection")
        self._words = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.UNIT, 2, 2, 2)
        row.setSpacing(2)
        row.addWidget(self._words)
        self.buttons: dict[str, QToolButton] = {}
        for name, words, tip in _CHOICES:
            button = QToolButton()
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("choice", name)
            button.clicked.connect(self._clicked)
            row.addWidget(button)
            self.buttons[name] = button
        self.hide()

    def describe(self, start_s: float, stop_s: float, who: str) -> None:
        """Say what is selected, and for whom a range would hold."""
        self._words.setText(f"{format_timecode(start_s)} · {stop_s - start_s:.2f} s")
        for name, _, tip in _CHOICES[:2]:
            self.buttons[name].setToolTip(f"{tip}, for {who}")
            self.buttons[name].setAccessibleName(f"{tip}, for {who}")
        self.adjustSize()

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, QToolButton):
            self.wanted.emit(str(sender.property("choice")))
