"""FilterBar: words to search for, and on demand the choices of which events are listed and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.errors import UsageError
from fead_desktop.gui import theme
from fead_desktop.gui.analysis.timecode_edit import TimecodeEdit
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import CheckBox, PushButton
from fead_desktop.review.filters import ARTEFACTS, BLIND_SORTS, SORTS, STATES, views_of
from fead_desktop.video.timebase import format_timecode

#: The first item of a choice stands for nothing.
_STATE, _ARTEFACT, _VIEW, _REVIEWER = "any state", "any artefact", "any view", "anybody"
_USUAL = "usual order"
_MOST_MARKERS = 4


class FilterBar(QWidget):
    """The search line is always there; the rest opens with Filter. Markers that are found stand below.

    Signals: typed() when a line was ended with Enter, so that the keys work in the window again.
    """

    typed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session, self._filtering = session, session.filtering
        self.search = QLineEdit()
        self.opener = QToolButton()
        self.choices = QWidget()
        self.state, self.artefact, self.view, self.reviewer = (QComboBox() for _ in range(4))
        self.score = QLineEdit()
        self.from_s, self.to_s = TimecodeEdit("from the start"), TimecodeEdit("to the end")
        self.sort, self.saved = QComboBox(), QComboBox()
        self.turned = CheckBox("Turned round")
        self.save, self.remove = PushButton("Save"), PushButton("Remove")
        self.markers = QListWidget()
        self._make_fields()
        self._lay_out()
        self._connect()
        self.refresh()

    def toggle(self) -> None:
        """Show or hide the choices."""
        self.opener.setChecked(not self.opener.isChecked())

    @property
    def is_open(self) -> bool:
        """True while the choices can be seen."""
        return self.opener.isChecked()

    def refresh(self) -> None:
        """Show what is wanted, and only what may be chosen now."""
        wanted, blind = self._filtering.wanted, self._filtering.is_blind
        if self.search.text() != wanted.words and not self.search.hasFocus():
            self.search.setText(wanted.words)
        _choose(self.state, [_STATE, *STATES], wanted.state)
        _choose(self.artefact, [_ARTEFACT, *(f"likely: {each}" for each in ARTEFACTS)],
                f"likely: {wanted.artefact}" if wanted.artefact else "")  # fmt: skip
        _choose(self.view, [_VIEW, *views_of(self._session.found)], wanted.view)
        _choose(self.reviewer, [_REVIEWER, *([] if blind else self._reviewers())], wanted.reviewer)
        sorts = BLIND_SORTS if blind else tuple(SORTS)
        _choose(self.sort, [_USUAL, *sorts], wanted.sort)
        self.turned.setChecked(wanted.turned)
        if not self.score.hasFocus():
            least = wanted.least_score
            self.score.setText("" if least is None else f"{least:g}")
        for field, time_s in ((self.from_s, wanted.from_s), (self.to_s, wanted.to_s)):
            if not field.hasFocus():
                field.set_seconds(time_s)
        for telling in (self.artefact, self.view, self.reviewer, self.score):
            telling.setEnabled(not blind)
        _choose(self.saved, ["", *sorted(self._filtering.saved)], self.saved.currentText())
        self.opener.setText("Filter on" if wanted.narrows else "Filter")
        self._show_markers()

    def _reviewers(self) -> list[str]:
        return sorted({each.reviewer for each in self._session.editing.marks.verdicts})

    def _show_markers(self) -> None:
        found = self._filtering.markers()
        self.markers.clear()
        for each in found:
            first = (each.text.splitlines() or [""])[0]
            self.markers.addItem(f"Marker {format_timecode(each.start_s)}  {first}")
        self.markers.setVisible(bool(found))
        rows = min(len(found), _MOST_MARKERS)
        self.markers.setFixedHeight(rows * (self.fontMetrics().height() + 4) + 4)

    # From the fields ---------------------------------------------------------------------------------

    def _words_typed(self, words: str) -> None:
        self._filtering.change(words=words.strip())

    def _chosen(self, _row: int) -> None:
        self._filtering.change(
            state=_value(self.state),
            artefact=_value(self.artefact).removeprefix("likely: "),
            view=_value(self.view),
            reviewer=_value(self.reviewer),
            sort=_value(self.sort),
        )

    def _turn(self, turned: bool) -> None:
        self._filtering.change(turned=turned)

    def _bounds_typed(self) -> None:
        try:
            text = self.score.text().strip().replace(",", ".")
            self._filtering.change(
                least_score=float(text) if text else None,
                from_s=self.from_s.seconds(),
                to_s=self.to_s.seconds(),
            )
        except UsageError as error:
            self._session.refused.emit(str(error))
        except ValueError:
            self._session.refused.emit("The least score is a number; leave it empty for all.")

    def _saved_chosen(self, _row: int) -> None:
        name = self.saved.currentText()
        if name in self._filtering.saved:
            self._filtering.use(name)

    def _save(self) -> None:
        name = self.saved.currentText().strip()
        if name:
            self._filtering.save(name)
        else:
            self._session.said.emit("Type a name for the filter first.")

    def _remove(self) -> None:
        name = self.saved.currentText()
        self.saved.setCurrentIndex(0)
        self._filtering.remove(name)

    def _marker_chosen(self, row: int) -> None:
        found = self._filtering.markers()
        if 0 <= row < len(found):
            self._session.request_frame(found[row].start_frame)

    # Making ------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.search.setPlaceholderText("Search notes, tags, reasons, markers")
        self.search.setClearButtonEnabled(True)
        self.opener.setCheckable(True)
        self.opener.setToolTip("Which events are listed, and in which order")
        self.saved.setEditable(True)
        saved_line = self.saved.lineEdit()
        if saved_line is not None:
            saved_line.setPlaceholderText("name of a filter")
        self.saved.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.score.setPlaceholderText("any score")
        self.markers.setAccessibleName("Markers found")
        named: Sequence[tuple[QWidget, str]] = (
            (self.search, "Search events and markers"),
            (self.opener, "Filter"),
            (self.state, "State"),
            (self.artefact, "Artefact"),
            (self.view, "View"),
            (self.reviewer, "Judged by"),
            (self.score, "Least score"),
            (self.from_s, "From"),
            (self.to_s, "To"),
            (self.sort, "Sorted by"),
            (self.saved, "Saved filter"),
        )
        for field, name in named:
            field.setAccessibleName(name)
            if not field.toolTip():
                field.setToolTip(name)
        for choice in (
            self.state, self.artefact, self.view, self.reviewer, self.sort, self.saved
        ):  # fmt: skip
            choice.setMinimumContentsLength(4)
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.opener)
        grid = QGridLayout(self.choices)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.UNIT // 2)
        rows: Sequence[Sequence[QWidget]] = (
            (self.state, self.artefact, self.view, self.reviewer),
            (self.from_s, self.to_s, self.score, self.sort),
        )
        for row, fields in enumerate(rows):
            for column, field in enumerate(fields):
                field.setMinimumWidth(0)
                grid.addWidget(field, row, column)
                grid.setColumnStretch(column, 1)
        last = QHBoxLayout()
        last.addWidget(self.saved, 1)
        last.addWidget(self.save)
        last.addWidget(self.remove)
        last.addWidget(self.turned)
        grid.addLayout(last, len(rows), 0, 1, 4)
        self.choices.hide()
        self.markers.hide()
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(theme.UNIT // 2, theme.UNIT // 2, theme.UNIT // 2, 0)
        column_of_all.setSpacing(theme.UNIT // 2)
        column_of_all.addLayout(top)
        column_of_all.addWidget(self.choices)
        column_of_all.addWidget(self.markers)

    def _connect(self) -> None:
        session = self._session
        self.search.textEdited.connect(self._words_typed)
        self.search.textChanged.connect(self._words_cleared)
        self.opener.toggled.connect(self.choices.setVisible)
        for choice in (self.state, self.artefact, self.view, self.reviewer, self.sort):
            choice.activated.connect(self._chosen)
        self.turned.clicked.connect(self._turn)
        for line in (self.score, self.from_s, self.to_s):
            line.editingFinished.connect(self._bounds_typed)
        self.saved.activated.connect(self._saved_chosen)
        self.save.clicked.connect(self._save)
        self.remove.clicked.connect(self._remove)
        self.markers.currentRowChanged.connect(self._marker_chosen)
        saved_line = self.saved.lineEdit()
        for each in (self.search, self.score, self.from_s, self.to_s, saved_line):
            if each is not None:
                each.returnPressed.connect(self.typed)
        for signal in (
            self._filtering.changed,
            self._filtering.saved_changed,
            session.reviewing.changed,
            session.results_changed,
            session.recording_closed,
        ):
            signal.connect(self.refresh)

    def _words_cleared(self, words: str) -> None:
        # The cross in the line is no typing.
        if not words and self._filtering.wanted.words:
            self._filtering.change(words="")


def _choose(box: QComboBox, items: list[str], chosen: str) -> None:
    """Fill a choice and show what is chosen; its first item stands for nothing."""
    if items != [box.itemText(k) for k in range(box.count())]:
        typed = box.currentText()
        box.clear()
        box.addItems(items)
        if box.isEditable():
            box.setEditText(typed)
    if not box.isEditable():
        box.setCurrentIndex(max(box.findText(chosen), 0) if chosen else 0)


def _value(box: QComboBox) -> str:
    return box.currentText() if box.currentIndex() > 0 else ""
