"""What the filter leaves out is passed over everywhere; filters are saved; notes and markers are found by words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.gui.main_window import MainWindow
from fead_desktop.settings import load_settings
from tests.gui.review.conftest import OpenWindow


def listed(window: MainWindow) -> list[int]:
    return [event.event for event in window.events.model.events]


def visited(window: MainWindow) -> list[int | None]:
    """The events that N leads to, from the first one on."""
    session = window.session
    session.choose_event(None)
    found: list[int | None] = []
    for _ in range(10):
        session.next_event()
        if session.chosen_event in found:
            break
        found.append(session.chosen_event)
    return found


def test_hidden_artefacts_are_passed_over_by_keys_and_timeline(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert visited(window) == [1, 2, 3, 4, 5, 6]
    window.events.hide_artefacts.click()
    assert listed(window) == visited(window) == [1, 2, 3, 5, 6]
    area = window.timeline.view.area
    lane = next(each for each in area.lanes if each.kind.id == "events")
    assert [event.event for event in lane.events] == [1, 2, 3, 5, 6]
    assert [event.event for event in area._events] == [1, 2, 3, 5, 6]
    assert len(window.player.transport.seek_bar._marks) == 5
    assert [event.event for event in window.session.reviewing.queue()] == [1, 2, 3, 5, 6]


def test_choices_narrow_and_sort_the_table(window: MainWindow) -> None:
    everything = [1, 2, 3, 4, 5, 6]
    window.events.bar.toggle()
    for field, choice, kept in (
        ("state", "disputed", []),
        ("artefact", "likely: any", [4]),
        ("artefact", "likely: none", [1, 2, 3, 5, 6]),
        ("view", "expression", everything),
        ("reviewer", "Ben", everything),
        ("sort", "person", [1, 3, 5, 2, 4, 6]),
    ):
        box = getattr(window.events.bar, field)
        box.setCurrentText(choice)
        box.activated.emit(box.currentIndex())
        assert box.currentIndex() > 0
        assert listed(window) == kept
        window.session.filtering.clear()
        assert listed(window) == everything
        assert box.currentIndex() == 0


def test_times_and_least_score_are_typed(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.events.bar
    bar.toggle()
    bar.score.setText("8,5")
    bar.score.editingFinished.emit()
    assert listed(window) == [1, 2, 3, 4]
    bar.from_s.setText("2")
    bar.to_s.setText("00:00:05")
    bar.to_s.editingFinished.emit()
    assert listed(window) == [2, 3]
    bar.score.setText("many")
    with qtbot.waitSignal(window.session.refused) as refused:
        bar.score.editingFinished.emit()
    assert "number" in refused.args[0]
    assert listed(window) == [2, 3]


def test_notes_and_markers_are_found_by_words(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.editing.add_marker(200, text="laughs off screen")
    session.choose_event(5)
    window.queue.note.setText("Laughs at the door")
    window.queue.judge("confirmed")
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = window.events.bar
    assert bar.search.hasFocus()
    qtbot.keyClicks(bar.search, "laughs")
    assert listed(window) == [5]
    assert [bar.markers.item(k).text() for k in range(bar.markers.count())] == [
        "Marker 00:00:06.667  laughs off screen"
    ]
    bar.markers.setCurrentRow(0)
    qtbot.waitUntil(lambda: session.frame == 200, timeout=5_000)
    qtbot.keyClick(bar.search, Qt.Key.Key_Return)
    assert not bar.search.hasFocus()
    bar.search.clear()
    assert listed(window) == [1, 2, 3, 4, 5, 6]
    assert not bar.markers.isVisible()


def test_a_click_on_a_head_sorts_and_a_second_turns_round(window: MainWindow) -> None:
    header = window.events.table.horizontalHeader()
    header.sectionClicked.emit(1)
    assert listed(window) == [1, 3, 5, 2, 4, 6]
    header.sectionClicked.emit(1)
    assert listed(window) == [6, 4, 2, 5, 3, 1]
    header.sectionClicked.emit(0)
    assert listed(window) == [1, 2, 3, 4, 5, 6]


def test_filters_are_saved_by_name_and_remembered(
    window: MainWindow, open_window: OpenWindow
) -> None:
    window.session.filtering.change(artefact="none", sort="time", turned=True)
    bar = window.events.bar
    bar.saved.setEditText("  without blur ")
    bar.save.click()
    assert load_settings().filters == window.session.filtering.saved
    window.session.filtering.clear()
    window.close()
    again = open_window()
    bar = again.events.bar
    bar.saved.setCurrentText("without blur")
    bar.saved.activated.emit(bar.saved.currentIndex())
    assert again.session.filtering.wanted.artefact == "none"
    assert listed(again) == [6, 5, 3, 2, 1]
    bar.remove.click()
    assert load_settings().filters == {}


def test_the_disputed_events_are_listed_alone_and_gone_through(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.session
    window.begin_review()
    while session.reviewing.left:
        window.queue.judge("confirmed")  # Ben confirmed and rejected by turns
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ShiftModifier)
    assert sorted(listed(window)) == [2, 4, 6]
    assert window.queue.progress.text().startswith("3 disputed")
    assert window.docks.is_in_front("queue")
    first = session.chosen_event
    assert "Anna: confirmed" in window.queue.seen.text()
    assert "Ben: rejected" in window.queue.seen.text()
    window.queue.judge("rejected")
    assert first not in listed(window)
    assert session.chosen_event in listed(window)
    session.reviewing.skip()
    assert session.chosen_event in listed(window)
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ShiftModifier)
    assert len(listed(window)) == 6


def test_a_blind_pass_lists_everything_whatever_the_filter_says(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window(share=0.5)
    session = window.session
    session.filtering.change(hides_artefacts=True, least_score=8.0, view="expression", sort="score")
    assert len(listed(window)) < 6
    window.begin_review()
    all_of_them = 6 + len(session.editing.marks.controls)
    assert len(session.reviewing.queue()) == all_of_them > 6
    for _ in range(all_of_them):  # they come one at a time
        session.reviewing.skip()
    assert len(listed(window)) == all_of_them
    assert not window.events.hide_artefacts.isEnabled()
    assert "shown" not in window.events.hide_artefacts.text()
    window.events.bar.toggle()
    QApplication.processEvents()
    assert not window.events.bar.score.isEnabled()
    assert "Ben" not in [
        window.events.bar.reviewer.itemText(k) for k in range(window.events.bar.reviewer.count())
    ]
    window.events.table.horizontalHeader().sectionClicked.emit(4)
    frames = [event.peak_frame for event in window.events.model.events]
    assert frames == sorted(frames)
    session.reviewing.set_blind(False)
    assert len(listed(window)) < 6
