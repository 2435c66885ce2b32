"""Action: one row of the table of actions, and the usual answers to whether it can be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fead_desktop.gui.session import Session

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow

#: The menus in their order; a deeper one is written "&View/&Theme".
FILE, EDIT, PLAY, PERSONS, EVENTS, JUDGING, TIMELINE, VIEW, ANALYSIS, HELP = (
    "&File",
    "&Edit",
    "&Play",
    "Per&sons",
    "E&vents",
    "&Review",
    "&Timeline",
    "V&iew",
    "&Analysis",
    "&Help",
)
MENUS = (FILE, EDIT, PLAY, PERSONS, EVENTS, JUDGING, TIMELINE, VIEW, ANALYSIS, HELP)


def always(_session: Session) -> bool:
    """It can always be done."""
    return True


def has_anything(session: Session) -> bool:
    """Something is open."""
    return session.recording is not None or session.case is not None


def has_picture(session: Session) -> bool:
    """The recording is open and can be shown."""
    return session.index is not None


def has_case(session: Session) -> bool:
    """A case is open."""
    return session.case is not None


def has_results(session: Session) -> bool:
    """The case has persons; what a running analysis shows on its way is in no case."""
    return bool(session.persons) and not session.provisional.is_shown


def has_events(session: Session) -> bool:
    """The case has events."""
    return bool(session.events)


def has_chosen_event(session: Session) -> bool:
    """An event is chosen."""
    return session.chosen_event is not None


def has_hand_event(session: Session) -> bool:
    """The chosen event was added by hand."""
    event = session.event_by_rank(session.chosen_event)
    # While it is not to be seen whose an event is, no menu may tell.
    return event is not None and bool(event.added_by) and not session.reviewing.hides(event)


def has_adjusted_event(session: Session) -> bool:
    """The borders of the chosen event were changed."""
    event = session.event_by_rank(session.chosen_event)
    return event is not None and event.original is not None


def can_analyse(session: Session) -> bool:
    """A recording is open and no analysis runs."""
    return session.recording is not None and not session.is_analysing


def can_import(session: Session) -> bool:
    """The case has persons and its recording is there."""
    return has_results(session) and session.case is not None and session.index is not None


def can_selftest(session: Session) -> bool:
    """The case has persons and no analysis runs."""
    return bool(session.persons) and session.case is not None and not session.is_analysing


def analyses(session: Session) -> bool:
    """An analysis runs."""
    return session.is_analysing


@dataclass(frozen=True)
class Action:
    """One thing to do.

    ``keys`` in Qt's portable text, the first is shown in the menu; the analyst may change them. ``checked``
    makes it a switch and tells whether it is on now; ``section`` draws a line above it in its menu.
    """

    id: str
    menu: str
    title: str
    do: Callable[[MainWindow], object]
    keys: tuple[str, ...] = ()
    enabled: Callable[[Session], bool] = always
    icon: str = ""
    tip: str = ""
    checked: Callable[[MainWindow], bool] | None = None
    section: bool = False

    @property
    def plain_title(self) -> str:
        """The title without the sign for its menu letter."""
        return self.title.replace("&", "").rstrip("… ")
