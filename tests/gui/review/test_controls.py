"""Controls in a blind pass: before its verdict nothing tells one from an event, and after it nothing tells the rest."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.case.training import PlantedMoment, Training
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.session import Session
from fead_desktop.review.controls import NOT_FLAGGED
from fead_desktop.review.verdict import moment_of
from fead_desktop.video.timebase import format_timecode
from tests.gui.review.conftest import OpenWindow
from tests.helpers.words import shown_words

EVENTS = 6


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """A window in which Anna's blind pass has begun, with about a control for every second event."""
    made = open_window(share=0.5)
    made.begin_review()
    return made


def controls_of(session: Session) -> set[tuple[int, int]]:
    return {each.moment for each in session.editing.marks.controls}


def present(session: Session) -> AnomalyEvent:
    event = session.event_by_rank(session.chosen_event)
    assert event is not None
    return event


def judge(window: MainWindow, *, careful: bool = True) -> AnomalyEvent:
    """Confirm the present moment; a careful reviewer rejects a control."""
    event = present(window.session)
    is_control = moment_of(event) in controls_of(window.session)
    window.queue.judge("rejected" if careful and is_control else "confirmed")
    return event


def judge_all(window: MainWindow, *, careful: bool = True, but: int = 0) -> None:
    while window.session.reviewing.left > but:
        judge(window, careful=careful)


def meet_all(session: Session) -> None:
    """Pass over every moment once, so that all can be seen."""
    for _ in session.reviewing.queue():
        session.reviewing.skip()
    assert len(session.events) == len(session.reviewing.everything)


def told_of(event: AnomalyEvent) -> set[str]:
    """Words that tell what the program says of an event."""
    return {f"{event.score:.2f}", f"Event {event.event} ", *map(str, event.reasons)}


def test_moments_come_one_at_a_time_in_the_order_of_time(window: MainWindow) -> None:
    session, queue = window.session, window.session.reviewing.queue()
    assert len(queue) == EVENTS + len(controls_of(session)) > EVENTS
    assert {moment_of(event) for event in queue} >= controls_of(session)
    frames = [event.peak_frame for event in queue]
    assert frames == sorted(frames)
    for k, event in enumerate(queue):
        assert session.chosen_event == event.event
        assert len(session.events) == k + 1
        assert [each.event for each in window.events.model.events] == [
            each.event for each in queue[: k + 1]
        ]
        assert window.queue.progress.text().startswith(f"{k} judged")
        assert session.reviewing.figures is None
        judge(window)
    assert session.reviewing.figures is not None


def test_before_its_verdict_nothing_tells_of_a_moment_and_after_it_all_does(
    window: MainWindow,
) -> None:
    session = window.session
    others = {"zebra", "Ben", "Confirmed controls", "Confirmed events", "Agreement"}
    queue = session.reviewing.queue()
    for k, event in enumerate(queue):
        still = set().union(*(told_of(each) for each in queue[k:]))
        # Made events share their reasons: those of the judged ones are known.
        still = still.difference(*(told_of(each) for each in queue[:k]))
        still |= {format_timecode(each.peak_s) for each in queue[k + 1 :]}
        still |= others if k == 0 else {"Confirmed controls", "Confirmed events", "Agreement"}
        for panel in ("why", "queue"):
            window.docks.bring_forward(panel)
            QApplication.processEvents()
            words = shown_words(window)
            assert [each for each in still if each in words] == []
        is_control = moment_of(event) in controls_of(session)
        judge(window)
        if k + 1 < len(queue):
            told = NOT_FLAGGED if is_control else f"event {event.event}, score {event.score:.2f}"
            assert told in window.queue.before.text()
            assert ("Ben" in window.queue.before.text()) is not is_control
    session.choose_event(1)
    told = shown_words(window)
    assert "Confirmed controls: 0 of" in told
    assert "zebra" in told


def test_going_back_shows_what_was_hidden_and_a_second_answer_is_kept_beside_the_first(
    window: MainWindow,
) -> None:
    session = window.session
    first, following = judge(window), present(session)
    session.previous_event()
    assert moment_of(present(session)) == moment_of(first)
    words = shown_words(window)
    if moment_of(first) in controls_of(session):
        assert NOT_FLAGGED in words
    else:
        assert all(each in words for each in told_of(first))
    window.queue.judge("unsure")
    given = [v for v in session.editing.marks.verdicts if v.reviewer == "Anna"]
    assert [each.moment for each in given] == [moment_of(first)] * 2
    assert [each.blind for each in given] == [True, False]
    assert given[0].answer != given[1].answer
    assert moment_of(present(session)) == moment_of(
        following
    )  # and what comes next is hidden as before
    assert session.reviewing.hides(following)


