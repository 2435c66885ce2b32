"""What can be done about analyses: the region, and the queue of recordings; rows of the table of actions."""

from __future__ import annotations

from fead_desktop.gui.action import ANALYSIS, Action, can_analyse

QUEUE = f"{ANALYSIS}/&Queue"

ANALYSIS_ACTIONS: tuple[Action, ...] = (
    Action("draw_region", ANALYSIS, "Draw re&gion …", lambda w: w.draw_region(), ("Ctrl+Alt+B",), can_analyse,
           tip="Drag a rectangle over the picture; faces are searched for in it only"),
    Action("queue_files", QUEUE, "Add &files …", lambda w: w.recordings.ask_files(), ("Ctrl+Shift+A",),
           tip="Add recordings to be analysed one after another"),
    Action("queue_folder", QUEUE, "Add f&older …", lambda w: w.recordings.ask_folder(), ("Ctrl+Alt+A",),
           tip="Add all recordings of a folder"),
    Action("queue_run", QUEUE, "&Start or pause", lambda w: w.recordings.toggle(), ("Ctrl+Alt+Q",),
           tip="Analyse what waits in the queue, or let it wait",
           checked=lambda w: w.recordings.queue.is_on, section=True),
    Action("queue_open", QUEUE, "Show &results", lambda w: w.recordings.open_chosen(), ("Ctrl+Alt+O",),
           tip="Open the recording chosen in the queue"),
    Action("queue_retry", QUEUE, "Re&try", lambda w: w.recordings.retry(), ("Ctrl+Alt+Y",),
           tip="Let the chosen recordings wait again; with none chosen those that failed"),
    Action("queue_up", QUEUE, "Move &up", lambda w: w.recordings.move_chosen(-1), ("Ctrl+Alt+E",),
           tip="Analyse the chosen recording earlier", section=True),
    Action("queue_down", QUEUE, "Move &down", lambda w: w.recordings.move_chosen(1), ("Ctrl+Alt+N",),
           tip="Analyse the chosen recording later"),
    Action("queue_remove", QUEUE, "Re&move", lambda w: w.recordings.remove(), ("Ctrl+Alt+X",),
           tip="Take the chosen recordings out of the queue; their cases stay"),
)  # fmt: skip
