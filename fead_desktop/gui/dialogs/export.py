"""ExportDialog: what is written of the case, where, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.errors import FeadError
from fead_desktop.gui import theme
from fead_desktop.gui.dialogs.export_options import ExportOptions
from fead_desktop.gui.dialogs.job_dialog import JobDialog
from fead_desktop.gui.jobs.file_jobs import ExportJob, OutlineJob
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import CheckBox, ElidedLabel, PushButton, bold
from fead_desktop.report.interchange.formats import FORMATS, planned
from fead_desktop.report.options import ReportOptions

_MOST_NAMES = 200
_OUTLINE_AFTER_MS = 200
#: Formats whose chapters are shown before they are written.
_REPORTS = frozenset({"html", "pdf"})
_WITH_REPORT = _REPORTS | {"evidence"}


@dataclass(frozen=True)
class ExportChoice:
    """Formats and options, as they are remembered."""

    formats: tuple[str, ...] = ("csv",)
    options: ReportOptions = field(default_factory=ReportOptions)

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps({"formats": self.formats, "options": self.options.to_dict()})

    @classmethod
    def from_text(cls, text: str) -> ExportChoice | None:
        """Read :meth:`to_text`; None where it is no choice, formats that are gone are left out."""
        try:
            values = json.loads(text)
            formats = tuple(name for name in FORMATS if name in values["formats"])
            return cls(formats, ReportOptions.from_dict(values["options"]))
        except (ValueError, TypeError, KeyError, FeadError):
            return None


class ExportDialog(JobDialog):
    """Formats on the left, options and the files to come on the right; writes beside the window.

    Signals: chosen(ExportChoice) when an export begins; presets_changed(presets by name).
    """

    chosen = Signal(object)
    presets_changed = Signal(object)

    def __init__(
        self,
        session: Session,
        choice: ExportChoice,
        presets: Mapping[str, str],
        folder: Path,
        parent: QWidget | None = None,
    ):
        super().__init__(session, "Export", "Export", parent)
        self._presets, self.folder = dict(presets), folder
        self._outlining: OutlineJob | None = None
        self._outline_soon = QTimer(self, interval=_OUTLINE_AFTER_MS, singleShot=True)
        self._outline_soon.timeout.connect(self._build_outline)
        self._make()
        self._lay_out()
        self._fill_presets()
        self.take(choice)
        session.recording_closed.connect(self.reject)
        session.analysis_started.connect(self.reject)

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the chosen formats, in the order of the table."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    @property
    def choice(self) -> ExportChoice:
        """What is chosen."""
        return ExportChoice(self.formats, self.options.options)

    def take(self, choice: ExportChoice) -> None:
        """Show this choice."""
        for name, box in self.boxes.items():
            box.setChecked(name in choice.formats)
        self.options.set_options(choice.options)

    # What the buttons do -----------------------------------------------------------------------------

    def make_job(self) -> ExportJob | None:
        """Return what writes the files; something must be chosen."""
        case, choice = self._session.case, self.choice
        if case is None or not choice.formats:
            return None
        self.chosen.emit(choice)
        return ExportJob(
            case.path, choice.formats, self.folder, self._options_here(), self._session
        )

    def reject(self) -> None:
        """Close; a running export is given up, files that are complete stay."""
        self._outline_soon.stop()
        if self._outlining is not None:
            self._outlining.cancel()
            self._outlining = None
        super().reject()

    def show_pages(self) -> None:
        """Show the pages of the report as they will be."""
        try:
            from fead_desktop.gui.dialogs.preview import PreviewDialog
        except (
            ImportError
        ):  # Qt's PDF needs libraries of the system that its other parts do without
            self.say(
                "Pages can't be shown on this computer; export the report to see it.", warns=True
            )
            return
        PreviewDialog(self._session, self._options_here(), self).open()

    def _options_here(self) -> ReportOptions:
        """Return the options with the place where the window has found the recording."""
        options = self.options.options
        there = self._session.recording
        return options if there is None else replace(options, recording=there)

    def ask_folder(self) -> None:
        """Ask where the files go."""
        name = QFileDialog.getExistingDirectory(self, "Export to", str(self.folder))
        if name:
            self.folder = Path(name)
            self.refresh()

    def open_folder(self) -> None:
        """Show the files in the system's own window."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))

    def keep_preset(self) -> None:
        """Ask for a name and keep formats and options under it."""
        name, accepted = QInputDialog.getText(self, "Keep as preset", "Name of the preset:")
        if accepted and name.strip():
            self._presets[name.strip()] = self.choice.to_text()
            self._presets_changed(name.strip())

    def remove_preset(self) -> None:
        """Forget the chosen preset."""
        if self._presets.pop(self.presets.currentText(), None) is not None:
            self._presets_changed("")

    def show_result(self, result: list[Path]) -> None:
        """Say what was written, and what the analyst should note."""
        files = "1 file" if len(result) == 1 else f"{len(result)} files"
        said = f"Wrote {files} to {self.folder}."
        self._session.said.emit(said)
        self.say(f"{said} {_to_be_noted(result)}".strip())
        self.open_button.setVisible(True)
        self.open_button.setFocus()

    # Showing -----------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self.open_button.setVisible(False)
        self.say("")
        self.refresh()

    def refresh(self) -> None:
        """Show what can be chosen and what will be written."""
        super().refresh()
        chosen = self.formats
        self.choices.setEnabled(not self.is_running)
        self.start_button.setEnabled(bool(chosen))
        self.remove_button.setEnabled(bool(self.presets.currentText()))
        heeded = {"replace_names"} if chosen else set()
        self.options.show_heeded(heeded.union(*(FORMATS[name].heeds for name in chosen)))
        self.place.setText(str(self.folder))
        self.pages_button.setVisible(bool(_WITH_REPORT & set(chosen)))
        self._show_files()

    def _show_files(self) -> None:
        case = self._session.case
        names = [] if case is None else planned(case, self.formats, self.options.options)
        there = sum((self.folder / name).exists() for name in names)
        count = "1 file" if len(names) == 1 else f"{len(names)} files"
        replaced = f", {there} in place of earlier ones" if there else ""
        self.count.setText(
            f"{count} will be written{replaced}:" if names else "Choose what is to be written."
        )
        shown = names[:_MOST_NAMES]
        if len(names) > _MOST_NAMES:
            shown.append(f"… and {len(names) - _MOST_NAMES} more")
        self.files.clear()
        self.files.addTopLevelItems([QTreeWidgetItem([name]) for name in shown])
        self._outline_soon.start()

    def _build_outline(self) -> None:
        case = self._session.case
        if self._outlining is not None:
            self._outlining.cancel()
        self._outlining = None
        if case is None or not _REPORTS & set(self.formats):
            return
        self._outlining = OutlineJob(case.path, self.options.options, self._session)
        self._outlining.ended.connect(self._outlined)
        self._session.run_job(self._outlining)

    def _outlined(self, job: Job, result: list[tuple[int, str]] | FeadError) -> None:
        if job is not self._outlining:
            return
        self._outlining = None
        if isinstance(result, FeadError):
            return
        for row in range(self.files.topLevelItemCount()):
            item = self.files.topLevelItem(row)
            if item is not None and item.text(0).endswith((".html", ".pdf")):
                _add_chapters(item, result)
                item.setExpanded(True)

    # Presets -----------------------------------------------------------------------------------------

    def _fill_presets(self, chosen: str = "") -> None:
        with QSignalBlocker(self.presets):
            self.presets.clear()
            self.presets.addItems(sorted(self._presets))
            self.presets.setCurrentIndex(self.presets.findText(chosen) if chosen else -1)
        self.presets.setEnabled(bool(self._presets))
        self.remove_button.setEnabled(bool(self.presets.currentText()))

    def _presets_changed(self, chosen: str) -> None:
        self._fill_presets(chosen)
        self.presets_changed.emit(dict(self._presets))

    def _take_preset(self) -> None:
        choice = ExportChoice.from_text(self._presets.get(self.presets.currentText(), ""))
        if choice is not None:
            self.take(choice)

    # Making ------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.boxes = {name: CheckBox(each.title) for name, each in FORMATS.items()}
        for box in self.boxes.values():
            box.toggled.connect(self._changed)
        current = self._session.filtering.current
        self.options = ExportOptions(current.to_text() if current.narrows else "")
        self.options.changed.connect(self._changed)
        self.presets = QComboBox()
        self.presets.setAccessibleName("Preset")
        self.presets.setPlaceholderText("No preset chosen")
        self.presets.currentIndexChanged.connect(self._take_preset)
        self.keep_button = _button("Keep …", self.keep_preset)
        self.remove_button = _button("Remove", self.remove_preset)
        self.place = ElidedLabel()
        self.place_button = _button("Choose …", self.ask_folder)
        self.pages_button = _button("Pages of the report …", self.show_pages)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self.files = QTreeWidget()
        self.files.setHeaderHidden(True)
        self.files.setAccessibleName("Files to be written, and the chapters of the report")
        self.open_button = _button("Open folder", self.open_folder)

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(theme.UNIT)
        left.addWidget(bold(QLabel("Formats")))
        left.addWidget(_formats_list(self.boxes), 1)
        right.addWidget(bold(QLabel("Options")))
        right.addWidget(self.options)
        preview = QHBoxLayout()
        preview.addWidget(bold(QLabel("Preview")), 1)
        preview.addWidget(self.pages_button)
        right.addLayout(preview)
        right.addWidget(self.count)
        right.addWidget(self.files, 1)
        self.choices = QWidget()
        columns = QHBoxLayout()
        columns.setSpacing(3 * theme.UNIT)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        inside = QVBoxLayout(self.choices)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2 * theme.UNIT)
        inside.addLayout(_row("Preset", self.presets, self.keep_button, self.remove_button))
        inside.addLayout(columns, 1)
        inside.addLayout(_row("Folder", self.place, self.place_button))
        self.buttons.addButton(self.open_button, QDialogButtonBox.ButtonRole.ActionRole)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*(3 * theme.UNIT,) * 4)
        whole.setSpacing(theme.UNIT)
        for each in (self.choices, self.bar, self.said, self.buttons):
            whole.addWidget(each, 1 if each is self.choices else 0)
        self.resize(116 * theme.UNIT, 82 * theme.UNIT)


