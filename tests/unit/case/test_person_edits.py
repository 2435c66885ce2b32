"""Who is who can be edited, undone and applied again; what belongs to a person follows the faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fead_desktop.case import person_edits
from fead_desktop.case.case import RecordingFacts
from fead_desktop.case.edits import Edit, Marks, Range, add_range, add_verdict, apply
from fead_desktop.case.merge import merge_cases
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.errors import UsageError
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.persons.assignment import assign
from fead_desktop.persons.roster import Faces
from fead_desktop.review.verdict import Verdict, moment_of
from tests.helpers.crowds import crowd, crowd_case
from tests.helpers.old_cases import old_case

#: Four people in eight shots: tracks 0 and 4 show person 1, 1 and 5 person 2, …
TABLE = crowd([1, 2, 3, 4] * 2, faces_each=6)
FACES = Faces.of(TABLE)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    case = crowd_case(tmp_path / "a.fead", TABLE)
    case._db.execute("PRAGMA synchronous = OFF")
    for event in case.events():
        case.do(add_verdict(case.marks(), Verdict(0, "Ada", *moment_of(event), "confirmed")))
    yield case
    case.close()


def logical(case: Case) -> list[str]:
    """Everything the case holds but the way there."""
    return [line for line in case._db.iterdump() if not line.startswith(_WAY)]


_WAY = ('INSERT INTO "log"', 'INSERT INTO "edit"', 'INSERT INTO "sqlite_sequence"')


def after(marks: Marks, *edits: Edit | None) -> Marks:
    for edit in edits:
        if edit is not None:
            marks = apply(marks, edit)
    return marks


def labels(marks: Marks) -> list[int]:
    return assign(FACES, marks.person_steps).person.tolist()


def judged(*moments: tuple[int, int]) -> Marks:
    return Marks(
        verdicts=tuple(
            Verdict(k, "Ada", person, frame, "confirmed")
            for k, (person, frame) in enumerate(moments, start=1)
        )
    )


# Each edit ----------------------------------------------------------------------------------------------


def test_merging_keeps_the_lowest_number_and_nobody_elses_changes(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [4, 2]))
    expected = np.where(TABLE.person == 4, 2, TABLE.person)
    assert case.features().person.tolist() == expected.tolist()
    assert [p.person for p in case.persons()] == [1, 2, 3]
    assert [p.faces for p in case.persons()] == [12, 24, 12]


def test_several_are_merged_at_once(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [3, 1, 4]))
    assert case.assignment().persons == (1, 2)
    with pytest.raises(UsageError, match="at least two"):
        person_edits.merge(case.marks(), case.faces(), [1])
    with pytest.raises(UsageError, match="no person 4"):
        person_edits.merge(case.marks(), case.faces(), [1, 4])


def test_events_verdicts_and_ranges_follow_a_merged_person(case: Case) -> None:
    case.do(add_range(case.marks(), Range(0, "baseline", 4, 0.0, 9.0, 0, 270)))
    before = {event.event: event for event in case.events()}
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 4]))
    assert {event.person for event in case.events()} == {1, 2, 3}
    for event in case.events():
        assert event == replace(
            before[event.event], person={4: 1}.get(before[event.event].person) or event.person
        )
    verdicts = {each.moment for each in case.marks().verdicts}
    assert {moment_of(event) for event in case.events()} == verdicts
    assert [each.person for each in case.marks().ranges] == [1]


def test_a_split_gets_a_number_that_nobody_ever_had(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [3, 4]))
    some = case.faces().rows_of_tracks([0])
    case.do(person_edits.split(case.marks(), case.faces(), some))
    assert case.assignment().persons == (1, 2, 3, 5)
    assert set(case.features().person[some]) == {5}
    moved = [event for event in case.events() if event.person == 5]
    assert len(moved) == 1
    assert moment_of(moved[0]) in {each.moment for each in case.marks().verdicts}


def test_what_is_split_back_gets_its_number_and_name_back(case: Case) -> None:
    faces = case.faces()
    case.do(person_edits.rename(case.marks(), faces, 4, " Anna   Maria "))
    before = case.marks().verdicts
    case.do(person_edits.merge(case.marks(), faces, [2, 4]))
    assert case.assignment().name_of(2) == "Anna Maria"
    case.do(person_edits.split(case.marks(), faces, np.flatnonzero(TABLE.person == 4)))
    assert case.features().person.tolist() == TABLE.person.tolist()
    assert [p.name for p in case.persons()] == ["Person 1", "Person 2", "Person 3", "Anna Maria"]
    assert case.marks().verdicts == before


def test_all_faces_of_one_person_are_no_split(case: Case) -> None:
    with pytest.raises(UsageError, match="all faces of person 2"):
        person_edits.split(case.marks(), case.faces(), np.flatnonzero(TABLE.person == 2))
    with pytest.raises(UsageError, match="at least one face"):
        person_edits.split(case.marks(), case.faces(), [])
    with pytest.raises(UsageError, match="no such face"):
        person_edits.split(case.marks(), case.faces(), [len(TABLE)])


def test_faces_move_to_another_person_or_to_nobody(case: Case) -> None:
    faces = case.faces()
    case.do(person_edits.move(case.marks(), faces, [0, 1], 3))
    assert case.features().person[:3].tolist() == [3, 3, 1]
    case.do(person_edits.move(case.marks(), faces, [0], UNASSIGNED))
    assert case.features().person[:3].tolist() == [-1, 3, 1]
    assert person_edits.move(case.marks(), faces, [1], 3) is None
    with pytest.raises(UsageError, match="no person 9"):
        person_edits.move(case.marks(), faces, [1], 9)


def test_an_ignored_person_has_no_events_and_keeps_the_verdicts(case: Case) -> None:
    before = case.marks().verdicts
    case.do(person_edits.ignore(case.marks(), case.faces(), [2]))
    assert [p.person for p in case.persons()] == [1, 3, 4]
    assert 2 not in {event.person for event in case.events()}
    assert case.marks().verdicts == before
    case.do(person_edits.split(case.marks(), case.faces(), np.flatnonzero(TABLE.person == 2)))
    assert case.assignment().persons == (1, 2, 3, 4)
    assert {moment_of(e) for e in case.events()} == {v.moment for v in before}


def test_a_name_can_be_taken_back(case: Case) -> None:
    case.do(person_edits.rename(case.marks(), case.faces(), 1, "Anna"))
    assert case.persons()[0].name == "Anna"
    assert person_edits.rename(case.marks(), case.faces(), 1, "Anna ") is None
    case.do(person_edits.rename(case.marks(), case.faces(), 1, ""))
    assert case.persons()[0].name == "Person 1"
    with pytest.raises(UsageError, match="at most 80"):
        person_edits.rename(case.marks(), case.faces(), 1, "x" * 81)


def test_persons_kept_apart_stay_so_when_merged_with_others(case: Case) -> None:
    faces = case.faces()
    case.do(person_edits.keep_apart(case.marks(), faces, 4, 2))
    assert case.assignment().apart == {(2, 4)}
    assert person_edits.keep_apart(case.marks(), faces, 2, 4) is None
    case.do(person_edits.merge(case.marks(), faces, [1, 4]))
    assert case.assignment().apart == {(1, 2)}
    case.do(person_edits.merge(case.marks(), faces, [1, 2]))
    assert case.assignment().apart == frozenset()


def test_persons_told_apart_anew_keep_their_numbers(case: Case) -> None:
    faces = case.faces()
    anew = np.array([5, 6, 7, 8, 1, 2, 3, 3], np.int32)[FACES.track]
    case.do(person_edits.recluster(case.marks(), faces, anew, 0.3))
    numbers = {int(t): int(p) for t, p in zip(FACES.track, case.features().person, strict=True)}
    assert [numbers[t] for t in range(8)] == [5, 6, 7, 4, 1, 2, 3, 3]
    case.do(person_edits.recluster(case.marks(), faces, TABLE.person, 0.5))
    assert case.features().person.tolist() == TABLE.person.tolist()


def test_reset_goes_back_to_what_the_clustering_said_with_all_that_follows(case: Case) -> None:
    before = logical(case)
    faces = case.faces()
    assert person_edits.reset(case.marks(), faces) is None
    case.do(person_edits.merge(case.marks(), faces, [1, 3, 4]))
    case.do(person_edits.split(case.marks(), faces, faces.rows_of_tracks([0, 6])))
    case.do(person_edits.rename(case.marks(), faces, 5, "Both"))
    case.do(person_edits.reset(case.marks(), faces))
    assert logical(case) == before


# Undo ---------------------------------------------------------------------------------------------------


def edits_of_every_kind(case: Case) -> Iterator[Edit | None]:
    faces = case.faces()
    yield person_edits.rename(case.marks(), faces, 2, "Anna")
    yield person_edits.merge(case.marks(), faces, [2, 3])
    yield person_edits.split(case.marks(), faces, faces.rows_of_tracks([2, 0]))
    yield person_edits.move(case.marks(), faces, [1, 5, 40], 4)
    yield person_edits.keep_apart(case.marks(), faces, 1, 4)
    yield person_edits.ignore(case.marks(), faces, [1])
    yield person_edits.recluster(case.marks(), faces, FACES.track.astype(np.int32) + 1, 0.2)
    yield person_edits.reset(case.marks(), faces)


def test_undo_of_every_edit_restores_the_case_byte_for_byte_and_redo_the_edit(case: Case) -> None:
    states = [logical(case)]
    for edit in edits_of_every_kind(case):
        assert edit is not None
        case.do(edit)
        states.append(logical(case))
    assert len(set(map(tuple, states))) == len(states) - 1  # after the reset all is as at first
    for state in reversed(states[:-1]):
        assert case.undo() is not None
        assert logical(case) == state
    for state in states[1:]:
        assert case.redo() is not None
        assert logical(case) == state


def test_every_edit_is_logged_with_what_was_done(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [2, 3]))
    case.undo()
    (_, action, detail), (_, back, _) = case.log_entries()[-2:]
    assert (action, back) == ("merge persons", "undo: merge persons")
    assert '"others": [3]' in str(detail)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), together=st.booleans(), moved=st.integers(0, 3))
def test_merging_and_splitting_back_is_the_identity(seed: int, together: bool, moved: int) -> None:
    """Also where the persons are in the picture together, and whatever was done before."""
    rng = np.random.default_rng(seed)
    n = len(TABLE)
    frames = np.sort(rng.integers(0, 15, n)) if together else TABLE.frame_number
    face = np.concatenate([np.arange(k) for k in np.unique(frames, return_counts=True)[1]])
    who = rng.choice([-1, 1, 2, 3, 4], n)
    faces = Faces.of(TABLE.with_columns(frame_number=frames, face=face, person=who))
    marks = judged(
        *zip(rng.integers(1, 5, 8).tolist(), rng.integers(0, 15, 8).tolist(), strict=True)
    )
    for _ in range(moved):
        persons = assign(faces, marks.person_steps).persons
        rows, into = rng.integers(0, n, 4), int(rng.choice(persons))
        marks = after(marks, person_edits.move(marks, faces, rows, into))
        marks = after(marks, person_edits.rename(marks, faces, into, f"N{moved}"))
    before = assign(faces, marks.person_steps)
    chosen = rng.choice(before.persons, rng.integers(2, 5), replace=False).tolist()
    merged = after(marks, person_edits.merge(marks, faces, chosen))
    for person in rng.permutation(sorted(chosen)[1:]).tolist():
        rows = np.flatnonzero(before.person == person)
        merged = after(merged, person_edits.split(merged, faces, rows))
    now = assign(faces, merged.person_steps)
    assert now.person.tolist() == before.person.tolist()
    assert (now.names, now.apart, now.highest) == (before.names, before.apart, before.highest)
    assert merged.verdicts == marks.verdicts


def random_edit(rng: np.random.Generator, case: Case) -> Edit | None:
    marks, faces, now = case.marks(), case.faces(), case.assignment()
    persons = list(now.persons)
    rows = np.unique(rng.integers(0, len(faces), rng.integers(1, 9)))
    whole = faces.rows_of_tracks(rng.integers(0, 8, 2).tolist())
    kind = rng.integers(0, 9)
    try:
        if kind == 0:
            return person_edits.merge(marks, faces, rng.choice(persons, 2).tolist())
        if kind in {1, 2}:
            return person_edits.split(marks, faces, rows if kind == 1 else whole)
        if kind in {3, 4}:
            into = int(rng.choice([*persons, UNASSIGNED]))
            return person_edits.move(marks, faces, rows if kind == 3 else whole, into)
        if kind == 5 and len(persons) > 3:
            return person_edits.ignore(marks, faces, [int(rng.choice(persons))])
        if kind == 6:
            return person_edits.rename(
                marks, faces, int(rng.choice(persons)), f"N{rng.integers(4)}"
            )
        if kind == 7 and rng.random() < 0.3:
            labels = rng.integers(1, 6, 8).astype(np.int32)[faces.track]
            return person_edits.recluster(marks, faces, labels, 0.4)
        if kind == 8 and rng.random() < 0.2:
            return person_edits.reset(marks, faces)
    except UsageError:
        return None  # refused: fewer than two persons, or a whole one to split off
    return None


def check_invariants(case: Case) -> None:
    now, persons = case.assignment(), case.persons()
    numbers = [person.person for person in persons]
    assert len(now.person) == len(TABLE)  # one person or none for each face
    assert set(now.person.tolist()) - {UNASSIGNED} == set(numbers)
    assert all(person.faces == (now.person == person.person).sum() > 0 for person in persons)
    assert sum(person.faces for person in persons) == (now.person != UNASSIGNED).sum()
    assert all(person.name and person.portrait for person in persons)
    assert {event.person for event in case.events()} <= set(numbers)
    assert set(case.stale_persons()) <= set(numbers)
    assert {low for low, _ in now.apart} | {high for _, high in now.apart} <= set(numbers)
    assert now.highest >= max(numbers, default=0)


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_two_hundred_edits_with_undo_and_redo_keep_every_invariant(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = np.random.default_rng(seed)
    with crowd_case(tmp_path_factory.mktemp("edits") / "a.fead", TABLE) as case:
        case._db.execute("PRAGMA synchronous = OFF")
        for event in case.events()[:4]:
            case.do(add_verdict(case.marks(), Verdict(0, "Ada", *moment_of(event), "unsure")))
        first, made = logical(case), 0
        verdicts = len(case.marks().verdicts)
        while made < 200:
            step = rng.random()
            if step < 0.15 and case.steps().undo.startswith("verdict"):
                continue
            if step < 0.15:
                made += case.undo() is not None
            elif step < 0.25:
                made += case.redo() is not None
            else:
                edit = random_edit(rng, case)
                if edit is None:
                    continue
                case.do(edit)
                made += 1
            if made % 8 == 0:
                check_invariants(case)
            assert len(case.marks().verdicts) == verdicts
        last, undone = logical(case), 0
        while not case.steps().undo.startswith("verdict"):
            assert case.undo() is not None
            undone += 1
        assert logical(case) == first
        for _ in range(undone):
            case.redo()
        assert logical(case) == last


def test_what_was_judged_stays_judged_where_a_new_score_moves_the_peak(case: Case) -> None:
    judged = case.marks().verdicts[0].moment
    case._db.execute("UPDATE event SET peak_frame = peak_frame - 2 WHERE event = 1")
    event = case.events()[0]
    assert (event.person, event.peak_frame) == (judged[0], judged[1] - 2)
    assert moment_of(event) == judged
    assert event.peak_frame == case.machine_events()[0].peak_frame


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_listed_event_keeps_its_verdict_whatever_becomes_of_the_tracks(
    seed: int, judged_case: Case
) -> None:
    rng, case = np.random.default_rng(seed), judged_case
    while case.steps().undo != "verdict confirmed":
        case.undo()
    given = case.marks().verdicts
    for _ in range(12):
        edit = track_edit(rng, case)
        if edit is not None:
            case.do(edit)
        moments = {each.moment for each in case.marks().verdicts}
        assert {moment_of(event) for event in case.events()} <= moments
        assert len(case.events()) == sum(
            bool(case.assignment().person[row] != UNASSIGNED) for row in event_rows(given)
        )
    while case.steps().undo != "verdict confirmed":
        case.undo()
    assert case.marks().verdicts == given


def track_edit(rng: np.random.Generator, case: Case) -> Edit | None:
    """Return an edit that leaves every track whole."""
    marks, faces, persons = case.marks(), case.faces(), list(case.assignment().persons)
    rows = faces.rows_of_tracks(rng.integers(0, 8, 2).tolist())
    kind = rng.integers(0, 5)
    try:
        if kind == 0 or not persons:
            return person_edits.split(marks, faces, rows)
        if kind == 1:
            return person_edits.merge(marks, faces, rng.choice(persons, 2).tolist())
        if kind == 2:
            return person_edits.move(marks, faces, rows, int(rng.choice(persons)))
        if kind == 3:
            return person_edits.ignore(marks, faces, [int(rng.choice(persons))])
        return person_edits.reset(marks, faces) if rng.random() < 0.3 else None
    except UsageError:
        return None  # refused


@pytest.fixture(scope="module")
def judged_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Return a case in which every event is judged."""
    with crowd_case(tmp_path_factory.mktemp("judged") / "a.fead", TABLE) as case:
        case._db.execute("PRAGMA synchronous = OFF")
        for event in case.events():
            case.do(add_verdict(case.marks(), Verdict(0, "Ada", *moment_of(event), "confirmed")))
        yield case


