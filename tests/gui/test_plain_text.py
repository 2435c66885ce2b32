"""What others wrote (names of files, notes) is shown as text in the window, never as markup."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QLabel, QToolTip
from pytestqt.qtbot import QtBot

from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel
from fead_desktop.gui.widgets import ElidedLabel, NoticeBar, plain_tip

MARKUP = "<img src='file:///etc/hostname'><b>note</b>"


def test_a_notice_is_plain_text(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.say(f"'{MARKUP}.csv' is not a table.")
    (label,) = bar.findChildren(QLabel, "sentence")
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_the_tip_of_a_shortened_text_is_the_text(qtbot: QtBot) -> None:
    label = ElidedLabel(MARKUP)
    qtbot.addWidget(label)
    assert "<b>" not in label.toolTip()
    assert "&lt;b&gt;note" in label.toolTip()
    assert plain_tip("two\nlines & more") == "two\nlines & more"


def test_the_tip_of_a_marker_is_its_note_as_text(
    qtbot: QtBot,
    session: Session,
    finished_case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(Path(shutil.copy(finished_case, tmp_path / "own.fead")))
    timeline = TimelinePanel(session)
    qtbot.addWidget(timeline)
    timeline.resize(1000, 400)
    timeline.show()
    session.editing.add_marker(150, text=MARKUP)
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_: shown.append(text))
    area = timeline.view.area
    row = next(k for k, lane in enumerate(area.lanes) if lane.kind.id == "markers")
    field = area.field_of(row)
    at = QPoint(round(field.left() + field.width() / 2), round(field.center().y()))
    area.viewportEvent(QHelpEvent(QHelpEvent.Type.ToolTip, at, area.mapToGlobal(at)))
    assert "&lt;b&gt;note" in shown[0]
    assert "<b>" not in shown[0]
