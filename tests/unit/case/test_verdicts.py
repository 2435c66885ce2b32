"""Verdicts are edits like any other: undone, done again, kept at once; and older cases take them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case import edits, event_edits
from fead_desktop.case.edits import Marker, Marks, Range
from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import HandEvent, as_reviewed, with_edge
from fead_desktop.review.verdict import ANSWERS, REASONS, Verdict
from tests.helpers.old_cases import old_case

ANNA = Verdict(
    0, "Anna", 1, 100, "confirmed", "speech", 4, "mouth", "a, b", blind=True, time_utc="t"
)


@pytest.fixture
def case(tmp_path: Path):
    with Case.create(tmp_path / "a.fead") as case:
        yield case


def test_a_verdict_is_saved_at_once_and_logged(case: Case) -> None:
    case.do(edits.add_verdict(case.marks(), ANNA))
    with Case.open(case.path) as other:
        assert other.marks().verdicts == (replace(ANNA, verdict=1),)
    ((_, action, detail),) = case.log_entries()
    assert action == "verdict confirmed"
    assert detail["changes"][0]["after"]["reviewer"] == "Anna"


def test_a_second_answer_stands_beside_the_first(case: Case) -> None:
    for answer in ("confirmed", "rejected"):
        case.do(edits.add_verdict(case.marks(), replace(ANNA, answer=answer)))
    assert [each.answer for each in case.marks().verdicts] == ["confirmed", "rejected"]


def test_a_new_reason_joins_the_vocabulary_and_leaves_with_its_verdict(case: Case) -> None:
    case.do(edits.add_verdict(case.marks(), replace(ANNA, reason="  laughs ")))
    assert case.marks().reasons == (*REASONS, "laughs")
    case.undo()
    assert case.marks() == Marks()
    assert case.marks().reasons == REASONS


def test_the_vocabulary_can_be_edited_and_verdicts_keep_their_words(case: Case) -> None:
    case.do(edits.add_verdict(case.marks(), ANNA))
    case.do(edits.set_reasons(case.marks(), ["light", " light ", "a  yawn", ""]))
    assert case.marks().reasons == ("light", "a yawn")
    assert case.marks().verdicts[0].reason == "speech"
    case.undo()
    assert case.marks().reasons == REASONS
    with pytest.raises(UsageError, match="at least one"):
        edits.set_reasons(case.marks(), [" "])


FOUND = [
    AnomalyEvent(k, 1, "v", "d", f, f, f, f, f, f + 5, 9.0 - k) for k, f in enumerate((7, 77), 1)
]


def _random_edit(rng: random.Random, marks: Marks) -> edits.Edit | None:
    frame = rng.randrange(0, 500, 10)
    kinds = ["verdict", "verdict", "marker", "range", "drop", "text", "words"]
    what = rng.choice([*kinds, "adjust", "hand", "unhand", "pass", "end"])
    events = as_reviewed(FOUND, marks.adjustments, marks.hand_events)
    if what == "adjust":
        event = rng.choice(events)
        step = rng.choice([-3, -1, 1, 3])
        try:
            extent = with_edge(
                event.extent,
                "offset",
                event.offset_frame + step,
                (event.offset_frame + step) / 10,
            )
        except UsageError:
            return None
        return event_edits.adjust_event(marks, event, extent, "A", f"{frame}")
    if what == "hand":
        new = HandEvent(frame, frame, frame, frame, frame, frame, 0, 1, "A")
        known = any(each.moment == new.moment for each in marks.hand_events)
        return None if known else event_edits.add_hand_event(marks, [], new)
    if what == "unhand" and marks.hand_events:
        return event_edits.remove_hand_event(marks, events[-1])
    if what == "pass":
        return event_edits.begin_pass(marks, [Control(0, 0, 0, 0, frame, frame, 0, "A", 1)])
    if what == "end":
        return event_edits.end_pass(marks, "A")
    if what == "verdict":
        reason = rng.choice([*REASONS, "", f"own {frame % 40}"])
        new = replace(
            ANNA,
            reviewer=rng.choice("AB"),
            peak_frame=frame,
            answer=rng.choice(ANSWERS),
            reason=reason,
        )
        return edits.add_verdict(marks, new)
    if what == "marker":
        return edits.add_marker(marks, Marker(0, frame / 10, frame / 10, frame, frame))
    if what == "range":
        kind = rng.choice(edits.RANGE_KINDS)
        return edits.add_range(
            marks,
            Range(0, kind, rng.choice([None, 1]), frame / 10, frame / 10 + 2, frame, frame + 20),
        )
    if what == "words":
        return edits.set_reasons(marks, [*marks.reasons, f"word {frame}"])
    if what == "drop" and marks.ranges:
        return edits.remove_range(marks, rng.choice(marks.ranges).range)
    if what == "text" and marks.markers:
        return edits.edit_marker(marks, rng.choice(marks.markers).marker, text=str(frame))
    return None


def check_invariants(marks: Marks) -> None:
    for items in (
        marks.markers,
        marks.ranges,
        marks.verdicts,
        marks.adjustments,
        marks.hand_events,
        marks.controls,
    ):
        numbers = [edits.number_of(item) for item in items]
        assert len(set(numbers)) == len(numbers)
        assert min(numbers, default=1) >= 1
    assert all(each == each.checked() for each in marks.verdicts)
    assert len(set(marks.reasons)) == len(marks.reasons) > 0
    for event in as_reviewed(FOUND, marks.adjustments, marks.hand_events):
        assert 0 <= event.onset_frame <= event.peak_frame <= event.offset_frame
    assert len({each.moment for each in marks.adjustments}) == len(marks.adjustments)
    for one in marks.ranges:
        for other in marks.ranges:
            if one is not other and (one.kind, one.person) == (other.kind, other.person):
                assert (
                    one.end_frame + 1 < other.start_frame or other.end_frame + 1 < one.start_frame
                )


def test_200_random_edits_with_undo_and_redo_keep_all_invariants(case: Case) -> None:
    case._db.execute("PRAGMA synchronous = OFF")  # the disk is not what is tested
    rng = random.Random(1)
    states, at = [case.marks()], 0  # what undo and redo must lead to
    undone = redone = done = 0
    while done < 200:
        step = rng.random()
        if step < 0.2 and at:
            case.undo()
            at, undone = at - 1, undone + 1
        elif step < 0.35 and at + 1 < len(states):
            case.redo()
            at, redone = at + 1, redone + 1
        else:
            edit = _random_edit(rng, case.marks())
            if edit is None:
                continue
            case.do(edit)
            done, at = done + 1, at + 1
            states[at:] = [case.marks()]
        assert case.marks() == states[at]
        check_invariants(case.marks())
    assert min(undone, redone) > 5
    while case.undo() is not None:
        at -= 1
        assert case.marks() == states[at]
    assert case.marks() == Marks()


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_case_of_an_earlier_schema_takes_verdicts(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.fead"
    db = old_case(path, version)
    db.execute("INSERT INTO marker VALUES (1, 0, 0, 0, 0, 'yellow', 'kept')")
    db.close()
    with Case.open(path) as case:
        assert case.marks().markers[0].text == "kept"
        case.do(edits.add_verdict(case.marks(), ANNA))
        assert case.marks().verdicts == (replace(ANNA, verdict=1),)
