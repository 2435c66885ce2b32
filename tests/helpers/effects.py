"""How a test sees what each action does: something that its key must change.

Rooms with many actions add their rows to the table of their room; an action without a row fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.gui import theme
from fead_desktop.gui.analysis.queue import QueueItem
from fead_desktop.gui.jobs.mesh_maker import MeshMaker
from fead_desktop.gui.main_window import MainWindow
from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.lane_table import LANES
from fead_desktop.paths import data_dir
from tests.helpers.person_cases import FakeRescore

ASKED = "asked"


@dataclass(frozen=True)
class Stage:
    """What an effect's preparation works with."""

    window: MainWindow
    qtbot: QtBot
    monkeypatch: pytest.MonkeyPatch

    def show(self, frame: int) -> None:
        """Put the player on a frame."""
        session = self.window.session
        if session.frame != frame:
            with self.qtbot.waitSignal(
                session.frame_shown, timeout=10_000, check_params_cb=lambda shown: shown == frame
            ):
                session.request_frame(frame)

    def choose(self, event: int) -> None:
        """Choose an event and wait for its frame."""
        self.window.session.choose_event(event)
        found = self.window.session.event_by_rank(event)
        assert found is not None
        self.show(found.peak_frame)

    def select(self) -> None:
        """Select a stretch."""
        self.window.session.select(60, 120)


def nothing(_stage: Stage) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Effect:
    """``see`` must look different after the key than before; ``prepare`` sets the scene for each press."""

    see: Callable[[MainWindow], object]
    prepare: Callable[[Stage], object] = nothing


def _files_are_asked(stage: Stage) -> None:
    def answer(*_: object, **__: object) -> tuple[str, str]:
        stage.window.setProperty(ASKED, True)
        return "", ""

    stage.window.setProperty(ASKED, None)
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        stage.monkeypatch.setattr(QFileDialog, name, answer)
    stage.monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: answer()[0])


def _asked(window: MainWindow) -> object:
    return window.property(ASKED)


def dialogs(_window: MainWindow) -> object:
    """Return the dialogs that are open."""
    found = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog)]
    return sorted(type(each).__name__ for each in found if each.isVisible())


def _frame(window: MainWindow) -> object:
    return window.session.frame


def _event(window: MainWindow) -> object:
    return window.session.chosen_event


def _close_panel(name: str) -> Callable[[Stage], None]:
    def close(stage: Stage) -> None:
        stage.window.docks.by_name[name].close()

    return close


def _is_open(name: str) -> Callable[[MainWindow], object]:
    return lambda window: window.docks.is_in_front(name)


def _layout(window: MainWindow) -> object:
    return window.docks.layout


def _focus_persons(stage: Stage) -> None:
    stage.window.docks.bring_forward("persons", focus=True)
    stage.qtbot.waitUntil(stage.window.gallery.list.hasFocus)


def _text_size(_window: MainWindow) -> object:
    return QApplication.font().pointSizeF()


def _start(stage: Stage) -> None:
    session = stage.window.session
    if not session.is_analysing:
        with stage.qtbot.waitSignal(session.analysis_progressed, timeout=10_000):
            session.start_analysis(AnalysisParameters())


def _is_cancelling(window: MainWindow) -> object:
    return window.analysis.cancel_button.isEnabled()


