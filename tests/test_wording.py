"""The program never claims more than it measures: what it says is checked word by word."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.report.words import IS_NOT, TERMS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, RESOURCES = ROOT / "fead_desktop", ROOT / "resources"

#: Claims about a mind, and words that judge a person or promise a detector of either.
FORBIDDEN = re.compile(
    r"""\b(?: lie(?:s|d|r|rs)? | lying | liars? | dishonest\w* | honest\w* | truth(?:ful\w*)? | decei\w* | decept\w*
    | guilt\w* | innocen\w* | suspect\w* | suspicio\w* | culprit\w*
    | felt | feel(?:s|ing|ings)? | intent\w* | intend\w* | motive\w* | emotional\ state\w* | state\ of\ mind
    | micro-?expression\w* | mind[- ]?read\w* | polygraph\w* | stress\ levels? | stressed | nervous\w*
    | alert(?:s|ed)? | incidents? | evidence\ of | proves? | proof )\b""",
    re.VERBOSE | re.IGNORECASE,
)

#: The sentences that may hold such words, because they say what the program is not or can't do.
SAYS_WHAT_IT_IS_NOT = (
    IS_NOT,
    "It does not know what a person feels, thinks or intends, and it makes no judgement.",
    "Nothing here is evidence of deception or intent.",
)

#: Words of the world of files and numbers that only look alike, with where they stand.
ANOTHER_MEANING: tuple[str, ...] = ("truth file", ".truth.json")


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string that a module may show; docstrings are for programmers.

    The docstrings of the commands are their help texts, so they count.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = set() if path.parent.name == "cli" else set(map(id, _docstrings(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "…" for p in node.values]
            hidden |= set(map(id, node.values))
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in hidden:
            yield node.lineno, str(node.value)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        # A text that stands alone is for programmers, at the beginning of a definition or elsewhere.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def forbidden_words(text: str) -> list[str]:
    """Return the words of a text that must not be said."""
    plain = " ".join(text.split())
    for sentence in (*SAYS_WHAT_IT_IS_NOT, *ANOTHER_MEANING):
        plain = plain.replace(sentence, "")
    return FORBIDDEN.findall(plain)


@functools.cache
def shown_texts() -> list[tuple[str, str]]:
    modules = [
        (f"{path.relative_to(ROOT)}:{line}", text)
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in literals(path)
    ]
    kinds = {".toml", ".html", ".txt", ".md", ".svg", ".css", ".json"}
    files = [
        (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in sorted(RESOURCES.rglob("*"))
        if path.suffix in kinds
    ]
    return modules + files


def test_nothing_that_is_shown_claims_to_know_a_mind() -> None:
    texts = shown_texts()
    assert len(texts) > 2000
    said = [(where, words) for where, text in texts if (words := forbidden_words(text))]
    assert said == []


def test_every_exception_is_still_said_somewhere() -> None:
    texts = [" ".join(text.split()) for _, text in shown_texts()]
    for sentence in (*SAYS_WHAT_IT_IS_NOT, *ANOTHER_MEANING):
        assert any(sentence in text for text in texts), sentence


@pytest.mark.parametrize(
    "claim",
    [
        "Microexpression detected",
        "A micro-expression at 00:01:02.300",
        "The person lied here.",
        "Signs of deception",
        "Deceptive behaviour",
        "guilty",
        "He felt anger",
        "the felt emotion",
        "Stress level: high",
        "The face proves it",
        f"{IS_NOT} But this one is lying.",
        "It does not know what a person feels",  # a part of an exception is none
    ],
)
def test_a_claim_is_found(claim: str) -> None:
    assert forbidden_words(claim)


@pytest.mark.parametrize(
    "text",
    [
        "apparent expression",
        "Moment for human review",
        "change from this person's own baseline",
        "score of the apparent emotion 'fear' (FER)",
        "believed",
        "The client applies a filter",
    ],
)
def test_what_may_be_said_passes(text: str) -> None:
    assert not forbidden_words(text)


@pytest.mark.parametrize(
    "source", ['X = "guilt"', 'X = f"guilt {y}"', 'say("a " "guilt")', 'x: A[str, O(h="guilt")]']
)
def test_strings_are_found_wherever_they_stand(tmp_path: Path, source: str) -> None:
    module = tmp_path / "module.py"
    module.write_text(f'"""Not guilt."""\n{source}\n')
    assert len([text for _, text in literals(module) if forbidden_words(text)]) == 1


def test_the_glossary_of_the_readme_is_the_table_of_words() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    glossary = readme.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in glossary.splitlines() if line.startswith("| ")]
    read = [tuple(re.sub("[*`]", "", cell).strip() for cell in row) for row in rows[1:]]
    assert read == list(TERMS)
