"""Two copies reviewed apart become one: nothing is lost, each conflict is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case import edits, event_edits
from fead_desktop.case.case import RecordingFacts
from fead_desktop.case.edits import Edit, Marker, Marks, Range, apply
from fead_desktop.case.merge import merge_cases, merge_marks
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import ANSWERS, Verdict

FACTS = RecordingFacts("/a/b.mp4", "ab" * 32, 123, 640, 360, 300, 10.0, False)
VERDICT = Verdict(0, "Anna", 1, 100, "confirmed", time_utc="2026-01-01T10:00")


def judge(marks: Marks, **changes: object) -> Marks:
    return apply(marks, edits.add_verdict(marks, replace(VERDICT, **changes)))


def after(marks: Marks, edit: Edit | None) -> Marks:
    return marks if edit is None else apply(marks, edit)


def contents(marks: Marks) -> Counter[object]:
    """Everything but the numbers."""
    plain = [replace(each, marker=0) for each in marks.markers]
    plain += [replace(each, range=0) for each in marks.ranges]
    plain += [replace(each, verdict=0) for each in marks.verdicts]
    plain += [replace(each, adjustment=0) for each in marks.adjustments]
    plain += [replace(each, hand_event=0) for each in marks.hand_events]
    plain += [replace(each, control=0) for each in marks.controls]
    return Counter(plain)


actions = st.lists(
    st.tuples(
        st.sampled_from(["verdict", "marker", "range", "text", "adjust", "hand", "pass"]),
        st.integers(0, 3),
        st.sampled_from(["Anna", "Ben"]),
        st.sampled_from(ANSWERS),
        st.sampled_from(["", "light", "laughs", "yawns"]),
        st.integers(0, 99),
    ),
    max_size=10,
)


def reviewed(marks: Marks, done: list[tuple[str, int, str, str, str, int]]) -> Marks:
    for what, place, reviewer, answer, reason, minute in done:
        frame = place * 50
        edit: Edit | None = None
        if what == "verdict":
            new = replace(
                VERDICT, peak_frame=frame, reviewer=reviewer, answer=answer, reason=reason,
                time_utc=f"2026-01-01T10:{minute:02}",
            )  # fmt: skip
            edit = edits.add_verdict(marks, new)
        elif what == "marker":
            edit = edits.add_marker(marks, Marker(0, frame, frame, frame, frame, text=reason))
        elif what == "range":
            kind = edits.RANGE_KINDS[minute % 2]
            edit = edits.add_range(
                marks, Range(0, kind, None, frame, frame + 60, frame, frame + 60)
            )
        elif what == "adjust":
            event = AnomalyEvent(1, 1, "v", "d", 0, 1, 2, frame, frame + 1, frame + 2, 9.0)
            extent = replace(event.extent, offset_frame=frame + 2 + minute)
            edit = event_edits.adjust_event(marks, event, extent, reviewer, f"{minute}")
        elif what == "hand":
            new = HandEvent(0, 1, 2, frame, frame + 1, frame + 2, 0, 1, reviewer, f"{minute}")
            edit = event_edits.add_hand_event(marks, [], new)
        elif what == "pass":
            edit = event_edits.begin_pass(
                marks, [Control(0, 1, 2, frame, frame, frame, 0, reviewer, 1)]
            )
        elif marks.markers:
            edit = edits.edit_marker(marks, marks.markers[0].marker, text=f"{minute}")
        marks = after(marks, edit)
    return marks


@settings(max_examples=60, deadline=None)
@given(actions, actions, actions)
def test_nothing_is_lost_and_the_order_of_the_copies_does_not_matter(common, one, other) -> None:
    base = reviewed(Marks(), common)
    ours, theirs = reviewed(base, one), reviewed(base, other)
    edit, conflicts = merge_marks(ours, theirs)
    merged = after(ours, edit)
    assert contents(merged) == contents(ours) | contents(theirs)
    assert set(merged.reasons) == set(ours.reasons) | set(theirs.reasons)
    for items in (
        merged.markers,
        merged.ranges,
        merged.verdicts,
        merged.adjustments,
        merged.hand_events,
        merged.controls,
    ):
        assert len({edits.number_of(item) for item in items}) == len(items)
    back, turned = merge_marks(theirs, ours)
    assert contents(after(theirs, back)) == contents(merged)
    assert len(turned) == len(conflicts)
    assert merge_marks(merged, theirs) == (None, ())
    if edit is not None:
        assert apply(merged, edit.inverse()) == ours


def test_a_reviewer_who_said_two_things_is_a_conflict_and_two_reviewers_are_not() -> None:
    ours = judge(judge(Marks(), answer="confirmed"), reviewer="Ben", peak_frame=7)
    theirs = judge(Marks(), answer="rejected", time_utc="2026-01-01T11:00")
    theirs = judge(theirs, reviewer="Cleo", peak_frame=7, answer="unsure")
    _, conflicts = merge_marks(ours, theirs)
    sentence = (
        "Anna judged the event of person 1 at frame 100 confirmed in one copy and rejected in the other; "
        "both are kept, the later (rejected) counts."
    )
    assert conflicts == (sentence,)


def test_going_on_from_what_the_other_copy_holds_is_no_conflict() -> None:
    ours = judge(Marks())
    theirs = judge(ours, answer="rejected", time_utc="2026-01-01T11:00")
    edit, conflicts = merge_marks(ours, theirs)
    assert conflicts == ()
    assert [each.answer for each in after(ours, edit).verdicts] == ["confirmed", "rejected"]


def test_markers_and_ranges_that_speak_of_the_same_frames_are_named() -> None:
    ours = apply(Marks(), edits.add_marker(Marks(), Marker(0, 1, 1, 10, 10, text="one")))
    ours = apply(ours, edits.add_range(ours, Range(0, "baseline", None, 0, 9, 0, 90)))
    theirs = apply(Marks(), edits.add_marker(Marks(), Marker(0, 1, 1, 10, 10, text="two")))
    theirs = apply(theirs, edits.add_range(theirs, Range(0, "excluded", 2, 5, 20, 50, 200)))
    _, conflicts = merge_marks(ours, theirs)
    assert conflicts == (
        "Each copy has a marker of its own at frames 10 to 10; both are kept.",
        "Frames 50 to 90 are baseline in one copy and excluded in the other; both are kept.",
    )


def test_borders_and_added_events_that_speak_of_the_same_frames_are_named() -> None:
    event = AnomalyEvent(1, 2, "v", "d", 1, 2, 3, 10, 20, 30, 9.0)
    sides = []
    for offset, name in ((33, "Anna"), (36, "Ben")):
        extent = replace(event.extent, offset_frame=offset, offset_s=offset / 10)
        marks = after(Marks(), event_edits.adjust_event(Marks(), event, extent, name, name))
        hand = HandEvent(5, 6, 7, 50, 60, 70, 0, 1, name)
        sides.append(after(marks, event_edits.add_hand_event(marks, [event], hand)))
    edit, conflicts = merge_marks(*sides)
    borders, added = conflicts
    assert borders.startswith(
        "Each copy has borders of its own for the event of person 2 at frame 20"
    )
    assert added == (
        "Each copy has an added event of person 1 with its peak at frame 60; both are kept."
    )
    assert len(after(sides[0], edit).adjustments) == 2


# Whole cases ----------------------------------------------------------------------------------------


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of a case with a verdict, each reviewed further."""
    first, second = tmp_path / "a.fead", tmp_path / "b.fead"
    with Case.create(first) as case:
        case.recording = FACTS
        case.do(edits.add_verdict(case.marks(), VERDICT))
        case.save_copy(second)
        case.do(edits.add_verdict(case.marks(), replace(VERDICT, reviewer="Ben")))
    with Case.open(second) as case:
        case.do(edits.add_verdict(case.marks(), replace(VERDICT, reviewer="Cleo")))
        case.do(edits.add_marker(case.marks(), Marker(0, 1, 1, 10, 10)))
    return first, second


