"""The queue: judged by keys alone, blind first, each reviewer apart, and nothing told before the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from fead_desktop.case import edits
from fead_desktop.case.store import Case
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.review.verdict import ANSWERS, REASONS, Verdict, moment_of
from tests.helpers.cases import make_case
from tests.helpers.words import shown_words

EVENTS = 50


@pytest.fixture(scope="module")
def long_case(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Path:
    """Fifty events, all judged by another reviewer with a word that stands nowhere else."""
    path = make_case(tmp_path_factory.mktemp("cases") / "long.fead", recording, events=EVENTS)
    with Case.open(path) as case:
        case._db.execute("PRAGMA synchronous = OFF")
        for k, event in enumerate(case.events()):
            other = Verdict(
                0, "Ben", *moment_of(event), ANSWERS[k % 2], note="zebra", time_utc="2026-01-01"
            )
            case.do(edits.add_verdict(case.marks(), other))
    return path


@pytest.fixture
def window(qtbot: QtBot, long_case: Path, tmp_path: Path) -> Iterator[MainWindow]:
    own = tmp_path / "own.fead"
    own.write_bytes(long_case.read_bytes())
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    made.activateWindow()
    session = made.session
    with qtbot.waitSignals([session.results_changed, session.frame_shown], timeout=15_000):
        session.open_path(own)
    session.reviewing.set_reviewer("Anna")
    yield made
    made.close()


def press(qtbot: QtBot, *keys: str) -> None:
    """Press keys where the focus is, as a person would."""
    for key in keys:
        at = QApplication.focusWidget()
        assert at is not None
        pressed = QKeySequence(key)[0]
        qtbot.keyClick(at, pressed.key(), pressed.keyboardModifiers())


def own_verdicts(window: MainWindow) -> list[Verdict]:
    return [each for each in window.session.editing.marks.verdicts if each.reviewer == "Anna"]


def test_fifty_events_are_judged_with_keys_alone(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    press(qtbot, "V")
    in_time = sorted(session.events, key=lambda event: event.peak_frame)
    for k, event in enumerate(in_time):
        assert session.chosen_event == event.event
        qtbot.waitUntil(lambda event=event: session.frame == event.peak_frame, timeout=5_000)
        assert window.queue.progress.text().startswith(f"{EVENTS - k} of {EVENTS} left")
        if k == 0:
            press(qtbot, "Y", "Y", "4", "Ctrl+N")
            qtbot.keyClicks(QApplication.focusWidget(), "a r u d")
            press(qtbot, "Return", "Ctrl+T")
            qtbot.keyClicks(QApplication.focusWidget(), "left, mouth")
            press(qtbot, "Return")
        press(qtbot, "ARU"[k % 3])
        assert not [
            each
            for each in QApplication.topLevelWidgets()
            if isinstance(each, QDialog) and each.isVisible()
        ]
    given = own_verdicts(window)
    assert [(each.person, each.peak_frame) for each in given] == [
        moment_of(each) for each in in_time
    ]
    assert [each.answer for each in given] == [ANSWERS[k % 3] for k in range(EVENTS)]
    first = given[0]
    assert (first.reason, first.confidence, first.note, first.tags) == (
        REASONS[1],
        4,
        "a r u d",
        "left, mouth",
    )
    assert (given[1].reason, given[1].confidence, given[1].note) == ("", None, "")
    assert all(each.blind for each in given)
    assert window.queue.progress.text().startswith(f"0 of {EVENTS} left")
    assert session.case is not None
    with Case.open(session.case.path) as case:  # nothing had to be saved
        assert len(case.marks().verdicts) == 2 * EVENTS


def test_after_the_last_event_agreement_is_shown(window: MainWindow) -> None:
    reviewing = window.session.reviewing
    reviewing.begin()
    for k in range(EVENTS):
        assert "κ" not in window.queue.seen.text()
        window.queue.judge(ANSWERS[k % 2])
    assert reviewing.left == 0
    assert f"on {EVENTS} events" in window.queue.seen.text()
    assert "Cohen's κ" in window.queue.seen.text()


def test_once_all_are_judged_the_disputed_ones_are_gone_through(
    qtbot: QtBot, window: MainWindow
) -> None:
    reviewing, session = window.session.reviewing, window.session
    reviewing.begin()
    for k in range(EVENTS):  # Ben confirmed and rejected by turns
        window.queue.judge("unsure" if k in {7, 30} else ANSWERS[k % 2])
    visited = []
    for _ in range(3):
        press(qtbot, "V")
        visited.append(session.chosen_event)
    assert visited == [8, 31, 8]


def test_what_is_skipped_comes_again_at_the_end(window: MainWindow) -> None:
    session = window.session
    session.reviewing.begin()
    first = session.chosen_event
    session.reviewing.skip()
    assert session.chosen_event != first
    assert own_verdicts(window) == []
    for _ in range(EVENTS - 1):
        window.queue.judge("unsure")
    assert session.chosen_event == first


def test_undo_takes_a_verdict_back_and_the_event_waits_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.session.reviewing.begin()
    first = window.session.event_by_rank(window.session.chosen_event)
    assert first is not None
    qtbot.waitUntil(window.actions_by_id["confirm"].isEnabled)
    press(qtbot, "A")
    assert window.session.reviewing.state(first) != "unreviewed"
    qtbot.waitUntil(window.actions_by_id["undo"].isEnabled)
    press(qtbot, "Ctrl+Z")
    assert own_verdicts(window) == []
    assert window.session.reviewing.left == EVENTS
    assert window.session.reviewing.hides(first)
    qtbot.waitUntil(window.actions_by_id["redo"].isEnabled)
    press(qtbot, "Ctrl+Y")
    assert [each.answer for each in own_verdicts(window)] == ["confirmed"]


def test_a_second_answer_is_kept_beside_the_blind_one(window: MainWindow) -> None:
    session = window.session
    session.reviewing.begin()
    first = session.chosen_event
    window.queue.judge("confirmed")
    session.choose_event(first)
    window.queue.judge("rejected")
    assert [(each.answer, each.blind) for each in own_verdicts(window)] == [
        ("confirmed", True),
        ("rejected", False),
    ]


def test_a_new_reason_joins_the_list_and_can_be_dropped(qtbot: QtBot, window: MainWindow) -> None:
    window.session.reviewing.begin()
    window.queue.reason.setEditText("laughs")
    window.queue.judge("confirmed")
    assert own_verdicts(window)[0].reason == "laughs"
    assert window.queue.reason.findText("laughs") == len(REASONS) + 1
    window.queue.reason.setCurrentIndex(1)
    press(qtbot, "Ctrl+Shift+Y")
    assert window.session.editing.marks.reasons == (*REASONS[1:], "laughs")


# Blind first ----------------------------------------------------------------------------------------


def telling(window: MainWindow) -> set[str]:
    """Words that would give the machine's or another reviewer's opinion away."""
    words = {"zebra", "Ben", "score ", "Flagged by", "flagged"}
    for event in window.session.events:
        if event.score > 1:  # less could be a time
            words.add(f"{event.score:.2f}")
        words.add(f"Event {event.event} ")
        words |= {reason.label for reason in event.reasons}
    return words


@pytest.mark.parametrize("panel", ["queue", "events", "why"])
def test_nothing_is_told_before_the_verdict_and_all_after_it(
    qtbot: QtBot, window: MainWindow, panel: str
) -> None:
    session, words = window.session, telling(window)
    session.reviewing.begin()
    first = session.chosen_event
    window.docks.bring_forward(panel)
    widget = window.docks.by_name[panel].widget()
    assert widget is not None
    qtbot.waitUntil(widget.isVisible)
    assert [each for each in words if each in shown_words(widget)] == []
    window.queue.judge("confirmed")
    session.choose_event(first)
    told = shown_words(widget)
    expected = {"queue": "zebra", "events": "12.00", "why": f"Event {first} "}
    assert expected[panel] in told


def test_no_widget_of_the_whole_window_tells_before_the_verdict(
    qtbot: QtBot, window: MainWindow
) -> None:
    session, words = (
        window.session,
        telling(window) - {"flagged", "score "},
    )  # words of the settings too
    # Names of measures stand in lanes and choices for every event alike.
    words -= {reason.label for event in session.events for reason in event.reasons}
    words |= {str(reason) for event in session.events for reason in event.reasons}
    session.reviewing.begin()
    for panel in ("why", "queue"):
        window.docks.bring_forward(panel)
        QApplication.processEvents()
        assert [each for each in words if each in shown_words(window)] == []
    session.reviewing.set_blind(False)
    assert [each for each in words if each in shown_words(window)] != []


def test_the_order_gives_nothing_away(window: MainWindow) -> None:
    session = window.session
    # The last in time is the most unusual.
    ranked = [replace(each, event=EVENTS + 1 - each.event) for each in reversed(session.events)]
    session.events = ranked
    session.reviewing.begin()
    frames = [event.peak_frame for event in window.events.model.events]
    assert frames == sorted(frames)
    session.next_event()
    at = session.event_by_rank(session.chosen_event)
    assert at is not None
    assert at.peak_frame == frames[1]
    session.reviewing.set_blind(False)
    assert [event.event for event in window.events.model.events] == [e.event for e in ranked]


def test_only_a_first_pass_begins_blind(window: MainWindow) -> None:
    reviewing = window.session.reviewing
    assert not reviewing.blind
    reviewing.begin()
    assert reviewing.blind
    window.queue.judge("unsure")
    reviewing.set_blind(False)
    reviewing.begin()
    assert not reviewing.blind
    reviewing.set_reviewer("Cleo")
    assert reviewing.left == EVENTS
    reviewing.begin()
    assert reviewing.blind


def test_another_reviewers_verdicts_are_apart_and_disagreement_is_seen(window: MainWindow) -> None:
    session = window.session
    session.reviewing.begin()
    first = session.event_by_rank(session.chosen_event)
    assert first is not None
    assert session.reviewing.others(first) == []
    window.queue.judge("unsure")
    assert session.reviewing.state(first) == "disputed"
    assert [each.reviewer for each in session.reviewing.others(first)] == ["Ben"]
    row = window.events.model.row_of(first.event)
    assert window.events.model.index(row, 7).data() == "≠"


def opposite(window: MainWindow) -> None:
    """Let the ranks, scores, reasons and verdicts of others be the other way round, the moments the same."""
    session = window.session
    usual = [each.reasons for each in session.events]
    session.events = [
        replace(each, event=EVENTS + 1 - each.event, score=-each.score, reasons=reasons[::-1])
        for each, reasons in zip(reversed(session.events), usual, strict=True)
    ]
    scores = {person: session.scores(person) for person in (1, 2)}
    session._scores = {
        person: replace(each, scores={name: -curve for name, curve in each.scores.items()})
        for person, each in scores.items()
        if each is not None
    }
    session.results_changed.emit()


@pytest.mark.parametrize("blind", [True, False])
def test_the_painted_timeline_tells_nothing_while_blind(
    qtbot: QtBot, window: MainWindow, blind: bool
) -> None:
    session = window.session
    session.reviewing.set_blind(blind)
    at = session.events[10]
    pictures, words = [], []
    for turned in (False, True):
        if turned:
            opposite(window)
        chosen = next(each for each in session.events if moment_of(each) == moment_of(at))
        session.choose_event(chosen.event)
        qtbot.waitUntil(lambda: session.frame == at.peak_frame, timeout=5_000)
        qtbot.waitUntil(lambda: window.timeline.is_current)
        QApplication.processEvents()
        pictures.append(window.timeline.view.grab().toImage())
        lane = next(each for each in window.timeline.view.area.lanes if each.kind.id == "events")
        words.append((lane.tip(at.peak_s, 0.01), lane.entries(at.peak_s)))
    assert (pictures[0] == pictures[1]) is blind
    assert (words[0] == words[1]) is blind
    shown = {each.kind.id for each in window.timeline.view.area.lanes}
    assert ("score" not in shown) is blind
    if blind:
        assert "Ben" not in words[0][0]
        assert "≠" not in str(words)