WINDOW: dict[str, Effect] = {
    "open": Effect(_asked, _files_are_asked),
    "save_copy": Effect(_asked, _files_are_asked),
    "export": Effect(dialogs),
    "purpose": Effect(dialogs),
    "import_table": Effect(_asked, _files_are_asked),
    "verify": Effect(dialogs),
    "reproduce": Effect(dialogs),
    "close": Effect(lambda w: w.session.opened_path),
    "quit": Effect(lambda w: w.isVisible()),
    "next_event": Effect(_event),
    "previous_event": Effect(_event, lambda s: s.choose(3)),
    "all_persons": Effect(lambda w: w.session.person, lambda s: s.window.session.choose_person(1)),
    "panel_persons": Effect(_is_open("persons"), _close_panel("persons")),
    "panel_analysis": Effect(_is_open("analysis"), _close_panel("analysis")),
    "panel_events": Effect(_is_open("events"), _close_panel("events")),
    "panel_why": Effect(_is_open("why")),
    "panel_queue": Effect(_is_open("queue")),
    "panel_recordings": Effect(_is_open("recordings")),
    "panel_map": Effect(_is_open("map")),
    "panel_timeline": Effect(_is_open("timeline")),
    "float_panel": Effect(lambda w: w.docks.by_name["persons"].isFloating(), _focus_persons),
    "layout_review": Effect(_layout, lambda s: s.window.docks.use("analysis")),
    "layout_analysis": Effect(_layout, lambda s: s.window.docks.use("review")),
    "reset_layout": Effect(_is_open("why"), _close_panel("why")),
    "theme_system": Effect(lambda w: w.settings.theme, lambda s: s.window.use_theme("dark")),
    "theme_dark": Effect(lambda _: theme.colours(), lambda s: s.window.use_theme("light")),
    "theme_light": Effect(lambda _: theme.colours(), lambda s: s.window.use_theme("dark")),
    "theme_contrast": Effect(lambda _: theme.colours(), lambda s: s.window.use_theme("dark")),
    "larger_text": Effect(_text_size, lambda s: s.window.change_font_scale(0)),
    "smaller_text": Effect(_text_size, lambda s: s.window.change_font_scale(0)),
    "usual_text": Effect(_text_size, lambda s: s.window.change_font_scale(2)),
    "picture_screen": Effect(lambda w: w.player.transport.isVisible()),
    "full_screen": Effect(lambda w: w.isFullScreen()),
    "show_analysis": Effect(
        _is_open("analysis"), lambda s: s.window.docks.bring_forward("persons")
    ),
    "analyse": Effect(lambda w: w.session.is_analysing),
    "cancel": Effect(_is_cancelling, _start),
    "selftest": Effect(dialogs),
    "keys": Effect(dialogs),
    "change_keys": Effect(dialogs),
    "palette": Effect(dialogs),
    "about": Effect(dialogs),
}

#: The rows of ``fead_desktop/gui/player/actions.py``.
PLAYER: dict[str, Effect] = {
    "play": Effect(lambda w: w.player.is_playing),
    "step_back": Effect(_frame, lambda s: s.show(50)),
    "step_forward": Effect(_frame, lambda s: s.show(50)),
    "ten_back": Effect(_frame, lambda s: s.show(50)),
    "ten_forward": Effect(_frame, lambda s: s.show(50)),
    "second_back": Effect(_frame, lambda s: s.show(50)),
    "second_forward": Effect(_frame, lambda s: s.show(50)),
    "first_frame": Effect(_frame, lambda s: s.show(50)),
    "last_frame": Effect(_frame, lambda s: s.show(50)),
    "go_to": Effect(lambda w: w.player.transport.go_to.isVisible()),
    "shuttle_back": Effect(lambda w: w.player.is_playing, lambda s: s.show(50)),
    "shuttle_stop": Effect(lambda w: w.player.is_playing, lambda s: s.window.player.toggle_play()),
    "shuttle_forward": Effect(lambda w: w.player.is_playing),
    "slower": Effect(lambda w: w.player.controller.rate),
    "faster": Effect(lambda w: w.player.controller.rate),
    "usual_rate": Effect(
        lambda w: w.player.controller.rate, lambda s: s.window.player.set_rate(0.5)
    ),
    "mark_in": Effect(lambda w: w.player.play_range.in_frame, lambda s: s.show(50)),
    "mark_out": Effect(lambda w: w.player.play_range.out_frame, lambda s: s.show(50)),
    "streams": Effect(dialogs),
    "overlay": Effect(lambda w: w.player.overlay_on),
    "fit_picture": Effect(
        lambda w: w.player.view.viewport.mode, lambda s: s.window.player.zoom(2.0)
    ),
    "actual_size": Effect(lambda w: w.player.view.viewport.mode),
    "zoom_in": Effect(lambda w: w.player.view.scale),
    "zoom_out": Effect(lambda w: w.player.view.scale, lambda s: s.window.player.zoom(4.0)),
    "loop_range": Effect(lambda w: w.player.play_range.mode),
    "loop_event": Effect(lambda w: w.player.play_range.mode, lambda s: s.choose(2)),
    "highlights": Effect(lambda w: w.player.play_range.mode),
    "show_box": Effect(lambda w: w.player.switches),
    "show_name": Effect(lambda w: w.player.switches),
    "show_emotions": Effect(lambda w: w.player.switches),
    "show_measures": Effect(lambda w: w.player.switches),
    "show_pose": Effect(lambda w: w.player.switches),
}


def _mark_range(stage: Stage) -> None:
    player = stage.window.player
    stage.show(20)
    player.range.mark_in()
    stage.show(80)
    player.range.mark_out()
    stage.show(50)