def test_a_person_whose_moments_are_still_to_come_is_gone_on_with(window: MainWindow) -> None:
    session = window.session
    other = 3 - present(session).person
    session.choose_person(other)
    assert window.events.model.events == []
    assert "One moment comes at a time" in shown_words(window.events)
    window.begin_review()
    assert present(session).person == other
    assert len(window.events.model.events) == 1


def test_an_event_added_in_the_midst_moves_no_control(window: MainWindow) -> None:
    session = window.session
    before = {event.event: event.extent for event in session.reviewing.everything}
    session.choose_person(1)
    session.select(2, 8)
    session.adjusting.add()
    session.choose_person(None)
    everything = session.reviewing.everything
    assert {e.event: e.extent for e in everything if not e.added_by} == before
    assert len(everything) == len(before) + 1
    assert session.reviewing.left == len(before)


def picture(window: MainWindow) -> QImage:
    QApplication.processEvents()
    QApplication.processEvents()
    return window.grab().toImage()


def show_anew(session: Session) -> None:
    session.reviewing.renew()
    session.results_changed.emit()
    session.reviewing.changed.emit()
    session.events_changed.emit()


def swap(session: Session) -> None:
    """Let a control and an event of the same person change places; nobody else knows."""
    control = session.editing.marks.controls[0]
    at, event = next((k, e) for k, e in enumerate(session.found) if e.person == control.person)
    session.found[at] = replace(event, **asdict(control.extent))
    swapped = replace(control, **asdict(event.extent))
    others = session.editing.marks.controls[1:]
    session.editing.marks = replace(session.editing.marks, controls=(swapped, *others))
    show_anew(session)


def pictures_at(
    qtbot: QtBot, window: MainWindow, moments: list[tuple[int, int]]
) -> list[tuple[QImage, str]]:
    session, found = window.session, []
    for moment in moments:
        event = next(each for each in session.events if moment_of(each) == moment)
        session.choose_event(event.event)
        qtbot.waitUntil(lambda event=event: session.frame == event.peak_frame, timeout=5_000)
        qtbot.waitUntil(lambda: len(window.player.filmstrip.images) > 8, timeout=5_000)
        qtbot.waitUntil(lambda: window.timeline.is_current)
        found.append((picture(window), shown_words(window)))
    return found


@pytest.mark.parametrize("blind", [True, False])
def test_the_painted_window_is_the_same_where_a_control_and_an_event_change_places(
    qtbot: QtBot, window: MainWindow, blind: bool
) -> None:
    """Score lane, event regions, overview, table, seek bar and all the rest, pixel by pixel."""
    session = window.session
    meet_all(session)
    control = session.editing.marks.controls[0]
    event = next(e for e in session.found if e.person == control.person)
    moments = [control.moment, moment_of(event)]
    if not blind:
        session.reviewing.blind = False
        session.reviewing.hiding_changed.emit()
        show_anew(session)
        moments = moments[1:]
    before = pictures_at(qtbot, window, moments)
    swap(session)
    if not blind:
        moments = [control.moment]
    after = pictures_at(qtbot, window, moments)
    assert (before == after) is blind
    lanes = {each.kind.id for each in window.timeline.view.area.lanes}
    assert ("score" in lanes) is not blind


