"""MergeSuggestions: two persons that may be one, side by side; one key says yes, one says no."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.jobs.face_pictures import FaceKey
from fead_desktop.gui.persons.person_card import paint_face
from fead_desktop.gui.persons.person_model import counted, keys_of, short_time
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import ElidedLabel, PushButton, bold
from fead_desktop.persons.exemplars import exemplar_rows
from fead_desktop.persons.suggestions import MergeSuggestion
from fead_desktop.video.timebase import format_timecode

_FACE_PX, _TILE_PX, _TILES, _GAP_PX = 200, 46, 4, 5


class MergeSuggestions(QDialog):
    """The likeliest pair first; the next one comes by itself. Undo takes an answer back."""

    def __init__(
        self, session: Session, actions: Mapping[str, QAction], parent: QWidget | None = None
    ):
        super().__init__(parent)
        self.setWindowTitle("Same person?")
        self._session, self._editing = session, session.person_editing
        self._skipped: set[tuple[int, int]] = set()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setFixedWidth(2 * _FACE_PX + 3 * theme.UNIT)
        self.sides = (_Side(session), _Side(session))
        self.same = PushButton("Same person  A")
        self.different = PushButton("Two persons  R")
        self.later = PushButton("Later  D")
        self.addActions([actions["undo"], actions["redo"]])
        self._lay_out()
        self._connect()
        self._editing.ask_suggestions()
        self.refresh()

    @property
    def suggestion(self) -> MergeSuggestion | None:
        """The pair that is shown."""
        known = {each.person for each in self._session.persons}
        passed = self._skipped | self._editing.apart
        return next(
            (
                each
                for each in self._editing.suggestions or ()
                if {each.one, each.other} <= known and (each.one, each.other) not in passed
            ),
            None,
        )

    # What the buttons do -----------------------------------------------------------------------------

    def accept_pair(self) -> None:
        """They are one person."""
        pair = self.suggestion
        if pair is not None:
            self._editing.merge([pair.one, pair.other])

    def reject_pair(self) -> None:
        """They are two."""
        pair = self.suggestion
        if pair is not None:
            self._editing.keep_apart(pair.one, pair.other)

    def skip_pair(self) -> None:
        """Leave it open."""
        pair = self.suggestion
        if pair is not None:
            self._skipped.add((pair.one, pair.other))
            self.refresh()

    # What is shown -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the likeliest pair that has no answer yet."""
        pair = self.suggestion
        for side, person, row in zip(
            self.sides,
            (None, None) if pair is None else (pair.one, pair.other),
            (0, 0) if pair is None else (pair.row_of_one, pair.row_of_other),
            strict=True,
        ):
            side.show_person(person, row)
            side.setVisible(pair is not None or self._editing.suggestions is None)
        for button in (self.same, self.different, self.later):
            button.setEnabled(pair is not None)
        if pair is not None:
            self.said.setText(
                f"Their two most similar faces, of {format_timecode(self._time_of(pair.row_of_one))} and "
                f"{format_timecode(self._time_of(pair.row_of_other))}. Similarity {pair.similarity:.2f}; from 0.50 on "
                "the analysis itself makes one person of two."
            )
        elif self._editing.suggestions is None:
            self.said.setText("Comparing the persons …")
        elif self._skipped - self._editing.apart:
            self.said.setText(
                "No more pairs; those left for later come again when this is opened anew."
            )
        else:
            self.said.setText("No two persons look alike enough to be one.")

    def _time_of(self, row: int) -> float:
        return float(self._session.table.time_s[row])

    def _faces_arrived(self) -> None:
        for side in self.sides:
            side.update()

    def reject(self) -> None:
        self._editing.ask_no_more()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._editing.ask_no_more()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        answers = {
            Qt.Key.Key_A: self.accept_pair,
            Qt.Key.Key_R: self.reject_pair,
            Qt.Key.Key_D: self.skip_pair,
        }
        key = Qt.Key(event.key())
        if key in answers and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            answers[key]()
        else:
            super().keyPressEvent(event)

    # Making ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        pictures, buttons = QHBoxLayout(), QHBoxLayout()
        pictures.setSpacing(3 * theme.UNIT)
        for side in self.sides:
            pictures.addWidget(side, 1)
        for button in (self.same, self.different, self.later):
            button.setAutoDefault(False)
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        # As large as what is said.
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        column.setContentsMargins(*(3 * theme.UNIT,) * 4)
        column.setSpacing(2 * theme.UNIT)
        column.addLayout(pictures)
        column.addWidget(self.said)
        column.addLayout(buttons)
        self.said.setForegroundRole(QPalette.ColorRole.PlaceholderText)

    def _connect(self) -> None:
        self.same.clicked.connect(self.accept_pair)
        self.different.clicked.connect(self.reject_pair)
        self.later.clicked.connect(self.skip_pair)
        self._editing.suggested.connect(self.refresh)
        self._session.results_changed.connect(self.refresh)
        self._session.recording_closed.connect(self.close)
        self._session.face_pictures.arrived.connect(self._faces_arrived)


class _Side(QWidget):
    """One person of the pair: the face that is most like the other's, the name, some more faces."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._face: FaceKey | None = None
        self._strip: list[FaceKey] = []
        self.name, self.detail = bold(ElidedLabel()), ElidedLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, _FACE_PX + _GAP_PX, 0, _TILE_PX + _GAP_PX)
        column.setSpacing(0)
        column.addWidget(self.name)
        column.addWidget(self.detail)
        self.setFixedSize(self.sizeHint().expandedTo(QSize(_FACE_PX, 0)))

    def show_person(self, person: int | None, row: int) -> None:
        """Show a person by this face; None = nobody."""
        session = self._session
        found = next((each for each in session.persons if each.person == person), None)
        if found is None:
            self._face, self._strip = None, []
            self.name.setText("")
            self.detail.setText("")
        else:
            table = session.table
            rows = exemplar_rows(table, np.flatnonzero(table.person == person), _TILES)
            self._face, self._strip = keys_of(table, [row])[0], keys_of(table, rows)
            self.name.setText(found.name)
            long = f"{short_time(found.screen_time_s)} on screen"
            self.detail.setText(f"{long} · {counted(found.faces, 'face')}")
        self.setAccessibleName(f"{self.name.text()} {self.detail.text()}".strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, of = QPainter(self), theme.colours()
        pictures = self._session.face_pictures
        whole = QRect(0, 0, _FACE_PX, _FACE_PX)
        face = None if self._face is None else pictures.get(self._face)
        paint_face(painter, whole, face, of)
        for place, key in enumerate(self._strip):
            left = place * (_TILE_PX + _GAP_PX)
            tile = QRect(left, self.height() - _TILE_PX, _TILE_PX, _TILE_PX)
            paint_face(painter, tile, pictures.get(key), of)
        painter.end()
