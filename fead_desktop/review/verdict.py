"""Verdict: what one reviewer says of one event, and what several verdicts say together. Qt-free zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.errors import UsageError

Answer = Literal["confirmed", "rejected", "unsure"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
#: States of an event that no single reviewer gives it.
UNREVIEWED, DISPUTED = "unreviewed", "disputed"
#: What drove a verdict, until the analyst writes other words.
REASONS = (
    "expression change",
    "speech",
    "head turn",
    "occlusion",
    "light",
    "detection error",
    "other",
)
CONFIDENCES = (1, 2, 3, 4, 5)

#: A note is as long as every format takes it.
_LONGEST_WORD, _LONGEST_NOTE = 80, 1000

#: Person and peak frame: what an event keeps when its rank changes.
Moment = tuple[int, int]


@dataclass(frozen=True)
class Verdict:
    """One answer of one reviewer; a second answer is another verdict, so that both are kept.

    person, peak_frame : the event it is about (:func:`moment_of`).
    confidence : 1 (a guess) to 5 (certain), None where it was left open.
    tags : words with commas between.
    blind : given while score, rank, reasons and other reviewers' verdicts were hidden.
    """

    verdict: int
    reviewer: str
    person: int
    peak_frame: int
    answer: Answer
    reason: str = ""
    confidence: int | None = None
    note: str = ""
    tags: str = ""
    blind: bool = False
    time_utc: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "blind", bool(self.blind))  # SQLite has no booleans

    @property
    def moment(self) -> Moment:
        """The event it is about."""
        return self.person, self.peak_frame

    def checked(self) -> Verdict:
        """Return the verdict as it is kept, or refuse it in one sentence."""
        if self.answer not in ANSWERS:
            raise UsageError(
                f"There is no verdict '{self.answer}'; choose from {', '.join(ANSWERS)}."
            )
        if self.confidence is not None and self.confidence not in CONFIDENCES:
            raise UsageError("The confidence of a verdict is a number from 1 to 5.")
        reviewer = _one_line(self.reviewer, _LONGEST_WORD, "name of a reviewer")
        if not reviewer:
            raise UsageError("A verdict needs the name of its reviewer.")
        note = self.note.strip()
        if len(note) > _LONGEST_NOTE:
            raise UsageError(f"A note can have at most {_LONGEST_NOTE} characters.")
        tags = dict.fromkeys(" ".join(tag.split()) for tag in self.tags.split(",") if tag.strip())
        return replace(
            self,
            reviewer=reviewer,
            reason=_one_line(self.reason, _LONGEST_WORD, "reason"),
            note=note,
            tags=_one_line(", ".join(tags), _LONGEST_NOTE, "list of tags"),
        )


def _one_line(text: str, longest: int, what: str) -> str:
    line = " ".join(text.split())
    if len(line) > longest:
        raise UsageError(f"The {what} can have at most {longest} characters.")
    return line


def moment_of(event: AnomalyEvent) -> Moment:
    """Return what verdicts know an event by: its own peak, also where a reviewer moved it."""
    peak = event.peak_frame if event.original is None else event.original.peak_frame
    return event.person, peak if event.known_by is None else event.known_by


def _when(verdict: Verdict) -> tuple[str, int]:
    return verdict.time_utc, verdict.verdict


def first_answers(verdicts: Iterable[Verdict]) -> dict[Moment, dict[str, Verdict]]:
    """Return each reviewer's first verdict on each event: the answer before any other was seen."""
    return _by_moment(sorted(verdicts, key=_when, reverse=True))


def last_answers(verdicts: Iterable[Verdict]) -> dict[Moment, dict[str, Verdict]]:
    """Return each reviewer's latest verdict on each event: the one that counts."""
    return _by_moment(sorted(verdicts, key=_when))


def _by_moment(verdicts: Iterable[Verdict]) -> dict[Moment, dict[str, Verdict]]:
    found: dict[Moment, dict[str, Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.moment, {})[verdict.reviewer] = verdict
    return found


def states(verdicts: Iterable[Verdict]) -> dict[Moment, str]:
    """Return the state of each judged event: the answer all reviewers give, or "disputed"."""
    found = {}
    for moment, by_reviewer in last_answers(verdicts).items():
        answers = {verdict.answer for verdict in by_reviewer.values()}
        found[moment] = answers.pop() if len(answers) == 1 else DISPUTED
    return found


# The queue ----------------------------------------------------------------------------------------------


def in_order(events: Iterable[AnomalyEvent], *, blind: bool) -> list[AnomalyEvent]:
    """Return the events as a reviewer meets them: by time while blind, because the rank gives the score away."""
    if blind:
        return sorted(events, key=lambda event: (event.peak_frame, event.person))
    return sorted(events, key=lambda event: event.event)


def next_unjudged(
    queue: list[AnomalyEvent], judged: Iterable[Moment], current: int | None
) -> AnomalyEvent | None:
    """Return the event to judge after ``current`` (its rank); what was passed over comes at the end.

    The current event itself comes last of all, None once everything is judged.
    """
    done = set(judged)
    at = next((place for place, each in enumerate(queue) if each.event == current), -1)
    around = [*queue[at + 1 :], *queue[: at + 1]]
    return next((each for each in around if moment_of(each) not in done), None)
