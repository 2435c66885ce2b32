"""The edits of the events: borders moved, events added by hand, a pass with controls begun and ended. Qt-free zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.case.edits import Change, Edit, Item, Marks
from fead_desktop.errors import UsageError
from fead_desktop.review.controls import Control, ended
from fead_desktop.review.moments import (
    Adjustment,
    HandEvent,
    checked,
    latest_adjustments,
)
from fead_desktop.review.verdict import moment_of


def adjust_event(
    marks: Marks, event: AnomalyEvent, extent: Extent, reviewer: str, time_utc: str
) -> Edit | None:
    """Return the edit that moves an event's borders; None where nothing would change.

    What the analysis found is kept. Borders moved back to where they were first undo the adjustment.
    """
    before = latest_adjustments(marks.adjustments).get(moment_of(event))
    if checked(extent) == event.extent:
        return None
    if extent == (event.original or event.extent):
        return restore_event(marks, event)
    person, of_frame = moment_of(event)
    number = 1 + max((each.adjustment for each in marks.adjustments), default=0)
    after = Adjustment(
        **asdict(extent),
        adjustment=number if before is None else before.adjustment,
        person=person,
        of_frame=of_frame,
        reviewer=reviewer,
        time_utc=time_utc,
    )
    return Edit("adjust event", (Change(before, after),))


def restore_event(marks: Marks, event: AnomalyEvent) -> Edit | None:
    """Return the edit that puts an event's borders back to where they were found; None where they are."""
    moment = moment_of(event)
    own = [each for each in marks.adjustments if each.moment == moment]
    if not own:
        return None
    return Edit("restore event", tuple(Change(each, None) for each in own))


def add_hand_event(
    marks: Marks,
    events: Iterable[AnomalyEvent],
    new: HandEvent,
) -> Edit:
    """Return the edit that adds an event of a person by hand; its number is given here.

    Raises
    ------
    UsageError
        Where the person has an event with the same peak, by which verdicts know it.
    """
    if any(moment_of(each) == new.moment for each in events):
        raise UsageError(
            f"There is already an event of this person with its peak at frame {new.peak_frame}."
        )
    checked(new.extent)
    number = 1 + max((each.hand_event for each in marks.hand_events), default=0)
    return Edit("add event", (Change(None, replace(new, hand_event=number)),))


def remove_hand_event(marks: Marks, event: AnomalyEvent) -> Edit:
    """Return the edit that removes an event that was added by hand, with its adjustments and verdicts.

    Raises
    ------
    UsageError
        For an event that the analysis found.
    """
    moment = moment_of(event)
    own = [each for each in marks.hand_events if each.moment == moment]
    if not event.added_by or not own:
        raise UsageError("Only an event that was added by hand can be removed; reject the others.")
    gone: list[Item] = [
        *own,
        *(each for each in marks.adjustments if each.moment == moment),
        *(each for each in marks.verdicts if each.moment == moment),
    ]
    return Edit("remove event", tuple(Change(each, None) for each in gone))


def begin_pass(marks: Marks, controls: Sequence[Control]) -> Edit | None:
    """Return the edit that mixes controls into a reviewer's queue; None where there are none."""
    first = 1 + max((each.control for each in marks.controls), default=0)
    new = [replace(each, control=first + k) for k, each in enumerate(controls)]
    return Edit("begin review", tuple(Change(None, each) for each in new)) if new else None


def end_pass(marks: Marks, reviewer: str) -> Edit | None:
    """Return the edit that ends a reviewer's pass: controls without a verdict go, the others count from now on."""
    judged = {each.moment for each in marks.verdicts if each.reviewer == reviewer}
    own = [each for each in marks.controls if each.reviewer == reviewer and not each.ended]
    changes = [Change(each, ended(each) if each.moment in judged else None) for each in own]
    return Edit("end review", tuple(changes)) if changes else None


def together(edit: Edit, *others: Edit | None) -> Edit:
    """Return edits as one step under the title of the first."""
    changes = [change for each in others if each is not None for change in each.changes]
    return replace(edit, changes=(*edit.changes, *changes))
