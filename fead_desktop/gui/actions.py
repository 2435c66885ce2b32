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
    can_import,
    can_selftest,
    has_anything,
    has_case,
    has_events,
    has_picture,
    has_results,
)
from fead_desktop.gui.analysis.actions import ANALYSIS_ACTIONS
from fead_desktop.gui.dialogs import opening
from fead_desktop.gui.docks import ANALYSIS as ANALYSIS_LAYOUT
from fead_desktop.gui.docks import REVIEW
from fead_desktop.gui.persons.actions import PERSON_ACTIONS
from fead_desktop.gui.player.actions import PLAYER_ACTIONS
from fead_desktop.gui.review.actions import REVIEW_ACTIONS
from fead_desktop.gui.timeline.actions import TIMELINE_ACTIONS

PANELS, THEME = f"{VIEW}/&Panels", f"{VIEW}/&Theme and text"

#: Keys follow mpv and LosslessCut where they have the same action.
_WINDOW_ACTIONS: tuple[Action, ...] = (
    Action("open", FILE, "&Open …", lambda w: w.ask_open(), ("Ctrl+O",), icon="open",
           tip="Open a recording or a case"),
    Action("close", FILE, "&Close", lambda w: w.session.close(), ("Ctrl+W",), has_anything),
    Action("save_copy", FILE, "Save a co&py …", lambda w: w.ask_save_copy(), ("Ctrl+Shift+S",), has_case,
           "copy", "Write a complete copy of the case", section=True),
    Action("export", FILE, "&Export …", opening.export, ("Ctrl+E",), has_results,
           "export", "Write tables, annotations, subtitles or chapters for other programs"),
    Action("import_table", FILE, "&Import a table …", opening.import_table, ("Ctrl+Alt+I",), can_import,
           tip="Show what OpenFace, py-feat or LibreFace measured beside our own measures"),
    Action("purpose", FILE, "Purpose and le&gal basis …", opening.purpose, ("Ctrl+Alt+P",), has_case,
           tip="State what the recording is analysed for; goes into the report", section=True),
    Action("verify", FILE, "&Verify …", opening.verify, ("Ctrl+Alt+V",),
           tip="Tell whether an evidence package is as it was written"),
    Action("reproduce", FILE, "Rep&roduce …", opening.reproduce, ("Ctrl+Alt+R",),
           tip="Analyse the recording of an evidence package again, and compare"),
    Action("quit", FILE, "&Quit", lambda w: w.close(), ("Ctrl+Q",), section=True),
    Action("next_event", EVENTS, "&Next event", lambda w: w.session.next_event(), ("N",), has_events,
           "next-event"),
    Action("previous_event", EVENTS, "&Previous event", lambda w: w.session.previous_event(), ("P",),
           has_events, "previous-event"),
    Action("all_persons", EVENTS, "&All persons", lambda w: w.session.choose_person(None), ("Shift+P",),
           has_results, "persons", section=True),
    Action("panel_persons", PANELS, "&Persons", lambda w: w.docks.toggle("persons"), ("Ctrl+1",),
           checked=lambda w: w.docks.is_open("persons")),
    Action("panel_analysis", PANELS, "&Analysis", lambda w: w.docks.toggle("analysis"), ("Ctrl+2",),
           checked=lambda w: w.docks.is_open("analysis")),
    Action("panel_events", PANELS, "&Events", lambda w: w.docks.toggle("events"), ("Ctrl+3",),
           checked=lambda w: w.docks.is_open("events")),
    Action("panel_why", PANELS, "&Why this moment", lambda w: w.docks.toggle("why"), ("Ctrl+4",),
           checked=lambda w: w.docks.is_open("why")),
    Action("panel_timeline", PANELS, "&Timeline", lambda w: w.docks.toggle("timeline"), ("Ctrl+5",),
           checked=lambda w: w.docks.is_open("timeline")),
    Action("panel_queue", PANELS, "&Review", lambda w: w.docks.toggle("queue"), ("Ctrl+6",),
           checked=lambda w: w.docks.is_open("queue")),
    Action("panel_recordings", PANELS, "&Queue", lambda w: w.docks.toggle("recordings"), ("Ctrl+7",),
           checked=lambda w: w.docks.is_open("recordings")),
    Action("panel_map", PANELS, "Face &map", lambda w: w.docks.toggle("map"), ("Ctrl+8",),
           checked=lambda w: w.docks.is_open("map")),
    Action("float_panel", PANELS, "&Float or dock", lambda w: w.docks.toggle_floating(), ("Ctrl+Alt+F",),
           tip="Take the panel in use out of the window, or put it back", section=True),
    Action("layout_review", VIEW, "&Review layout", lambda w: w.docks.use(REVIEW), ("F5",),
           checked=lambda w: w.docks.layout == REVIEW, tip="Panels for looking at events", section=True),
    Action("layout_analysis", VIEW, "A&nalysis layout", lambda w: w.docks.use(ANALYSIS_LAYOUT), ("F6",),
           checked=lambda w: w.docks.layout == ANALYSIS_LAYOUT, tip="Panels for settings and curves"),
    Action("reset_layout", VIEW, "Panels as at firs&t", lambda w: w.docks.reset(), ("Shift+F5",),
           tip="Put the panels of this layout back where they were at first"),
    Action("theme_system", THEME, "As the &system", lambda w: w.use_theme("system"), ("Ctrl+Alt+S",),
           checked=lambda w: w.settings.theme == "system"),
    Action("theme_dark", THEME, "&Dark", lambda w: w.use_theme("dark"), ("Ctrl+Alt+D",),
           checked=lambda w: w.settings.theme == "dark"),
    Action("theme_light", THEME, "&Light", lambda w: w.use_theme("light"), ("Ctrl+Alt+L",),
           checked=lambda w: w.settings.theme == "light"),
    Action("theme_contrast", THEME, "&High contrast", lambda w: w.use_theme("high contrast"), ("Ctrl+Alt+H",),
           checked=lambda w: w.settings.theme == "high contrast"),
    Action("larger_text", THEME, "La&rger text", lambda w: w.change_font_scale(1), ("Ctrl++", "Ctrl+="),
           section=True),
    Action("smaller_text", THEME, "S&maller text", lambda w: w.change_font_scale(-1), ("Ctrl+-",)),
    Action("usual_text", THEME, "&Usual text", lambda w: w.change_font_scale(0), ("Ctrl+0",)),
    Action("picture_screen", VIEW, "Picture a&lone", lambda w: w.picture_screen.toggle(), ("F",), has_picture,
           tip="Fill the screen with the picture; Escape leaves", checked=lambda w: w.picture_screen.is_on,
           section=True),
    Action("full_screen", VIEW, "&Full screen", lambda w: w.toggle_full_screen(), ("F11",),
           checked=lambda w: w.isFullScreen()),
    Action("show_analysis", ANALYSIS, "&Settings", lambda w: w.show_analysis(), ("Ctrl+,",), icon="analyse"),
    Action("analyse", ANALYSIS, "&Analyse", lambda w: w.analyse(), ("Ctrl+R",), can_analyse, "analyse",
           "Analyse the recording with the settings shown"),
    Action("cancel", ANALYSIS, "&Cancel", lambda w: w.analysis.cancel(), ("Ctrl+.",), analyses, "cancel"),
    Action("selftest", ANALYSIS, "Self-&test …", lambda w: w.show_selftest(), ("Ctrl+Shift+R",), can_selftest,
           tip="Plant moments into this recording and see how many would have been flagged", section=True),
    Action("keys", HELP, "&Keys", lambda w: w.show_keys(), ("F1", "?"), icon="keys"),
    Action("change_keys", HELP, "&Change keys …", lambda w: w.change_keys(), ("Ctrl+K",)),
    Action("palette", HELP, "&Find an action …", lambda w: w.show_palette(), ("Ctrl+Shift+P",),
           tip="Type a few letters of what you want to do"),
    Action("about", HELP, "&About", lambda w: w.show_about(), ("Shift+F1",), icon="about"),
)  # fmt: skip

#: By menu; within a menu in the order of the tables.
ACTIONS: tuple[Action, ...] = tuple(
    sorted(
        (
            *_WINDOW_ACTIONS,
            *ANALYSIS_ACTIONS,
            *PLAYER_ACTIONS,
            *PERSON_ACTIONS,
            *REVIEW_ACTIONS,
            *TIMELINE_ACTIONS,
        ),
        key=lambda action: MENUS.index(action.menu.partition("/")[0]),
    )
)
