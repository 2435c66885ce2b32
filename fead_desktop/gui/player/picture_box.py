"""PictureBox: what is painted over the picture, and how light it is shown; opens from the transport."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme
from fead_desktop.gui.player.overlay_painter import OverlaySwitches
from fead_desktop.gui.player.picture_adjust import PictureAdjust
from fead_desktop.gui.widgets import CheckBox, PushButton, bold

#: Name of a switch -> words.
SWITCHES: dict[str, str] = {
    "box": "Face boxes",
    "name": "Names and strongest emotion",
    "emotions": "Emotion bars",
    "measures": "Expression measures furthest from usual",
    "pose": "Head pose",
    "mesh": "Face mesh, in pauses",
}
_GAMMA_STEPS = 100


class PictureBox(QFrame):
    """Switches and sliders; every change shows at once.

    Signals: switches_changed(OverlaySwitches); adjust_changed(PictureAdjust).
    """

    switches_changed = Signal(object)
    adjust_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("picture_box")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._switches = OverlaySwitches()
        self._adjust = PictureAdjust()
        self.boxes: dict[str, CheckBox] = {}
        column = QVBoxLayout(self)
        column.setSpacing(theme.UNIT)
        column.addWidget(bold(QLabel("Over the picture")))
        for name, words in SWITCHES.items():
            box = CheckBox(words, self)
            box.setObjectName(name)
            box.toggled.connect(self._switch)
            self.boxes[name] = box
            column.addWidget(box)
        column.addSpacing(theme.UNIT)
        column.addWidget(bold(QLabel("Levels, in this view only")))
        form = QFormLayout()
        self.brightness = self._slider("Brightness", -100, 100, form)
        self.contrast = self._slider("Contrast", -100, 100, form)
        self.gamma = self._slider("Gamma", -_GAMMA_STEPS, _GAMMA_STEPS, form)
        column.addLayout(form)
        self.reset_button = PushButton("As recorded", self)
        self.reset_button.clicked.connect(self._reset)
        column.addWidget(self.reset_button)
        self.show_switches(self._switches)

    def show_switches(self, switches: OverlaySwitches) -> None:
        """Show what is painted."""
        self._switches = switches
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(getattr(switches, name))

    def show_adjust(self, adjust: PictureAdjust) -> None:
        """Show the levels."""
        self._adjust = adjust
        for slider, value in (
            (self.brightness, adjust.brightness * 100),
            (self.contrast, adjust.contrast * 100),
            (self.gamma, _place_of_gamma(adjust.gamma)),
        ):
            with QSignalBlocker(slider):
                slider.setValue(round(value))

    def open_above(self, anchor: QWidget) -> None:
        """Open above a button."""
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), -self.height()))
        self.move(max(corner.x(), 0), max(corner.y(), 0))
        self.show()

    def _slider(self, words: str, least: int, most: int, form: QFormLayout) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setAccessibleName(words)
        slider.setRange(least, most)
        slider.setMinimumWidth(20 * theme.UNIT)
        slider.valueChanged.connect(self._level)
        form.addRow(words, slider)
        return slider

    def _switch(self, on: bool) -> None:
        name = self.sender().objectName()
        self._switches = replace(self._switches, **{name: on})
        self.switches_changed.emit(self._switches)

    def _level(self) -> None:
        self._adjust = PictureAdjust(
            self.brightness.value() / 100,
            self.contrast.value() / 100,
            4 ** (self.gamma.value() / _GAMMA_STEPS),
        )
        self.adjust_changed.emit(self._adjust)

    def _reset(self) -> None:
        self.show_adjust(PictureAdjust())
        self.adjust_changed.emit(PictureAdjust())


def _place_of_gamma(gamma: float) -> float:
    return _GAMMA_STEPS * math.log(gamma, 4)
