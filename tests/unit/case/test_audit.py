"""The log of a case is a chain: whatever is changed, removed, put in or moved shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fead_desktop.case import audit
from fead_desktop.case.audit import NO_HASH, LogEntry
from fead_desktop.case.edits import Marker, add_marker, edit_marker
from fead_desktop.case.store import Case
from tests.helpers.old_cases import old_case


@pytest.fixture
def case(tmp_path: Path):
    with Case.create(tmp_path / "a.fead") as case:
        yield case


@pytest.fixture
def log(case: Case) -> list[LogEntry]:
    for number in range(5):
        case.log("something", number=number, text="ü\ud800", pair=(1, 2.5))
    return list(case.audit_log())


def test_an_untouched_log_holds_together(log: list[LogEntry]) -> None:
    assert list(audit.breaks(log)) == []
    assert [entry.entry for entry in log] == [1, 2, 3, 4, 5]
    assert all(entry.who == audit.user_name() for entry in log)


def test_a_hash_is_the_sha256_of_the_previous_hash_and_the_line(log: list[LogEntry]) -> None:
    assert log[0].hash == hashlib.sha256((NO_HASH + log[0].canonical()).encode()).hexdigest()
    assert log[1].hash == hashlib.sha256((log[0].hash + log[1].canonical()).encode()).hexdigest()
    assert json.loads(log[1].canonical())["detail"]["number"] == 1
    assert audit.head(log) == log[-1].hash


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda log: [*log[:2], replace(log[2], action="else"), *log[3:]], {3}),
        (lambda log: [*log[:2], replace(log[2], who="else"), *log[3:]], {3}),
        (lambda log: [*log[:2], replace(log[2], time_utc="2020"), *log[3:]], {3}),
        (lambda log: [*log[:2], replace(log[2], detail={}), *log[3:]], {3}),
        (lambda log: [*log[:2], *log[3:]], {4}),
        (lambda log: log[1:], {2}),
        (lambda log: [log[0], log[2], log[1], *log[3:]], {2, 3, 4}),
        (lambda log: [*log[:2], replace(log[1], action="else"), *log[2:]], {2}),
    ],
    ids=["action", "who", "time", "detail", "removed", "first removed", "reordered", "inserted"],
)
def test_a_change_is_found_at_its_entry(log: list[LogEntry], change, found: set[int]) -> None:
    assert {number for number, _ in audit.breaks(change(log))} == found


def test_an_entry_with_a_hash_of_its_own_breaks_at_the_next(log: list[LogEntry]) -> None:
    changed = replace(log[2], action="else")
    changed = replace(changed, hash=changed.hash_after(log[1].hash))
    assert {number for number, _ in audit.breaks([*log[:2], changed, *log[3:]])} == {4}


def test_edits_are_logged_with_what_was_before_and_after(case: Case) -> None:
    case.who = "Ada"
    case.do(add_marker(case.marks(), Marker(0, 1.0, 1.0, 10, 10, text="one")))
    edit = edit_marker(case.marks(), 1, text="two")
    assert edit is not None
    case.do(edit)
    case.undo()
    case.redo()
    log = case.audit_log()
    assert [entry.action for entry in log] == [
        "add marker", "edit marker", "undo: edit marker", "redo: edit marker",
    ]  # fmt: skip
    texts = [
        tuple(change[side] and change[side]["text"] for side in ("before", "after"))
        for entry in log
        for change in entry.detail["changes"]
    ]
    assert texts == [(None, "one"), ("one", "two"), ("two", "one"), ("one", "two")]
    assert {entry.who for entry in log} == {"Ada"}
    assert list(audit.breaks(log)) == []


def test_entries_of_an_earlier_schema_join_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "old.fead"
    db = old_case(path, 5)
    for number in (1, 2):
        db.execute(
            "INSERT INTO log (time_utc, action, detail) VALUES ('2026', 'old', ?)",
            (json.dumps({"number": number}),),
        )
    db.close()
    with Case.open(path) as case:
        case.log("new")
        log = case.audit_log()
    assert [(entry.action, entry.who) for entry in log] == [
        ("old", ""), ("old", ""), ("new", audit.user_name()),
    ]  # fmt: skip
    assert list(audit.breaks(log)) == []
