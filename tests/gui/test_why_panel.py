"""The why card: who agrees that the moment is unusual, and the usual frame to compare it with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fead_desktop.gui.review.why_panel import WhyPanel
from fead_desktop.gui.session import Session


@pytest.fixture
def why(qtbot: QtBot, opened: Session) -> WhyPanel:
    made = WhyPanel(opened)
    qtbot.addWidget(made)
    made.resize(320, 400)
    made.show()
    return made


def test_the_card_says_who_agrees(opened: Session, why: WhyPanel) -> None:
    opened.choose_event(1)
    assert why.agreement.text() == "1 of 1 detectors agree: unusual combination."
    elsewhere = opened.events[0].peak_s + 1.1
    opened.events[0] = replace(
        opened.events[0], onset_s=elsewhere - 0.1, peak_s=elsewhere, offset_s=elsewhere + 0.1
    )
    opened.results_changed.emit()
    assert why.agreement.text() == "0 of 1 detectors agree."


def test_the_usual_frame_is_one_click_away(qtbot: QtBot, opened: Session, why: WhyPanel) -> None:
    opened.choose_event(1)
    assert not why.usual.isVisible()  # no head pose was measured in this case
    table = opened.table
    yaw = np.where(table.time_s > 6.0, 0.0, 20.0)
    yaw[np.abs(table.time_s - opened.events[0].peak_s) < 1] = 0.0
    still = np.zeros(len(table))
    opened.table = table.with_columns(yaw_deg=yaw, pitch_deg=still, roll_deg=still)
    opened.results_changed.emit()
    assert why.usual.isVisible()
    with qtbot.waitSignal(opened.frame_requested) as asked:
        qtbot.mouseClick(why.usual, Qt.MouseButton.LeftButton)
    assert opened.time_of(asked.args[0]) > 6.0
