"""What can be done with the timeline: rows of the table of actions."""

from __future__ import annotations

from fead_desktop.gui.action import TIMELINE, Action, has_results

TIMELINE_ACTIONS: tuple[Action, ...] = (
    Action("whole_timeline", TIMELINE, "&Whole recording", lambda w: w.timeline.show_all(), ("W",), has_results,
           "fit", "Zoom the timeline out to the whole recording"),
)  # fmt: skip
