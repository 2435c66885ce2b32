"""Another tool's table is imported from the menu and becomes lanes of the timeline."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fead_desktop.anomalies.imported import imported_scores
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.timeline.curve_lanes import CurveLane
from tests.gui.conftest import FRAMES
from tests.helpers.foreign_tables import intensities, write_openface


@pytest.fixture
def window(qtbot: QtBot, finished_case: Path, tmp_path: Path) -> Iterator[MainWindow]:
    case = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    made = MainWindow()
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(made.session.results_changed, timeout=10_000):
        made.session.open_path(case)
    yield made
    made.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """OpenFace's table of the recording; AU12 and AU25 stand out at frames 150 to 160."""
    units = intensities(FRAMES)
    for unit in (12, 25):
        units[unit][150:160] = 5.0
    return write_openface(tmp_path / "openface.csv", range(FRAMES), units, fps=30.0)


def bring_in(qtbot: QtBot, window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    window.actions_by_id["import_table"].trigger()


def lanes(window: MainWindow) -> dict[str, CurveLane]:
    return {
        lane.kind.id: lane
        for lane in window.timeline.view.area.lanes
        if isinstance(lane, CurveLane)
    }


def test_a_table_becomes_two_lanes_of_the_chosen_person(
    qtbot: QtBot, window: MainWindow, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.session.choose_person(2)
    assert "imported" not in lanes(window)
    with qtbot.waitSignal(window.session.importing.imported, timeout=10_000):
        bring_in(qtbot, window, table, monkeypatch)
    (kept,) = window.session.importing.tables
    assert kept.person == 2
    qtbot.waitUntil(lambda: "imported_score" in lanes(window))
    score = lanes(window)["imported_score"].set.curves[0]
    assert score.label == "OpenFace"
    np.testing.assert_allclose(score.curve[1], imported_scores(kept))
    assert 5.0 <= score.curve[0][np.nanargmax(score.curve[1])] < 160 / 30
    measures = [curve.label for curve in lanes(window)["imported"].set.curves]
    assert {"AU12", "AU25"} <= set(measures)
    window.session.choose_person(1)
    qtbot.waitUntil(lambda: "imported" not in lanes(window))


def test_the_lanes_are_there_when_the_case_is_opened_again(
    qtbot: QtBot, window: MainWindow, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    session.choose_person(1)
    with qtbot.waitSignal(session.importing.imported, timeout=10_000):
        bring_in(qtbot, window, table, monkeypatch)
    path = session.case.path  # type: ignore[union-attr]
    session.close()
    assert session.importing.tables == ()
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(path)
    assert [each.name for each in session.importing.tables] == ["openface.csv"]
    qtbot.waitUntil(lambda: {"imported_score", "imported"} <= set(lanes(window)))


def test_what_cant_be_imported_is_said_and_changes_nothing(
    qtbot: QtBot,
    window: MainWindow,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with qtbot.waitSignal(window.session.refused, timeout=10_000) as refused:
        bring_in(qtbot, window, table, monkeypatch)  # two persons, nobody chosen
    assert "does not tell whose face it shows" in refused.args[0]
    (tmp_path / "no.csv").write_text("=cmd,<b>\n1,2\n")
    window.session.choose_person(1)
    with qtbot.waitSignal(window.session.refused, timeout=10_000) as refused:
        bring_in(qtbot, window, tmp_path / "no.csv", monkeypatch)
    assert "is not a table of" in refused.args[0]
    assert window.session.importing.tables == ()
    assert "imported" not in lanes(window)


def test_a_blind_reviewer_does_not_see_the_imported_score(
    qtbot: QtBot, window: MainWindow, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.session.choose_person(1)
    with qtbot.waitSignal(window.session.importing.imported, timeout=10_000):
        bring_in(qtbot, window, table, monkeypatch)
    assert "imported_score" in lanes(window)
    window.session.reviewing.set_blind(True)
    window.session.reviewing.begin()
    assert window.session.reviewing.is_hiding
    assert "imported_score" not in lanes(window)