def event_rows(verdicts: tuple[Verdict, ...]) -> list[int]:
    """Return the rows of the faces that were judged, while nobody has edited the persons."""
    return [int(np.argmin(np.abs(TABLE.frame_number - each.peak_frame))) for each in verdicts]


# A new analysis -----------------------------------------------------------------------------------------


def analysed_again(case: Case, table: FeatureTable) -> None:
    case.put_chunks(0, "again", {FACES_STAGE: table.to_bytes()})


def test_edits_are_there_again_after_a_new_analysis_of_the_same_faces(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 3]))
    expected = case.features().person.tolist()
    swapped = np.array([0, 2, 1, 4, 3], np.int32)[TABLE.person]
    analysed_again(case, TABLE.with_columns(person=swapped))
    assert case.assignment().problem == ""
    assert case.features().person.tolist() == expected


def test_edits_of_other_faces_are_kept_but_not_applied_and_that_is_said(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 3]))
    fewer = TABLE.select(slice(0, 40))
    analysed_again(case, fewer)
    now = case.assignment()
    assert "48 other faces" in now.problem
    assert "40" in now.problem
    assert case.features().person.tolist() == fewer.person.tolist()
    # A new edit takes their place; undone, they are there again.
    case.do(person_edits.merge(case.marks(), case.faces(), [2, 4]))
    assert case.assignment().problem == ""
    assert case.assignment().persons == (1, 2, 3)
    case.undo()
    analysed_again(case, TABLE)
    assert case.assignment().persons == (1, 2, 4)


