"""The self-test: what would have been flagged in this very recording, had it happened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.selftest import PersonSelftest, Selftest
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.job_dialog import JobDialog
from fead_desktop.gui.dialogs.recall_map import RecallMap
from fead_desktop.gui.jobs.selftest_job import SelftestJob, SuperviseSelftest
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import bold
from fead_desktop.pipeline.supervisor import supervise_selftest

_WIDE = 74 * theme.UNIT
_SEED = 1
_INTRODUCTION = (
    "The self-test plants moments into each person's own series and, as a sample, into the recording's pictures, at "
    "random ordinary places, and counts how many would have been flagged. It takes a few minutes; the recording and "
    "your events stay as they are."
)


class SelftestDialog(JobDialog):
    """Runs the self-test and shows its result as a map of shares and a sentence, person by person."""

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        supervise: SuperviseSelftest = supervise_selftest,
    ):
        super().__init__(session, "Self-test", "Start", parent)
        self._supervise = supervise
        self._result: Selftest | None = None
        self._make()
        self._lay_out()
        case = session.case
        self.show_result(None if case is None else case.selftest)
        session.recording_closed.connect(self.reject)
        session.analysis_started.connect(self.reject)

    def make_job(self) -> SelftestJob | None:
        """Return the test, in a process of its own; an earlier result stays until it has ended."""
        case = self._session.case
        if case is None:
            return None
        return SelftestJob(case.path, _SEED, self._supervise, self._session)

    def show_result(self, result: Selftest | None) -> None:
        """Show the result that the case holds; None = it has none."""
        self._result = result
        self.persons.clear()
        for each in () if result is None else result.persons:
            self.persons.addItem(self._session.name_of(each.person), each.person)
        chosen = self.persons.findData(self._session.person)
        self.persons.setCurrentIndex(max(chosen, 0))
        self.say("")
        self.refresh()

    def refresh(self) -> None:
        """Show the buttons that can be used now, and the chosen person's result."""
        super().refresh()
        result = self._result
        self.start_button.setText("Test again" if result else "Start")
        self.start_button.setDefault(not self.is_running and result is None)
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

    # Making ------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.introduction = _words(_INTRODUCTION)
        self.persons = QComboBox()
        self.persons.setAccessibleName("Person")
        self.persons.currentIndexChanged.connect(self._show_person)
        self.sentence = bold(_words())
        self.axes = _words(
            "Share that was flagged, by strength of the main measure and length of the moment:"
        )
        self.map = RecallMap()
        self.details = _words()
        self.details.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.said.setFixedWidth(_WIDE)

    def _lay_out(self) -> None:
        self.person_row = QWidget()
        row = QHBoxLayout(self.person_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Person"))
        row.addWidget(self.persons, 1)
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
            self.buttons,
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
