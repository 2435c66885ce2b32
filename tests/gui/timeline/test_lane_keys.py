"""Lanes and threshold worked by keys alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from fead_desktop.anomalies.threshold import count_at
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel


@pytest.fixture
def timeline(qtbot: QtBot, session: Session, finished_case: Path, tmp_path: Path) -> TimelinePanel:
    """A timeline on a copy of the case, because ranges are written into it."""
    case = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(case)
    made = TimelinePanel(session)
    qtbot.addWidget(made)
    made.resize(900, 420)
    made.show()
    return made


def shown(timeline: TimelinePanel) -> list[str]:
    return [lane.kind.id for lane in timeline.view.area.lanes]


def count(timeline: TimelinePanel) -> int:
    lane = next(each for each in timeline.view.area.lanes if isinstance(each, ScoreLane))
    assert lane.peaks is not None
    assert lane.threshold is not None
    return count_at(lane.peaks, lane.threshold)


def test_the_threshold_goes_event_by_event_and_back(timeline: TimelinePanel) -> None:
    keys, usual = timeline.lane_keys, count(timeline)
    timeline.set_threshold(8.5)
    now = count(timeline)
    assert 1 < now < usual + 10
    seen = []
    for _ in range(now):
        keys.move_threshold(-1)
        seen.append(count(timeline))
    assert seen == list(range(now - 1, -1, -1))
    keys.move_threshold(-1)
    assert count(timeline) == 0
    keys.move_threshold(1)
    assert count(timeline) == 1
    keys.usual_threshold()
    assert count(timeline) == usual


def test_without_its_lane_the_threshold_says_where_it_is(timeline: TimelinePanel) -> None:
    said: list[str] = []
    timeline._session.said.connect(said.append)
    timeline.lane_keys.toggle("score")
    timeline.lane_keys.move_threshold(1)
    assert "Show the anomaly score first" in said[-1]


def test_the_chosen_lane_is_marked_moved_resized_and_hidden(timeline: TimelinePanel) -> None:
    keys, area = timeline.lane_keys, timeline.view.area
    before = shown(timeline)
    keys.move(1)
    assert shown(timeline) == before, "the first wish chooses"
    assert keys.chosen == before[0]
    keys.choose(1)
    assert keys.chosen == before[1]
    place = area.field_of(1)
    mark = area.viewport().grab().toImage().pixelColor(1, round(place.center().y()))
    assert mark == QColor(theme.colours().accent)
    keys.move(1)
    assert shown(timeline)[:3] == [before[0], before[2], before[1]]
    high = area.lines[keys.chosen]
    # A lane with nothing in it is lower than its own height for as long as lanes fit the panel.
    bare = {lane.kind.id for lane in area.lanes if lane.is_bare}
    others = {k: lines for k, lines in area.lines.items() if k not in {keys.chosen, *bare}}
    keys.resize(2)
    assert area.lines[keys.chosen] == pytest.approx(high + 2, abs=0.2)
    assert {lane: area.lines[lane] for lane in others} == pytest.approx(others, abs=0.2)
    gone = keys.chosen
    keys.toggle(gone)
    assert gone not in shown(timeline)
    assert keys.chosen == ""
    keys.choose(-1)
    assert keys.chosen == shown(timeline)[-1]


def test_a_lane_outside_of_the_panel_comes_into_view(timeline: TimelinePanel) -> None:
    area = timeline.view.area
    timeline.resize(900, 160)
    timeline.lane_keys.choose(-1)
    last = area.field_of(len(area.lanes) - 1)
    assert last.bottom() <= area.viewport().height() + 1
    timeline.lane_keys.choose(1)
    assert area.field_of(0).top() >= -1


def test_a_range_says_what_it_takes_for_the_scores_to_notice_it(timeline: TimelinePanel) -> None:
    session, said = timeline._session, []
    session.said.connect(said.append)
    session.select(60, 120)
    timeline.add_range("baseline")
    assert said[-1].startswith("2 s are marked as baseline of everybody")
    assert "less than 20 s" in said[-1]
    session.select(150, 180)
    timeline.add_range("excluded")
    assert said[-1].startswith("Analyse again")