# Stale results ------------------------------------------------------------------------------------------


def test_results_are_stale_for_whom_the_faces_changed_also_after_reopening(case: Case) -> None:
    assert not case.is_stale
    case.do(person_edits.rename(case.marks(), case.faces(), 1, "Anna"))
    assert not case.is_stale
    case.do(person_edits.merge(case.marks(), case.faces(), [2, 4]))
    with Case.open(case.path) as again:
        assert again.is_stale
        assert again.stale_persons() == (2,)
        assert "events of Person 2 are out of date" in again.limits[0]
    case.undo()
    assert not case.is_stale
    case.do(person_edits.ignore(case.marks(), case.faces(), [3]))
    assert case.is_stale
    assert case.stale_persons() == ()


def test_a_changed_person_has_a_portrait_and_the_scores_its_faces_were_given(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [2, 4]))
    one, both, three = case.persons()
    assert (one.portrait, three.portrait) == (b"stored", b"stored")
    assert both.portrait.startswith(b"\xff\xd8")
    scores = case.person_scores(2)
    assert scores is not None
    rows = case.features().of_person(2)
    assert scores.frame_number.tolist() == rows.frame_number.tolist()
    assert set(scores.scores["fusion"].tolist()) == {2.0, 4.0}
    case.do(person_edits.split(case.marks(), case.faces(), case.faces().rows_of_tracks([1])))
    new = case.person_scores(5)
    assert new is not None
    assert new.scores["fusion"].tolist() == [2.0] * 6


