"""Controls in a blind pass: nothing that is said or painted tells them from events before the pass is over."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.case.store import Case
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.review.moments import extent_of
from fead_desktop.review.verdict import moment_of
from tests.gui.review.conftest import OpenWindow
from tests.helpers.words import shown_words

EVENTS, CONTROLS = 6, 3


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """A window in which Anna's blind pass has begun, with a control for every second event."""
    made = open_window(share=0.5)
    made.begin_review()
    return made


def controls_of(session: Session) -> set[tuple[int, int]]:
    return {each.moment for each in session.editing.marks.controls}


def judge_all(window: MainWindow, *, careful: bool = True, but: int = 0) -> None:
    """Confirm the events; a careful reviewer rejects the controls."""
    session = window.session
    while session.reviewing.left > but:
        event = session.event_by_rank(session.chosen_event)
        assert event is not None
        is_control = moment_of(event) in controls_of(session)
        window.queue.judge("rejected" if careful and is_control else "confirmed")


def test_controls_are_mixed_in_by_time_and_count_like_events(window: MainWindow) -> None:
    session = window.session
    assert len(session.editing.marks.controls) == CONTROLS
    queue = session.reviewing.queue()
    frames = [event.peak_frame for event in queue]
    assert len(queue) == EVENTS + CONTROLS
    assert frames == sorted(frames)
    assert [event.event for event in window.events.model.events] == [e.event for e in queue]
    assert window.queue.progress.text().startswith("9 of 9 left")
    assert {moment_of(event) for event in queue} >= controls_of(session)
    assert len(session.events_of(1)) + len(session.events_of(2)) == len(session.events) == 9
    visited = [session.chosen_event]
    for _ in range(8):
        session.next_event()
        visited.append(session.chosen_event)
    assert visited == [event.event for event in queue]
    assert session.reviewing.figures is None


