"""Borders are moved by dragging and by keys; an event is added by hand; everything goes by what was changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.report.summary import summary
from tests.helpers.words import shown_words


def chosen(window: MainWindow) -> AnomalyEvent:
    event = window.session.event_by_rank(window.session.chosen_event)
    assert event is not None
    return event


def choose(qtbot: QtBot, window: MainWindow, rank: int) -> AnomalyEvent:
    window.session.choose_event(rank)
    event = chosen(window)
    qtbot.waitUntil(lambda: window.session.frame == event.peak_frame, timeout=5_000)
    qtbot.waitUntil(window.actions_by_id["onset_here"].isEnabled)
    return event


def show(qtbot: QtBot, window: MainWindow, frame: int) -> None:
    window.session.request_frame(frame)
    qtbot.waitUntil(lambda: window.session.frame == frame, timeout=5_000)


def press(qtbot: QtBot, window: MainWindow, key: str) -> None:
    pressed = QKeySequence(key)[0]
    qtbot.keyClick(window, pressed.key(), pressed.keyboardModifiers())
    QApplication.processEvents()


def drag_border(window: MainWindow, edge: str, to_s: float) -> None:
    """Drag a border of the chosen event in the lane of the events."""
    event, view = chosen(window), window.timeline.view
    view.zoom_to(event.onset_s, event.offset_s, 2.0)
    QApplication.processEvents()
    area = view.area
    index = next(k for k, lane in enumerate(area.lanes) if lane.kind.id == "events")
    y = round(area.field_of(index).center().y())

    def place(time_s: float) -> QPoint:
        x = area.field_left + area.scale.x_of(time_s, area.field_width)
        return QPoint(round(x), y)

    start, stop = place(getattr(event, f"{edge}_s")), place(to_s)
    QTest.mousePress(area.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for share in (0.4, 1.0):
        QTest.mouseMove(area.viewport(), start + (stop - start) * share)
    QTest.mouseRelease(area.viewport(), Qt.MouseButton.LeftButton, pos=stop)
    QApplication.processEvents()


def test_borders_are_dragged_in_the_timeline(qtbot: QtBot, window: MainWindow) -> None:
    for edge, by_s, frames in (("onset", -0.2, -6), ("peak", 0.1, 3), ("offset", 0.3, 9)):
        before = choose(qtbot, window, 3)
        drag_border(window, edge, getattr(before, f"{edge}_s") + by_s)
        after = chosen(window)
        wanted = getattr(after, f"{edge}_frame")
        assert wanted - getattr(before, f"{edge}_frame") == pytest.approx(frames, abs=1)
        others = {"onset", "peak", "offset"} - {edge}
        assert all(getattr(after, f"{o}_frame") == getattr(before, f"{o}_frame") for o in others)
        assert after.original == before.extent
        qtbot.waitUntil(lambda wanted=wanted: window.session.frame == wanted, timeout=5_000)
        assert window.timeline.view.area.dragged is None
        window.session.adjusting.restore()


def test_a_dragged_border_stops_at_the_next_and_a_click_moves_nothing(
    qtbot: QtBot, window: MainWindow
) -> None:
    before = choose(qtbot, window, 3)
    drag_border(window, "onset", before.offset_s)
    assert chosen(window).onset_frame == before.peak_frame
    marks = window.session.editing.marks
    drag_border(window, "offset", chosen(window).offset_s)  # pressed and let go
    assert window.session.editing.marks == marks


def test_borders_are_set_and_moved_by_keys_and_put_back(qtbot: QtBot, window: MainWindow) -> None:
    before = choose(qtbot, window, 2)
    show(qtbot, window, before.peak_frame - 9)
    press(qtbot, window, "Ctrl+Shift+I")
    show(qtbot, window, before.peak_frame + 2)
    press(qtbot, window, "Ctrl+Shift+K")
    show(qtbot, window, before.peak_frame + 12)
    press(qtbot, window, "Ctrl+Shift+O")
    after = chosen(window)
    peak = before.peak_frame
    assert (after.onset_frame, after.peak_frame, after.offset_frame) == (
        peak - 9,
        peak + 2,
        peak + 12,
    )
    press(qtbot, window, "Alt+Left")
    press(qtbot, window, "Alt+Shift+Right")
    after = chosen(window)
    assert (after.onset_frame, after.offset_frame) == (peak - 10, peak + 13)
    qtbot.waitUntil(lambda: window.session.frame == peak + 13, timeout=5_000)
    press(qtbot, window, "Ctrl+Shift+U")
    assert chosen(window) == before
    press(qtbot, window, "Ctrl+Z")
    assert chosen(window) == after


def test_a_border_behind_the_next_is_refused_in_a_sentence(
    qtbot: QtBot, window: MainWindow
) -> None:
    before = choose(qtbot, window, 2)
    show(qtbot, window, before.peak_frame + 5)
    with qtbot.waitSignal(window.session.refused) as refused:
        press(qtbot, window, "Ctrl+Shift+I")
    assert "move the other border first" in refused.args[0]
    assert chosen(window) == before


def test_the_machines_own_borders_are_shown_and_navigation_and_files_go_by_the_new_ones(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    before = choose(qtbot, window, 2)
    show(qtbot, window, before.peak_frame + 3)
    press(qtbot, window, "Ctrl+Shift+K")
    for panel in ("queue", "why"):
        window.docks.bring_forward(panel)
        QApplication.processEvents()
        assert "machine: 00:00:02" in shown_words(window)
    session.choose_event(1)
    session.next_event()
    qtbot.waitUntil(lambda: session.frame == before.peak_frame + 3, timeout=5_000)
    assert session.case is not None
    with Case.open(session.case.path) as case:
        values = summary(case)["events"][1]
    assert values["peak_frame"] == before.peak_frame + 3
    assert values["original"]["peak_frame"] == before.peak_frame
    assert session.reviewing.others(chosen(window)), "verdicts still know the event"


def test_an_event_is_added_by_hand_marked_as_such_judged_and_removed(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    session.select(70, 90)
    with qtbot.waitSignal(session.refused) as refused:
        session.adjusting.add()
    assert "Choose the person first" in refused.args[0]
    session.choose_person(2)
    show(qtbot, window, 77)
    qtbot.waitUntil(window.actions_by_id["add_event"].isEnabled)
    press(qtbot, window, "Shift+N")
    added = chosen(window)
    assert (added.onset_frame, added.peak_frame, added.offset_frame) == (70, 77, 90)
    assert (added.person, added.added_by, added.event) == (2, "Anna", 7)
    assert session.selection is None
    row = window.events.model.row_of(added.event)
    assert "by hand" in str(window.events.model.index(row, 4).data())
    window.docks.bring_forward("queue")
    QApplication.processEvents()
    assert "added by hand by Anna" in shown_words(window)
    window.queue.judge("unsure")
    assert session.reviewing.state(added) == "unsure"
    assert session.case is not None
    with Case.open(session.case.path) as case:
        values = summary(case)["events"][-1]
        assert [each.event for each in case.machine_events()] == list(range(1, 7))
    assert (values["view"], values["added_by"], values["score"]) == ("by hand", "Anna", None)
    session.choose_event(added.event)
    qtbot.waitUntil(window.actions_by_id["remove_event"].isEnabled)
    press(qtbot, window, "Shift+Del")
    assert len(session.events) == 6


def test_another_reviewers_addition_looks_like_an_event_in_a_blind_pass(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    session.reviewing.set_reviewer("Ben")
    session.choose_person(1)
    session.select(70, 90)
    session.adjusting.add()
    session.choose_person(None)
    session.reviewing.set_reviewer("Anna")
    window.begin_review()
    added = next(event for event in session.events if event.added_by)
    session.choose_event(added.event)
    window.docks.bring_forward("queue")
    QApplication.processEvents()
    told = shown_words(window)
    assert "by hand by" not in told
    assert "Ben" not in told
    assert not window.actions_by_id["remove_event"].isEnabled()
    assert session.reviewing.left == 7


def test_borders_that_another_reviewer_moved_are_not_seen_before_the_verdict(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    before = choose(qtbot, window, 2)
    session.reviewing.set_reviewer("Ben")
    session.adjusting.move_edge("onset", -5)
    session.reviewing.set_reviewer("Anna")
    assert session.events[1].onset_frame == before.onset_frame - 5
    session.reviewing.set_blind(True)
    assert session.events[1] == before
    session.choose_event(2)
    window.queue.judge("confirmed")
    assert session.events[1].onset_frame == before.onset_frame - 5
