"""Markers and ranges through the session: saved at once, taken back, and in a case of their own if need be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.case.audit import user_name
from fead_desktop.case.history import Steps
from fead_desktop.case.store import Case
from fead_desktop.gui.session import Session


@pytest.fixture
def session(qtbot: QtBot, finished_case: Path, tmp_path: Path):
    """A session with a case of its own, so that it can be written to."""
    made = Session()
    own = Path(shutil.copy(finished_case, tmp_path / "own.fead"))
    with qtbot.waitSignal(made.results_changed, timeout=10_000):
        made.open_path(own)
    yield made
    made.shutdown()


def stored(session: Session) -> list[str]:
    assert session.case is not None
    with Case.open(session.case.path) as case:
        return [each.text for each in case.marks().markers]


def test_a_marker_is_saved_with_the_time_of_its_frame(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.editing.changed):
        session.editing.add_marker(60, text="look")
    (marker,) = session.editing.marks.markers
    assert (marker.start_frame, marker.end_frame) == (60, 60)
    assert marker.start_s == pytest.approx(2.0)
    assert stored(session) == ["look"]


def test_a_marker_can_be_changed_moved_and_removed(session: Session) -> None:
    session.editing.add_marker(60, 90)
    session.editing.edit_marker(1, text="smile", colour="blue", end_frame=120)
    (marker,) = session.editing.marks.markers
    assert (marker.text, marker.colour) == ("smile", "blue")
    assert marker.end_s == pytest.approx(4.0)
    session.editing.remove_marker(1)
    assert session.editing.marks.markers == ()
    assert stored(session) == []


def test_the_log_names_who_reviews(session: Session) -> None:
    session.editing.add_marker(60)
    session.reviewing.set_reviewer("Anna")
    session.editing.undo()
    assert session.case is not None
    log = session.case.audit_log()[-2:]
    assert [(entry.action, entry.who) for entry in log] == [
        ("add marker", user_name()),
        ("undo: add marker", "Anna"),
    ]


def test_undo_and_redo_change_marks_and_say_what_they_did(qtbot: QtBot, session: Session) -> None:
    session.editing.add_range("baseline", 0, 60, person=1)
    session.editing.add_range("excluded", 100, 120)
    assert session.editing.steps == Steps("add excluded range", "")
    with qtbot.waitSignal(session.said) as said:
        session.editing.undo()
    assert said.args == ["Undone: add excluded range."]
    assert [each.kind for each in session.editing.marks.ranges] == ["baseline"]
    assert session.editing.steps == Steps("add baseline range", "add excluded range")
    with qtbot.waitSignal(session.editing.changed):
        session.editing.redo()
    assert [each.kind for each in session.editing.marks.ranges] == ["baseline", "excluded"]
    for _ in range(3):
        session.editing.undo()
    assert session.editing.marks.ranges == ()


def test_what_can_not_be_done_is_said_and_changes_nothing(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.refused) as refused:
        session.editing.add_range("excluded", 10, 10)
    assert refused.args is not None
    assert "more than one frame" in refused.args[0]
    assert session.editing.steps == Steps()


def test_marks_come_back_with_the_case_and_go_with_it(qtbot: QtBot, session: Session) -> None:
    session.editing.add_marker(30)
    assert session.case is not None
    path = session.case.path
    session.close()
    assert session.editing.marks.markers == ()
    assert session.editing.steps == Steps()
    with qtbot.waitSignal(session.editing.changed, timeout=10_000):
        session.open_path(path)
    assert len(session.editing.marks.markers) == 1
    assert session.editing.steps.undo == "add marker"


def test_a_recording_without_a_case_gets_one_with_the_first_edit(
    qtbot: QtBot, recording: Path
) -> None:
    session = Session()
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    assert session.case is None
    with qtbot.waitSignals([session.editing.changed] * 2, timeout=10_000):
        session.editing.add_marker(30, text="one")
        session.editing.add_marker(60, text="two")
    assert [each.text for each in session.editing.marks.markers] == ["one", "two"]
    assert stored(session) == ["one", "two"]
    session.shutdown()
    again = Session()
    with qtbot.waitSignal(again.editing.changed, timeout=10_000):
        again.open_path(recording)
    assert [each.text for each in again.editing.marks.markers] == ["one", "two"]
    again.shutdown()


def test_without_a_recording_a_mark_is_refused(qtbot: QtBot) -> None:
    session = Session()
    with qtbot.waitSignal(session.refused) as refused:
        session.editing.add_marker(1)
    assert refused.args is not None
    assert "Open a recording first" in refused.args[0]
    session.shutdown()


def test_closing_while_the_case_is_made_leaves_no_thread(qtbot: QtBot, recording: Path) -> None:
    session = Session()
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    session.editing.add_marker(30)
    session.shutdown()
    assert session.case is None


def test_the_selection_is_in_order_and_told_once(qtbot: QtBot, session: Session) -> None:
    told: list[object] = []
    session.selection_changed.connect(lambda: told.append(session.selection))
    session.select(90, 30)
    session.select(30, 90)
    session.deselect()
    session.deselect()
    assert told == [(30, 90), None]


def test_the_selection_can_be_looped(qtbot: QtBot, session: Session) -> None:
    session.select(30, 90)
    with qtbot.waitSignal(session.loop_wanted) as wanted:
        session.loop_selection()
    assert wanted.args == [30, 90]
