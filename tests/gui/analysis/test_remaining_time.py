"""The remaining time goes on while a stage has nothing to tell."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from fead_desktop.gui.analysis.analysis_panel import AnalysisPanel
from fead_desktop.gui.session import Session
from tests.helpers.supervise import FakeSupervise, finds_events


def test_it_counts_down_between_two_reports_and_stops_with_the_analysis(
    qtbot: QtBot, recording: Path
) -> None:
    fake = FakeSupervise(finds_events)
    session = Session(supervise=fake)
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    panel.start()
    qtbot.waitUntil(lambda: "about 2" in panel.stage.text(), timeout=10_000)
    assert panel.stage.text().startswith("Faces · 25% · about 2")
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000):
        fake.go_on.set()
    assert not panel.stage.isVisible()
    assert panel.text.startswith("Done: 3 events")
    session.shutdown()