def test_the_painted_window_is_the_same_whatever_is_still_to_come(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    judge(window)
    judge(window)
    here = [moment_of(present(session))]
    before = pictures_at(qtbot, window, here)
    marks = session.editing.marks
    met = {moment_of(each) for each in session.events}
    gone = len(session.reviewing.everything) - len(met)
    assert gone >= EVENTS - 3
    session.found[:] = [each for each in session.found if moment_of(each) in met]
    kept = tuple(each for each in marks.controls if each.moment in met)
    # One is left somewhere, or the pass would have no controls.
    elsewhere = replace(marks.controls[-1], onset_frame=0, peak_frame=1, offset_frame=2, person=2)
    session.editing.marks = replace(marks, controls=kept or (elsewhere,))
    show_anew(session)
    assert pictures_at(qtbot, window, here) == before


def test_once_the_pass_is_over_controls_are_gone_and_their_figures_shown(
    window: MainWindow,
) -> None:
    session = window.session
    controls = len(controls_of(session))
    judge_all(window, careful=False)
    assert session.case is not None
    with Case.open(session.case.path) as case:  # nothing had to be saved
        marks = case.marks()
    own = [each for each in marks.verdicts if each.reviewer == "Anna"]
    assert len(own) == EVENTS + controls
    assert all(each.blind for each in own)
    assert all(each.ended for each in marks.controls)
    assert [event.event for event in session.events] == list(range(1, EVENTS + 1))
    assert not session.reviewing.has_controls
    figures = session.reviewing.figures
    assert figures is not None
    assert (figures.false_confirmations.said, figures.false_confirmations.of) == (controls,) * 2
    assert (figures.events.said, figures.events.of) == (6, 6)
    assert f"Confirmed controls: {controls} of {controls}" in window.queue.seen.text()
    assert "Agreement" in window.queue.seen.text()
    assert f"on {EVENTS} events" in window.queue.seen.text()
    session.editing.undo()
    assert session.reviewing.has_controls
    assert len(session.events) == EVENTS + controls
    assert session.reviewing.left == 1
    assert "Confirmed controls" not in window.queue.seen.text()


def test_a_pass_goes_on_blind_with_the_same_controls_when_the_case_is_opened_again(
    window: MainWindow, open_window: OpenWindow
) -> None:
    session = window.session
    assert session.case is not None
    window.queue.judge("confirmed")
    path, before = session.case.path, [event.extent for event in session.events]
    everything = [event.extent for event in session.reviewing.everything]
    window.close()
    again = open_window(path, share=0.5)
    assert again.session.reviewing.blind
    assert [event.extent for event in again.session.events] == before
    assert [event.extent for event in again.session.reviewing.everything] == everything
    assert again.session.reviewing.left == len(everything) - 1
    again.begin_review()
    assert [event.extent for event in again.session.reviewing.everything] == everything


def test_showing_everything_in_the_midst_ends_the_pass(window: MainWindow) -> None:
    session = window.session
    judged_controls = 0
    while judged_controls < 1:
        judged_controls += moment_of(present(session)) in controls_of(session)
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
    moments = {moment_of(event) for event in session.reviewing.everything}
    assert cleos <= moments
    assert not annas & moments
    assert "zebra" not in shown_words(window)
    assert session.reviewing.others(session.events[0]) == []


def test_planted_moments_of_a_training_copy_are_mixed_in_unmarked_and_told_after_the_verdict(
    open_window: OpenWindow, judged_case: Path, tmp_path: Path
) -> None:
    own = tmp_path / "training.fead"
    own.write_bytes(judged_case.read_bytes())
    with Case.open(own) as case:
        first, *_ = case.events()
        planted = PlantedMoment(first.person, "wider smile", 5.0, replace(first.extent))
        case.put_training(Training("0" * 64, 1, (planted,)))
    window = open_window(own)  # no share of ordinary moments
    session = window.session
    window.begin_review()
    queue = session.reviewing.queue()
    assert len(queue) == EVENTS  # the event at its place is that moment, and is not judged twice
    assert first.event not in {each.event for each in queue}
    for event in queue:
        assert session.chosen_event == event.event
        assert planted.words not in shown_words(window)
        window.queue.judge("confirmed")
        if moment_of(event) == (first.person, first.peak_frame) and session.reviewing.left:
            assert planted.words in window.queue.before.text()
            session.choose_event(event.event)
            assert planted.words in shown_words(window.events)
            session.choose_event(next(e for e in queue if session.reviewing.is_open(e)).event)
            window.queue.before.clear()
            break
    judge_all(window)
    assert "Confirmed planted moments: 1 of 1" in window.queue.seen.text()
    assert session.reviewing.left == 0
    own = session.reviewing.own(session.events[0])
    assert own is not None
    assert own.answer == "confirmed"
    assert [each.event for each in session.events] == list(range(1, EVENTS + 1))


def test_without_a_share_there_are_none_and_the_share_is_remembered(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window()
    window.begin_review()
    assert window.session.editing.marks.controls == ()
    assert len(window.session.events) == EVENTS
    window.queue.share.setFocus()
    window.queue.share.setValue(30)
    window.queue.typed.emit()
    qtbot.waitUntil(lambda: window.settings.control_share == pytest.approx(0.3))
    window.session.reviewing.set_reviewer("Cleo")
    window.begin_review()
    assert window.session.editing.marks.controls != ()
