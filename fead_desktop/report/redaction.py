"""A case as strangers may see it: names of persons, reviewers and files are replaced wherever they are told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fead_desktop.case.audit import LogEntry
from fead_desktop.case.case import Person
from fead_desktop.case.edits import Marker, Marks, Vocabulary
from fead_desktop.case.store import Case
from fead_desktop.errors import OutputError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import Adjustment, HandEvent
from fead_desktop.review.verdict import Verdict

#: What files are called whose own names must not be told.
STEM = "recording"
#: Shorter parts of a name ("de", "Li") would take ordinary words away with them.
_SHORTEST_PART = 3
_WORD = re.compile(r"[^\W\d_]+")
_USUAL_NAME = re.compile(r"Person \d+")
#: Facts in which names are told; the others hold numbers and words of the program.
_TELLING = frozenset({"recording", "purpose", "selftest", "limits"})


def redacted(case: Case) -> Case:
    """Return the case with every name replaced; it reads the same file, which keeps its names.

    Persons become "Person n", reviewers "Reviewer n", the recording and its folders "recording". A name is also
    replaced inside notes, markers, tags, purpose and self-test, and so is each word of a name on its own. What
    else a note tells of a person can't be known: notes have to be read before they are given away. A case whose
    names are replaced already stays as it is: the names to replace can't be learned from it.
    """
    return case if isinstance(case, _RedactedCase) else _RedactedCase(case)


class _RedactedCase(Case):
    def __init__(self, case: Case):
        super().__init__(Path(f"{STEM}{case.path.suffix}"), case._db)
        persons, marks, facts = case.persons(), case.marks(), case.recording
        kinds = (marks.verdicts, marks.hand_events, marks.adjustments, marks.controls)
        names = [each.reviewer for kind in kinds for each in kind]
        reviewers = dict.fromkeys(name for name in names if name)
        self._reviewers = {name: f"Reviewer {n}" for n, name in enumerate(reviewers, 1)}
        named = {person.name: f"Person {person.person}" for person in persons}
        files = [case.path] if facts is None else [case.path, Path(facts.path)]
        self._plain = _replacing(
            {each.stem: STEM for each in files},
            {name: new for name, new in named.items() if not _USUAL_NAME.fullmatch(name)}
            | self._reviewers,
        )

    def save_copy(self, path: Path) -> None:
        """Refuse: the file has the names."""
        raise OutputError("A case can't be copied without its names; export a report instead.")

    def persons(self) -> list[Person]:
        """Return the persons under their numbers."""
        return [replace(each, name=f"Person {each.person}") for each in super().persons()]

    def marks(self) -> Marks:
        """Return markers, ranges and verdicts with names replaced."""
        return Marks.of(self._item(item) for item in super().marks().items)

    def imported(self) -> tuple[ImportedTable, ...]:
        """Return the imported tables without the names of their files."""
        return tuple(replace(each, name=f"imported {each.number}") for each in super().imported())

    def audit_log(self) -> tuple[LogEntry, ...]:
        """Return when the analysis finished; the rest of the log tells who did what to whom."""
        kept = (each for each in super().audit_log() if each.action == "analysis finished")
        return tuple(replace(each, who="") for each in kept)

    def _fact(self, name: str) -> Any:
        value = super()._fact(name)
        if name == "recording" and value is not None:
            value = {**value, "path": f"{STEM}{Path(value['path']).suffix}"}
        return _each_text(value, self._plain) if name in _TELLING else value

    def _item(self, item: Any) -> Any:
        plain = self._plain
        if isinstance(item, Marker):
            return replace(item, text=plain(item.text))
        if isinstance(item, Vocabulary):
            return replace(item, words=plain(item.words))
        if isinstance(item, Adjustment | HandEvent | Control):
            return replace(item, reviewer=self._reviewers.get(item.reviewer, ""))
        if isinstance(item, Verdict):
            return replace(
                item,
                reviewer=self._reviewers[item.reviewer],
                reason=plain(item.reason),
                note=plain(item.note),
                tags=plain(item.tags),
            )
        return item


def _replacing(files: dict[str, str], names: dict[str, str]) -> Callable[[str], str]:
    """Return what replaces names, also each word of a person's, in capital and small letters."""
    wanted = {_folded(name): new for name, new in (files | names).items()}
    for name, new in names.items():
        for part in _WORD.findall(name):
            if len(part) >= _SHORTEST_PART:
                wanted.setdefault(_folded(part), new)
    wanted.pop("", None)
    if not wanted:
        return lambda text: text
    longest_first = sorted(wanted, key=len, reverse=True)
    # Between letters and digits a name is part of another word; "_" and "-" end it.
    either = "|".join(re.escape(name) for name in longest_first)
    found = re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE)

    def plain(text: str) -> str:
        composed = unicodedata.normalize("NFC", text)
        return found.sub(lambda match: wanted.get(_folded(match[0]), STEM), composed)

    return plain


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().lower()


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    if isinstance(value, dict):
        return {name: _each_text(each, change) for name, each in value.items()}
    return value
