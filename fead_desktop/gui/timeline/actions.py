"""What can be done with the timeline, and with what was marked in it: rows of the table of actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fead_desktop.gui.action import (
    EDIT,
    TIMELINE,
    Action,
    has_anything,
    has_chosen_event,
    has_results,
)
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline.lane_table import LANES, LaneLayout

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow


def can_undo(session: Session) -> bool:
    """There is an edit to take back."""
    return bool(session.editing.steps.undo)


def can_redo(session: Session) -> bool:
    """An edit was taken back."""
    return bool(session.editing.steps.redo)


def has_markers(session: Session) -> bool:
    """The case has markers."""
    return bool(session.editing.marks.markers)


def has_selection(session: Session) -> bool:
    """A stretch is selected."""
    return session.selection is not None


LANE_MENU = f"{TIMELINE}/&Lanes"


def _toggle(lane: str) -> Callable[[MainWindow], Any]:
    return lambda w: w.timeline.lane_keys.toggle(lane)


def _is_shown(lane: str) -> Callable[[MainWindow], bool]:
    return lambda w: w.timeline.lane_layout.is_shown(lane)


def _lane_key(number: int) -> str:
    """Return the key of a lane, counted from 0: the digits first, then the same ones with Ctrl."""
    ctrl = "Ctrl+" if number >= 10 else ""
    return f"{ctrl}Alt+Shift+{(number + 1) % 10}"


TIMELINE_ACTIONS: tuple[Action, ...] = (
    Action("undo", EDIT, "&Undo", lambda w: w.session.editing.undo(), ("Ctrl+Z",), can_undo,
           tip="Take the last edit back"),
    Action("redo", EDIT, "&Redo", lambda w: w.session.editing.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"), can_redo,
           tip="Do again what was undone last"),
    Action("add_marker", EDIT, "Add &marker", lambda w: w.timeline.add_marker(), ("M",), has_anything,
           tip="Mark the selected stretch, or the shown frame", section=True),
    Action("edit_marker", EDIT, "&Edit marker …", lambda w: w.timeline.edit_marker(), ("Shift+M",), has_markers,
           tip="Change text and colour of the marker at the shown frame, or remove it"),
    Action("select_stretch", EDIT, "Select in to &out",
           lambda w: w.timeline.select_stretch(w.player.play_range.in_frame, w.player.play_range.out_frame),
           ("Shift+S",), has_anything, tip="Select from in to out, without them the chosen event", section=True),
    Action("add_baseline", EDIT, "Selection is &baseline", lambda w: w.timeline.add_range("baseline"), ("Shift+B",),
           has_selection, tip="Mark the selected stretch as usual behaviour"),
    Action("add_excluded", EDIT, "E&xclude selection", lambda w: w.timeline.add_range("excluded"), ("Shift+X",),
           has_selection, tip="Mark the selected stretch as left out"),
    Action("loop_selection", EDIT, "&Loop selection", lambda w: w.session.loop_selection(), ("Shift+L",),
           has_selection, tip="Play the selected stretch over and over"),
    Action("deselect", EDIT, "Select &nothing", lambda w: w.session.deselect(), ("Shift+A",), has_selection),
    Action("whole_timeline", TIMELINE, "&Whole recording", lambda w: w.timeline.show_all(), ("W",), has_anything,
           "fit", "Zoom the timeline out to the whole recording"),
    Action("zoom_event", TIMELINE, "Zoom to e&vent", lambda w: w.timeline.zoom_to_event(), ("E",),
           has_chosen_event, tip="Zoom the timeline to the chosen event"),
    Action("zoom_selection", TIMELINE, "Zoom to &selection", lambda w: w.timeline.zoom_to_selection(), ("Shift+E",),
           has_selection, tip="Zoom the timeline to the selected stretch"),
    Action("zoom_time_in", TIMELINE, "Zoom &in", lambda w: w.timeline.zoom(1), ("Alt+Up", "Alt+="), has_anything),
    Action("zoom_time_out", TIMELINE, "Zoom &out", lambda w: w.timeline.zoom(-1), ("Alt+Down", "Alt+-"), has_anything),
    Action("choose_measures", TIMELINE, "Expression &measures …", lambda w: w.timeline.choose_measures(), ("Ctrl+M",),
           has_anything, tip="Choose which expression measures are shown", section=True),
    Action("fewer_events", TIMELINE, "Threshold &up", lambda w: w.timeline.lane_keys.move_threshold(-1), ("Alt+PgUp",),
           has_results, tip="Raise the threshold line until one event fewer reaches it", section=True),
    Action("more_events", TIMELINE, "Threshold &down", lambda w: w.timeline.lane_keys.move_threshold(1),
           ("Alt+PgDown",), has_results, tip="Lower the threshold line until one event more reaches it"),
    Action("usual_threshold", TIMELINE, "Usual &threshold", lambda w: w.timeline.lane_keys.usual_threshold(),
           ("Alt+Home",), has_results, tip="Put the threshold line back to where the flags begin"),
    Action("next_lane", LANE_MENU, "&Next lane", lambda w: w.timeline.lane_keys.choose(1), ("Alt+Shift+Down",),
           has_anything, tip="Choose the lane that keys move and resize", section=True),
    Action("previous_lane", LANE_MENU, "&Previous lane", lambda w: w.timeline.lane_keys.choose(-1), ("Alt+Shift+Up",),
           has_anything),
    Action("lane_up", LANE_MENU, "Move lane &up", lambda w: w.timeline.lane_keys.move(-1), ("Ctrl+Shift+Up",),
           has_anything),
    Action("lane_down", LANE_MENU, "Move lane &down", lambda w: w.timeline.lane_keys.move(1), ("Ctrl+Shift+Down",),
           has_anything),
    Action("lane_higher", LANE_MENU, "&Higher lane", lambda w: w.timeline.lane_keys.resize(1), ("Alt+Shift+PgUp",),
           has_anything),
    Action("lane_lower", LANE_MENU, "&Lower lane", lambda w: w.timeline.lane_keys.resize(-1), ("Alt+Shift+PgDown",),
           has_anything),
    *(
        Action(f"lane_{lane.id}", LANE_MENU, f"{lane.short or lane.title} lane", _toggle(lane.id), (_lane_key(number),),
               has_anything, tip=f"Show or hide: {lane.title}", checked=_is_shown(lane.id), section=not number)
        for number, lane in enumerate(LANES)
    ),
    Action("fit_lanes", LANE_MENU, "&Fit the lanes to the panel", lambda w: w.timeline.lane_keys.toggle_fit(),
           ("Alt+Shift+F",), has_anything, checked=lambda w: w.timeline.lane_layout.fits, section=True),
    Action("stack_persons", LANE_MENU, "&Every person below the other",
           lambda w: w.timeline.lane_keys.toggle_stacked(), ("Alt+Shift+P",), has_results,
           checked=lambda w: w.timeline.lane_layout.stacked),
    Action("usual_lanes", LANE_MENU, "U&sual lanes", lambda w: w.timeline.set_lane_layout(LaneLayout()),
           ("Alt+Shift+U",), has_anything),
)  # fmt: skip
