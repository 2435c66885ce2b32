"""GoToEntry: a place typed by hand: a frame number, a timecode, or so many frames on or back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from fead_desktop.errors import UsageError
from fead_desktop.gui import theme
from fead_desktop.video.timebase import is_source_timecode, parse_timecode

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex

_FRAMES = re.compile(r"([+\-\u2212]?)\s*(\d{1,12})", re.ASCII)
_SECONDS = re.compile(r"([+\-\u2212])\s*(\d{1,9}(?:\.\d+)?)\s*s", re.ASCII)


def parse_place(text: str, index: FrameIndex, current: int) -> int:
    """Return the frame that a text means.

    ``1234`` is a frame number, ``+10`` and ``-10`` are frames from the current one on, ``+1.5s`` seconds,
    ``1:23.4`` or ``83.4`` a time of the recording, ``01:00:00:12`` a time of the source's clock if it has one.
    Frames beyond the ends are brought back.

    Raises
    ------
    UsageError
        If the text is none of these, or its time lies behind the recording's end.
    """
    text = text.strip()
    last = len(index) - 1
    found = _FRAMES.fullmatch(text)
    if found is not None:
        sign, digits = found.groups()
        if not sign and int(digits) > last:
            raise UsageError(f"The recording ends with frame {last}.")
        frame = int(digits) if not sign else current + _signed(sign, float(digits))
        return int(min(max(frame, 0), last))
    found = _SECONDS.fullmatch(text)
    if found is not None:
        sign, seconds = found.groups()
        return index.frame_at(index.time_of(current) + _signed(sign, float(seconds)))
    try:
        if index.source_clock is not None and is_source_timecode(text):
            time_s = index.source_clock.seconds_of(text)
        else:
            time_s = parse_timecode(text)
    except UsageError as error:
        if is_source_timecode(text) and index.source_clock is not None:
            raise
        raise UsageError(
            f"'{text}' is no place; write a frame number, a timecode such as 1:23.4, or +10 or -10 frames."
        ) from error
    if time_s < -index.median_interval_s / 2:
        raise UsageError("The recording begins after that time.")
    if time_s > index.duration_s:
        raise UsageError("The recording ends before that time.")
    return index.frame_at(time_s)


def _signed(sign: str, amount: float) -> float:
    return amount if sign == "+" else -amount


class GoToEntry(QLineEdit):
    """Appears when asked for; Return goes there, Escape or a click elsewhere leaves it.

    Signals: entered(text); left() when it is not needed any more.
    """

    entered = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("go_to")
        self.setAccessibleName("Go to frame or timecode")
        self.setPlaceholderText("frame, time, +n, −n")
        self.setToolTip("A frame number, a timecode such as 1:23.4, or +10 or −10 frames")
        self.setFixedWidth(20 * theme.UNIT)
        #: Who had the keys before.
        self._before: QWidget | None = None
        self.hide()
        self.returnPressed.connect(self._enter)

    def ask(self) -> None:
        """Appear and take the keys."""
        self.clear()
        self.show()
        if not self.hasFocus():
            self._before = QApplication.focusWidget()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refuse(self, sentence: str) -> None:
        """Say why the text is no place, and stay."""
        self.setToolTip(sentence)
        self.selectAll()

    def _enter(self) -> None:
        if self.text().strip():
            self.entered.emit(self.text())
        else:
            self.leave()

    def leave(self) -> None:
        """Disappear, and give the keys back: the next button would take Space, which plays."""
        before, self._before = self._before, None
        if self.hasFocus():
            if before is not None and isValid(before):
                before.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.clearFocus()
        if not self.isHidden():
            self.hide()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.leave()