PLAYER |= {
    "go_to_in": Effect(_frame, _mark_range),
    "go_to_out": Effect(_frame, _mark_range),
    "clear_range": Effect(lambda w: w.player.play_range, _mark_range),
}


def _note_flicker(stage: Stage) -> None:
    # The key is up again before anybody could look.
    stage.window.setProperty(ASKED, None)
    twin = stage.window.player.twin
    stage.monkeypatch.setattr(
        twin, "set_flicker", lambda _on: stage.window.setProperty(ASKED, "flicker")
    )


def _snapshots(window: MainWindow) -> object:
    folder = window.player.snapshots.folder
    return [] if folder is None else sorted(each.name for each in folder.glob("*.png"))


def _own_snapshot_folder(stage: Stage) -> None:
    stage.window.player.snapshots.folder = data_dir() / "snapshots"
    stage.show(50)


def _without_a_network(stage: Stage) -> None:
    stage.monkeypatch.setattr(MeshMaker, "start", lambda _maker: None)


def _with_sound(stage: Stage) -> None:
    transport = stage.window.player.transport
    transport.set_has_sound(has_sound=True)
    transport.volume_slider.setValue(50)


PLAYER |= {
    "mute": Effect(lambda w: w.player.transport.mute_button.isChecked(), _with_sound),
    "louder": Effect(lambda w: w.player.transport.volume_slider.value(), _with_sound),
    "quieter": Effect(lambda w: w.player.transport.volume_slider.value(), _with_sound),
    "show_mesh": Effect(lambda w: w.player.switches.mesh, _without_a_network),
    "follow_face": Effect(lambda w: w.player.follows_face, lambda s: s.choose(1)),
    "picture_levels": Effect(lambda w: w.player.picture_box.isVisible()),
    "twin": Effect(lambda w: w.player.shows_twin, lambda s: s.choose(1)),
    "flicker": Effect(_asked, _note_flicker),
    "snapshot": Effect(_snapshots, _own_snapshot_folder),
}


def _time_scale(window: MainWindow) -> object:
    return window.timeline.view.scale


def _zoom_in(stage: Stage) -> None:
    stage.window.timeline.zoom(1)


def _mark(stage: Stage) -> None:
    stage.show(50)
    stage.window.timeline.add_marker()
    assert stage.window.session.editing.marks.markers


def _mark_and_undo(stage: Stage) -> None:
    _mark(stage)
    stage.window.session.editing.undo()


def _note_dialogs(stage: Stage) -> None:
    def note(dialog: QDialog) -> int:
        stage.window.setProperty(ASKED, type(dialog).__name__)
        return 0

    stage.window.setProperty(ASKED, None)
    stage.monkeypatch.setattr(QDialog, "exec", note)


def _mark_and_note_dialogs(stage: Stage) -> None:
    _mark(stage)
    _note_dialogs(stage)


def _select(stage: Stage) -> None:
    stage.select()


def _note_loop(stage: Stage) -> None:
    stage.window.setProperty(ASKED, None)
    stage.window.session.loop_wanted.connect(
        lambda first, last: stage.window.setProperty(ASKED, (first, last))
    )
    stage.select()


def _threshold(window: MainWindow) -> object:
    lanes = [lane for lane in window.timeline.view.area.lanes if isinstance(lane, ScoreLane)]
    return [lane.threshold_text for lane in lanes]


def _choose_second_lane(stage: Stage) -> None:
    keys = stage.window.timeline.lane_keys
    keys.choose(1)
    keys.choose(1)
    assert keys.chosen == "score"


def _order_of_lanes(window: MainWindow) -> object:
    return [lane.kind.id for lane in window.timeline.view.area.lanes]


def _heights(window: MainWindow) -> object:
    return {lane: round(lines, 1) for lane, lines in window.timeline.view.area.lines.items()}


def _is_lane_shown(lane: str) -> Callable[[MainWindow], object]:
    def shown(window: MainWindow) -> object:
        timeline = window.timeline
        if lane.startswith("imported"):  # seen only where another tool's table was brought in
            return timeline.lane_layout.is_shown(lane)
        return lane in {each.kind.id for each in timeline.view.area.lanes}

    return shown


