"""ReportOptions: what the analyst chooses of a report, its clips and its evidence package."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.review.filters import EventFilter, Listed
from fead_desktop.review.verdict import UNREVIEWED, moment_of, states

EVENT_CHOICES = ("all", "confirmed", "flagged")
PAPERS = ("a4", "letter")
#: What can be burnt into a clip.
OVERLAYS = ("box", "person", "timecode", "curve", "title")
#: Slower than this a moment is no longer seen as a movement.
_SLOWEST = 0.1
_LONGEST_MARGIN_S = 60.0


@dataclass(frozen=True)
class ReportOptions:
    """Choices for everything that is written of a case; each writer heeds those that concern it.

    events : "all", those "confirmed" by the reviewers, or those "flagged" by the threshold.
    event_filter : of these only the ones that a filter lets pass, as :mod:`fead_desktop.review.filters` writes it;
        empty = all of them.
    paper : paper of the PDF, "a4" or "letter".
    stills : pictures of the recording in the report.
    blur_others : faces of other persons than the event's are blurred in every picture and clip.
    replace_names : names of files, persons and reviewers are replaced.
    language : of the templates; "en" is there.
    clip_margin_s : seconds before onset and after offset.
    clip_speed : 1 = as recorded, 0.5 = half as fast.
    clip_reel : all clips as one.
    overlays : what is burnt into clips, out of :data:`OVERLAYS`.
    recording : where the recording is now; None = where the case says.
    """

    events: str = "all"
    paper: str = "a4"
    stills: bool = True
    blur_others: bool = False
    replace_names: bool = False
    language: str = "en"
    clip_margin_s: float = 1.0
    clip_speed: float = 1.0
    clip_reel: bool = False
    overlays: tuple[str, ...] = OVERLAYS
    recording: Path | None = None
    event_filter: str = ""

    def __post_init__(self) -> None:
        if self.events not in EVENT_CHOICES:
            raise UsageError(
                f"There is no choice of events '{self.events}'; choose from {', '.join(EVENT_CHOICES)}."
            )
        if self.paper not in PAPERS:
            raise UsageError(f"There is no paper '{self.paper}'; choose from {', '.join(PAPERS)}.")
        if unknown := sorted(set(self.overlays) - set(OVERLAYS)):
            raise UsageError(
                f"There is no overlay '{', '.join(unknown)}'; choose from {', '.join(OVERLAYS)}."
            )
        if not 0 <= self.clip_margin_s <= _LONGEST_MARGIN_S:
            raise UsageError(f"The margin of a clip must be 0 to {_LONGEST_MARGIN_S:g} seconds.")
        if not _SLOWEST <= self.clip_speed <= 1:
            raise UsageError(
                f"The speed of a clip must be between {_SLOWEST:g} and 1 (as recorded)."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, without the place of the recording."""
        values = asdict(self)
        del values["recording"]
        return {**values, "overlays": list(self.overlays)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ReportOptions:
        """Read :meth:`to_dict`'s values; unknown names are left out."""
        known = {each.name for each in fields(cls)} - {"recording"}
        kept = {name: value for name, value in values.items() if name in known}
        if "overlays" in kept:
            kept["overlays"] = tuple(kept["overlays"])
        return cls(**kept)


def chosen_events(case: Case, options: ReportOptions) -> list[AnomalyEvent]:
    """Return the events that the options ask for, most unusual first."""
    events, verdicts = case.events(), case.marks().verdicts
    said = states(verdicts)
    if options.events == "flagged":
        events = [event for event in events if event.flagged]
    elif options.events == "confirmed":
        events = [event for event in events if said.get(moment_of(event)) == "confirmed"]
    if not options.event_filter:
        return events
    wanted = EventFilter.from_text(options.event_filter)
    names = {person.person: person.name for person in case.persons()}
    listed = (
        Listed(
            event,
            names.get(event.person, ""),
            said.get(moment_of(event), UNREVIEWED),
            tuple(each for each in verdicts if each.moment == moment_of(event)),
        )
        for event in events
    )
    return [each.event for each in listed if wanted.passes(each)]
