"""Undo and redo of a case: step by step, across closing, and logged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.case import edits, migrations
from fead_desktop.case.edits import Marker, Marks, Range
from fead_desktop.case.history import Steps
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, UsageError
from tests.helpers.old_cases import old_case


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Case.create(tmp_path / "a.fead") as case:
        yield case


def add(case: Case, frame: int, text: str = "") -> None:
    new = Marker(0, frame / 10, frame / 10, frame, frame, "yellow", text)
    case.do(edits.add_marker(case.marks(), new))


def frames(case: Case) -> list[int]:
    return [each.start_frame for each in case.marks().markers]


def test_a_new_case_has_nothing_to_undo(case: Case) -> None:
    assert case.marks() == Marks()
    assert case.steps() == Steps()
    assert case.undo() is None
    assert case.redo() is None


def test_edits_are_saved_as_they_happen(case: Case) -> None:
    add(case, 10, "look")
    case.do(edits.add_range(case.marks(), Range(0, "excluded", 2, 0.0, 1.0, 0, 10)))
    with Case.open(case.path) as other:
        assert other.marks() == case.marks()
        assert other.marks().markers[0].text == "look"
        assert other.marks().ranges == (Range(1, "excluded", 2, 0.0, 1.0, 0, 10),)


def test_undo_and_redo_walk_through_all_steps(case: Case) -> None:
    states = [case.marks()]
    for frame in (10, 20, 30):
        add(case, frame)
        states.append(case.marks())
    for state in reversed(states[:-1]):
        assert case.undo() is not None
        assert case.marks() == state
    assert case.undo() is None
    for state in states[1:]:
        assert case.redo() is not None
        assert case.marks() == state
    assert case.redo() is None


def test_steps_are_named(case: Case) -> None:
    add(case, 10)
    case.do(edits.remove_marker(case.marks(), 1))
    assert case.steps() == Steps("remove marker", "")
    case.undo()
    assert case.steps() == Steps("add marker", "remove marker")


def test_a_new_edit_takes_the_place_of_what_was_undone(case: Case) -> None:
    add(case, 10)
    add(case, 20)
    case.undo()
    add(case, 30)
    assert case.redo() is None
    assert frames(case) == [10, 30]
    case.undo()
    assert frames(case) == [10]


def test_undo_works_after_the_case_was_closed(case: Case) -> None:
    add(case, 10)
    case.close()
    with Case.open(case.path) as again:
        again.undo()
        assert frames(again) == []
        again.redo()
        assert frames(again) == [10]


def test_a_refused_edit_leaves_no_trace(case: Case) -> None:
    add(case, 10)
    stale = edits.remove_marker(case.marks(), 1)
    case.do(stale)
    before = case.steps(), len(case.log_entries())
    with pytest.raises(UsageError, match="changed meanwhile"):
        case.do(stale)
    assert (case.steps(), len(case.log_entries())) == before


def test_every_step_is_logged(case: Case) -> None:
    add(case, 10)
    case.undo()
    case.redo()
    entries = case.log_entries()
    assert [action for _, action, _ in entries] == [
        "add marker", "undo: add marker", "redo: add marker",
    ]  # fmt: skip
    assert entries[0][2]["changes"][0]["after"]["start_frame"] == 10
    assert entries[1][2]["changes"][0]["after"] is None


def test_marks_survive_a_new_analysis_and_a_copy(case: Case, tmp_path: Path) -> None:
    add(case, 10)
    case.clear()
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        assert frames(copy) == [10]
        copy.undo()
    assert frames(case) == [10]


# Cases of the first version -------------------------------------------------------------------------


def first_version(path: Path) -> None:
    db = old_case(path, 1)
    db.execute("INSERT INTO log VALUES (1, 'then', 'analysis finished', '{}')")
    db.close()


def test_a_case_of_the_first_version_opens_and_takes_edits(tmp_path: Path) -> None:
    first_version(tmp_path / "old.fead")
    with Case.open(tmp_path / "old.fead") as case:
        assert case.marks() == Marks()
        add(case, 10)
        assert [action for _, action, _ in case.log_entries()] == [
            "analysis finished",
            "add marker",
        ]
    with Case.open(tmp_path / "old.fead") as again:
        assert frames(again) == [10]


def test_an_old_case_that_can_not_be_written_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(tmp_path / "old.fead")
    real = sqlite3.connect

    def read_only(path: Path, **options: object) -> sqlite3.Connection:
        return real(f"file:{path}?mode=ro", uri=True, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(CaseError, match="copy it to a folder"):
        Case.open(tmp_path / "old.fead")


def test_a_migration_that_fails_leaves_the_case_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(tmp_path / "old.fead")
    broken = (*migrations.MIGRATIONS[2], "CREATE NONSENSE")
    monkeypatch.setitem(migrations.MIGRATIONS, 2, broken)
    with pytest.raises(CaseError):
        Case.open(tmp_path / "old.fead")
    monkeypatch.undo()
    with Case.open(tmp_path / "old.fead") as case:
        assert case.marks() == Marks()
