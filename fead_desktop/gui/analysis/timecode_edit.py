"""TimecodeEdit: a line for a time in the recording that may stay empty."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from fead_desktop.video.timebase import format_timecode, parse_timecode


class TimecodeEdit(QLineEdit):
    """Takes seconds or h:m:s.ms; empty = ``when_empty``."""

    def __init__(self, when_empty: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setPlaceholderText(when_empty)
        self.setToolTip("Seconds or h:m:s.ms; leave it empty for all of it")
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("00:00:00.000") + 8)

    def seconds(self) -> float | None:
        """Return the time, None when empty.

        Raises
        ------
        UsageError
            When the text is no timecode.
        """
        text = self.text().strip()
        return parse_timecode(text) if text else None

    def set_seconds(self, time_s: float | None) -> None:
        """Show a time."""
        self.setText("" if time_s is None else format_timecode(time_s))
