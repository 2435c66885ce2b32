"""The self-test: what would have been flagged in this very recording, had it happened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.selftest import PersonSelftest, Selftest
from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.recall_map import RecallMap
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.selftest_job import SelftestJob, SuperviseSelftest
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import PushButton
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.supervisor import supervise_selftest

_PARTS = 1000
_WIDE = 74 * theme.UNIT
_SEED = 1
_INTRODUCTION = (
    "The self-test plants moments into each person's own series and, as a sample, into the recording's pictures, at "
    "random ordinary places, and counts how many would have been flagged. It takes a few minutes; the recording and "
    "your events stay as they are."
)


class SelftestDialog(QDialog):
    """Runs the self-test and shows its result as a map of shares and a sentence, person by person."""

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        supervise: SuperviseSelftest = supervise_selftest,
    ):
        super().__init__(parent)
        self.setWindowTitle("Self-test")
        self._session, self._supervise = session, supervise
        self._job: SelftestJob | None = None
        self._result: Selftest | None = None
        self._make()
        self._lay_out()
        case = session.case
        self._show(None if case is None else case.selftest)
        session.recording_closed.connect(self.reject)
        session.analysis_started.connect(self.reject)

    # What the buttons do -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the test in a process of its own."""
        case = self._session.case
        if self._job is not None or case is None:
            return
        self._job = SelftestJob(case.path, _SEED, self._supervise, self._session)
        self._job.progressed.connect(self._progressed)
        self._job.ended.connect(self._ended)
        self.bar.setRange(0, 0)
        self._say("Starting the self-test …")
        self._session.run_job(self._job)
        self._refresh()

    def cancel(self) -> None:
        """Ask the test to stop; an earlier result stays."""
        if self._job is not None:
            self._job.cancel()
            self.cancel_button.setEnabled(False)
            self._say("Stopping …")

    def reject(self) -> None:
        """Close; a running test is given up."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().reject()

    # From the job ------------------------------------------------------------------------------------

    def _progressed(self, job: Job, progress: AnalysisProgress) -> None:
        if job is not self._job:
            return
        self.bar.setRange(0, _PARTS)
        self.bar.setValue(round(_PARTS * progress.overall))
        if self.cancel_button.isEnabled() and progress.message:
            left = progress.remaining_s
            minutes = "" if left is None else f" · about {max(1, round(left / 60))} min left"
            self._say(f"{progress.message} …{minutes}")

    def _ended(self, job: Job, result: Selftest | FeadError | None) -> None:
        if job is not self._job:
            return
        self._job = None
        if isinstance(result, FeadError):
            self._show(self._result)
            self._say(str(result), warns=not isinstance(result, CancelledError))
        else:
            self._show(result)

    # Showing -----------------------------------------------------------------------------------------

    def _show(self, result: Selftest | None) -> None:
        self._result = result
        self.persons.clear()
        for each in () if result is None else result.persons:
            self.persons.addItem(self._session.name_of(each.person), each.person)
        chosen = self.persons.findData(self._session.person)
        self.persons.setCurrentIndex(max(chosen, 0))
        self._say("")
        self._refresh()

    def _refresh(self) -> None:
        running, result = self._job is not None, self._result
        self.bar.setVisible(running)
        self.start_button.setVisible(not running)
        self.start_button.setText("Test again" if result else "Start")
        self.start_button.setDefault(not running and result is None)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.person_row.setVisible(result is not None and len(result.persons) > 1)
        self._show_person()

    def _show_person(self) -> None:
        place = self.persons.currentIndex()
        person = None if self._result is None or place < 0 else self._result.persons[place]
        self.map.setVisible(person is not None and bool(person.cells))
        self.axes.setVisible(self.map.isVisibleTo(self))
        self.sentence.setVisible(person is not None)
        self.details.setVisible(person is not None)
        if person is not None and self._result is not None:
            self.map.show_cells(person.by_size())
            self.sentence.setText(person.sentence)
            self.details.setText(_details(person, self._result))
        self.introduction.setVisible(person is None)

    def _say(self, text: str, *, warns: bool = False) -> None:
        palette = self.palette()
        if warns:
            palette.setColor(QPalette.ColorRole.WindowText, theme.colours().warning)
        self.said.setPalette(palette)
        self.said.setText(text)
        self.said.setVisible(bool(text))

    # Making ------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.introduction = _words(_INTRODUCTION)
        self.persons = QComboBox()
        self.persons.setAccessibleName("Person")
        self.persons.currentIndexChanged.connect(self._show_person)
        self.sentence = _words()
        font = self.sentence.font()
        font.setBold(True)
        self.sentence.setFont(font)
        self.axes = _words(
            "Share that was flagged, by strength of the main measure and length of the moment:"
        )
        self.map = RecallMap()
        self.details = _words()
        self.details.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.said = _words()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.UNIT)
        self.bar.setAccessibleName("Progress of the self-test")
        self.start_button = PushButton("Start")
        self.start_button.clicked.connect(self.start)
        self.cancel_button = PushButton("Cancel")
        self.cancel_button.clicked.connect(self.cancel)

    def _lay_out(self) -> None:
        self.person_row = QWidget()
        row = QHBoxLayout(self.person_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Person"))
        row.addWidget(self.persons, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.start_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        # As large as what is said.
        whole.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        whole.setContentsMargins(*(3 * theme.UNIT,) * 4)
        whole.setSpacing(theme.UNIT + 4)
        for each in (
            self.introduction,
            self.person_row,
            self.sentence,
            self.axes,
            self.map,
            self.details,
            self.said,
            self.bar,
            buttons,
        ):
            whole.addWidget(each)


def _words(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setFixedWidth(_WIDE)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _details(person: PersonSelftest, result: Selftest) -> str:
    if not person.cells:
        return ""
    each = min(cell.planted for cell in person.by_size())
    setting = f"Flagged means: {result.setting}."
    cells = (
        f"At least {each} moments a cell, of six kinds: smile, one lip corner, brows, lids, pucker, jaw. "
        "Below each share its 95 % interval. σ is this person's own robust deviation."
    )
    return "\n".join(part for part in (setting, cells, person.picture_sentence) if part)
