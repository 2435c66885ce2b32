"""The timeline of a real case, with the mouse and from the session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from fead_desktop.anomalies.calibration import Calibration, background_of
from fead_desktop.case.case import FUSION
from fead_desktop.case.edits import add_verdict
from fead_desktop.case.store import Case
from fead_desktop.gui import theme
from fead_desktop.gui.app import make_application
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.curve_lanes import (
    CurveLane,
    CurveSet,
    LaneCurve,
    ScoreLane,
    short_number,
)
from fead_desktop.gui.timeline.lane import Lane
from fead_desktop.gui.timeline.lane_table import LANES, LANES_BY_ID, LaneLayout
from fead_desktop.gui.timeline.lanes import value_at
from fead_desktop.gui.timeline.mark_lanes import EventsLane, MarkersLane
from fead_desktop.gui.timeline.measure_dialog import MeasureDialog
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel
from fead_desktop.gui.timeline.view import TimelineView
from fead_desktop.review.verdict import Answer, Verdict
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording


@pytest.fixture
def own(qtbot: QtBot, finished_case: Path, tmp_path: Path) -> Iterator[Session]:
    """A session with a case of its own, so that it can be written to."""
    session = Session()
    path = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(path)
    yield session
    session.shutdown()


@pytest.fixture
def timeline(qtbot: QtBot, own: Session) -> TimelinePanel:
    made = TimelinePanel(own)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    made.show()
    qtbot.waitExposed(made)
    return made


def settle(timeline: TimelinePanel) -> None:
    """Let the layout and what it changes come to rest."""
    for _ in range(5):
        timeline.grab()
        QApplication.processEvents()


def lane_index(view: TimelineView, name: str, person: int | None = None) -> int:
    return next(
        k
        for k, lane in enumerate(view.area.lanes)
        if lane.kind.id == name and person in {None, lane.person}
    )


def place_of(timeline: TimelinePanel, time_s: float, lane: str = "score") -> QPoint:
    area = timeline.view.area
    field = area.field_of(lane_index(timeline.view, lane))
    x = area.field_left + area.scale.x_of(time_s, area.field_width)
    return QPointF(x, field.center().y()).toPoint()


def head_of(timeline: TimelinePanel, lane: str) -> QPoint:
    return QPoint(
        40, round(timeline.view.area.field_of(lane_index(timeline.view, lane)).center().y())
    )


def drag(
    timeline: TimelinePanel,
    start: QPoint,
    stop: QPoint,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    port = timeline.view.area.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, keys, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(port, start + (stop - start) * share)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, keys, stop)


def click(timeline: TimelinePanel, at: QPoint) -> None:
    QTest.mouseClick(timeline.view.area.viewport(), Qt.MouseButton.LeftButton, pos=at)


# Seeking and moving ----------------------------------------------------------------------------------


def test_a_click_asks_for_the_frame_there(
    qtbot: QtBot, own: Session, timeline: TimelinePanel
) -> None:
    with qtbot.waitSignal(own.frame_requested) as asked:
        click(timeline, place_of(timeline, 5.0))
    assert asked.args is not None
    frame, preview = asked.args
    assert abs(frame - 150) <= 1
    assert not preview


def test_dragging_pans_and_asks_for_no_frame(own: Session, timeline: TimelinePanel) -> None:
    asked: list[int] = []
    own.frame_requested.connect(lambda frame, _preview: asked.append(frame))
    timeline.view.zoom_to(4.0, 6.0)
    before = timeline.view.scale
    drag(timeline, place_of(timeline, 5.0, "emotions"), place_of(timeline, 4.5, "emotions"))
    after = timeline.view.scale
    assert after.span_s == pytest.approx(before.span_s)
    assert after.start_s - before.start_s == pytest.approx(0.5, abs=0.02)
    assert asked == []


def test_the_wheel_zooms_at_the_pointer(timeline: TimelinePanel) -> None:
    area = timeline.view.area
    at = place_of(timeline, 7.0)
    span = timeline.view.scale.span_s
    wheel = QWheelEvent(
        QPointF(at), area.viewport().mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 360),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(area.viewport(), wheel)
    assert timeline.view.scale.span_s == pytest.approx(span * 0.8**3)
    assert area.time_at(at.x()) == pytest.approx(7.0, abs=0.02)


def test_scrubbing_along_the_ruler_asks_for_previews_and_then_for_the_exact_frame(
    own: Session, timeline: TimelinePanel
) -> None:
    asked: list[tuple[int, bool]] = []
    own.frame_requested.connect(lambda frame, preview: asked.append((frame, preview)))
    ruler = timeline.view.ruler
    places = [QPoint(round(ruler.scale.x_of(t, ruler.width())), 8) for t in (2.0, 4.0, 6.0)]
    QTest.mousePress(ruler, Qt.MouseButton.LeftButton, pos=places[0])
    QTest.mouseMove(ruler, places[1])
    QTest.mouseRelease(ruler, Qt.MouseButton.LeftButton, pos=places[2])
    assert [preview for _, preview in asked] == [True, True, False]
    np.testing.assert_allclose([frame for frame, _ in asked], [60, 120, 180], atol=1)


def test_zooming_keeps_to_the_recording_and_show_all_returns(timeline: TimelinePanel) -> None:
    everything = timeline.view.scale
    timeline.zoom(3)
    assert timeline.view.scale.span_s < 0.3 * everything.span_s
    timeline.zoom(-20)
    assert timeline.view.scale == everything
    timeline.view.zoom_to(1, 2)
    timeline.show_all()
    assert timeline.view.scale == everything


def test_a_chosen_event_outside_the_view_comes_into_it(
    own: Session, timeline: TimelinePanel
) -> None:
    timeline.view.zoom_to(0, 1)
    own.choose_event(6)
    assert timeline.view.scale.sees(own.events[5].peak_s)


def test_zoom_to_event_shows_it_with_room_around(own: Session, timeline: TimelinePanel) -> None:
    own.choose_event(3)
    timeline.zoom_to_event()
    event, scale = own.events[2], timeline.view.scale
    assert scale.start_s < event.onset_s
    assert event.offset_s < scale.stop_s
    assert scale.span_s < 6 * max(event.duration_s, 0.2), "it is the largest thing there"


# The cursor ------------------------------------------------------------------------------------------


def test_the_cursor_moves_without_the_curves_being_drawn_again(
    own: Session, timeline: TimelinePanel
) -> None:
    for kind in LANES:
        timeline.set_lane_layout(
            timeline.lane_layout.with_shown(kind.id, shown=kind.id != "waveform")
        )
    settle(timeline)
    view = timeline.view
    painted, taken = view.area.painted, view.taken
    assert taken > 0
    before = timeline.grab().toImage()
    for frame in (30, 90, 200):
        own.frame_was_shown(frame)
        QApplication.processEvents()
        timeline.grab()
    QTest.mouseMove(view.area.viewport(), place_of(timeline, 3.0))
    timeline.grab()
    assert view.taken == taken
    assert view.area.painted == painted
    assert timeline.grab().toImage() != before, "the cursor itself must have moved"


def test_nothing_is_painted_while_nothing_changes(timeline: TimelinePanel) -> None:
    settle(timeline)
    painted = timeline.view.area.painted
    for _ in range(20):
        QApplication.processEvents()
    timeline.grab()
    assert timeline.view.area.painted == painted


def test_the_heads_tell_the_values_at_the_cursor(own: Session, timeline: TimelinePanel) -> None:
    lane = timeline.view.area.lanes[lane_index(timeline.view, "emotions")]
    rows = own.table.of_person(1)
    row = 20
    entries = {each.label: each.value for each in lane.entries(float(rows.time_s[row]))}
    assert entries["happy"] == f"{float(rows['happy'][row]):.2f}"
    gap = {each.value for each in lane.entries(own.duration_s * 0.35)}
    assert gap == {"–"}, "nothing was measured there"


def test_all_values_are_told_where_the_head_has_no_room(
    own: Session, timeline: TimelinePanel
) -> None:
    lane = timeline.view.area.lanes[lane_index(timeline.view, "emotions")]
    time_s = float(own.table.of_person(1).time_s[20])
    told = lane.tip(time_s, 0.01).splitlines()
    values = {each.label: each.value for each in lane.entries(time_s)}
    assert told[1:] == [f"{name}  {value}" for name, value in values.items()]
    assert len(values) == 7


# Lanes -----------------------------------------------------------------------------------------------


def names(timeline: TimelinePanel) -> list[str]:
    return [lane.kind.id for lane in timeline.view.area.lanes]


def test_lanes_can_be_hidden_and_moved(timeline: TimelinePanel) -> None:
    usual = names(timeline)
    timeline.set_lane_layout(timeline.lane_layout.with_shown("emotions", shown=False))
    assert names(timeline) == [name for name in usual if name != "emotions"]
    drag(timeline, head_of(timeline, "coverage"), head_of(timeline, "events") - QPoint(0, 6))
    assert names(timeline)[0] == "coverage"


def test_the_menu_of_the_lanes_moves_them_without_a_mouse(timeline: TimelinePanel) -> None:
    usual = names(timeline)
    timeline.view.menu.aboutToShow.emit()
    (order,) = (a.menu() for a in timeline.view.menu.actions() if a.text() == "Move up")
    assert isinstance(order, QMenu)
    titles = [LANES_BY_ID[name].title for name in usual]
    assert [action.text() for action in order.actions()] == titles[1:]
    order.actions()[1].trigger()
    assert names(timeline) == [usual[0], usual[2], usual[1], *usual[3:]]


def test_a_lane_is_resized_at_its_lower_edge(timeline: TimelinePanel) -> None:
    area = timeline.view.area
    index = lane_index(timeline.view, "score")
    before = area.field_of(index)
    edge = QPoint(40, round(before.bottom()))
    drag(timeline, edge, edge + QPoint(0, 40))
    assert area.field_of(index).height() == pytest.approx(before.height() + 40, abs=2)
    assert not timeline.lane_layout.fits


def test_the_lanes_fill_the_panel_to_the_pixel_and_leave_no_scroll_bar(
    timeline: TimelinePanel,
) -> None:
    area = timeline.view.area
    for height in range(400, 440, 3):
        timeline.resize(1000, height)
        settle(timeline)
        last = area.field_of(len(area.lanes) - 1)
        assert not area.verticalScrollBar().maximum()
        assert last.bottom() + 1 <= area.viewport().height()


def test_lanes_that_do_not_fit_can_be_scrolled_to(timeline: TimelinePanel) -> None:
    layout = timeline.lane_layout
    timeline.set_lane_layout(layout.with_heights({"score": 20, "emotions": 20, "expression": 20}))
    bar = timeline.view.area.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    last = timeline.view.area.field_of(len(timeline.view.area.lanes) - 1)
    assert last.bottom() <= timeline.view.area.viewport().height() + 2


def choose_person(qtbot: QtBot, own: Session, timeline: TimelinePanel, person: int | None) -> None:
    own.choose_person(person)
    qtbot.waitUntil(lambda: timeline.is_current)


def test_every_person_can_have_lanes_of_their_own(
    qtbot: QtBot, own: Session, timeline: TimelinePanel
) -> None:
    timeline.set_lane_layout(replace(timeline.lane_layout, stacked=True))
    scores = [lane for lane in timeline.view.area.lanes if lane.kind.id == "score"]
    assert [lane.person for lane in scores] == [1, 2]
    assert [lane.who for lane in scores] == ["Person 1", "Person 2"]
    choose_person(qtbot, own, timeline, 2)
    scores = [lane for lane in timeline.view.area.lanes if lane.kind.id == "score"]
    assert [lane.person for lane in scores] == [2]


def test_the_curves_of_the_chosen_person_are_shown(
    qtbot: QtBot, own: Session, timeline: TimelinePanel
) -> None:
    def samples() -> int:
        lane = timeline.view.area.lanes[lane_index(timeline.view, "emotions")]
        assert isinstance(lane, CurveLane)
        return int(np.isfinite(lane.set.curves[0].curve[1]).sum())

    for person in (1, 2):
        choose_person(qtbot, own, timeline, person)
        assert samples() == len(own.table.of_person(person))


def test_one_detector_can_take_the_score_lane(timeline: TimelinePanel) -> None:
    timeline.set_lane_layout(replace(timeline.lane_layout, score="expression/mahalanobis"))
    lane = timeline.view.area.lanes[lane_index(timeline.view, "score")]
    assert isinstance(lane, ScoreLane)
    assert lane.title == "expression/mahalanobis"
    assert not lane.has_threshold, "the threshold is one of the ranking score"


def test_all_that_vote_can_share_the_score_lane(timeline: TimelinePanel) -> None:
    timeline.set_lane_layout(replace(timeline.lane_layout, score="votes"))
    lane = timeline.view.area.lanes[lane_index(timeline.view, "score")]
    assert isinstance(lane, ScoreLane)
    assert [curve.label for curve in lane.set.curves] == ["expression mahalanobis"]
    assert not lane.has_threshold
    menu = timeline.context_menu("score", 1.0)
    (scores,) = (a.menu() for a in menu.actions() if a.text() == "Score")
    assert isinstance(scores, QMenu)
    assert [a.text() for a in scores.actions() if a.isChecked()] == ["All that vote in the ranking"]
    menu.close()


def test_the_p_value_of_each_second_agrees_with_that_of_an_event_there(
    qtbot: QtBot, tmp_path: Path
) -> None:
    recording = make_block_recording(tmp_path / "long.mp4", 1200)
    session = Session()
    timeline = TimelinePanel(session)
    qtbot.addWidget(timeline)
    timeline.resize(1000, 420)
    timeline.show()
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(make_case(tmp_path / "long.fead", recording, events=4))
    settle(timeline)
    session.choose_person(1)
    lane = timeline.view.area.lanes[lane_index(timeline.view, "p_value")]
    scores = session.scores(1)
    assert scores is not None
    background = background_of(scores.time_s, scores.scores[FUSION])
    for second in (3, 17, 30):
        highest = float(background.highest[background.block == second][0])
        wanted = background.p_value(second, second, highest)
        assert wanted is not None
        (entry,) = lane.entries(second + 0.5)
        assert entry.value == (f"{wanted:.2g}" if wanted > 1e-6 else "< 1e-6")
    peak_s = session.events[0].peak_s
    rarest = min(range(40), key=lambda second: -lanes_value(lane, second + 0.5))
    assert rarest == int(peak_s)
    assert lane.axis is not None
    assert lane.axis[0] == "1"
    session.shutdown()


def lanes_value(lane: Lane, time_s: float) -> float:
    assert isinstance(lane, CurveLane)
    value = value_at(lane.set.curves[0].curve, time_s)
    return value if np.isfinite(value) else 0.0


def test_a_person_seen_too_briefly_has_words_instead_of_p_values(
    own: Session, timeline: TimelinePanel
) -> None:
    own.choose_person(1)
    lane = timeline.view.area.lanes[lane_index(timeline.view, "p_value")]
    assert isinstance(lane, CurveLane)
    assert "fewer than 20" in lane.set.words
    assert lane.set.curves == ()
    assert lane.entries(1.0) == []
    field = timeline.view.area.field_of(lane_index(timeline.view, "p_value"))
    picture = timeline.view.area.viewport().grab().toImage()
    ink = {picture.pixelColor(x, round(field.center().y())).name() for x in range(260, 500)}
    assert len(ink) > 5, "the words must be seen"


def test_measures_can_be_chosen(timeline: TimelinePanel) -> None:
    timeline.set_lane_layout(replace(timeline.lane_layout, measures=("jaw_drop", "squint_l")))
    lane = timeline.view.area.lanes[lane_index(timeline.view, "expression")]
    assert isinstance(lane, CurveLane)
    assert [curve.label for curve in lane.set.curves] == ["jaw drop", "squint L"]


@pytest.mark.parametrize("of", [theme.DARK, theme.LIGHT, theme.HIGH_CONTRAST])
def test_boxes_to_tick_can_be_seen_on_every_ground(qtbot: QtBot, of: theme.Colours) -> None:
    app = make_application()
    before = app.palette()
    theme.apply(app, of)
    dialog = MeasureDialog(("jaw_drop",), ())
    qtbot.addWidget(dialog)
    dialog.show()
    image = dialog.list.viewport().grab().toImage()
    column = [
        image.pixelColor(9, y)
        for y in range(dialog.list.visualItemRect(dialog.list.item(0)).height())
    ]
    light = [colour.lightness() for colour in column]
    app.setStyleSheet("")
    app.setPalette(before)
    assert max(light) - min(light) > 60, "the edge of the first box"


def test_the_sound_is_read_beside_the_window(qtbot: QtBot, timeline: TimelinePanel) -> None:
    timeline.set_lane_layout(LaneLayout().with_shown("waveform", shown=True))
    words = lambda: timeline.view.area.lanes[lane_index(timeline.view, "waveform")]._words  # noqa: E731
    assert words() == "Reading the sound …"
    qtbot.waitUntil(lambda: words() == "The recording has no sound.", timeout=10_000)


# Threshold -------------------------------------------------------------------------------------------


def test_the_threshold_begins_at_the_least_listed_event_and_counts_while_dragged(
    own: Session, timeline: TimelinePanel
) -> None:
    own.choose_person(1)
    index = lane_index(timeline.view, "score")
    area = timeline.view.area

    def lane() -> ScoreLane:
        found = area.lanes[index]
        assert isinstance(found, ScoreLane)
        return found

    assert lane().threshold == min(event.score for event in own.events)
    field = area.field_of(index)
    line = QPoint(round(field.right() - 200), round(lane().threshold_y(field)))
    drag(timeline, line, QPoint(line.x(), round(field.top()) + 2))
    assert lane().threshold_text.endswith("→ 0 events") or lane().threshold_text.endswith(
        "→ 1 event"
    )
    top = QPoint(line.x(), round(lane().threshold_y(field)))
    drag(timeline, top, QPoint(line.x(), round(field.bottom()) - 1))
    assert lane().peaks is not None
    assert lane().threshold_text.endswith(f"→ {len(lane().peaks)} events")


def test_the_threshold_of_a_chosen_person_is_where_their_flags_begin(
    qtbot: QtBot, own: Session, timeline: TimelinePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = Calibration(1, 0.2, 60, 7.5, 3), Calibration(2, 0.2, 10, None, 0)
    monkeypatch.setattr(Case, "calibrations", flags)
    lowest = min(event.score for event in own.found if event.person == 1 and event.flagged)
    assert lowest > 7.5
    lane = lambda: timeline.view.area.lanes[lane_index(timeline.view, "score")]  # noqa: E731
    least = min(event.score for event in own.events)
    for person, expected in ((1, 7.5), (2, least), (None, least)):
        choose_person(qtbot, own, timeline, person)
        assert lane().threshold == expected
    monkeypatch.setattr(Case, "calibrations", (Calibration(1, 0.2, 60, lowest + 0.1, 1),))
    choose_person(qtbot, own, timeline, 1)
    assert lane().threshold == lowest, "what is flagged lies on the line or above it"


# Selection, markers, ranges --------------------------------------------------------------------------


def select(timeline: TimelinePanel, start_s: float, stop_s: float) -> None:
    drag(
        timeline, place_of(timeline, start_s), place_of(timeline, stop_s),
        Qt.KeyboardModifier.ShiftModifier,
    )  # fmt: skip


def test_dragging_with_shift_selects_and_offers_what_to_do(
    own: Session, timeline: TimelinePanel
) -> None:
    select(timeline, 6.0, 3.0)
    assert own.selection is not None
    np.testing.assert_allclose(own.selection, [90, 180], atol=1)
    assert timeline.view.bar.isVisible()
    timeline.view.bar.buttons["baseline"].click()
    (baseline,) = own.editing.marks.ranges
    assert (baseline.kind, baseline.person) == ("baseline", None)
    assert own.selection is None
    assert not timeline.view.bar.isVisible()


def test_a_range_is_of_the_chosen_person(own: Session, timeline: TimelinePanel) -> None:
    own.choose_person(2)
    select(timeline, 3.0, 6.0)
    timeline.view.bar.buttons["excluded"].click()
    assert [(each.kind, each.person) for each in own.editing.marks.ranges] == [("excluded", 2)]
    own.choose_person(1)
    lane = timeline.view.area.lanes[lane_index(timeline.view, "markers")]
    assert isinstance(lane, MarkersLane)
    assert lane.range_at(4.0) is None


def test_a_short_shift_click_selects_nothing(own: Session, timeline: TimelinePanel) -> None:
    select(timeline, 3.0, 6.0)
    select(timeline, 5.0, 5.0)
    assert own.selection is None
    assert not timeline.view.bar.isVisible()


@pytest.mark.parametrize(
    ("first", "last", "wanted"), [(30, 90, (30, 90)), (None, 90, (0, 90)), (200, None, (200, 299))]
)
def test_in_and_out_are_selected_without_a_mouse(
    own: Session,
    timeline: TimelinePanel,
    first: int | None,
    last: int | None,
    wanted: tuple[int, int],
) -> None:
    timeline.select_stretch(first, last)
    assert own.selection == wanted
    assert timeline.view.bar.isVisible()


def test_without_in_and_out_the_chosen_event_is_selected(
    own: Session, timeline: TimelinePanel
) -> None:
    said: list[str] = []
    own.said.connect(said.append)
    timeline.select_stretch(None, None)
    assert own.selection is None
    assert "choose an event" in said[-1]
    own.choose_event(2)
    timeline.select_stretch(None, None)
    assert own.selection == (own.events[1].onset_frame, own.events[1].offset_frame)


def test_the_selection_can_be_marked_looped_and_zoomed_to(
    qtbot: QtBot, own: Session, timeline: TimelinePanel
) -> None:
    select(timeline, 3.0, 6.0)
    with qtbot.waitSignal(own.loop_wanted):
        timeline.view.bar.buttons["loop"].click()
    timeline.view.bar.buttons["zoom"].click()
    assert timeline.view.scale.span_s == pytest.approx(3.3, abs=0.2)
    timeline.view.bar.buttons["marker"].click()
    (marker,) = own.editing.marks.markers
    assert not marker.is_point


def test_m_marks_the_shown_frame_and_undo_takes_it_back(
    own: Session, timeline: TimelinePanel
) -> None:
    own.frame_was_shown(77)
    timeline.add_marker()
    assert [each.start_frame for each in own.editing.marks.markers] == [77]
    before = timeline.grab().toImage()
    own.editing.undo()
    assert own.editing.marks.markers == ()
    assert timeline.grab().toImage() != before


def test_marks_are_drawn_through_the_lanes(own: Session, timeline: TimelinePanel) -> None:
    settle(timeline)
    own.editing.add_range("excluded", 150, 240)
    settle(timeline)
    field = timeline.view.area.field_of(lane_index(timeline.view, "coverage"))
    image = timeline.view.area.viewport().grab().toImage()
    y = round(field.top()) + 1
    inside, outside = (
        {image.pixelColor(place_of(timeline, t).x() + d, y).name() for d in range(6)}
        for t in (6.5, 9.5)
    )
    assert inside != outside


def test_the_marker_at_the_frame_is_edited_else_the_one_before(
    own: Session, timeline: TimelinePanel
) -> None:
    assert timeline.marker_here() is None
    own.editing.add_marker(60, text="first")
    own.editing.add_marker(120, 180, text="second")
    for frame, text in (
        (30, "first"),
        (60, "first"),
        (100, "first"),
        (150, "second"),
        (250, "second"),
    ):
        own.frame_was_shown(frame)
        found = timeline.marker_here()
        assert found is not None
        assert found.text == text


def test_the_menu_over_a_mark_can_remove_it(own: Session, timeline: TimelinePanel) -> None:
    own.editing.add_marker(60)
    own.editing.add_range("baseline", 30, 90)
    menu = timeline.context_menu("markers", 2.0)
    actions = {action.text(): action for action in menu.actions()}
    assert {"Edit marker …", "Remove marker", "Remove baseline range"} <= set(actions)
    actions["Remove marker"].trigger()
    actions["Remove baseline range"].trigger()
    assert own.editing.marks.items == ()
    menu.close()


def test_events_can_be_clicked(own: Session, timeline: TimelinePanel) -> None:
    click(timeline, place_of(timeline, own.events[3].peak_s, "events"))
    assert own.chosen_event == 4


def judge(own: Session, event: int, answer: Answer, reviewer: str = "R. One") -> None:
    assert own.case is not None
    found = own.event_by_rank(event)
    assert found is not None
    said = Verdict(0, reviewer, found.person, found.peak_frame, answer)
    own.case.do(add_verdict(own.case.marks(), said))
    own.editing.read()
    own.editing.changed.emit()


def test_what_reviewers_said_of_an_event_is_told_by_a_sign_and_a_word(
    own: Session, timeline: TimelinePanel
) -> None:
    def lane() -> EventsLane:
        found = timeline.view.area.lanes[lane_index(timeline.view, "events")]
        assert isinstance(found, EventsLane)
        return found

    assert lane().states == {}
    for event, answer in ((1, "confirmed"), (2, "rejected"), (3, "unsure"), (4, "confirmed")):
        judge(own, event, answer)
    judge(own, 4, "rejected", "R. Two")
    assert lane().states == {1: "confirmed", 2: "rejected", 3: "unsure", 4: "disputed"}
    signs = {}
    for event in own.events[:5]:
        (entry,) = lane().entries(event.peak_s)
        signs[event.event] = entry.label.removeprefix(f"event {event.event} of 6").strip()
    assert signs == {1: "✓", 2: "✗", 3: "?", 4: "≠", 5: ""}
    assert "rejected" in lane().tip(own.events[1].peak_s, 0.01).splitlines()
    assert lane().entries(-1.0)[0].label == "6 · 4 judged"


def test_of_overlapping_events_the_head_names_the_chosen_one(own: Session) -> None:
    first, second = own.events[:2]
    over = replace(second, onset_s=first.onset_s, offset_s=first.offset_s)
    for chosen, named in ((second.event, second.event), (None, first.event)):
        lane = EventsLane(LANES_BY_ID["events"], [first, over], chosen, {})
        assert lane.entries(first.peak_s)[0].label == f"event {named} of 2"


def test_signs_can_be_told_apart_without_colour(own: Session, timeline: TimelinePanel) -> None:
    settle(timeline)
    area = timeline.view.area
    own.choose_event(None)

    def shape(event: int) -> bytes:
        """The pixels of an event's tag that differ from its ground, without their colours."""
        field = area.field_of(lane_index(timeline.view, "events"))
        x = round(area.field_left + area.scale.x_of(own.events[event - 1].peak_s, field.width()))
        box = QRect(x - 16, round(field.top()) + 3, 32, round(field.height()) - 6)
        image = area.viewport().grab(box).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return (np.abs(pixels.astype(int) - np.median(pixels)) > 40).tobytes()

    before = shape(5)
    seen = {before}
    for answer in ("confirmed", "rejected", "unsure"):
        judge(own, 5, answer)
        settle(timeline)
        seen.add(shape(5))
    assert len(seen) == 4


