"""Two copies of a case that were reviewed apart become one, with nothing lost and every conflict named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fead_desktop.case.edits import (
    Change,
    Edit,
    Item,
    Marker,
    Marks,
    Range,
    number_field,
    number_of,
    set_reasons,
)
from fead_desktop.case.imported import take_missing
from fead_desktop.case.person_edits import as_told_apart
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.review.moments import Adjustment, HandEvent, latest_adjustments
from fead_desktop.review.verdict import Verdict, last_answers, moment_of


@dataclass(frozen=True)
class Merged:
    """What came into the merged case from the second copy, and what the two say differently."""

    verdicts: int
    markers: int
    ranges: int
    conflicts: tuple[str, ...]
    events: int = 0
    adjustments: int = 0
    tables: int = 0


def merge_cases(first: Path, second: Path, output: Path) -> Merged:
    """Write a copy of the first case that also holds what the analyst added to the second.

    Analysis and events are those of the first; the second's log is kept within the entry "merge". Merging is one
    edit and can be undone.

    Raises
    ------
    CaseError
        When the two don't belong to the same recording.
    OutputError
        When the output exists or can't be written.
    """
    if output.exists():
        raise OutputError(f"There is already a file '{output}'; choose another name.")
    part = output.with_name(output.name + ".merging")
    with Case.open(first) as ours, Case.open(second) as theirs:
        _check_same_recording(ours, theirs)
        said, apart = _in_our_persons(ours, theirs)
        edit, conflicts = merge_marks(ours.marks(), said)
        conflicts = (*apart, *conflicts)
        known = {moment_of(event) for event in ours.events()}
        known |= {each.moment for each in said.hand_events} | {
            each.moment for each in said.controls
        }
        strange = {each.moment for each in said.verdicts} - known
        if strange:
            sentence = (
                f"'{second.name}' judges events that '{first.name}' doesn't list: {len(strange)}; "
                "their verdicts are kept."
            )
            conflicts = (*conflicts, sentence)
        if ours.purpose and theirs.purpose and ours.purpose != theirs.purpose:
            sentence = f"The copies state different purposes; that of '{first.name}' is kept."
            conflicts = (*conflicts, sentence)
        try:
            ours.save_copy(part)
            with Case.open(part) as merged:
                if edit is not None:
                    merged.do(edit)
                tables = take_missing(merged, theirs)
                if merged.purpose is None and theirs.purpose is not None:
                    merged.put_purpose(theirs.purpose)
                known_entries = ours.log_entries()
                log = [each for each in theirs.log_entries() if each not in known_entries]
                merged.log("merge", other=second.name, conflicts=conflicts, log=log)
            part.replace(output)
        except OSError as error:
            raise OutputError(f"'{output}' can't be written: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    new = Counter(type(change.after) for change in edit.changes) if edit is not None else Counter()
    return Merged(
        new[Verdict], new[Marker], new[Range], conflicts, new[HandEvent], new[Adjustment], tables
    )


def _in_our_persons(ours: Case, theirs: Case) -> tuple[Marks, tuple[str, ...]]:
    """Return what the other copy says under our persons, and what there is to know of that."""
    said, steps = theirs.marks(), ours.marks().person_steps
    if said.person_steps == steps:
        return said, ()
    kept = f"The copies tell the persons apart differently; those of '{ours.path.name}' are kept"
    if theirs.faces().fingerprint != ours.faces().fingerprint:
        return said, (f"{kept}, and person numbers of the other copy may mean others.",)
    said = as_told_apart(said, theirs.faces(), steps)
    return said, (f"{kept}, and what the other says of a face is under who has it there.",)


def _check_same_recording(ours: Case, theirs: Case) -> None:
    one, other = ours.recording, theirs.recording
    if one is None or other is None or one.sha256 != other.sha256:
        raise CaseError(
            f"'{ours.path.name}' and '{theirs.path.name}' don't belong to the same recording; "
            "only copies of one case can be merged."
        )


def merge_marks(ours: Marks, theirs: Marks) -> tuple[Edit | None, tuple[str, ...]]:
    """Return the edit that adds what only the other copy holds (None = nothing), and the conflicts as sentences."""
    changes = []
    for kind in ("verdicts", "markers", "ranges", "adjustments", "hand_events", "controls"):
        mine, others = getattr(ours, kind), getattr(theirs, kind)
        number = max((number_of(item) for item in mine), default=0)
        for item in _only_in(others, mine):
            number += 1
            changes.append(Change(None, _numbered(item, number)))
    words = (*ours.reasons, *(word for word in theirs.reasons if word not in ours.reasons))
    if words != ours.reasons:
        changes += set_reasons(ours, words).changes
    conflicts = (
        *_verdict_conflicts(ours, theirs),
        *_marker_conflicts(ours, theirs),
        *_range_conflicts(ours, theirs),
        *_event_conflicts(ours, theirs),
    )
    return (Edit("merge cases", tuple(changes)) if changes else None), conflicts


def _numbered(item: Item, number: int) -> Item:
    changed: dict[str, Any] = {number_field(type(item)): number}
    return replace(item, **changed)


def _only_in(items: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """Return the items whose like, but for the number, the others don't hold as often."""
    left = Counter(_numbered(item, 0) for item in others)
    found = []
    for item in items:
        plain = _numbered(item, 0)
        if left[plain]:
            left[plain] -= 1
        else:
            found.append(item)
    return found


