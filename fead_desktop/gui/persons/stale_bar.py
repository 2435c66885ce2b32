"""StaleBar: says whose scores are out of date, and how far the new ones are."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import PushButton
from fead_desktop.pipeline.protocol import AnalysisProgress

_PARTS = 1000
#: Names that are said; of more, their number.
_MOST_NAMES = 3


class StaleBar(QWidget):
    """Below the gallery, while edited persons still have the scores of before; nothing otherwise."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session, self._editing = session, session.person_editing
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.UNIT)
        self.bar.setAccessibleName("Progress of the new scores")
        self.button = PushButton()
        self.button.clicked.connect(self._pressed)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(self.said)
        column.addLayout(row)
        self._editing.changed.connect(self.refresh)
        self._editing.progressed.connect(self._progressed)
        session.results_changed.connect(self.refresh)
        session.recording_closed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what is stale, and what can be done about it."""
        editing = self._editing
        working = editing.is_rescoring or editing.waits_to_rescore
        self.said.setText(self._words())
        self.bar.setVisible(working)
        if working:
            self.bar.setRange(0, 0)
        self.button.setText("Stop" if working else "Score again")
        self.button.setEnabled(working or self._session.recording is not None)
        self._restyle()
        self.setVisible(editing.is_stale or bool(editing.problem))
        self.button.setVisible(editing.is_stale)

    def _words(self) -> str:
        editing = self._editing
        if editing.problem:
            return editing.problem
        names = [self._session.name_of(each) for each in editing.stale]
        if len(names) > _MOST_NAMES:
            names = [f"{len(names)} persons"]
        whose = ", ".join(names) or "the others"
        if editing.is_rescoring or editing.waits_to_rescore:
            return f"New scores for {whose} …"
        return f"Scores of {whose} are of before the edit."

    def _pressed(self) -> None:
        if self._editing.is_rescoring or self._editing.waits_to_rescore:
            self._editing.cancel_rescoring()
        else:
            self._editing.rescore()

    def _progressed(self, progress: AnalysisProgress) -> None:
        self.bar.setRange(0, _PARTS)
        self.bar.setValue(round(_PARTS * progress.overall))
        self.bar.setToolTip(progress.message)

    def _restyle(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.colours().warning)
        self.said.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self._restyle()
        super().changeEvent(event)
