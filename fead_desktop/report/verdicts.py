"""The verdicts as a table: one row each, with the state of its event and how far its reviewers agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fead_desktop.case.store import Case
from fead_desktop.features.table import Column
from fead_desktop.report.interchange.plain import spreadsheet_text
from fead_desktop.review.agreement import by_event
from fead_desktop.review.controls import on_events
from fead_desktop.review.verdict import ANSWERS, moment_of, states
from fead_desktop.video.timebase import format_timecode

FILE = "verdicts.csv"
_STATES = ", ".join(ANSWERS)

COLUMNS = (
    Column("event", "int", "", "number of the event (1 = most unusual); empty if no longer listed"),
    Column("person", "int", "", "number of the person"),
    Column("peak_frame", "int", "", "frame of the event's peak"),
    Column("peak_timecode", "text", "h:m:s.ms", "time of the peak, relative to the first frame"),
    Column("reviewer", "text", "", "who judged"),
    Column("answer", "text", "", f"what the reviewer said: {_STATES}"),
    Column("reason", "text", "", "what drove the verdict, in the words of the case's list"),
    Column("confidence", "int", "1-5", "1 = a guess, 5 = certain; empty where left open"),
    Column("note", "text", "", "the reviewer's note"),
    Column("tags", "text", "", "the reviewer's tags, with commas between"),
    Column(
        "blind", "0/1", "", "1 if score, rank, reasons and other verdicts were hidden until then"
    ),
    Column("time_utc", "text", "ISO 8601", "when the verdict was given"),
    Column(
        "verdict", "text", "", f"the latest verdicts on the event together: {_STATES}, or disputed"
    ),
    Column(
        "agreement",
        "float",
        "0-1",
        "share of pairs of reviewers whose first answers agree; empty for one reviewer",
    ),
    Column(
        "control",
        "0/1",
        "",
        "1 if the moment was no event but a control of this reviewer; listed once that pass is over",
    ),
)


def verdict_rows(case: Case) -> Iterator[list[Any]]:
    """Yield the verdicts in the order they were given.

    Those on controls are left out while the reviewer's pass lasts: a file must not tell which they are.
    """
    marks = case.marks()
    running = [each for each in marks.controls if not each.ended]
    mixed = {(each.reviewer, each.moment) for each in marks.controls}
    verdicts = on_events(marks.verdicts, running)
    events = {moment_of(event): event for event in case.events()}
    together, agreed = states(verdicts), by_event(on_events(verdicts, marks.controls))
    for each in verdicts:
        event = events.get(each.moment)
        yield [
            "" if event is None else event.event,
            each.person,
            each.peak_frame,
            "" if event is None else format_timecode(event.peak_s),
            spreadsheet_text(each.reviewer),
            each.answer,
            spreadsheet_text(each.reason),
            "" if each.confidence is None else each.confidence,
            spreadsheet_text(each.note),
            spreadsheet_text(each.tags),
            int(each.blind),
            each.time_utc,
            together[each.moment],
            agreed.get(each.moment, float("nan")),
            int((each.reviewer, each.moment) in mixed),
        ]