def _verdict_conflicts(ours: Marks, theirs: Marks) -> list[str]:
    # What one copy already held when the other went on from there is no conflict.
    mine = last_answers(_only_in(ours.verdicts, theirs.verdicts))
    others = last_answers(_only_in(theirs.verdicts, ours.verdicts))
    found = []
    for moment in sorted(set(mine) & set(others)):
        for reviewer in sorted(set(mine[moment]) & set(others[moment])):
            one, other = mine[moment][reviewer], others[moment][reviewer]
            if one.answer != other.answer:
                later = max(one, other, key=lambda each: each.time_utc).answer
                found.append(
                    f"{reviewer} judged the event of person {moment[0]} at frame {moment[1]} {one.answer} in one "
                    f"copy and {other.answer} in the other; both are kept, the later ({later}) counts."
                )
    return found


def _marker_conflicts(ours: Marks, theirs: Marks) -> list[str]:
    mine, others = (
        {(each.start_frame, each.end_frame) for each in _only_in(one.markers, other.markers)}
        for one, other in ((ours, theirs), (theirs, ours))
    )
    return [
        f"Each copy has a marker of its own at frames {start} to {end}; both are kept."
        for start, end in sorted(mine & others)
    ]


def _range_conflicts(ours: Marks, theirs: Marks) -> list[str]:
    return [
        f"Frames {max(one.start_frame, other.start_frame)} to {min(one.end_frame, other.end_frame)} are "
        f"{one.kind} in one copy and {other.kind} in the other; both are kept."
        for one in _only_in(ours.ranges, theirs.ranges)
        for other in _only_in(theirs.ranges, ours.ranges)
        if one.kind != other.kind
        and (one.person is None or other.person is None or one.person == other.person)
        and one.start_frame <= other.end_frame
        and other.start_frame <= one.end_frame
    ]


def _event_conflicts(ours: Marks, theirs: Marks) -> list[str]:
    mine, others = (
        latest_adjustments(_only_in(one.adjustments, other.adjustments))
        for one, other in ((ours, theirs), (theirs, ours))
    )
    found = [
        f"Each copy has borders of its own for the event of person {person} at frame {frame}; "
        "both are kept, the later ones count."
        for person, frame in sorted(set(mine) & set(others))
        if mine[person, frame].extent != others[person, frame].extent
    ]
    added, also = (
        {each.moment for each in _only_in(one.hand_events, other.hand_events)}
        for one, other in ((ours, theirs), (theirs, ours))
    )
    return found + [
        f"Each copy has an added event of person {person} with its peak at frame {frame}; both are kept."
        for person, frame in sorted(added & also)
    ]
