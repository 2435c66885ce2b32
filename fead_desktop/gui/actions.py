"""Everything the analyst can do, as one table: menus, tool bar, keys and the sheet of keys are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fead_desktop.gui.session import Session

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow


def _always(_session: Session) -> bool:
    return True


def _has_anything(session: Session) -> bool:
    return session.recording is not None or session.case is not None


def _has_picture(session: Session) -> bool:
    return session.index is not None


def _has_case(session: Session) -> bool:
    return session.case is not None


def _has_results(session: Session) -> bool:
    return bool(session.persons)


def _has_events(session: Session) -> bool:
    return bool(session.events)


def _can_analyse(session: Session) -> bool:
    return session.recording is not None and not session.is_analysing


def _analyses(session: Session) -> bool:
    return session.is_analysing


@dataclass(frozen=True)
class Action:
    """One thing to do.

    ``keys`` in Qt's portable text, the first is shown in the menu; ``checked`` None = not a switch, else how it
    starts.
    """

    id: str
    menu: str
    title: str
    do: Callable[[MainWindow], object]
    keys: tuple[str, ...] = ()
    enabled: Callable[[Session], bool] = _always
    icon: str = ""
    tip: str = ""
    checked: bool | None = None


FILE, PLAY, EVENTS, VIEW, ANALYSIS, HELP = (
    "&File",
    "&Play",
    "&Events",
    "&View",
    "&Analysis",
    "&Help",
)

#: Keys follow mpv and LosslessCut where they have the same action.
ACTIONS: tuple[Action, ...] = (
    Action("open", FILE, "&Open …", lambda w: w.ask_open(), ("O", "Ctrl+O"), icon="open",
           tip="Open a recording or a case"),
    Action("close", FILE, "&Close", lambda w: w.session.close(), ("Ctrl+W",), _has_anything),
    Action("save_copy", FILE, "Save a co&py …", lambda w: w.ask_save_copy(), ("Ctrl+Shift+S",), _has_case,
           "copy", "Write a complete copy of the case"),
    Action("export_csv", FILE, "&Export CSV …", lambda w: w.ask_export_csv(), ("Ctrl+E",), _has_results,
           "export", "Write one table per person, with a data dictionary"),
    Action("quit", FILE, "&Quit", lambda w: w.close(), ("Ctrl+Q",)),
    Action("play", PLAY, "&Play or pause", lambda w: w.player.toggle_play(), ("Space",), _has_picture, "play"),
    Action("step_back", PLAY, "Frame &back", lambda w: w.player.step(-1), ("Left", ","), _has_picture,
           "step-back"),
    Action("step_forward", PLAY, "Frame &forward", lambda w: w.player.step(1), ("Right", "."), _has_picture,
           "step-forward"),
    Action("second_back", PLAY, "Second back", lambda w: w.move_seconds(-1), ("Shift+Left",), _has_picture),
    Action("second_forward", PLAY, "Second forward", lambda w: w.move_seconds(1), ("Shift+Right",),
           _has_picture),
    Action("first_frame", PLAY, "First frame", lambda w: w.session.request_frame(0), ("Home",), _has_picture),
    Action("last_frame", PLAY, "Last frame", lambda w: w.session.request_frame(1 << 62), ("End",), _has_picture),
    Action("next_event", EVENTS, "&Next event", lambda w: w.session.next_event(), ("N",), _has_events,
           "next-event"),
    Action("previous_event", EVENTS, "&Previous event", lambda w: w.session.previous_event(), ("P",),
           _has_events, "previous-event"),
    Action("all_persons", EVENTS, "&All persons", lambda w: w.session.choose_person(None), ("A",),
           _has_results, "persons"),
    Action("overlay", VIEW, "Face &boxes", lambda w: w.toggle_overlay(), ("B",), _has_picture, "overlay",
           "Show face boxes, persons and emotions over the picture", checked=True),
    Action("whole_timeline", VIEW, "&Whole timeline", lambda w: w.timeline.show_all(), ("W",), _has_results,
           "fit"),
    Action("full_screen", VIEW, "&Full screen", lambda w: w.toggle_full_screen(), ("F", "F11")),
    Action("show_analysis", ANALYSIS, "&Settings", lambda w: w.show_analysis(), ("S",), icon="analyse"),
    Action("analyse", ANALYSIS, "&Analyse", lambda w: w.analyse(), ("Ctrl+R",), _can_analyse, "analyse",
           "Analyse the recording with the settings shown"),
    Action("cancel", ANALYSIS, "&Cancel", lambda w: w.analysis.cancel(), ("Ctrl+.",), _analyses, "cancel"),
    Action("keys", HELP, "&Keys", lambda w: w.show_keys(), ("F1",), icon="keys"),
    Action("about", HELP, "&About", lambda w: w.show_about(), icon="about"),
)  # fmt: skip
