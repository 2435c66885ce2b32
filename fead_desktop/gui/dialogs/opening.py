"""What opens the dialogs of files and evidence over the window; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from fead_desktop.gui.dialogs.export import ExportChoice
    from fead_desktop.gui.main_window import MainWindow


def export(window: MainWindow) -> None:
    """Ask what is written of the case and where, and write it; choices and presets are remembered."""
    from fead_desktop.gui.dialogs.export import ExportChoice, ExportDialog

    settings = window.settings
    last = ExportChoice.from_text(settings.export_choice) or ExportChoice()
    folder = Path(window.last_folder())
    dialog = ExportDialog(window.session, last, settings.export_presets, folder, window)
    memory = _ExportMemory(window, dialog)
    dialog.chosen.connect(memory.keep_choice)
    dialog.presets_changed.connect(memory.keep_presets)
    window.show_dialog(dialog)


class _ExportMemory(QObject):
    def __init__(self, window: MainWindow, parent: QObject):
        super().__init__(parent)
        self._window = window

    def keep_choice(self, choice: ExportChoice) -> None:
        self._window.change_settings(export_choice=choice.to_text())

    def keep_presets(self, presets: Mapping[str, str]) -> None:
        self._window.change_settings(export_presets=presets)


def import_table(window: MainWindow) -> None:
    """Ask for another tool's table and import it."""
    kinds = "Tables (*.csv);;All files (*)"
    name, _ = QFileDialog.getOpenFileName(window, "Import a table", window.last_folder(), kinds)
    if name:
        window.session.importing.start(Path(name))


def purpose(window: MainWindow) -> None:
    """Let the analyst state what the recording is analysed for."""
    from fead_desktop.gui.dialogs.purpose import PurposeDialog

    window.show_dialog(PurposeDialog(window.session, window))


def verify(window: MainWindow) -> None:
    """Check an evidence package."""
    from fead_desktop.gui.dialogs.evidence import VerifyDialog

    window.show_dialog(VerifyDialog(window.session, window))


def reproduce(window: MainWindow) -> None:
    """Repeat the analysis of an evidence package."""
    from fead_desktop.gui.dialogs.evidence import ReproduceDialog

    window.show_dialog(ReproduceDialog(window.session, window))
