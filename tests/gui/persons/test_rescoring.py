"""After an edit the scores are shown as out of date until they are made anew, by itself and in the background."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CaseError
from fead_desktop.gui import person_editing
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.person_model import STALE
from fead_desktop.gui.session import Session
from tests.helpers.person_cases import FakeRescore


@pytest.fixture(autouse=True)
def _short_rest(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.person_editing._rest.setInterval(50)


def words(gallery: PersonGallery, person: int | None) -> str:
    model = gallery.model
    return str(model.index(model.row_of(person), 0).data(Qt.ItemDataRole.ToolTipRole))


def test_an_edit_is_scored_by_itself_a_moment_later(
    qtbot: QtBot, gallery: PersonGallery, session: Session, rescore: FakeRescore
) -> None:
    editing = session.person_editing
    editing.merge([1, 3])
    assert editing.stale == (1,)
    assert editing.waits_to_rescore
    assert STALE in words(gallery, 1)
    assert STALE not in words(gallery, 2)
    assert gallery.stale.isVisible()
    assert "Person 1" in gallery.stale.said.text()
    with qtbot.waitSignal(editing.progressed, timeout=5_000):
        pass
    assert editing.is_rescoring
    assert gallery.stale.bar.maximum() > 0
    rescore.go_on.set()
    qtbot.waitUntil(lambda: not editing.is_stale, timeout=5_000)
    assert STALE not in words(gallery, 1)
    assert not gallery.stale.isVisible()
    assert max(event.score for event in session.events) > 90


def test_two_edits_in_a_row_are_scored_once(
    qtbot: QtBot, session: Session, rescore: FakeRescore
) -> None:
    rescore.go_on.set()
    session.person_editing.merge([1, 3])
    session.person_editing.ignore([2])
    qtbot.waitUntil(lambda: not session.person_editing.is_stale, timeout=5_000)
    assert rescore.calls == 1


def test_an_edit_meanwhile_begins_again(
    qtbot: QtBot, session: Session, rescore: FakeRescore
) -> None:
    editing = session.person_editing
    editing.merge([1, 3])
    qtbot.waitUntil(lambda: rescore.calls == 1, timeout=5_000)
    editing.ignore([2])
    assert not editing.is_rescoring
    qtbot.waitUntil(lambda: rescore.calls == 2, timeout=5_000)
    rescore.go_on.set()
    qtbot.waitUntil(lambda: not editing.is_stale, timeout=5_000)
    assert [each.person for each in session.persons] == [1]


def test_a_worker_that_was_given_up_is_out_before_the_next_one_begins(
    qtbot: QtBot, session: Session, rescore: FakeRescore
) -> None:
    rescore.may_leave.clear()
    session.person_editing.merge([1, 3])
    qtbot.waitUntil(lambda: rescore.calls == 1, timeout=5_000)
    session.person_editing.ignore([2])
    qtbot.wait(200)
    assert rescore.calls == 1
    assert session.person_editing.has_worker
    rescore.may_leave.set()
    qtbot.waitUntil(lambda: rescore.calls == 2, timeout=5_000)


def test_undo_leaves_nothing_to_score(
    qtbot: QtBot, gallery: PersonGallery, session: Session, rescore: FakeRescore
) -> None:
    session.person_editing.merge([1, 3])
    session.editing.undo()
    assert not session.person_editing.is_stale
    assert not session.person_editing.waits_to_rescore
    assert not gallery.stale.isVisible()
    assert rescore.calls == 0


def test_stop_leaves_the_old_scores_and_says_so(
    qtbot: QtBot, gallery: PersonGallery, session: Session, rescore: FakeRescore
) -> None:
    session.person_editing.merge([1, 3])
    qtbot.waitUntil(lambda: rescore.calls == 1, timeout=5_000)
    assert gallery.stale.button.text() == "Stop"
    with qtbot.waitSignal(session.said, check_params_cb=lambda text: "Stopped" in text):
        gallery.stale.button.click()
    assert session.person_editing.is_stale
    assert gallery.stale.button.text() == "Score again"
    rescore.go_on.set()
    gallery.stale.button.click()
    qtbot.waitUntil(lambda: not session.person_editing.is_stale, timeout=5_000)


def test_it_can_be_stopped_before_it_begins(
    qtbot: QtBot, gallery: PersonGallery, session: Session, rescore: FakeRescore
) -> None:
    session.person_editing.merge([1, 3])
    gallery.stale.button.click()
    assert not session.person_editing.waits_to_rescore
    qtbot.wait(100)
    assert rescore.calls == 0
    assert session.person_editing.is_stale


def test_a_failure_is_said_and_the_old_scores_stay(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> tuple[int, ...]:
        raise CaseError("The recording is gone.")

    monkeypatch.setattr(session.person_editing, "_supervise", fails)
    with qtbot.waitSignal(session.refused, timeout=5_000) as refused:
        session.person_editing.merge([1, 3])
    assert refused.args == ["The recording is gone."]
    assert session.person_editing.is_stale


def test_without_the_recording_nothing_begins(
    qtbot: QtBot, gallery: PersonGallery, session: Session, rescore: FakeRescore
) -> None:
    session.recording = None
    session.person_editing.merge([1, 3])
    assert session.person_editing.is_stale
    assert not session.person_editing.waits_to_rescore
    assert not gallery.stale.button.isEnabled()


def test_an_analysis_waits_for_it(qtbot: QtBot, session: Session, rescore: FakeRescore) -> None:
    session.person_editing.merge([1, 3])
    qtbot.waitUntil(lambda: rescore.calls == 1, timeout=5_000)
    with qtbot.waitSignal(session.refused) as refused:
        session.start_analysis(AnalysisParameters())
    assert refused.args is not None
    assert "being scored again" in refused.args[0]
    assert not session.is_analysing


def test_closing_ends_it(qtbot: QtBot, session: Session, rescore: FakeRescore) -> None:
    session.person_editing.merge([1, 3])
    qtbot.waitUntil(lambda: rescore.calls == 1, timeout=5_000)
    session.close()
    assert not session.person_editing.is_rescoring
    assert not session.person_editing.is_stale


def test_the_status_bar_tells_what_the_worker_does(
    qtbot: QtBot, window: MainWindow, session: Session, rescore: FakeRescore
) -> None:
    worker = window.statusBar().worker
    session.person_editing.merge([1, 3])
    assert worker.text() == "worker idle"
    qtbot.waitUntil(lambda: "25%" in worker.text(), timeout=5_000)
    rescore.go_on.set()
    qtbot.waitUntil(lambda: worker.text() == "worker idle", timeout=5_000)


def test_events_of_an_edited_person_say_that_they_are_of_before(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    session.person_editing.merge([1, 3])
    session.choose_person(None)
    model = window.events.model
    row = next(k for k, event in enumerate(model.events) if event.person == 1)
    other = next(k for k, event in enumerate(model.events) if event.person == 2)
    assert "before an edit" in model.data(model.index(row, 1), Qt.ItemDataRole.ToolTipRole)
    assert "before an edit" not in model.data(model.index(other, 1), Qt.ItemDataRole.ToolTipRole)
    assert model.data(model.index(row, 1), Qt.ItemDataRole.FontRole).italic()
    assert not model.data(model.index(other, 1), Qt.ItemDataRole.FontRole)


def test_the_rest_is_long_enough_for_a_second_edit() -> None:
    assert person_editing.REST_MS >= 2_000


def test_nobody_is_edited_while_an_analysis_runs(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "is_analysing", property(lambda _session: True))
    with qtbot.waitSignal(session.refused) as refused:
        session.person_editing.merge([1, 3])
    assert refused.args is not None
    assert "when it has ended" in refused.args[0]
    assert [each.person for each in session.persons] == [1, 2, 3]
