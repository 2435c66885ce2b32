"""The method of a report tells everything that decides its results, what the analyst set too."""

from __future__ import annotations

from pathlib import Path

from fead_desktop.anomalies.tuning import Tried, Tuned
from fead_desktop.case.edits import Range, add_range
from fead_desktop.case.person_edits import merge, rename
from fead_desktop.case.store import Case
from fead_desktop.report.blocks import Facts, Notice, Table
from fead_desktop.report.content import build_content
from tests.unit.report.test_content import blocks


def test_what_the_analyst_set_is_told(case_file: Path, tmp_path: Path) -> None:
    with Case.open(case_file) as made:
        made.save_copy(tmp_path / "set.fead")
        assert set(dict(blocks(build_content(made), "method", Facts)[0].rows).values()) == {
            "nothing"
        }
    with Case.open(tmp_path / "set.fead") as case:
        case.do(add_range(case.marks(), Range(0, "baseline", 1, 1.0, 4.0, 30, 120)))
        case.do(add_range(case.marks(), Range(0, "excluded", None, 5.0, 6.5, 150, 195)))
        for edit in (
            lambda: rename(case.marks(), case.faces(), 1, "Anna"),
            lambda: merge(case.marks(), case.faces(), [1, 2]),
        ):
            done = edit()
            assert done is not None
            case.do(done)
        tried = (Tried({"trim": 0.1}, 0.9),)
        case.put_tuning({1: [Tuned("expression", "mahalanobis", tried, {"trim": 0.1})]})
        content = build_content(case)
    (facts,) = blocks(content, "method", Facts)
    assert dict(facts.rows) == {
        "Marked baseline": "00:00:01.000 – 00:00:04.000, Anna",
        "Left out": "00:00:05.000 – 00:00:06.500, everybody",
        "Steps in telling persons apart": "renamed: 1\nmerged: 1",
        "Tables of other tools": "nothing",
    }
    assert ("Anna", "expression/mahalanobis", "trim 0.1") in [
        row for table in blocks(content, "method", Table) for row in table.rows
    ]
    said = [each.text for each in blocks(content, "summary", Notice)]
    assert any(text.startswith("Out of date: Anna.") for text in said)
    assert any(text.startswith("Out of date: baseline") for text in said)
