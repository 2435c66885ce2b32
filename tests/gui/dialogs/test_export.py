"""The export dialog: formats are chosen once, remembered, and written beside the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fead_desktop.gui.dialogs.export import ExportDialog
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.report.interchange.formats import FORMATS
from fead_desktop.settings import load_settings


@pytest.fixture
def window(qtbot: QtBot, opened: Session) -> Iterator[MainWindow]:
    made = MainWindow(opened)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def asked(window: MainWindow) -> ExportDialog:
    window.actions_by_id["export"].trigger()
    dialogs = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    assert len(dialogs) == 1
    return dialogs[0]


def test_the_chosen_formats_are_written_and_remembered(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    dialog = asked(window)
    assert dialog.formats == ("csv",)
    dialog.boxes["csv"].click()
    assert not dialog.go_on.isEnabled()
    for name in ("vtt", "eaf"):
        dialog.boxes[name].click()
    with qtbot.waitSignal(window.session.said, timeout=20_000) as said:
        dialog.go_on.click()
    assert said.args == [f"Wrote 2 files to {tmp_path / 'out'}."]
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".eaf", ".vtt"]
    assert load_settings().export_formats == ("eaf", "vtt")
    assert asked(window).formats == ("eaf", "vtt")


def test_without_a_folder_nothing_is_written(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(*_: object) -> None:
        pytest.fail("the export began")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(window.session, "export", written)
    asked(window).go_on.click()


def test_every_format_can_be_chosen_and_unknown_ones_are_forgotten(qtbot: QtBot) -> None:
    dialog = ExportDialog(["csv", "wax cylinder"])
    qtbot.addWidget(dialog)
    assert dialog.formats == ("csv",)
    assert list(dialog.boxes) == list(FORMATS)
    assert all(box.text() for box in dialog.boxes.values())