# Older cases --------------------------------------------------------------------------------------------


def test_a_case_of_the_fifth_version_takes_edits_of_persons(tmp_path: Path) -> None:
    path = tmp_path / "old.fead"
    db = old_case(path, 5)
    db.execute("INSERT INTO chunk VALUES ('faces', 0, 'f', ?)", (TABLE.to_bytes(),))
    db.close()
    with Case.open(path) as case:
        case.do(person_edits.merge(case.marks(), case.faces(), [1, 2]))
        assert case.assignment().persons == (1, 3, 4)


# Copies -------------------------------------------------------------------------------------------------


def test_copies_that_tell_persons_apart_differently_are_joined_under_the_persons_of_the_first(
    case: Case, tmp_path: Path
) -> None:
    case.recording = RecordingFacts("/a/b.mp4", "ab" * 32, 123, 640, 360, 300, 10.0, False)
    case.save_copy(tmp_path / "b.fead")
    before = case.marks().verdicts
    with Case.open(tmp_path / "b.fead") as other:
        other.do(person_edits.merge(other.marks(), other.faces(), [1, 2, 3]))
        event = other.events()[0]
        other.do(add_verdict(other.marks(), Verdict(0, "Ben", *moment_of(event), "rejected")))
    merged = merge_cases(case.path, tmp_path / "b.fead", tmp_path / "both.fead")
    assert merged.verdicts == 1
    assert "tell the persons apart differently" in merged.conflicts[0]
    with Case.open(tmp_path / "both.fead") as both:
        assert both.assignment().persons == (1, 2, 3, 4)
        assert both.marks().verdicts[:-1] == before
        assert both.marks().verdicts[-1].moment == moment_of(case.events()[0])
