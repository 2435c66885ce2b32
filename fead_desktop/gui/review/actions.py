"""What a reviewer can do, by key: rows of the table of actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fead_desktop.gui.action import (
    EVENTS,
    JUDGING,
    Action,
    has_adjusted_event,
    has_anything,
    has_chosen_event,
    has_events,
    has_hand_event,
)
from fead_desktop.gui.session import Session
from fead_desktop.review.filters import EventFilter
from fead_desktop.review.moments import Edge
from fead_desktop.review.verdict import CONFIDENCES, DISPUTED

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow


def _sure(confidence: int) -> Callable[[MainWindow], Any]:
    return lambda w: w.queue.set_confidence(confidence)


def _border(edge: Edge, frames: int) -> Callable[[MainWindow], Any]:
    return lambda w: w.session.adjusting.move_edge(edge, frames)


def filters(session: Session) -> bool:
    """A filter or another order is on."""
    return session.filtering.wanted != EventFilter()


def has_selected_event(session: Session) -> bool:
    """A stretch is selected in a case with persons."""
    return session.selection is not None and bool(session.persons)


_STEPS: tuple[tuple[Edge, str, int, str], ...] = (
    ("onset", "earlier", -1, "Alt+Left"),
    ("onset", "later", 1, "Alt+Right"),
    ("offset", "earlier", -1, "Alt+Shift+Left"),
    ("offset", "later", 1, "Alt+Shift+Right"),
)

REVIEW_ACTIONS: tuple[Action, ...] = (
    Action("review", JUDGING, "&Go through the events", lambda w: w.begin_review(), ("V",), has_events,
           tip="Judge one event after another, blind on the first pass; then those that reviewers dispute"),
    Action("disputed", JUDGING, "Disputed e&vents only", lambda w: w.toggle_disputed(), ("Shift+V",), has_events,
           tip="List the events on which reviewers differ, or all again",
           checked=lambda w: w.session.filtering.wanted.state == DISPUTED),
    Action("confirm", JUDGING, "&Confirm", lambda w: w.queue.judge("confirmed"), ("A",), has_chosen_event,
           tip="The moment shows a change of expression worth keeping", section=True),
    Action("reject", JUDGING, "&Reject", lambda w: w.queue.judge("rejected"), ("R",), has_chosen_event,
           tip="The moment shows nothing of the kind"),
    Action("unsure", JUDGING, "&Unsure", lambda w: w.queue.judge("unsure"), ("U",), has_chosen_event,
           tip="It can't be told"),
    Action("skip", JUDGING, "&Skip", lambda w: w.session.reviewing.skip(), ("D",), has_events,
           tip="Leave it for later; it comes again at the end"),
    Action("next_reason", JUDGING, "Reason &forward", lambda w: w.queue.move_reason(1), ("Y",), has_events,
           tip="The next reason for the verdict", section=True),
    Action("previous_reason", JUDGING, "Reason bac&k", lambda w: w.queue.move_reason(-1), ("Shift+Y",),
           has_events),
    Action("drop_reason", JUDGING, "&Drop this reason", lambda w: w.queue.drop_reason(), ("Ctrl+Shift+Y",),
           has_events, tip="Take the shown reason off the list; verdicts keep it"),
    *(
        Action(f"confidence_{each}", JUDGING, f"Confidence &{each}", _sure(each), (str(each),), has_events,
               tip={1: "A guess", 5: "Certain"}.get(each, ""), section=each == 1)
        for each in CONFIDENCES
    ),
    Action("write_note", JUDGING, "N&ote", lambda w: w.write_review("note"), ("Ctrl+N",), has_events,
           tip="Write a note to the verdict; Enter ends it", section=True),
    Action("write_tags", JUDGING, "&Tags", lambda w: w.write_review("tags"), ("Ctrl+T",), has_events,
           tip="Write tags to the verdict, with commas between; Enter ends it"),
    Action("blind", JUDGING, "&Blind first", lambda w: w.session.reviewing.set_blind(not w.session.reviewing.blind),
           ("Ctrl+Shift+B",), has_events,
           tip="Hide score, rank, reasons and the verdicts of others until yours is in",
           checked=lambda w: w.session.reviewing.blind, section=True),
    Action("search_events", EVENTS, "&Search events and markers", lambda w: w.search_events(), ("Ctrl+F",),
           has_anything, tip="Find words in notes, tags, reasons and markers", section=True),
    Action("filter_events", EVENTS, "&Filter events", lambda w: w.events.bar.toggle(), ("Ctrl+Shift+F",),
           has_anything, tip="Show or hide the choices of what is listed",
           checked=lambda w: w.events.bar.is_open),
    Action("no_filter", EVENTS, "List all e&vents", lambda w: w.session.filtering.clear(), ("Shift+Esc",),
           filters, tip="Take every filter away"),
    Action("add_event", EVENTS, "A&dd event by hand", lambda w: w.session.adjusting.add(), ("Shift+N",),
           has_selected_event, tip="Make the selected stretch an event of the chosen person", section=True),
    Action("remove_event", EVENTS, "Re&move event", lambda w: w.session.adjusting.remove(), ("Shift+Del",),
           has_hand_event, tip="Remove an event that was added by hand"),
    Action("onset_here", EVENTS, "&Onset here", lambda w: w.session.adjusting.put_edge("onset", w.session.frame),
           ("Ctrl+Shift+I",), has_chosen_event, tip="Let the chosen event begin with the shown frame", section=True),
    Action("peak_here", EVENTS, "Pea&k here", lambda w: w.session.adjusting.put_edge("peak", w.session.frame),
           ("Ctrl+Shift+K",), has_chosen_event, tip="Let the chosen event peak at the shown frame"),
    Action("offset_here", EVENTS, "Offse&t here", lambda w: w.session.adjusting.put_edge("offset", w.session.frame),
           ("Ctrl+Shift+O",), has_chosen_event, tip="Let the chosen event end with the shown frame"),
    *(
        Action(f"{edge}_{way}", EVENTS, f"{edge.capitalize()} one frame {way}",
               _border(edge, step), (key,), has_chosen_event)
        for edge, way, step, key in _STEPS
    ),
    Action("restore_event", EVENTS, "&Borders as found", lambda w: w.session.adjusting.restore(), ("Ctrl+Shift+U",),
           has_adjusted_event, tip="Put the borders of the chosen event back to where they were found"),
)  # fmt: skip
