"""Everything the analyst can do, as one table: menus, tool bar, keys, sheet of keys and palette are made from it.

A room with many actions keeps its rows beside its panel; this module joins them.
"""

from __future__ import annotations

from fead_desktop.gui.action import (
    ANALYSIS,
    EVENTS,
    FILE,
    HELP,
    MENUS,
    VIEW,
    Action,
    analyses,
    can_analyse,
    has_anything,
    has_case,
    has_events,
    has_results,
)
from fead_desktop.gui.player.actions import PLAYER_ACTIONS
from fead_desktop.gui.timeline.actions import TIMELINE_ACTIONS

#: Keys follow mpv and LosslessCut where they have the same action.
_WINDOW_ACTIONS: tuple[Action, ...] = (
    Action("open", FILE, "&Open …", lambda w: w.ask_open(), ("Ctrl+O",), icon="open",
           tip="Open a recording or a case"),
    Action("close", FILE, "&Close", lambda w: w.session.close(), ("Ctrl+W",), has_anything),
    Action("save_copy", FILE, "Save a co&py …", lambda w: w.ask_save_copy(), ("Ctrl+Shift+S",), has_case,
           "copy", "Write a complete copy of the case", section=True),
    Action("export_csv", FILE, "&Export CSV …", lambda w: w.ask_export_csv(), ("Ctrl+E",), has_results,
           "export", "Write one table per person, with a data dictionary"),
    Action("quit", FILE, "&Quit", lambda w: w.close(), ("Ctrl+Q",), section=True),
    Action("next_event", EVENTS, "&Next event", lambda w: w.session.next_event(), ("N",), has_events,
           "next-event"),
    Action("previous_event", EVENTS, "&Previous event", lambda w: w.session.previous_event(), ("P",),
           has_events, "previous-event"),
    Action("all_persons", EVENTS, "&All persons", lambda w: w.session.choose_person(None), ("A",),
           has_results, "persons", section=True),
    Action("full_screen", VIEW, "&Full screen", lambda w: w.toggle_full_screen(), ("F", "F11"),
           checked=lambda w: w.isFullScreen(), section=True),
    Action("show_analysis", ANALYSIS, "&Settings", lambda w: w.show_analysis(), ("Ctrl+,",), icon="analyse"),
    Action("analyse", ANALYSIS, "&Analyse", lambda w: w.analyse(), ("Ctrl+R",), can_analyse, "analyse",
           "Analyse the recording with the settings shown"),
    Action("cancel", ANALYSIS, "&Cancel", lambda w: w.analysis.cancel(), ("Ctrl+.",), analyses, "cancel"),
    Action("keys", HELP, "&Keys", lambda w: w.show_keys(), ("F1", "?"), icon="keys"),
    Action("about", HELP, "&About", lambda w: w.show_about(), ("Shift+F1",), icon="about"),
)  # fmt: skip

#: By menu; within a menu in the order of the tables.
ACTIONS: tuple[Action, ...] = tuple(
    sorted(
        (*_WINDOW_ACTIONS, *PLAYER_ACTIONS, *TIMELINE_ACTIONS),
        key=lambda action: MENUS.index(action.menu.partition("/")[0]),
    )
)
