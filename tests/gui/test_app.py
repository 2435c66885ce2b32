from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from fead_desktop.errors import FeadError
from fead_desktop.gui.app import ErrorBox

_MAIN = """
import sys
from fead_desktop.gui import app, main_window

class Window(main_window.MainWindow):
    def __init__(self):
        super().__init__()
        self.session.frame_shown.connect(self.shown)

    def shown(self, frame):
        if sys.argv[2] == "play" and not self.player.is_playing:
            self.player.toggle_play()
        elif sys.argv[2] == "look" or frame > 3:
            self.close()

app.MainWindow = Window
sys.exit(app.main(sys.argv[1]))
"""


@pytest.mark.parametrize("how", ["look", "play"])
def test_the_program_ends_cleanly_when_its_window_closes(recording: Path, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, str(recording), how],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "QThread" not in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError("division by zero"), "Something unexpected happened"),
        (FeadError("The disk is full."), "The disk is full."),
    ],
)
def test_an_unexpected_error_is_a_sentence_and_its_traceback_is_logged(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    words: str,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: said.append(text))
    # The program's own logger may have been cut off from the root by then.
    monkeypatch.setattr(logging.getLogger("fead"), "propagate", True)
    ErrorBox(Path("/log/fead.log"))(type(error), error, None)
    assert len(said) == 1
    assert said[0].startswith(words)
    assert "/log/fead.log" in said[0]
    assert type(error).__name__ in caplog.text


def test_an_error_while_the_box_is_open_opens_no_second_one(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = ErrorBox(None)
    said: list[str] = []

    def warn(_parent: object, _title: str, text: str) -> None:
        said.append(text)
        box(ValueError, ValueError("again"), None)

    monkeypatch.setattr(QMessageBox, "warning", warn)
    box(ValueError, ValueError("first"), None)
    assert len(said) == 1
