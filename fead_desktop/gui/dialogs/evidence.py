"""Verify a package, or reproduce its analysis: files are chosen, the check runs, and the result is read here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.job_dialog import JobDialog
from fead_desktop.gui.jobs.evidence_jobs import ReproduceJob, VerifyJob
from fead_desktop.gui.jobs.job import WatchedJob
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import PushButton, bold
from fead_desktop.video.container import RECORDING_SUFFIXES

if TYPE_CHECKING:
    from fead_desktop.pipeline.reproduce import Reproduction
    from fead_desktop.report.verification import Verification

_RECORDINGS = (
    f"Recordings ({' '.join(f'*{suffix}' for suffix in RECORDING_SUFFIXES)});;All files (*)"
)
_PACKAGES = "Evidence packages (*.evidence.zip *.zip);;All files (*)"
_PACKAGES_AND_CASES = "Packages and cases (*.evidence.zip *.zip *.fead);;All files (*)"


class FileField(QWidget):
    """A path to write or to choose.

    ``path`` is None while it is empty.
    """

    def __init__(self, name: str, kinds: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._name, self._kinds = name, kinds
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.choose_button = PushButton("Choose …")
        self.choose_button.setAccessibleName(f"Choose {name.lower()}")
        self.choose_button.setAutoDefault(False)
        self.choose_button.clicked.connect(self.choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.edit, 1)
        row.addWidget(self.choose_button)

    @property
    def path(self) -> Path | None:
        """What is chosen."""
        text = self.edit.text().strip()
        return Path(text) if text else None

    def choose(self) -> None:
        """Ask for the file."""
        name, _ = QFileDialog.getOpenFileName(self, self._name, self.edit.text(), self._kinds)
        if name:
            self.edit.setText(name)


class CheckDialog(JobDialog):
    """Fields above, the result below: one sentence in bold, then the details, which can be copied."""

    def __init__(self, session: Session, title: str, words: str, parent: QWidget | None = None):
        super().__init__(session, title, title, parent)
        self.form = QFormLayout()
        self.form.setSpacing(theme.UNIT)
        bold(self.said)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setAccessibleName("Result")
        self.details.setTabChangesFocus(True)
        introduction = QLabel(words)
        introduction.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(theme.UNIT + 4)
        column.addWidget(introduction)
        column.addLayout(self.form)
        for each in (self.bar, self.said, self.details, self.buttons):
            column.addWidget(each, 1 if each is self.details else 0)
        self.resize(84 * theme.UNIT, 60 * theme.UNIT)

    def start(self) -> None:
        """Start the check; an earlier result goes."""
        self.details.clear()
        super().start()

    def show_result(self, result: Verification | Reproduction) -> None:
        """Show what was found."""
        first, *others = result.lines()
        self.say(first, warns=not result.ok)
        self.details.setPlainText(_paragraphs(others))


def _paragraphs(lines: list[str]) -> str:
    """Return sentences with a line between them; what is listed stays together."""
    text = "\n\n".join(lines)
    return text.replace("\n\n- ", "\n- ")


class VerifyDialog(CheckDialog):
    """Whether an evidence package, or the log of a case, is as it was written."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        words = (
            "Compares every file of an evidence package with its list of SHA-256, and every entry of its log with "
            "the one before. With the manifest hash that was noted when it was written, a full rebuild is found too."
        )
        super().__init__(session, "Verify", words, parent)
        self.package = FileField("Package or case", _PACKAGES_AND_CASES)
        self.noted = QLineEdit()
        self.noted.setAccessibleName("Noted manifest hash")
        self.noted.setPlaceholderText("64 digits, if it was noted")
        self.recording = FileField("Recording", _RECORDINGS)
        self.recording.edit.setPlaceholderText("to check it too")
        self.form.addRow("Package or case", self.package)
        self.form.addRow("Noted hash", self.noted)
        self.form.addRow("Recording", self.recording)

    def make_job(self) -> WatchedJob | None:
        """Return the check; the package must be named."""
        if self.package.path is None:
            self.say("Choose the package or case to verify.", warns=True)
            return None
        return VerifyJob(
            self.package.path, self.noted.text().strip(), self.recording.path, self._session
        )


class ReproduceDialog(CheckDialog):
    """Whether the analysis of a package gives the same results again."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        words = (
            "Analyses the recording again with the settings of an evidence package, in a case of its own, and tells "
            "the largest difference of each view and whether the events are the same. It takes as long as an analysis."
        )
        super().__init__(session, "Reproduce", words, parent)
        self.package = FileField("Package", _PACKAGES)
        self.recording = FileField("Recording", _RECORDINGS)
        if session.recording is not None:
            self.recording.edit.setText(str(session.recording))
        self.form.addRow("Package", self.package)
        self.form.addRow("Recording", self.recording)

    def make_job(self) -> WatchedJob | None:
        """Return the new analysis; package and recording must be named."""
        if self.package.path is None or self.recording.path is None:
            self.say("Choose the package and its recording.", warns=True)
            return None
        return ReproduceJob(self.package.path, self.recording.path, self._session)
