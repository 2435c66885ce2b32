from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from fead_desktop.case.case import Coverage
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.gui.analysis.analysis_panel import AnalysisPanel, stage_text
from fead_desktop.gui.persons.gallery import PersonGallery
from fead_desktop.gui.persons.person_model import short_time
from fead_desktop.gui.review.events_table import EventsTable
from fead_desktop.gui.review.why_panel import WhyPanel
from fead_desktop.gui.session import Session
from fead_desktop.pipeline.protocol import AnalysisProgress
from tests.helpers.cases import make_case
from tests.helpers.supervise import FakeSupervise, finds_events, finds_no_face


@pytest.fixture
def table(qtbot: QtBot, opened: Session) -> EventsTable:
    made = EventsTable(opened)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


@pytest.fixture
def gallery(qtbot: QtBot, opened: Session) -> PersonGallery:
    made = PersonGallery(opened)
    qtbot.addWidget(made)
    made.resize(220, 400)
    made.show()
    return made


def click_row(qtbot: QtBot, table: EventsTable, row: int, column: int = 2) -> None:
    spot = table.table.visualRect(table.model.index(row, column)).center()
    qtbot.mouseClick(table.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def column(table: EventsTable, number: int) -> list[str]:
    return [str(table.model.index(row, number).data()) for row in range(table.model.rowCount())]


# Events ----------------------------------------------------------------------------------------------


def test_the_events_are_listed_by_rank(table: EventsTable) -> None:
    assert column(table, 0) == ["1", "2", "3", "4", "5", "6"]
    assert column(table, 1)[:2] == ["Person 1", "Person 2"]
    assert column(table, 2)[0] == "00:00:00.800"
    assert column(table, 5)[0] == "lip corner pull L (AU12)"


def test_a_click_on_an_event_asks_for_its_peak_frame(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    with qtbot.waitSignal(opened.frame_requested) as asked:
        click_row(qtbot, table, 3)
    assert asked.args == [opened.events[3].peak_frame, False]
    assert opened.chosen_event == 4


def test_a_click_asks_only_once_and_a_second_click_asks_again(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    asked: list[int] = []
    opened.frame_requested.connect(lambda frame, _preview: asked.append(frame))
    peak = opened.events[2].peak_frame
    click_row(qtbot, table, 2)
    first = len(asked)
    click_row(qtbot, table, 2)
    assert set(asked) == {peak}
    assert len(asked) == first + 1


def test_the_arrow_keys_walk_through_the_events(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    click_row(qtbot, table, 0)
    qtbot.keyClick(table.table, Qt.Key.Key_Down)
    assert opened.chosen_event == 2


def test_the_table_follows_the_session(opened: Session, table: EventsTable) -> None:
    opened.next_event()
    opened.next_event()
    assert table.table.currentIndex().row() == 1


def test_choosing_a_person_leaves_only_that_persons_events(
    opened: Session, table: EventsTable
) -> None:
    opened.choose_person(2)
    assert column(table, 0) == ["2", "4", "6"]
    opened.choose_person(None)
    assert len(column(table, 0)) == 6


def test_rebuilding_the_table_chooses_nothing(opened: Session, table: EventsTable) -> None:
    asked: list[int] = []
    opened.frame_requested.connect(lambda frame, _preview: asked.append(frame))
    opened.choose_person(1)
    opened.choose_person(None)
    assert asked == []
    assert opened.chosen_event is None


def test_flagged_events_are_marked_and_why_says_how_rare_they_are(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    why = WhyPanel(opened)
    qtbot.addWidget(why)
    marked = ["⚑" in text for text in column(table, 4)]
    assert marked == [event.flagged for event in opened.events]
    assert any(marked)
    assert not all(marked)
    opened.events[0] = replace(opened.events[0], extrapolated=True)
    opened.choose_event(1)
    assert "Flagged by" in why.detail
    assert "0.06 times a minute (extrapolated" in why.detail
    opened.choose_event(6)
    assert "Not flagged by" in why.detail
    assert "extrapolated" not in why.detail


def test_likely_artefacts_are_named_and_can_be_hidden_but_never_silently(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    assert column(table, 6) == ["", "", "", "blur 82%", "", ""]
    box = table.hide_artefacts
    assert "1 shown" in box.text()
    box.click()
    assert column(table, 0) == ["1", "2", "3", "5", "6"]
    assert "1 hidden" in box.text()
    opened.choose_person(1)
    assert column(table, 0) == ["1", "3", "5"]
    assert "none" in box.text()
    opened.choose_person(None)
    box.click()
    assert len(column(table, 0)) == 6


def test_a_table_that_hides_all_events_says_so(opened: Session, table: EventsTable) -> None:
    blurred = opened.events[3]
    opened.events[:] = [replace(blurred, event=1), replace(blurred, event=2)]
    opened.results_changed.emit()
    table.hide_artefacts.click()
    assert "2 hidden" in table.hide_artefacts.text()
    assert "hidden" in table.empty.text
    table.hide_artefacts.click()
    assert len(column(table, 0)) == 2


def test_events_nobody_looked_at_for_artefacts_are_never_hidden(
    opened: Session, table: EventsTable
) -> None:
    opened.events[:] = [replace(event, artefact=None) for event in opened.events]
    opened.results_changed.emit()
    assert set(column(table, 6)) == {""}
    table.hide_artefacts.click()
    assert len(column(table, 0)) == 6
    assert "none" in table.hide_artefacts.text()


def test_the_why_card_names_the_likely_artefact(qtbot: QtBot, opened: Session) -> None:
    why = WhyPanel(opened)
    qtbot.addWidget(why)
    opened.choose_event(4)
    assert "Likely an artefact: blur (82%)" in why.detail
    opened.choose_event(1)
    assert "artefact" not in why.detail


def test_no_events_are_explained(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    table = EventsTable(session)
    qtbot.addWidget(table)
    assert "Open a recording" in table.empty.text
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(recording)
    assert "Analyse the recording" in table.empty.text
    case = make_case(tmp_path / "none.fead", recording, events=0)
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(case)
    assert "No unusual moments" in table.empty.text


def test_reasons_keep_the_events_own_order_everywhere(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    why = WhyPanel(opened)
    qtbot.addWidget(why)
    event = opened.events[1]
    # Its main reason explains less of the score than the second one.
    turned = replace(event, reasons=event.reasons[::-1])
    opened.events[1] = turned
    opened.results_changed.emit()
    opened.choose_event(2)
    assert why.bars.reasons == turned.reasons
    assert column(table, 5)[1] == turned.reasons[0].label
    tip = str(table.model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert tip.splitlines()[1:] == [str(each) for each in turned.reasons]
    opened.choose_event(None)
    assert "Choose an event" in why.empty.text


def test_a_chosen_row_leaves_its_face_in_its_own_colours(
    qtbot: QtBot, opened: Session, table: EventsTable
) -> None:
    def face() -> QColor:
        cell = table.table.visualRect(table.model.index(1, 1))
        picture = table.table.viewport().grab(cell).toImage()
        return picture.pixelColor(24, picture.height() // 2)

    qtbot.waitUntil(lambda: face().saturation() < 40)  # the face, a grey disc, has been read
    before = face()
    opened.choose_event(2)
    assert table.table.currentIndex().row() == 1
    assert face() == before


# Persons ---------------------------------------------------------------------------------------------


def test_all_persons_come_first_then_each_with_its_numbers(gallery: PersonGallery) -> None:
    texts = [
        str(gallery.model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole))
        for row in range(gallery.model.rowCount())
    ]
    assert texts[0] == "All persons\n2 persons · 6 events"
    assert texts[1].startswith("Person 1\n")
    assert "3 events" in texts[1]


def test_a_click_on_a_person_filters(
    qtbot: QtBot, opened: Session, gallery: PersonGallery, table: EventsTable
) -> None:
    spot = gallery.list.visualRect(gallery.model.index(2, 0)).center()
    qtbot.mouseClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened.person == 2
    assert column(table, 0) == ["2", "4", "6"]


def test_the_gallery_follows_the_session(opened: Session, gallery: PersonGallery) -> None:
    opened.choose_person(1)
    assert gallery.list.currentIndex().row() == 1
    opened.choose_person(None)
    assert gallery.list.currentIndex().row() == 0


def test_a_closed_recording_leaves_words_on_what_to_do(
    opened: Session, gallery: PersonGallery
) -> None:
    opened.close()
    assert gallery.model.rowCount() == 0
    assert "Open a recording" in gallery.empty.text


def test_unassigned_faces_have_a_card_at_the_end(
    qtbot: QtBot, opened: Session, gallery: PersonGallery, table: EventsTable
) -> None:
    assert [gallery.model.person_at(row) for row in range(gallery.model.rowCount())] == [None, 1, 2]
    person = opened.table.person.copy()
    person[:7] = -1
    opened.table = opened.table.with_columns(person=person)
    opened.results_changed.emit()
    last = gallery.model.index(3, 0)
    assert last.data() == "Unassigned"
    assert str(last.data(Qt.ItemDataRole.ToolTipRole)).startswith("Unassigned\n7 faces")
    qtbot.mouseClick(
        gallery.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=gallery.list.visualRect(last).center(),
    )
    assert opened.person == -1
    assert "no person" in table.empty.text
    gallery.grab()


@pytest.mark.parametrize(
    ("seconds", "text"), [(9.96, "10.0 s"), (75, "1:15 min"), (3661, "1:01:01 h")]
)
def test_lengths_of_time_read_well(seconds: float, text: str) -> None:
    assert short_time(seconds) == text


# Analysis --------------------------------------------------------------------------------------------


def test_the_panel_takes_the_clients_settings(
    qtbot: QtBot, session: Session, recording: Path
) -> None:
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    assert panel.parameters() == AnalysisParameters()
    panel.rate.setValue(5)
    panel.anomalies.setValue(7)
    panel.false_alarms.setValue(0.5)
    panel.components.setValue(3)
    panel.batch.setValue(8)
    panel.range_start.setText("1.5")
    panel.range_end.setText("0:08")
    assert panel.parameters() == AnalysisParameters(
        rate_fps=5, num_anomalies=7, num_components=3, batch_size=8, start_s=1.5, end_s=8.0,
        false_alarms_per_minute=0.5,
    )  # fmt: skip


def test_what_limits_the_results_is_said_when_their_case_is_opened(
    qtbot: QtBot, session: Session, recording: Path, tmp_path: Path
) -> None:
    sentence = "At 10 frames a second nothing shorter than 0.2 s can be seen."
    path = make_case(tmp_path / "limited.fead", recording)
    with Case.open(path) as case:
        case.put_results(
            parameters=AnalysisParameters(false_alarms_per_minute=1.5),
            coverage=Coverage(10, 10, 0.0),
            persons=case.persons(), events=case.events(), thumbnails={}, models=(), versions={},
            timings={}, limits=[sentence],
        )  # fmt: skip
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.results_changed, timeout=10_000):
        session.open_path(path)
    assert sentence in panel.text
    assert panel.false_alarms.value() == 1.5


@pytest.mark.parametrize(("start", "end"), [("8", "2"), ("soon", ""), ("1:99", "")])
def test_settings_that_make_no_sense_are_said_in_place(
    qtbot: QtBot, recording: Path, start: str, end: str
) -> None:
    fake = FakeSupervise(finds_events)
    session = Session(supervise=fake)
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    panel.range_start.setText(start)
    panel.range_end.setText(end)
    panel.start()
    assert panel.text.endswith((".", "00:01:23.400."))
    assert not session.is_analysing
    assert fake.requests == []
    session.shutdown()


def test_progress_and_results_appear_in_place(qtbot: QtBot, recording: Path) -> None:
    fake = FakeSupervise(finds_events)
    session = Session(supervise=fake)
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    with qtbot.waitSignal(session.analysis_progressed, timeout=10_000):
        qtbot.mouseClick(panel.start_button, Qt.MouseButton.LeftButton)
    assert panel.bar.isVisible()
    assert panel.bar.value() / panel.bar.maximum() == pytest.approx(0.25)
    assert panel.stage.text() == "Faces · 25% · about 30.0 s left"
    assert panel.cancel_button.isVisible()
    assert not panel.start_button.isVisible()
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000):
        fake.go_on.set()
    assert not panel.bar.isVisible()
    assert "3 events" in panel.text
    assert "The recording breaks off." in panel.text
    assert panel.start_button.isVisible()
    session.shutdown()


def test_an_error_appears_in_place_as_a_sentence(qtbot: QtBot, recording: Path) -> None:
    fake = FakeSupervise(finds_no_face)
    fake.go_on.set()
    session = Session(supervise=fake)
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000):
        panel.start()
    assert panel.text == "No face was found."
    session.shutdown()


def test_cancelling_says_that_what_was_done_is_kept(qtbot: QtBot, recording: Path) -> None:
    session = Session(supervise=FakeSupervise(finds_events))
    panel = AnalysisPanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(session.recording_opened, timeout=10_000):
        session.open_path(recording)
    with qtbot.waitSignal(session.analysis_progressed, timeout=10_000):
        panel.start()
    with qtbot.waitSignal(session.analysis_ended, timeout=10_000):
        panel.cancel()
    assert "kept" in panel.text
    session.shutdown()


def test_a_case_shows_the_settings_it_was_made_with(qtbot: QtBot, opened: Session) -> None:
    panel = AnalysisPanel(opened)
    qtbot.addWidget(panel)
    assert panel.anomalies.value() == 6
    assert panel.start_button.text() == "Analyse again"


def test_a_stage_without_an_estimate_names_none() -> None:
    text = stage_text(AnalysisProgress("second_pass", 1, 2, 0.5, None, "event 3"))
    assert text == "Second pass · 50%\nevent 3"


def test_models_answer_nothing_for_children(table: EventsTable, gallery: PersonGallery) -> None:
    inside = table.model.index(0, 0)
    assert table.model.rowCount(inside) == 0
    assert gallery.model.rowCount(gallery.model.index(0, 0)) == 0
    assert table.model.rowCount(QModelIndex()) == 6
