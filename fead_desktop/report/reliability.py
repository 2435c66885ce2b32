"""How reliable the judging was: the agreement of the reviewers, and what the controls tell of each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fead_desktop.case.store import Case
from fead_desktop.review.agreement import Agreement, by_pair, overall
from fead_desktop.review.controls import ControlFigures, all_control_figures, on_events
from fead_desktop.review.verdict import moment_of


@dataclass(frozen=True)
class Reliability:
    """Of the first answers on events; ``overall`` is None where fewer than two reviewers judged the same event.

    controls : one for each reviewer whose pass with controls is over.
    """

    overall: Agreement | None = None
    pairs: tuple[Agreement, ...] = ()
    controls: tuple[ControlFigures, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; NaN where a figure is not defined."""
        return {
            "agreement": None if self.overall is None else asdict(self.overall),
            "pairs": [asdict(each) for each in self.pairs],
            "controls": [asdict(each) for each in self.controls],
        }


def reliability(case: Case) -> Reliability:
    """Return the reliability of a case's verdicts."""
    marks = case.marks()
    verdicts = on_events(marks.verdicts, marks.controls)
    events = [moment_of(event) for event in case.events()]
    return Reliability(
        overall(verdicts),
        tuple(by_pair(verdicts)),
        all_control_figures(marks.controls, marks.verdicts, events),
    )