# Overview --------------------------------------------------------------------------------------------


def test_the_window_of_the_overview_is_dragged(timeline: TimelinePanel) -> None:
    overview = timeline.view.overview
    timeline.view.zoom_to(2.0, 4.0)
    start = overview.window.center().toPoint()
    QTest.mousePress(overview, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(overview, start + QPoint(round(0.3 * overview.width()), 0))
    QTest.mouseRelease(overview, Qt.MouseButton.LeftButton, pos=start)
    scale = timeline.view.scale
    assert scale.span_s == pytest.approx(2.0)
    assert scale.start_s == pytest.approx(2.0 + 0.3 * overview.whole.span_s, abs=0.05)


def test_an_edge_of_the_overviews_window_zooms(timeline: TimelinePanel) -> None:
    overview = timeline.view.overview
    timeline.view.zoom_to(2.0, 4.0)
    edge = QPoint(round(overview.window.right()), 10)
    QTest.mousePress(overview, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(overview, QPoint(round(overview.whole.x_of(7.0, overview.width())), 10))
    assert timeline.view.scale.start_s == pytest.approx(2.0, abs=0.05)
    assert timeline.view.scale.stop_s == pytest.approx(7.0, abs=0.05)


def test_a_click_beside_the_window_brings_it_there(timeline: TimelinePanel) -> None:
    overview = timeline.view.overview
    timeline.view.zoom_to(1.0, 2.0)
    at = QPoint(round(overview.whole.x_of(8.0, overview.width())), 10)
    QTest.mouseClick(overview, Qt.MouseButton.LeftButton, pos=at)
    scale = timeline.view.scale
    assert (scale.start_s + scale.stop_s) / 2 == pytest.approx(8.0, abs=0.05)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.25, "0.2"), (-6, "-6"), (13.7, "14"), (-487.4, "-487"), (-2672, "-2.7k"),
     (9951, "10k"), (-123_456, "-123k")],
)  # fmt: skip
def test_the_ends_of_a_range_have_room_beside_the_lane(value: float, text: str) -> None:
    assert short_number(value) == text
    assert len(text) <= 5


