"""Timeline: what happens when in a case, as tiers of stretches; every format with a time axis is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.views import one_face_a_frame
from fead_desktop.anomalies.windows import stretches
from fead_desktop.case.case import Person
from fead_desktop.case.edits import Marker
from fead_desktop.case.store import Case
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import FeatureTable
from fead_desktop.report.interchange.plain import one_line
from fead_desktop.review.verdict import Moment, Verdict, last_answers, moment_of
from fead_desktop.video.timebase import format_timecode

_LONGEST_NAME = 60
_REASONS = 3


@dataclass(frozen=True)
class Stretch:
    """A text from one frame to another; times are the frames' own, in seconds from the first frame on.

    ``closed`` : the frame at ``end_s`` belongs to it (an event's offset); else it is the first frame after it.
    """

    start_s: float
    end_s: float
    text: str
    closed: bool = True

    @property
    def milliseconds(self) -> tuple[int, int]:
        """Whole milliseconds [start, end) that hold the frames of the stretch and no other.

        Both are rounded down, so that the first frame is inside and the frame after an open end is not; a
        closed end is one later, so that its frame is inside. No stretch is empty.
        """
        start, end = (int(np.floor(time * 1000 + 1e-6)) for time in (self.start_s, self.end_s))
        return start, max(end + self.closed, start + 1)


@dataclass(frozen=True)
class Tier:
    """Stretches of one kind by time, none of which overlap."""

    name: str
    participant: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Timeline:
    """Tiers for annotation tools, and cues (events and markers by time, with their persons) for players."""

    title: str
    recording: str
    duration_s: float
    tiers: tuple[Tier, ...]
    cues: tuple[Stretch, ...]


def build_timeline(case: Case) -> Timeline:
    """Return the timeline of a finished case: each person's events, verdicts and apparent emotion; markers."""
    recording, events, table = case.recording, case.events(), case.features()
    marks = case.marks()
    verdicts = last_answers(marks.verdicts)
    tiers: list[Tier] = []
    cues: list[Stretch] = []
    for person in case.persons():
        name = shown_name(person)
        own = [event for event in events if event.person == person.person]
        cues += [event_stretch(event, f"{name} · ") for event in own]
        found = (event_stretch(event) for event in own)
        tiers += _tiers(f"{person.person} {name} · events", name, found)
        for reviewer, given in _verdicts(own, verdicts).items():
            tiers += _tiers(f"{person.person} {name} · verdicts of {reviewer}", name, given)
        emotion = strongest_emotions(table.of_person(person.person))
        tiers += _tiers(f"{person.person} {name} · apparent emotion", name, emotion)
    markers = [_marker_stretch(marker) for marker in marks.markers]
    tiers += _tiers("markers", "", markers)
    whole = recording.duration_s if recording is not None else 0.0
    return Timeline(
        title=case.path.stem,
        recording="" if recording is None else recording.path,
        duration_s=max([whole, *(s.milliseconds[1] / 1000 for t in tiers for s in t.stretches)]),
        tiers=tuple(tiers),
        cues=tuple(sorted([*cues, *markers], key=_by_time)),
    )


def shown_name(person: Person) -> str:
    """Return the name of a person as one short line, the number where there is none."""
    return one_line(person.name, _LONGEST_NAME) or f"Person {person.person}"


def event_stretch(event: AnomalyEvent, before: str = "") -> Stretch:
    """Return an event with its rank, peak and first reasons."""
    reasons = "; ".join(str(reason) for reason in event.reasons[:_REASONS])
    flag = " · flagged" if event.flagged else ""
    if event.added_by:
        flag = f" · added by hand by {one_line(event.added_by, _LONGEST_NAME)}"
    text = f"{before}event {event.event} · peak {format_timecode(event.peak_s)}{flag} · {reasons}"
    return Stretch(event.onset_s, event.offset_s, one_line(text.removesuffix(" · ")))


def strongest_emotions(table: FeatureTable) -> list[Stretch]:
    """Return stretches of the apparent emotion with the highest score; none where there are no scores.

    Each lasts until the next analysed frame shows another one; the last before a gap ends on its own frame.
    """
    rows = one_face_a_frame(table)
    known = np.isfinite(rows.emotions).all(axis=1)
    found: list[Stretch] = []
    for part in stretches(rows.time_s, known):
        strongest = np.argmax(rows.emotions[part], axis=1)
        found += _runs(rows.time_s[part], strongest)
    return found


def _verdicts(
    events: Sequence[AnomalyEvent], answers: dict[Moment, dict[str, Verdict]]
) -> dict[str, list[Stretch]]:
    """Return each reviewer's latest verdicts on a person's events, by the reviewer's shown name."""
    found: dict[str, list[Stretch]] = {}
    for event in events:
        for reviewer, verdict in answers.get(moment_of(event), {}).items():
            stretch = Stretch(event.onset_s, event.offset_s, verdict_text(verdict))
            found.setdefault(one_line(reviewer, _LONGEST_NAME), []).append(stretch)
    return found


def verdict_text(verdict: Verdict) -> str:
    """Return an answer with its reason and note, as one line."""
    return one_line(" · ".join(filter(None, (verdict.answer, verdict.reason, verdict.note))))


def _runs(time_s: npt.NDArray[np.float64], strongest: npt.NDArray[np.int64]) -> list[Stretch]:
    starts = [0, *(np.flatnonzero(np.diff(strongest)) + 1).tolist()]
    ends = [*starts[1:], len(time_s)]
    last = len(time_s) - 1
    return [
        Stretch(
            float(time_s[start]),
            float(time_s[min(end, last)]),
            EMOTIONS[int(strongest[start])],
            closed=end > last,
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _marker_stretch(marker: Marker) -> Stretch:
    text = one_line(f"marker {marker.marker} · {marker.text}").removesuffix(" ·")
    return Stretch(marker.start_s, marker.end_s, text)


def _tiers(name: str, participant: str, found: Iterable[Stretch]) -> list[Tier]:
    """Make one tier, and further ones for what overlaps: annotation tools allow no overlap in a tier."""
    lanes: list[list[Stretch]] = [[]]
    for stretch in sorted(found, key=_by_time):
        free = next((lane for lane in lanes if _fits_after(lane, stretch)), None)
        if free is None:
            free = []
            lanes.append(free)
        free.append(stretch)
    names = [name, *(f"{name} ({number})" for number in range(2, len(lanes) + 1))]
    return [Tier(each, participant, tuple(lane)) for each, lane in zip(names, lanes, strict=True)]


def _fits_after(lane: Sequence[Stretch], stretch: Stretch) -> bool:
    return not lane or lane[-1].milliseconds[1] <= stretch.milliseconds[0]


def _by_time(stretch: Stretch) -> tuple[float, float, str]:
    return stretch.start_s, stretch.end_s, stretch.text
