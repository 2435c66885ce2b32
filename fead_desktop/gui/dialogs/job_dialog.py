"""JobDialog: what the dialogs share that run a job: start, progress, cancel, and giving it up by closing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QWidget

from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.jobs.job import Job, WatchedJob
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import PushButton
from fead_desktop.pipeline.protocol import AnalysisProgress

_PARTS = 1000


class JobDialog(QDialog):
    """Starts a job beside the window, tells how far it is, and shows its result.

    A child says which job (:meth:`make_job`) and how its result is shown, and lays out ``said`` (a sentence, hidden
    while there is none), ``bar`` and ``buttons``.
    """

    def __init__(self, session: Session, title: str, start: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(title)
        self._session = session
        self._job: WatchedJob | None = None
        self.said = QLabel(self)
        self.said.setTextFormat(Qt.TextFormat.PlainText)  # it names files that others named
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar(self, maximum=_PARTS, textVisible=False)
        self.bar.setFixedHeight(theme.UNIT)
        self.bar.setAccessibleName("Progress")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.buttons.rejected.connect(self.reject)
        self.start_button = PushButton(start)
        self.start_button.clicked.connect(self.start)
        self.cancel_button = PushButton("Cancel")
        self.cancel_button.clicked.connect(self.cancel)
        for button in (self.start_button, self.cancel_button):
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        self.start_button.setDefault(True)  # the box of buttons has made Close it
        self.say("")
        JobDialog.refresh(self)  # a child has not made its own widgets yet

    def make_job(self) -> WatchedJob | None:
        """Return the job, the session its parent; None where something is missing. Override it."""
        raise NotImplementedError

    def show_result(self, result: Any) -> None:
        """Show what the job ended with. Override it."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """True from start to end of the job."""
        return self._job is not None

    def start(self) -> None:
        """Start the job beside the window."""
        job = None if self.is_running else self.make_job()
        if job is None:
            return
        self._job = job
        job.progressed.connect(self._progressed)
        job.ended.connect(self._ended)
        self.bar.setValue(0)
        self.say("Starting …")
        self._session.run_job(job)
        self.refresh()

    def cancel(self) -> None:
        """Ask the job to stop."""
        if self._job is not None:
            self._job.cancel()
            self.cancel_button.setEnabled(False)
            self.say("Stopping …")

    def reject(self) -> None:
        """Close; a running job is given up."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().reject()

    def say(self, text: str, *, warns: bool = False) -> None:
        """Show a sentence."""
        palette = self.palette()
        if warns:
            palette.setColor(QPalette.ColorRole.WindowText, theme.colours().warning)
        self.said.setPalette(palette)
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def refresh(self) -> None:
        """Show the buttons that can be used now."""
        self.bar.setVisible(self.is_running)
        self.start_button.setVisible(not self.is_running)
        self.cancel_button.setVisible(self.is_running)
        self.cancel_button.setEnabled(self.is_running)

    def _progressed(self, job: Job, progress: AnalysisProgress) -> None:
        if job is not self._job:
            return
        self.bar.setValue(round(_PARTS * progress.overall))
        if self.cancel_button.isEnabled() and progress.message:
            left = progress.remaining_s
            minutes = "" if left is None else f" · about {max(1, round(left / 60))} min left"
            self.say(f"{progress.message} …{minutes}")

    def _ended(self, job: Job, result: object) -> None:
        if job is not self._job:
            return
        self._job = None
        self.refresh()
        if isinstance(result, FeadError):
            self.say(str(result), warns=not isinstance(result, CancelledError))
        else:
            self.show_result(result)
