"""Which events are listed, in which order, and the same as text to keep under a name. Qt-free zone."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from fead_desktop.anomalies.artefacts import KINDS
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.review.verdict import ANSWERS, DISPUTED, UNREVIEWED, Verdict

STATES = (UNREVIEWED, *ANSWERS, DISPUTED)
#: Choices of the artefact filter besides the causes themselves.
LIKELY, UNLIKELY = "any", "none"
ARTEFACTS = (LIKELY, UNLIKELY, *KINDS)


@dataclass(frozen=True)
class Listed:
    """An event with what may be seen of it now.

    state : one of :data:`STATES`. verdicts : those that may be seen. hidden : score, rank and reasons may not.
    """

    event: AnomalyEvent
    name: str
    state: str = UNREVIEWED
    verdicts: tuple[Verdict, ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class EventFilter:
    """Empty and None let everything pass; ``words`` must all occur somewhere in what may be seen of an event.

    artefact : a cause, :data:`LIKELY` or :data:`UNLIKELY`. reviewer : who judged it. view : as the event names it.
    least_score, from_s, to_s : bounds, the times of the peak in seconds.
    hides_artefacts : without the events that something else than an expression is likely to have made.
    sort : one of :data:`SORTS`, empty = the usual order; ``turned`` = the other way round.
    """

    state: str = ""
    artefact: str = ""
    view: str = ""
    reviewer: str = ""
    least_score: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    words: str = ""
    hides_artefacts: bool = False
    sort: str = ""
    turned: bool = False

    @property
    def narrows(self) -> bool:
        """True where events may be left out."""
        return replace(self, sort="", turned=False) != EventFilter()

    @property
    def tells_names(self) -> bool:
        """True where it holds what may be a name."""
        return bool(self.words or self.reviewer)

    def blind(self) -> EventFilter:
        """Return what of it tells nothing of the machine's or another reviewer's opinion."""
        kept = replace(
            self, artefact="", view="", reviewer="", least_score=None, hides_artefacts=False
        )
        return kept if kept.sort in BLIND_SORTS else replace(kept, sort="", turned=False)

    def passes(self, listed: Listed) -> bool:
        """Tell whether an event is listed."""
        event, label = listed.event, artefact_label(listed.event)
        return (
            self.state in {"", listed.state}
            and self.view in {"", event.view}
            and (not self.artefact or _is_artefact(label, self.artefact))
            and (not self.hides_artefacts or not label)
            and (not self.reviewer or self.reviewer in {v.reviewer for v in listed.verdicts})
            and (self.least_score is None or event.score >= self.least_score)
            and (self.from_s is None or event.peak_s >= self.from_s)
            and (self.to_s is None or event.peak_s <= self.to_s)
            and occurs(self.words, _text(listed))
        )

    def arrange(self, listed: Sequence[Listed]) -> list[AnomalyEvent]:
        """Return the events that pass, sorted; what is sorted alike keeps its order."""
        kept = [each for each in listed if self.passes(each)]
        key = SORTS.get(self.sort)
        if key is not None:
            kept.sort(key=key, reverse=self.turned)
        elif self.turned:
            kept.reverse()
        return [each.event for each in kept]

    def to_text(self) -> str:
        """Return it as JSON of what differs from letting everything pass."""
        usual = asdict(EventFilter())
        return json.dumps({n: v for n, v in asdict(self).items() if v != usual[n]})

    @classmethod
    def from_text(cls, text: str) -> EventFilter:
        """Read :meth:`to_text`; what is damaged or unknown lets everything pass."""
        try:
            values = json.loads(text)
            known = {
                each.name: values[each.name]
                for each in fields(cls)
                if each.name in values and _fits(values[each.name], each.name)
            }
        except (ValueError, TypeError):
            return cls()
        return cls(**known)


def artefact_label(event: AnomalyEvent) -> str:
    """Return what other than an expression is likely to have made an event; empty where nothing is."""
    return "" if event.artefact is None else event.artefact.label or ""


def occurs(words: str, text: str) -> bool:
    """Tell whether all words occur in a text, in any order and case."""
    there = text.casefold()
    return all(word in there for word in words.casefold().split())


def views_of(events: Iterable[AnomalyEvent]) -> tuple[str, ...]:
    """Return the views that events name, in order."""
    return tuple(sorted({event.view for event in events if event.view}))


def _is_artefact(label: str, wanted: str) -> bool:
    if wanted == LIKELY:
        return bool(label)
    return not label if wanted == UNLIKELY else label == wanted


def _text(listed: Listed) -> str:
    event = listed.event
    said = [f"{v.reviewer} {v.answer} {v.reason} {v.note} {v.tags}" for v in listed.verdicts]
    machine = "" if listed.hidden else artefact_label(event)
    reasons = [] if listed.hidden else [reason.label for reason in event.reasons]
    return "\n".join((listed.name, machine, *said, *reasons))


def _highest_first(listed: Listed) -> float:
    score = listed.event.score
    return math.inf if math.isnan(score) else -score


_Key = Callable[[Listed], Any]
#: What events can be sorted by, as the analyst reads it.
SORTS: dict[str, _Key] = {
    "time": lambda each: (each.event.peak_frame, each.event.person),
    "person": lambda each: (each.event.person, each.event.peak_frame),
    "length": lambda each: -each.event.duration_s,
    "state": lambda each: STATES.index(each.state),
    "score": _highest_first,
    "artefact": lambda each: artefact_label(each.event) or "~",
    "view": lambda each: each.event.view,
    "reviewer": lambda each: ", ".join(sorted({v.reviewer for v in each.verdicts})) or "~",
}
#: Those that tell nothing while score and rank are hidden.
BLIND_SORTS = ("time", "person", "length", "state")


def _fits(value: Any, name: str) -> bool:
    if name in {"hides_artefacts", "turned"}:
        return isinstance(value, bool)
    if name in {"least_score", "from_s", "to_s"}:
        return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    return isinstance(value, str)
