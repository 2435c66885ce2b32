"""What an analysis showed of the machine is kept, and nonsense is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fead_desktop.pipeline.meter import Expected
from fead_desktop.pipeline.pace import known_pace, remember_pace

USUAL = {"faces": Expected(10.0, start=2.0), "persons": Expected(0.1), "scores": Expected(4.0)}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_nothing_is_known_before_the_first_analysis() -> None:
    assert known_pace() == {}


def test_the_first_analysis_counts_whole_and_a_later_one_half() -> None:
    remember_pace(USUAL, {"faces": 24.0, "persons": 5.0, "scores": 2.0})
    assert known_pace() == pytest.approx({"faces": 2.0, "scores": 0.5})
    remember_pace(USUAL, {"faces": 96.0})
    assert known_pace() == pytest.approx({"faces": 4.0, "scores": 0.5})


def test_a_night_of_sleep_is_no_pace() -> None:
    remember_pace(USUAL, {"faces": 8 * 3600.0, "scores": 0.0})
    assert known_pace() == {}


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[1]", "7", '{"faces": "fast"}', '{"faces": null}', '{"faces": NaN}']
)
def test_a_damaged_file_is_as_good_as_none(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "pace.json").write_text(text)
    assert known_pace() == {}
    remember_pace(USUAL, {"scores": 8.0})
    assert known_pace() == pytest.approx({"scores": 2.0})


def test_a_folder_that_cant_be_written_costs_nothing_but_the_knowledge(folder: Path) -> None:
    folder.write_text("in the way")
    remember_pace(USUAL, {"scores": 8.0})
    assert known_pace() == {}
