"""Transport: the row under the picture: seek bar, play and step, rate, time, overlay and sound."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme
from fead_desktop.gui.player.controller import RATES
from fead_desktop.gui.player.go_to import GoToEntry
from fead_desktop.gui.player.seek_bar import EventMark, SeekBar
from fead_desktop.gui.widgets import ElidedLabel
from fead_desktop.video.timebase import format_timecode

_ICON_PX = 20
_FULL_VOLUME = 100
#: Things that may be left out in a narrow row.
_SQUEEZES = 3


class Transport(QWidget):
    """What the analyst works the player with.

    Signals: play_toggled(); step_requested(frames); preview_requested(seconds) while dragging;
    seek_requested(seconds); rate_chosen(rate); place_entered(text); overlay_toggled(on); picture_clicked();
    volume_chosen(0 to 1); muted(on).
    """

    play_toggled = Signal()
    step_requested = Signal(int)
    preview_requested = Signal(float)
    seek_requested = Signal(float)
    rate_chosen = Signal(float)
    overlay_toggled = Signal(bool)
    picture_clicked = Signal()
    place_entered = Signal(str)
    volume_chosen = Signal(float)
    muted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._set_icons()
        self.clear()

    def _make_widgets(self) -> None:
        self.seek_bar = SeekBar(self)
        self.back_button = self._button("step_back", "One frame back")
        self.play_button = self._button("play", "Play")
        self.forward_button = self._button("step_forward", "One frame on")
        self.rate_box = QComboBox(self)
        self.rate_box.setObjectName("rate")
        self.rate_box.setAccessibleName("Speed")
        self.rate_box.setToolTip("Speed; sound is heard at 1×")
        self.rate_box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for rate in RATES:
            self.rate_box.addItem(f"{rate:g}×", rate)
        self.set_rate(1.0)
        self.time_label = QLabel(self)
        self.time_label.setObjectName("timecode")
        self.frame_label = QLabel(self)
        self.frame_label.setObjectName("frame_number")
        self.go_to = GoToEntry(self)
        self.mode_label = ElidedLabel("", self)
        self.mode_label.setObjectName("play_mode")
        self.overlay_button = self._button("overlay", "Face boxes: person and apparent emotion")
        self.overlay_button.setCheckable(True)
        self.overlay_button.setChecked(True)
        self.picture_button = self._button("picture", "Picture: overlays and levels")
        self.mute_button = self._button("mute", "Mute")
        self.mute_button.setCheckable(True)
        self.volume_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.volume_slider.setObjectName("volume")
        self.volume_slider.setAccessibleName("Volume")
        self.volume_slider.setRange(0, _FULL_VOLUME)
        self.volume_slider.setValue(_FULL_VOLUME)
        self.volume_slider.setFixedWidth(10 * theme.UNIT)
        self.volume_slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setAutoRaise(True)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _lay_out(self) -> None:
        half = theme.UNIT // 2
        self._row = row = QHBoxLayout()
        row.setSpacing(half)
        for button in (self.back_button, self.play_button, self.forward_button):
            row.addWidget(button)
        row.addSpacing(theme.UNIT)
        row.addWidget(self.rate_box)
        row.addWidget(self.mode_label, 1)
        row.addWidget(self.time_label)
        row.addSpacing(theme.UNIT)
        row.addWidget(self.frame_label)
        row.addWidget(self.go_to)
        row.addStretch(1)
        row.addWidget(self.overlay_button)
        row.addWidget(self.picture_button)
        row.addWidget(self.mute_button)
        row.addWidget(self.volume_slider)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.UNIT, half, theme.UNIT, half)
        column.setSpacing(half)
        column.addWidget(self.seek_bar)
        column.addLayout(row)

    def _connect(self) -> None:
        self.seek_bar.preview_requested.connect(self.preview_requested)
        self.seek_bar.seek_requested.connect(self.seek_requested)
        self.back_button.clicked.connect(self._step_back)
        self.forward_button.clicked.connect(self._step_forward)
        self.play_button.clicked.connect(self._play)
        self.go_to.entered.connect(self.place_entered)
        self.go_to.left.connect(self._place_left)
        self.rate_box.activated.connect(self._choose_rate)
        self.overlay_button.toggled.connect(self.overlay_toggled)
        self.picture_button.clicked.connect(self.picture_clicked)
        self.mute_button.toggled.connect(self._mute)
        self.volume_slider.valueChanged.connect(self._choose_volume)

    # What is shown -----------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show that nothing is open."""
        self.setEnabled(False)
        self.seek_bar.set_marks(())
        self.set_range(None, "")
        self._squeezed = 0
        self.go_to.leave()
        self.seek_bar.set_duration(0.0)
        self.frame_label.setText("")
        self._duration = self._widest_place = ""
        self._time_s = 0.0
        self._fit()
        self.set_playing(playing=False)
        self.set_has_sound(has_sound=False)

    def set_recording(self, last_s: float, frames: int, source: str = "") -> None:
        """Take the time of the last frame, the number of frames, and what the source's own clock shows last."""
        self.setEnabled(True)
        self.seek_bar.set_duration(last_s)
        self._duration = format_timecode(last_s)
        self._widest_place = _place(frames - 1, source)
        if source:
            self.frame_label.setToolTip("Frame number, and the clock that the source brought along")
        self._fit()
        self.set_frame(0, 0.0)

    def set_frame(self, frame: int, time_s: float, source: str = "") -> None:
        """Show the frame that is on the screen; ``source`` is what the source's own clock shows there."""
        self._time_s = time_s
        self._show_time()
        self.frame_label.setText(_place(frame, source))
        self.seek_bar.set_position(time_s)

    def set_marks(self, marks: Sequence[EventMark]) -> None:
        """Show these events on the seek bar."""
        self.seek_bar.set_marks(marks)

    def set_playing(self, *, playing: bool) -> None:
        """Let the button say what it does next."""
        words = "Pause" if playing else "Play"
        self._playing = playing
        self.play_button.setAccessibleName(words)
        self.play_button.setToolTip(words)
        self.play_button.setIcon(theme.icon("pause" if playing else "play"))

    def set_rate(self, rate: float) -> None:
        """Show the rate; one that can't be chosen, such as a backward one, stands in the box until it changes."""
        self.rate_box.setPlaceholderText(f"{rate:g}×".replace("-", "\u2212"))
        self.rate_box.setCurrentIndex(self.rate_box.findData(rate))

    def set_range(
        self, range_s: tuple[float, float] | None, mode: str, *, is_played: bool = False
    ) -> None:
        """Show in and out, in seconds, and in words what play keeps to."""
        self.seek_bar.set_range(range_s, is_played=is_played)
        if mode != self.mode_label.text():
            self.mode_label.setText(mode)
            self._fit()

    def set_overlay(self, *, on: bool) -> None:
        """Show whether the overlay is on."""
        self.overlay_button.setChecked(on)

    def set_has_sound(self, *, has_sound: bool) -> None:
        """Grey the sound out where there is none."""
        self.mute_button.setEnabled(has_sound)
        self.volume_slider.setEnabled(has_sound)
        self.mute_button.setToolTip("Mute" if has_sound else "The recording has no sound")

    def _show_time(self) -> None:
        whole = "" if self._squeezed else f" / {self._duration}"
        self.time_label.setText(f"{format_timecode(self._time_s)}{whole}" if self._duration else "")

    def _fit(self) -> None:
        """Leave out what there is no room for: the duration, then the volume, then the frame number.

        The timeline ends with the duration, keys change the volume, and the status bar shows the frame as well; what
        play keeps to is said nowhere else.
        """
        mode = _room(self.mode_label, self.mode_label.text())
        fitting = (k for k in range(_SQUEEZES) if self._needed(k) + mode <= self.width())
        self._squeezed = next(fitting, _SQUEEZES)
        fits = self._needed(self._squeezed) + mode <= self.width()
        self.mode_label.setMinimumWidth(mode if fits else 0)
        self.time_label.setMinimumWidth(self._time_px(self._squeezed))
        self.frame_label.setMinimumWidth(_room(self.frame_label, self._widest_place))
        self.volume_slider.setVisible(self._squeezed < 2)
        self._place_left()
        self._show_time()
        self.setMinimumWidth(self._needed(_SQUEEZES))

    def _needed(self, squeezed: int) -> int:
        """Return how wide the row is that leaves so much out; the layout itself would know it too late."""
        wide = [self._time_px(squeezed)]
        wide += [_room(self.frame_label, self._widest_place)] if squeezed < _SQUEEZES else []
        wide += [self.volume_slider.width()] if squeezed < 2 else []
        others = (self.rate_box, *self.findChildren(QToolButton))
        wide += [each.minimumSizeHint().width() for each in others]
        # Two spaces and two margins of a unit; the label of the mode may vanish.
        return sum(wide) + len(wide) * self._row.spacing() + 4 * theme.UNIT

    def _time_px(self, squeezed: int) -> int:
        both = f"{self._duration} / {self._duration}"
        return _room(self.time_label, self._duration if squeezed else both)

    def _set_icons(self) -> None:
        self.back_button.setIcon(theme.icon("step-back"))
        self.forward_button.setIcon(theme.icon("step-forward"))
        self.overlay_button.setIcon(theme.icon("overlay"))
        self.picture_button.setIcon(theme.icon("picture"))
        self.mute_button.setIcon(theme.icon("muted" if self.mute_button.isChecked() else "volume"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_playing"):
            self._set_icons()
            self.set_playing(playing=self._playing)
        elif event.type() == QEvent.Type.FontChange and hasattr(self, "_playing"):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # What is wanted ----------------------------------------------------------------------------------

    def _play(self) -> None:
        self.play_toggled.emit()

    def _step_back(self) -> None:
        self.step_requested.emit(-1)

    def _step_forward(self) -> None:
        self.step_requested.emit(1)

    def ask_place(self) -> None:
        """Show the entry for a place, where time and number stand otherwise."""
        self.time_label.hide()
        self.frame_label.hide()
        self.go_to.ask()

    def toggle_mute(self) -> None:
        """Silence the sound, or let it be heard again."""
        self.mute_button.click()

    def change_volume(self, steps: int) -> None:
        """Play louder (> 0) or softer, by tenths."""
        if self.volume_slider.isEnabled():
            self.volume_slider.setValue(self.volume_slider.value() + steps * _FULL_VOLUME // 10)

    def _place_left(self) -> None:
        asks = self.go_to.isVisibleTo(self)
        self.time_label.setVisible(not asks)
        self.frame_label.setVisible(not asks and self._squeezed < _SQUEEZES)

    def _choose_rate(self, row: int) -> None:
        self.rate_chosen.emit(self.rate_box.itemData(row))

    def _mute(self, on: bool) -> None:
        self._set_icons()
        self.muted.emit(on)

    def _choose_volume(self, value: int) -> None:
        self.volume_chosen.emit(value / _FULL_VOLUME)


def _place(frame: int, source: str) -> str:
    return f"frame {frame} · {source}" if source else f"frame {frame}"


def _room(label: QLabel, widest: str) -> int:
    """Return the room for a label's widest text, so that nothing moves while the numbers run."""
    metrics = label.fontMetrics()
    digits = max("0123456789", key=metrics.horizontalAdvance)
    wide = "".join(digits if each.isdigit() else each for each in widest)
    return metrics.horizontalAdvance(wide) + 2