# Looks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wide", [260, 500, 1000, 2000])
@pytest.mark.parametrize("span", [0.5, 9.0, 60.0, 5400.0, 86_000.0])
def test_timecodes_never_touch_each_other(timeline: TimelinePanel, wide: int, span: float) -> None:
    ruler = timeline.view.ruler
    timeline.view.set_duration(span + 7)
    timeline.view.zoom_to(3.0, 3.0 + span)
    ruler.resize(wide, 24)
    metrics = ruler.fontMetrics()
    labels = ruler.labels()
    assert labels
    for (_, left, text), (_, following, _) in pairwise(labels):
        assert left + 0.8 * metrics.horizontalAdvance(text) < following
    assert len({text for _, _, text in labels}) == len(labels)


def test_missing_samples_leave_nearly_all_pixel_columns_inked(
    own: Session, timeline: TimelinePanel
) -> None:
    rng = np.random.default_rng(2)
    x = np.linspace(0, own.duration_s, 60_000)
    y = rng.random(len(x))
    y[rng.random(len(x)) < 0.03] = np.nan
    curve = LaneCurve.of("x", theme.Style("#FF00FF", "#FF00FF"), (x, y))
    lane = CurveLane(LANES_BY_ID["score"], lambda: CurveSet((curve,), 0.0, 1.0))
    area = timeline.view.area
    area.show_events((), None)
    area.show_lanes([lane], LaneLayout())
    area.set_cursor(None)
    image = area.viewport().grab().toImage()
    field = area.field_of(0)
    first, last = (round(area.field_left + area.scale.x_of(t, field.width())) for t in (0, x[-1]))
    inked = [
        any(
            image.pixelColor(column, row).name() == "#ff00ff"
            for row in range(int(field.top()), int(field.bottom()))
        )
        for column in range(first + 2, last - 2)
    ]
    assert sum(inked) / len(inked) >= 0.95


def test_without_results_the_recording_can_still_be_marked(qtbot: QtBot, recording: Path) -> None:
    session = Session()
    timeline = TimelinePanel(session)
    qtbot.addWidget(timeline)
    timeline.resize(900, 240)
    timeline.show()
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    assert names(timeline) == ["markers"]
    assert "once the recording was analysed" in timeline.view.area.words
    with qtbot.waitSignal(session.editing.changed, timeout=10_000):
        timeline.add_marker()
    assert len(session.editing.marks.markers) == 1
    session.shutdown()


def test_closing_leaves_words_on_what_to_do(own: Session, timeline: TimelinePanel) -> None:
    own.close()
    assert "appears with a recording" in timeline._empty.text