#: The rows of ``fead_desktop/gui/timeline/actions.py``.
TIMELINE: dict[str, Effect] = {
    "undo": Effect(lambda w: len(w.session.editing.marks.markers), _mark),
    "redo": Effect(lambda w: len(w.session.editing.marks.markers), _mark_and_undo),
    "add_marker": Effect(lambda w: len(w.session.editing.marks.markers), lambda s: s.show(50)),
    "edit_marker": Effect(_asked, _mark_and_note_dialogs),
    "select_stretch": Effect(lambda w: w.session.selection, lambda s: s.choose(2)),
    "add_baseline": Effect(lambda w: w.session.editing.marks.ranges, _select),
    "add_excluded": Effect(lambda w: w.session.editing.marks.ranges, _select),
    "loop_selection": Effect(_asked, _note_loop),
    "deselect": Effect(lambda w: w.session.selection, _select),
    "whole_timeline": Effect(_time_scale, _zoom_in),
    "zoom_event": Effect(_time_scale, lambda s: s.choose(2)),
    "zoom_selection": Effect(_time_scale, _select),
    "zoom_time_in": Effect(_time_scale),
    "zoom_time_out": Effect(_time_scale, _zoom_in),
    "choose_measures": Effect(_asked, _note_dialogs),
    "fewer_events": Effect(_threshold),
    "more_events": Effect(_threshold, lambda s: s.window.timeline.set_threshold(8.0)),
    "usual_threshold": Effect(_threshold, lambda s: s.window.timeline.set_threshold(8.0)),
    "next_lane": Effect(lambda w: w.timeline.lane_keys.chosen),
    "previous_lane": Effect(lambda w: w.timeline.lane_keys.chosen),
    "lane_up": Effect(_order_of_lanes, _choose_second_lane),
    "lane_down": Effect(_order_of_lanes, _choose_second_lane),
    "lane_higher": Effect(_heights, _choose_second_lane),
    "lane_lower": Effect(_heights, _choose_second_lane),
    **{f"lane_{lane.id}": Effect(_is_lane_shown(lane.id)) for lane in LANES},
    "fit_lanes": Effect(lambda w: w.timeline.lane_layout.fits),
    "stack_persons": Effect(lambda w: len(w.timeline.view.area.lanes)),
    "usual_lanes": Effect(
        _is_lane_shown("score"), lambda s: s.window.timeline.lane_keys.toggle("score")
    ),
}


def _verdicts(window: MainWindow) -> object:
    return window.session.editing.marks.verdicts


def _choose_first(stage: Stage) -> None:
    stage.choose(1)


def _chosen_extent(window: MainWindow) -> object:
    event = window.session.event_by_rank(window.session.chosen_event)
    return None if event is None else event.extent


def _inside_the_first(frames: int) -> Callable[[Stage], None]:
    """Choose the first event and show a frame this far from its peak."""

    def prepare(stage: Stage) -> None:
        stage.choose(1)
        stage.show(stage.window.session.events[0].peak_frame + frames)

    return prepare


def _adjust(stage: Stage) -> None:
    stage.choose(1)
    stage.window.session.adjusting.move_edge("onset", -1)


def _select_of_a_person(stage: Stage) -> None:
    stage.window.session.choose_person(1)
    stage.select()


def _add_by_hand(stage: Stage) -> None:
    _select_of_a_person(stage)
    stage.window.session.adjusting.add()


def _filter(stage: Stage) -> None:
    stage.window.session.filtering.change(words="zebra")


#: The rows of ``fead_desktop/gui/review/actions.py``.
REVIEW: dict[str, Effect] = {
    "review": Effect(_is_open("queue")),
    "confirm": Effect(_verdicts, _choose_first),
    "reject": Effect(_verdicts, _choose_first),
    "unsure": Effect(_verdicts, _choose_first),
    "skip": Effect(_event, _choose_first),
    "next_reason": Effect(lambda w: w.queue.reason.currentText()),
    "previous_reason": Effect(lambda w: w.queue.reason.currentText()),
    "drop_reason": Effect(
        lambda w: w.session.editing.marks.reasons, lambda s: s.window.queue.move_reason(2)
    ),
    **{
        f"confidence_{each}": Effect(lambda w: w.queue.confidence.currentText())
        for each in range(1, 6)
    },
    "write_note": Effect(lambda w: w.queue.note.hasFocus()),
    "write_tags": Effect(lambda w: w.queue.tags.hasFocus()),
    "blind": Effect(lambda w: w.events.model.data(w.events.model.index(0, 4))),
    "disputed": Effect(lambda w: w.events.model.rowCount()),
    "search_events": Effect(lambda w: w.events.bar.search.hasFocus()),
    "filter_events": Effect(lambda w: w.events.bar.choices.isVisible()),
    "no_filter": Effect(lambda w: w.events.model.rowCount(), _filter),
    "add_event": Effect(lambda w: len(w.session.events), _select_of_a_person),
    "remove_event": Effect(lambda w: len(w.session.events), _add_by_hand),
    "onset_here": Effect(_chosen_extent, _inside_the_first(-2)),
    "peak_here": Effect(_chosen_extent, _inside_the_first(2)),
    "offset_here": Effect(_chosen_extent, _inside_the_first(3)),
    **{
        f"{edge}_{way}": Effect(_chosen_extent, _choose_first)
        for edge in ("onset", "offset")
        for way in ("earlier", "later")
    },
    "restore_event": Effect(_chosen_extent, _adjust),
}