def test_no_word_of_the_window_tells_a_control_and_no_verdict_on_one_does(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    words = {
        "zebra",
        "Ben",
        "Confirmed controls",
        "Confirmed events",
        "Agreement",
        "nan",
        "by hand by",
    }
    words |= {f"{event.score:.2f}" for event in session.found if event.score > 1}
    words |= {str(reason) for event in session.found for reason in event.reasons}
    words |= {f"event {event.event} " for event in session.found}
    for panel in ("why", "queue"):
        window.docks.bring_forward(panel)
        QApplication.processEvents()
        assert [each for each in words if each.casefold() in shown_words(window).casefold()] == []
    judge_all(window, but=1)
    for event in session.reviewing.queue():
        session.choose_event(event.event)
        for panel in ("why", "queue"):
            window.docks.bring_forward(panel)
            QApplication.processEvents()
            told = shown_words(window).casefold()
            assert [each for each in words if each.casefold() in told] == []
    judge_all(window)
    session.choose_event(1)
    told = shown_words(window)
    assert "Confirmed controls: 0 of 3" in told
    assert "zebra" in told


def test_an_event_added_in_the_midst_moves_no_control(window: MainWindow) -> None:
    session = window.session
    before = {event.event: event.extent for event in session.events}
    session.choose_person(1)
    session.select(2, 8)
    session.adjusting.add()
    session.choose_person(None)
    after = {event.event: event.extent for event in session.events if not event.added_by}
    assert after == before
    assert len(session.events) == EVENTS + CONTROLS + 1
    assert session.reviewing.left == EVENTS + CONTROLS


def picture(window: MainWindow) -> QImage:
    QApplication.processEvents()
    QApplication.processEvents()
    return window.grab().toImage()


def swap(session: Session) -> None:
    """Let a control and an event of the same person change places; nobody else knows."""
    control = session.editing.marks.controls[0]
    at, event = next((k, e) for k, e in enumerate(session.found) if e.person == control.person)
    session.found[at] = replace(event, **asdict(extent_of(control)))
    swapped = replace(control, **asdict(event.extent))
    others = session.editing.marks.controls[1:]
    session.editing.marks = replace(session.editing.marks, controls=(swapped, *others))
    session.reviewing.renew()
    session.results_changed.emit()
    session.reviewing.changed.emit()
    session.events_changed.emit()


@pytest.mark.parametrize("blind", [True, False])
def test_the_painted_window_is_the_same_where_a_control_and_an_event_change_places(
    qtbot: QtBot, window: MainWindow, blind: bool
) -> None:
    """Score lane, event regions, overview, table, seek bar and all the rest, pixel by pixel."""
    session = window.session
    if not blind:
        session.reviewing.blind = False
        session.reviewing.renew()
        session.reviewing.hiding_changed.emit()
        session.results_changed.emit()
        session.reviewing.changed.emit()
    pictures = []
    for turned in (False, True):
        if turned:
            swap(session)
        pictures_of = []
        for event in sorted(session.events, key=lambda each: each.peak_frame)[:3]:
            session.choose_event(event.event)
            qtbot.waitUntil(lambda event=event: session.frame == event.peak_frame, timeout=5_000)
            qtbot.waitUntil(lambda: len(window.player.filmstrip.images) > 8, timeout=5_000)
            pictures_of.append(picture(window))
        pictures.append(pictures_of)
    assert (pictures[0] == pictures[1]) is blind
    lanes = {each.kind.id for each in window.timeline.view.area.lanes}
    assert ("score" in lanes) is not blind


def test_once_the_pass_is_over_controls_are_gone_and_their_figures_shown(
    window: MainWindow,
) -> None:
    session = window.session
    judge_all(window, careful=False)
    assert session.case is not None
    with Case.open(session.case.path) as case:  # nothing had to be saved
        marks = case.marks()
    own = [each for each in marks.verdicts if each.reviewer == "Anna"]
    assert len(own) == EVENTS + CONTROLS
    assert all(each.blind for each in own)
    assert all(each.ended for each in marks.controls)
    assert [event.event for event in session.events] == list(range(1, EVENTS + 1))
    assert not session.reviewing.has_controls
    figures = session.reviewing.figures
    assert figures is not None
    assert (figures.false_confirmations.said, figures.false_confirmations.of) == (3, 3)
    assert (figures.events.said, figures.events.of) == (6, 6)
    assert "Confirmed controls: 3 of 3" in window.queue.seen.text()
    assert "Agreement" in window.queue.seen.text()
    assert f"on {EVENTS} events" in window.queue.seen.text()
    session.editing.undo()
    assert session.reviewing.has_controls
    assert len(session.events) == EVENTS + CONTROLS
    assert session.reviewing.left == 1
    assert "Confirmed controls" not in window.queue.seen.text()


def test_a_pass_goes_on_blind_with_the_same_controls_when_the_case_is_opened_again(
    window: MainWindow, open_window: OpenWindow
) -> None:
    session = window.session
    assert session.case is not None
    window.queue.judge("confirmed")
    path, before = session.case.path, [event.extent for event in session.events]
    window.close()
    again = open_window(path, share=0.5)
    assert again.session.reviewing.blind
    assert [event.extent for event in again.session.events] == before
    assert again.session.reviewing.left == EVENTS + CONTROLS - 1
    again.begin_review()
    assert len(again.session.editing.marks.controls) == CONTROLS


def test_showing_everything_in_the_midst_ends_the_pass(window: MainWindow) -> None:
    session = window.session
    judged_controls = 0
    while judged_controls < 1:
        event = session.event_by_rank(session.chosen_event)
        assert event is not None
        judged_controls += moment_of(event) in controls_of(session)
        window.queue.judge("rejected")
    session.reviewing.set_blind(False)
    assert len(session.events) == EVENTS
    assert len(session.editing.marks.controls) == 1
    figures = session.reviewing.figures
    assert figures is not None
    assert figures.false_confirmations.of == 1
    session.reviewing.set_blind(True)  # what is left of the pass has no controls
    assert len(session.events) == EVENTS


def test_each_reviewer_has_controls_of_their_own_and_sees_no_others(window: MainWindow) -> None:
    session = window.session
    annas = controls_of(session)
    judge_all(window)
    session.reviewing.set_reviewer("Cleo")
    window.begin_review()
    cleos = controls_of(session) - annas
    assert cleos
    moments = {moment_of(event) for event in session.events}
    assert cleos <= moments
    assert not annas & moments
    assert "zebra" not in shown_words(window)
    assert session.reviewing.others(session.events[0]) == []


def test_without_a_share_there_are_none_and_the_share_is_remembered(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    window.begin_review()
    assert window.session.editing.marks.controls == ()
    window.queue.share.setFocus()
    window.queue.share.setValue(30)
    window.queue.typed.emit()
    qtbot.waitUntil(lambda: window.settings.control_share == pytest.approx(0.3))
    window.session.reviewing.set_reviewer("Cleo")
    window.begin_review()
    assert len(window.session.editing.marks.controls) == 2
