from __future__ import annotations

import string
from pathlib import Path

import pytest

from fead_desktop import paths
from fead_desktop.errors import UsageError
from fead_desktop.report import language
from fead_desktop.report.language import Words, languages


def test_a_translation_takes_what_it_lacks_from_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = (paths.resources_dir() / "report" / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "en.toml").write_text(english, encoding="utf-8")
    (tmp_path / "report" / "xx.toml").write_text(
        'title = "Bericht {name}"\n[count]\nevent = "1 Ereignis|{n} Ereignisse"\n', encoding="utf-8"
    )
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path)
    language._texts.cache_clear()
    try:
        words = Words("xx")
        assert languages() == ["en", "xx"]
        assert words("title", name="A") == "Bericht A"
        assert words.count("event", 1) == "1 Ereignis"
        assert words.count("event", 3) == "3 Ereignisse"
        assert words("summary.title") == "Summary"
    finally:
        language._texts.cache_clear()


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="choose from en"):
        Words("../en")


def test_every_count_has_one_and_many() -> None:
    for text in Words("en").group("count").values():
        one, many = text.split("|")
        assert one
        assert [name for _, name, _, _ in string.Formatter().parse(many) if name] == ["n"]