def test_a_merged_case_holds_both_reviews_and_the_second_log(copies: tuple[Path, Path]) -> None:
    output = copies[0].with_name("c.fead")
    merged = merge_cases(*copies, output)
    assert (merged.verdicts, merged.markers, merged.ranges) == (1, 1, 0)
    with Case.open(output) as case:
        assert [each.reviewer for each in case.marks().verdicts] == ["Anna", "Ben", "Cleo"]
        _, action, detail = case.log_entries()[-1]
        assert (action, detail["other"]) == ("merge", "b.fead")
        assert [entry[1] for entry in detail["log"]] == ["verdict confirmed", "add marker"]
        case.undo()
        assert [each.reviewer for each in case.marks().verdicts] == ["Anna", "Ben"]
    assert sorted(each.name for each in output.parent.iterdir()) == ["a.fead", "b.fead", "c.fead"]


def test_verdicts_on_events_that_only_the_second_copy_knows_are_kept_and_named(
    copies: tuple[Path, Path],
) -> None:
    merged = merge_cases(*copies, copies[0].with_name("c.fead"))
    sentence = "'b.fead' judges events that 'a.fead' doesn't list: 1; their verdicts are kept."
    assert merged.conflicts == (sentence,)


def test_cases_of_other_recordings_are_refused(copies: tuple[Path, Path]) -> None:
    with Case.open(copies[1]) as case:
        case.recording = replace(FACTS, sha256="cd" * 32)
    output = copies[0].with_name("c.fead")
    with pytest.raises(CaseError, match="same recording"):
        merge_cases(*copies, output)
    assert not output.exists()


def test_nothing_is_written_over(copies: tuple[Path, Path]) -> None:
    with pytest.raises(OutputError, match="already a file"):
        merge_cases(*copies, copies[1])


def test_imported_tables_and_the_purpose_of_either_copy_are_kept(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with Case.create(tmp_path / f"{name}.fead") as case:
            case.recording = FACTS
            case.put_imported([imported_table("both"), imported_table(f"only {name}")])
            if name == "b":
                case.put_purpose(Purpose("training"))
    merged = merge_cases(tmp_path / "a.fead", tmp_path / "b.fead", tmp_path / "c.fead")
    assert (merged.tables, merged.conflicts) == (1, ())
    with Case.open(tmp_path / "c.fead") as case:
        assert [table.name for table in case.imported()] == ["both", "only a", "only b"]
        assert case.purpose == Purpose("training")
        case.put_purpose(Purpose("research"))
    again = merge_cases(tmp_path / "c.fead", tmp_path / "b.fead", tmp_path / "d.fead")
    assert again.conflicts == ("The copies state different purposes; that of 'c.fead' is kept.",)
    assert again.tables == 0


def imported_table(name: str) -> ImportedTable:
    frames = np.arange(3)
    return ImportedTable(
        name, name, "openface", 1, frames, frames / 25, {"AU12_r": np.ones(3, np.float32)}
    )
