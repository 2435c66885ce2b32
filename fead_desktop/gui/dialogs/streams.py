"""Which of the recording's streams are shown, heard and analysed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme
from fead_desktop.video.container import Streams

_NOTE = (
    "The chosen picture is shown and analysed. Frames are numbered in each stream by itself, so results "
    "are shown with the stream that they were made from."
)


class StreamsDialog(QDialog):
    """Lists the streams in words.

    Signals: video_chosen(number) and audio_chosen(number), each when another one than before was accepted.
    """

    video_chosen = Signal(int)
    audio_chosen = Signal(int)

    def __init__(self, streams: Streams, video: int, audio: int, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Picture and sound streams")
        self._before = (video, audio)
        self.video = _choice("Picture", streams.video, video, "none")
        self.audio = _choice("Sound", streams.audio, audio, "the recording has no sound")
        form = QFormLayout()
        form.addRow("Picture", self.video)
        form.addRow("Sound", self.audio)
        note = QLabel(_NOTE)
        note.setWordWrap(True)
        note.setMinimumWidth(50 * theme.UNIT)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.UNIT,) * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)

    def accept(self) -> None:
        super().accept()
        video, audio = self._before
        if self.audio.isEnabled() and self.audio.currentIndex() != audio:
            self.audio_chosen.emit(self.audio.currentIndex())
        if self.video.currentIndex() != video:
            self.video_chosen.emit(self.video.currentIndex())


def _choice(name: str, words: tuple[str, ...], chosen: int, nothing: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for number, each in enumerate(words):
        box.addItem(f"{number} · {each}")
    if not words:
        box.addItem(nothing)
    box.setEnabled(len(words) > 1)
    box.setCurrentIndex(chosen if chosen < len(words) else 0)
    return box
