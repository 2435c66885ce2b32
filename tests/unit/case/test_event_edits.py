"""Borders moved, events by hand and passes with controls: edits like any other, over events that stay as found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.case import edits, event_edits
from fead_desktop.case.case import Coverage, Person
from fead_desktop.case.edits import Edit, Marks, apply
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import Verdict, moment_of
from tests.helpers.old_cases import old_case

EVENTS = [
    AnomalyEvent(1, 1, "expression", "robust", 1.0, 1.5, 2.0, 10, 15, 20, 9.0, 0.01, flagged=True),
    AnomalyEvent(2, 2, "emotions", "robust", 5.0, 5.5, 6.0, 50, 55, 60, 7.0),
]
WIDER = Extent(0.8, 1.5, 2.4, 8, 15, 24)
HAND = HandEvent(8.0, 8.1, 8.4, 80, 81, 84, 0, 2, "Anna", "t")
VERDICT = Verdict(0, "Anna", 2, 81, "confirmed", time_utc="t")


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Case.create(tmp_path / "a.fead") as made:
        made.put_results(
            parameters=AnalysisParameters(),
            coverage=Coverage(100, 100, 0.0),
            persons=[Person(k, f"Person {k}", 9, 0, 9, 9) for k in (1, 2)],
            events=EVENTS,
            thumbnails={},
            models=(),
            versions={},
            timings={},
        )
        yield made


def done(case: Case, edit: Edit | None) -> list[AnomalyEvent]:
    assert edit is not None
    case.do(edit)
    return case.events()


def adjust(case: Case, event: AnomalyEvent, extent: Extent, who: str = "Anna") -> Edit | None:
    return event_edits.adjust_event(case.marks(), event, extent, who, "2026-01-01")


def test_borders_are_moved_saved_and_taken_back(case: Case) -> None:
    moved = done(case, adjust(case, EVENTS[0], WIDER))[0]
    assert moved.extent == WIDER
    assert moved.original == EVENTS[0].extent
    with Case.open(case.path) as other:
        assert other.events()[0] == moved
        assert other.machine_events() == EVENTS
    assert case.log_entries()[-1][1] == "adjust event"
    case.undo()
    assert case.events() == EVENTS
    case.redo()
    assert case.events()[0] == moved


def test_moving_again_replaces_and_moving_back_undoes_the_adjustment(case: Case) -> None:
    moved = done(case, adjust(case, EVENTS[0], WIDER))[0]
    again = done(case, adjust(case, moved, replace(WIDER, peak_frame=16, peak_s=1.6), "Ben"))[0]
    assert len(case.marks().adjustments) == 1
    assert (again.peak_frame, moment_of(again)) == (16, (1, 15))
    assert adjust(case, again, again.extent) is None
    assert done(case, adjust(case, again, EVENTS[0].extent)) == EVENTS
    assert case.marks().adjustments == ()


def test_restoring_goes_back_to_what_was_found(case: Case) -> None:
    moved = done(case, adjust(case, EVENTS[0], WIDER))[0]
    assert done(case, event_edits.restore_event(case.marks(), moved)) == EVENTS
    assert event_edits.restore_event(case.marks(), EVENTS[0]) is None


def test_borders_out_of_order_are_refused(case: Case) -> None:
    with pytest.raises(UsageError, match="begins with its onset"):
        adjust(case, EVENTS[0], replace(WIDER, onset_frame=16))


def test_an_event_is_added_by_hand_adjusted_and_removed_with_what_was_said_of_it(
    case: Case,
) -> None:
    events = done(case, event_edits.add_hand_event(case.marks(), case.events(), HAND))
    assert [(each.event, each.added_by) for each in events] == [(1, ""), (2, ""), (3, "Anna")]
    added = events[-1]
    moved = done(case, adjust(case, added, replace(added.extent, offset_frame=90, offset_s=9.0)))[
        -1
    ]
    case.do(edits.add_verdict(case.marks(), VERDICT))
    with pytest.raises(UsageError, match="peak at frame 81"):
        event_edits.add_hand_event(case.marks(), case.events(), HAND)
    assert done(case, event_edits.remove_hand_event(case.marks(), moved)) == EVENTS
    assert case.marks() == Marks()
    case.undo()
    assert str(case.events()[-1]) == str(moved)  # NaN is no equal of itself
    assert len(case.marks().verdicts) == 1


def test_what_the_analysis_found_can_not_be_removed(case: Case) -> None:
    with pytest.raises(UsageError, match="added by hand"):
        event_edits.remove_hand_event(case.marks(), EVENTS[0])


def controls(reviewer: str, *frames: int) -> list[Control]:
    return [Control(f, f, f, f, f, f, 0, reviewer, 1, time_utc="t") for f in frames]


def test_a_pass_begins_with_controls_and_ends_without_those_nobody_judged(case: Case) -> None:
    case.do(event_edits.begin_pass(case.marks(), controls("Ben", 33)))  # type: ignore[arg-type]
    case.do(event_edits.begin_pass(case.marks(), controls("Anna", 30, 40)))  # type: ignore[arg-type]
    assert [each.control for each in case.marks().controls] == [1, 2, 3]
    given = edits.add_verdict(case.marks(), replace(VERDICT, person=1, peak_frame=40))
    after = apply(case.marks(), given)
    case.do(event_edits.together(given, event_edits.end_pass(after, "Anna")))
    kept = case.marks().controls
    assert [(each.reviewer, each.peak_frame, each.ended) for each in kept] == [
        ("Ben", 33, False),
        ("Anna", 40, True),
    ]
    assert event_edits.end_pass(case.marks(), "Anna") is None
    case.undo()  # the last verdict and the end of the pass were one step
    assert case.marks().verdicts == ()
    assert not any(each.ended for each in case.marks().controls)
    assert len(case.marks().controls) == 3
    assert event_edits.begin_pass(case.marks(), []) is None
    assert case.events() == EVENTS  # no file takes a control for an event


def test_adjustments_survive_json_and_a_new_analysis(case: Case) -> None:
    edit = adjust(case, EVENTS[0], WIDER)
    assert edit is not None
    assert edits.edit_from_values(edit.title, edits.changes_to_values(edit)) == edit
    case.do(edit)
    case.put_results(
        parameters=AnalysisParameters(),
        coverage=Coverage(100, 100, 0.0),
        persons=case.persons(),
        events=[replace(EVENTS[0], event=2), replace(EVENTS[1], event=1)],
        thumbnails={},
        models=(),
        versions={},
        timings={},
    )
    assert [each.original is not None for each in case.events()] == [False, True]


def test_a_case_of_schema_5_takes_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "old.fead"
    db = old_case(path, 5)
    names = list(asdict(replace(VERDICT, verdict=1)).items())
    db.execute(
        f"INSERT INTO verdict ({', '.join(n for n, _ in names)}) VALUES ({', '.join('?' * len(names))})",
        [value for _, value in names],
    )
    db.close()
    with Case.open(path) as case:
        assert [each.peak_frame for each in case.marks().verdicts] == [81]
        case.do(event_edits.add_hand_event(case.marks(), [], HAND))
        case.do(event_edits.begin_pass(case.marks(), controls("Anna", 7)))  # type: ignore[arg-type]
        assert case.marks().hand_events == (replace(HAND, hand_event=1),)
        assert [each.peak_frame for each in case.marks().controls] == [7]
