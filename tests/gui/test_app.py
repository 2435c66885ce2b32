from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from fead_desktop.errors import FeadError
from fead_desktop.gui.app import ErrorBox, fit_to_screen
from fead_desktop.gui.main_window import MainWindow

_MAIN = """
import sys, time
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.gui import app, main_window
from fead_desktop.pipeline import supervisor

how = sys.argv[2]
if how == "deaf":
    # A worker that says one thing and then hears nothing: it has to be killed.
    body = '''import json, time; print(json.dumps({"v": 1, "type": "progress", "stage": "faces", "done": 1,
"total": 2, "overall": 0.5, "remaining_s": None, "message": ""}), flush=True); time.sleep(300)'''
    supervisor.worker_command = lambda: [sys.executable, "-c", body]

class Window(main_window.MainWindow):
    def __init__(self):
        super().__init__()
        self.session.frame_shown.connect(self.shown)
        self.session.analysis_progressed.connect(self.leave)

    def shown(self, frame):
        if how == "play" and not self.player.is_playing:
            self.player.toggle_play()
        elif how in {"analyse", "deaf"}:
            self.session.start_analysis(AnalysisParameters())
        elif how == "look" or frame > 3:
            self.leave()

    def leave(self, _progress=None):
        left.append(time.monotonic())
        self.close()

left = []
app.MainWindow = Window
app.ErrorBox = lambda _log: sys.__excepthook__  # a box would wait for somebody
code = app.main(sys.argv[1])
print(time.monotonic() - left[0])
sys.exit(code)
"""

#: What a closed window may still take, with the machine busy elsewhere.
_LONGEST_CLOSE_S = 5.0


def _ends_cleanly(recording: Path, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, str(recording), how],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "QThread" not in done.stderr
    assert float(done.stdout.split()[-1]) < _LONGEST_CLOSE_S


@pytest.mark.parametrize("how", ["look", *3 * ["play"], *2 * ["analyse"], "deaf"])
def test_the_program_ends_cleanly_when_its_window_closes(recording: Path, how: str) -> None:
    _ends_cleanly(recording, how)


@pytest.mark.endurance
@pytest.mark.parametrize("how", ["play", "analyse"])
def test_the_program_ends_cleanly_twenty_times(recording: Path, how: str) -> None:
    for _ in range(20):
        _ends_cleanly(recording, how)


def test_a_window_larger_than_its_screen_fills_it_at_the_first_start(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    assert window.width() > window.screen().availableGeometry().width(), "offscreen: 800 pixels"
    for kept, fills in (("placed by the analyst", False), ("", True)):
        window.settings = replace(window.settings, window=kept)
        fit_to_screen(window)
        assert window.isMaximized() == fills
    window.close()


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
