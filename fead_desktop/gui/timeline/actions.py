"""What can be done with the timeline, and with what was marked in it: rows of the table of actions."""

from __future__ import annotations

from fead_desktop.gui.action import EDIT, TIMELINE, Action, has_anything, has_chosen_event
from fead_desktop.gui.session import Session


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
)  # fmt: skip
