"""RecordingsPanel: the recordings that are analysed one after another, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QGridLayout,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.gui import theme
from fead_desktop.gui.analysis.queue import DONE, FAILED, RUNNING, RecordingQueue
from fead_desktop.gui.persons.person_model import counted
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState, PushButton
from fead_desktop.video.container import RECORDING_SUFFIXES

_KINDS = f"Recordings ({' '.join(f'*{each}' for each in RECORDING_SUFFIXES)});;All files (*)"
_EMPTY = (
    "No recordings in the queue",
    "Add recordings or a folder, or drop them here; they are analysed one after another.",
)


class RecordingsPanel(QWidget):
    """A line for each recording with its state; double click or Enter shows its results.

    ``settings`` tells how recordings that are added now are to be analysed.
    """

    def __init__(
        self,
        session: Session,
        settings: Callable[[], AnalysisParameters],
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self._session, self._settings = session, settings
        self.queue = RecordingQueue(session, self)
        self.setAcceptDrops(True)
        self._make()
        self._lay_out()
        self.queue.changed.connect(self._refresh)
        self._refresh()

    # What the analyst does ---------------------------------------------------------------------------

    def ask_files(self) -> None:
        """Ask for recordings and add them."""
        names, _ = QFileDialog.getOpenFileNames(self, "Add to the queue", self._folder(), _KINDS)
        self.add([Path(name) for name in names])

    def ask_folder(self) -> None:
        """Ask for a folder and add the recordings in it."""
        name = QFileDialog.getExistingDirectory(self, "Add a folder to the queue", self._folder())
        self.add([Path(name)] if name else [])

    def add(self, given: list[Path]) -> None:
        """Add recordings and folders, to be analysed with the settings shown."""
        if given:
            self.queue.add(given, self._settings())

    def toggle(self) -> None:
        """Start, or pause."""
        if self.queue.is_on:
            self.queue.pause()
        else:
            self.queue.run()

    def retry(self) -> None:
        """Let the chosen recordings wait again; with none chosen those that failed."""
        failed = [row for row, item in enumerate(self.queue.items) if item.state == FAILED]
        self.queue.retry(self._rows() or failed)

    def move_chosen(self, step: int) -> None:
        """Move the chosen recording up (< 0) or down."""
        rows = self._rows()
        if rows:
            self._choose(self.queue.move(rows[0], step))

    def remove(self) -> None:
        """Take the chosen recordings out of the queue."""
        rows = self._rows()
        self.queue.remove(rows)
        if rows and self.queue.items:
            self._choose(min(rows[0], len(self.queue.items) - 1))

    def open_chosen(self) -> None:
        """Show the recording of the chosen line, with its results."""
        rows = self._rows()
        if rows:
            self._session.open_path(self.queue.items[rows[0]].recording)

    # Inside ------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        items, chosen = self.queue.items, self._rows()
        while self.list.topLevelItemCount() > len(items):
            self.list.takeTopLevelItem(len(items))
        while self.list.topLevelItemCount() < len(items):
            self.list.addTopLevelItem(QTreeWidgetItem())
        of = theme.colours()
        colours = {FAILED: of.warning, RUNNING: of.text, DONE: of.text}
        for row, item in enumerate(items):
            line = self.list.topLevelItem(row)
            if line is None:
                continue
            state = f"{item.state} · {item.said}" if item.said else item.state
            for column, text in enumerate((item.recording.name, state)):
                line.setText(column, text)
                line.setForeground(column, QColor(colours.get(item.state, of.muted)))
            line.setToolTip(0, str(item.recording))
            line.setToolTip(1, item.said)
        if chosen and items:
            self._choose(min(chosen[0], len(items) - 1), *chosen[1:])
        self._say()
        self._stack.setCurrentWidget(self.list if items else self.empty)

    def _say(self) -> None:
        """Say what the chosen line can't show in full, and how far the queue is."""
        items, rows = self.queue.items, self._rows()
        self.run_button.setText("Pause" if self.queue.is_on else "Start")
        self.run_button.setEnabled(bool(items))
        for button in (self.up_button, self.down_button, self.remove_button, self.retry_button):
            button.setEnabled(bool(items))
        done = sum(item.state == DONE for item in items)
        failed = sum(item.state == FAILED for item in items)
        text = f"{done} of {counted(len(items), 'recording')} done" if items else ""
        text += f", {failed} failed" if failed else ""
        if items and not self.queue.is_on and done + failed < len(items):
            text += "; paused"
        if len(rows) == 1 and items[rows[0]].said:
            text += f"\n{items[rows[0]].recording.name}: {items[rows[0]].said}"
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _rows(self) -> list[int]:
        rows = {self.list.indexOfTopLevelItem(item) for item in self.list.selectedItems()}
        return sorted(row for row in rows if 0 <= row < len(self.queue.items))

    def _choose(self, *rows: int) -> None:
        with QSignalBlocker(self.list):
            lines = [self.list.topLevelItem(row) for row in rows]
            for line in lines[:1]:
                if line is not None:
                    self.list.setCurrentItem(line)  # it alone is chosen then
            for line in lines[1:]:
                if line is not None:
                    line.setSelected(True)
        self._say()

    def _folder(self) -> str:
        opened = self._session.opened_path
        if self.queue.items:
            return str(self.queue.items[-1].recording.parent)
        return str(Path.home() if opened is None else opened.parent)

    # Making ------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderLabels(["Recording", "State"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Queue of recordings")
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.list.header().setStretchLastSection(True)
        self.list.header().resizeSection(0, 22 * theme.UNIT)
        self.list.itemSelectionChanged.connect(self._say)
        self.list.itemActivated.connect(self.open_chosen)
        self.empty = EmptyState()
        self.empty.say(*_EMPTY)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.files_button = PushButton("Add files …")
        self.folder_button = PushButton("Add folder …")
        self.run_button = PushButton("Start")
        self.retry_button = PushButton("Retry")
        self.up_button = PushButton("Up")
        self.down_button = PushButton("Down")
        self.remove_button = PushButton("Remove")
        for button, work in (
            (self.files_button, self.ask_files),
            (self.folder_button, self.ask_folder),
            (self.run_button, self.toggle),
            (self.retry_button, self.retry),
            (self.up_button, lambda: self.move_chosen(-1)),
            (self.down_button, lambda: self.move_chosen(1)),
            (self.remove_button, self.remove),
        ):
            button.clicked.connect(lambda _checked=False, work=work: work())

    def _lay_out(self) -> None:
        top, bottom = QGridLayout(), QGridLayout()
        for grid, buttons in (
            (top, (self.files_button, self.folder_button, self.run_button)),
            (bottom, (self.up_button, self.down_button, self.retry_button, self.remove_button)),
        ):
            grid.setSpacing(theme.UNIT // 2)
            for column, button in enumerate(buttons):
                grid.addWidget(button, 0, column)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*(theme.UNIT // 2,) * 4)
        whole.setSpacing(theme.UNIT // 2)
        whole.addLayout(top)
        whole.addWidget(middle, 1)
        whole.addLayout(bottom)
        whole.addWidget(self.said)

    # Qt ----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "said"):
            self._refresh()
        super().changeEvent(event)
