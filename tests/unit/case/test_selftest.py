"""A self-test's result: intervals, sums over kinds, sentences, and its place in the case."""

from __future__ import annotations

from pathlib import Path

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.selftest import Cell, PersonSelftest, Selftest, wilson
from fead_desktop.case.store import Case

ANNA = PersonSelftest(
    1,
    "Anna",
    (
        Cell("wider smile", 5.0, 0.5, 100, 96, 4, 3),
        Cell("pucker", 5.0, 0.5, 20, 4),
        Cell("pucker", 3.0, 0.5, 10, 0, 4, 1),
    ),
)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(96, 100, 0.9016, 0.9843), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_wilsons(found: int, of: int, low: float, high: float) -> None:
    assert wilson(found, of) == pytest.approx((low, high), abs=2e-4)


def test_cells_of_one_size_are_added_up_over_the_kinds() -> None:
    small, clear = ANNA.by_size()
    assert (small.magnitude, small.planted, small.flagged) == (3.0, 10, 0)
    assert (clear.magnitude, clear.planted, clear.flagged) == (5.0, 120, 100)


def test_the_sentence_speaks_of_the_smile_alone() -> None:
    assert "a clear smile of 0.5 s (5 σ) of Anna would have been flagged in 96 of 100 tries" in (
        ANNA.sentence
    )
    assert "90 to 98 %" in ANNA.sentence


def test_without_a_smile_it_speaks_of_any_change() -> None:
    cells = tuple(cell for cell in ANNA.cells if cell.kind != "wider smile")
    assert "a clear change of expression" in PersonSelftest(1, "Anna", cells).sentence


def test_pictures_are_compared_with_what_the_table_predicts() -> None:
    # 4 x 0/10 + 4 x 100/120
    assert "Of 8 moments warped" in ANNA.picture_sentence
    assert "4 were flagged; the table predicts 3" in ANNA.picture_sentence


def test_who_could_not_be_tested_has_a_remark_for_a_sentence() -> None:
    assert PersonSelftest(2, "B", remark="Too short.").sentence == "Too short."


def test_the_case_keeps_it_until_the_results_change(tmp_path: Path) -> None:
    result = Selftest("among the 10 most unusual events", 1, (ANNA,))
    with Case.create(tmp_path / "a.fead") as case:
        case.parameters = AnalysisParameters()
        assert case.selftest is None
        case.put_selftest(result)
        assert case.selftest == result
        case.put_chunks(0, "new", {"faces": b""})
        assert case.selftest is None
