"""The words of the report in a language; a translation that lacks some takes them from English."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from fead_desktop import paths
from fead_desktop.errors import UsageError

#: The language that has every word.
COMPLETE = "en"


class Words:
    """Texts by name ("summary.title"); names in braces are filled in."""

    def __init__(self, language: str):
        self.language = language
        self._texts = {**_texts(COMPLETE), **_texts(language)}

    def __call__(self, name: str, /, **values: Any) -> str:
        """Return a text; an unknown name is a programmer's error."""
        text = self._texts[name]
        if not isinstance(text, str):
            raise KeyError(name)
        return text.format(**values) if values else text

    def items(self, name: str, /, **values: Any) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(text.format(**values) if values else text for text in self._texts[name])

    def group(self, name: str) -> dict[str, str]:
        """Return all texts of a group by the last part of their names."""
        before = f"{name}."
        return {key.removeprefix(before): t for key, t in self._texts.items() if key.startswith(before)}  # fmt: skip

    def count(self, name: str, number: int) -> str:
        """Return a number of things: "1 event", "3 events"."""
        one, many = self._texts[f"count.{name}"].split("|")
        return str(one if number == 1 else many.format(n=number))


def languages() -> list[str]:
    """Return the languages that a report can be written in."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


@cache
def _texts(language: str) -> dict[str, Any]:
    if language not in languages():
        raise UsageError(
            f"There is no report in the language '{language}'; choose from {', '.join(languages())}."
        )
    text = (_folder() / f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _folder() -> Path:
    return paths.resources_dir() / "report"


def _flat(before: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        found += _flat(name, value) if isinstance(value, dict) else [(name, value)]
    return found