def _to_be_noted(files: list[Path]) -> str:
    from fead_desktop.report.verification import noted

    try:
        return noted(files)
    except FeadError as error:
        return str(error)


def _add_chapters(item: QTreeWidgetItem, sections: list[tuple[int, str]]) -> None:
    chapter = item
    for level, title in sections:
        child = QTreeWidgetItem(chapter if level > 1 else item, [title])
        chapter = child if level == 1 else chapter


def _formats_list(boxes: Mapping[str, CheckBox]) -> QScrollArea:
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(*(theme.UNIT,) * 4)
    column.setSpacing(2)
    for name, box in boxes.items():
        words = QLabel(FORMATS[name].purpose)
        words.setWordWrap(True)
        words.setIndent(3 * theme.UNIT)
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        box.setAccessibleDescription(FORMATS[name].purpose)
        column.addWidget(box)
        column.addWidget(words)
        column.addSpacing(theme.UNIT)
    column.addStretch()
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setAccessibleName("Formats")
    area.setFrameShape(QFrame.Shape.StyledPanel)
    return area


def _row(title: str, *fields: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.UNIT)
    row.addWidget(QLabel(title))
    for number, each in enumerate(fields):
        row.addWidget(each, 1 if number == 0 else 0)
    return row


def _button(text: str, do: Callable[[], None]) -> PushButton:
    button = PushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(do)
    return button