def _persons(window: MainWindow) -> object:
    return [each.person for each in window.session.persons]


def _choose_person(stage: Stage) -> None:
    stage.window.session.choose_person(1)


def _choose_face(stage: Stage) -> None:
    _choose_person(stage)
    sheet = stage.window.persons.faces
    sheet.list.selectionModel().select(
        sheet.model.index(0, 0), QItemSelectionModel.SelectionFlag.Select
    )


def _make_stale(stage: Stage) -> None:
    editing = stage.window.session.person_editing
    stage.monkeypatch.setattr(editing, "_supervise", FakeRescore())
    editing.merge([1, 2])


#: The rows of ``fead_desktop/gui/persons/actions.py``.
PERSONS: dict[str, Effect] = {
    "contact_sheet": Effect(lambda w: w.persons.faces.isVisible(), _choose_person),
    "rename_person": Effect(
        lambda w: w.gallery.list.findChild(QLineEdit) is not None, _choose_person
    ),
    "merge_persons": Effect(_persons, lambda s: s.window.gallery.list.selectAll()),
    "ignore_person": Effect(_persons, _choose_person),
    "select_tracks": Effect(lambda w: w.session.person_editing.chosen_faces, _choose_face),
    "suggest_split": Effect(lambda w: w.persons.faces.isVisible(), _choose_person),
    "split_faces": Effect(_persons, _choose_face),
    "move_faces": Effect(lambda w: w.persons.faces.move_menu.isVisible(), _choose_face),
    "merge_suggestions": Effect(dialogs),
    "similarity": Effect(lambda w: w.gallery.similarity.isVisible()),
    "reset_persons": Effect(
        lambda w: w.session.name_of(1), lambda s: s.window.session.person_editing.rename(1, "Anna")
    ),
    "write_faces": Effect(_asked, _files_are_asked),
    "rescore": Effect(lambda w: w.session.person_editing.is_rescoring, _make_stale),
    "stop_rescoring": Effect(lambda w: w.session.person_editing.waits_to_rescore, _make_stale),
}


def _order(window: MainWindow) -> object:
    return [(item.recording.name, item.state) for item in window.recordings.queue.items]


def _fill_queue(row: int) -> Callable[[Stage], None]:
    """Put three recordings into the queue, one of which failed, and choose one."""

    def fill(stage: Stage) -> None:
        panel = stage.window.recordings
        panel.queue.pause()
        panel.queue.items = [
            QueueItem(Path(f"{name}.mp4"), AnalysisParameters(), state)
            for name, state in (("a", "done"), ("b", "waiting"), ("c", "failed"))
        ]
        panel.queue.changed.emit()
        line = panel.list.topLevelItem(row)
        assert line is not None
        panel.list.setCurrentItem(line)

    return fill


def _note_opening(stage: Stage) -> None:
    _fill_queue(0)(stage)
    window = stage.window
    window.setProperty(ASKED, None)
    stage.monkeypatch.setattr(
        window.session, "open_path", lambda path: window.setProperty(ASKED, str(path))
    )


#: The rows of ``fead_desktop/gui/analysis/actions.py``.
QUEUE: dict[str, Effect] = {
    "draw_region": Effect(lambda w: w.region_drawer.is_drawing),
    "queue_files": Effect(_asked, _files_are_asked),
    "queue_folder": Effect(_asked, _files_are_asked),
    "queue_run": Effect(lambda w: w.recordings.queue.is_on),
    "queue_open": Effect(_asked, _note_opening),
    "queue_retry": Effect(_order, _fill_queue(2)),
    "queue_up": Effect(_order, _fill_queue(1)),
    "queue_down": Effect(_order, _fill_queue(1)),
    "queue_remove": Effect(_order, _fill_queue(1)),
}

EFFECTS: dict[str, Effect] = {**WINDOW, **QUEUE, **PLAYER, **PERSONS, **REVIEW, **TIMELINE}
