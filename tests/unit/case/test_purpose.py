"""Purpose and legal basis: asked once, kept in the case, told by its log."""

from __future__ import annotations

from pathlib import Path

import pytest

from fead_desktop.case.purpose import NOT_FOR, Purpose
from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError


def test_a_case_keeps_it_through_new_results(tmp_path: Path) -> None:
    stated = Purpose("Interview 12", "consent")
    with Case.create(tmp_path / "a.fead") as case:
        assert case.purpose is None
        case.put_purpose(Purpose(" Interview 12\n", "consent"))
        case.put_chunks(0, "new", {"faces": b""})
    with Case.open(tmp_path / "a.fead") as case:
        assert case.purpose == stated


def test_not_stating_it_is_an_answer_too(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.fead") as case:
        case.put_purpose(Purpose())
        assert case.purpose == Purpose()


def test_the_log_tells_what_was_said_before_and_after(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.fead") as case:
        for words in ("one", "one", "two"):
            case.put_purpose(Purpose(words))
        told = [detail for _, action, detail in case.log_entries() if action == "purpose stated"]
    assert [each["after"]["purpose"] for each in told] == ["one", "two"]
    assert told[0]["before"] is None
    assert told[1]["before"] == {"purpose": "one", "legal_basis": ""}


def test_it_is_short(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.fead") as case, pytest.raises(UsageError, match="legal basis"):
        case.put_purpose(Purpose(legal_basis="x" * 1001))
    with Case.open(tmp_path / "a.fead") as case:
        assert case.purpose is None


def test_the_notice_names_what_the_law_forbids() -> None:
    words = " ".join(NOT_FOR)
    assert all(each in words for each in ("work", "education", "recruitment", "Article 5(1)(f)"))
    assert len(words) < 700
