from __future__ import annotations

import json
from pathlib import Path

import pytest

from fead_desktop.settings import (
    MOST_RECENT_FILES,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAD_CONFIG_DIR", str(tmp_path / "config"))


def test_settings_come_back_as_they_were_saved() -> None:
    settings = Settings(recent_files=("/a.mp4", "/b.fead"), window="abc=", show_overlay=False)
    save_settings(settings)
    assert load_settings() == settings


def test_only_what_differs_from_the_defaults_is_written() -> None:
    save_settings(Settings(layout="analysis", keys={"open": ("F2",)}))
    assert json.loads(settings_path().read_text()) == {
        "layout": "analysis",
        "keys": {"open": ["F2"]},
    }
    assert load_settings().keys == {"open": ("F2",)}


def test_nothing_stored_means_the_defaults_and_nothing_is_created_by_looking() -> None:
    assert load_settings() == Settings()
    assert not settings_path().parent.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, 2]",
        '{"show_overlay": "no", "recent_files": "x", "window": 7, "unknown": 1}',
        '{"keys": {"open": "F2"}, "layouts": [1], "font_scale": true}',
    ],
)
def test_a_damaged_file_costs_nothing_but_the_memory(text: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(text)
    assert load_settings() == Settings()


def test_one_wrong_value_does_not_cost_the_others() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('{"window": 7, "layout": "abc"}')
    assert load_settings() == Settings(layout="abc")


def test_the_last_opened_file_comes_first_and_only_once() -> None:
    settings = Settings()
    for name in ("a", "b", "a"):
        settings = settings.with_recent(Path("/") / name)
    assert settings.recent_files == ("/a", "/b")
    assert settings.without_recent(Path("/a")).recent_files == ("/b",)


def test_old_files_drop_out_of_the_recent_ones() -> None:
    settings = Settings()
    for n in range(2 * MOST_RECENT_FILES):
        settings = settings.with_recent(Path(f"/{n}"))
    assert len(settings.recent_files) == MOST_RECENT_FILES
    assert settings.recent_files[0] == f"/{2 * MOST_RECENT_FILES - 1}"


def test_a_folder_that_can_not_be_written_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FEAD_CONFIG_DIR", str(tmp_path / "file" / "config"))
    save_settings(Settings(window="abc="))
    assert load_settings() == Settings()
