"""What a reviewer can do, by key: rows of the table of actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fead_desktop.gui.action import JUDGING, Action, has_chosen_event, has_events
from fead_desktop.review.verdict import CONFIDENCES

if TYPE_CHECKING:
    from fead_desktop.gui.main_window import MainWindow


def _sure(confidence: int) -> Callable[[MainWindow], Any]:
    return lambda w: w.queue.set_confidence(confidence)


REVIEW_ACTIONS: tuple[Action, ...] = (
    Action("review", JUDGING, "&Go through the events", lambda w: w.begin_review(), ("V",), has_events,
           tip="Judge one event after another, blind on the first pass; then those that reviewers dispute"),
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
)  # fmt: skip
