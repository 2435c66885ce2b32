"""The events and refine stages: rank the moments, then look at every frame around each."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fead_desktop.anomalies.calibration import Calibration
from fead_desktop.anomalies.events import AnomalyEvent, Artefact, Reason, rank_events
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.views import build_views
from fead_desktop.case.store import arrays_from_bytes
from fead_desktop.pipeline.flagging import (
    calibration_of,
    flagged,
    ordinary_seconds,
    ranges_as_values,
)
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.pipeline.score_stage import RANKING_STAGE, persons_of, rows_of, rows_to_score
from fead_desktop.pipeline.second_look import SecondLook
from fead_desktop.pipeline.triage import Material, Triage

EVENTS_STAGE = "events"
REFINE_STAGE = "refine"
#: What the expected false alarms a minute mean for each person; made with the events.
CALIBRATION = "calibration"


class EventStage(Stage):
    """Pick the most unusual moments of each person and rank them together."""

    name = EVENTS_STAGE
    title = "Ranking the moments"
    version = 13
    weight = 1.0
    makes = (EVENTS_STAGE, CALIBRATION)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the one chunk of a global stage."""
        return [0]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the scores, how many events are wanted, and what decides which are flagged."""
        p = run.request.parameters
        ranges = ranges_as_values(run.case.marks())
        return [run.digest(RANKING_STAGE), p.num_anomalies, p.false_alarms_per_minute, ranges]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Rank the events of all persons."""
        wanted = run.request.parameters.num_anomalies
        dial = run.request.parameters.false_alarms_per_minute
        marks = run.case.marks()
        events: list[AnomalyEvent] = []
        calibrations = []
        for person in persons_of(run):
            table, usual = rows_to_score(run, person)
            scores = arrays_from_bytes(run.chunk(RANKING_STAGE, person))
            found = person_events(table, build_views(table, None, usual), scores, person, wanted)
            ordinary = ordinary_seconds(scores, table, marks, person)
            events += flagged(found, ordinary, dial)
            calibrations.append(calibration_of(scores, table, person, ordinary, dial))
        ranked = rank_events(events, wanted)
        return {
            self.name: json.dumps([asdict(event) for event in ranked]).encode(),
            CALIBRATION: json.dumps(calibrations).encode(),
        }


class RefineStage(Stage):
    """A second look at every frame around an event, so that its times are the true frames; and at artefacts.

    It needs nothing but the ranked events, so it begins beside the stages that follow them.
    """

    name = REFINE_STAGE
    title = "Looking at every frame of each moment"
    version = 6
    weight = 5.0
    makes = (REFINE_STAGE,)
    begins_after = EVENTS_STAGE

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the ranks of the events, in the order of their times."""
        ordered = sorted(raw_events(run), key=lambda event: (event.peak_s, event.event))
        return [event.event for event in ordered]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the event as it was ranked; whether it is flagged changes no frame of it."""
        event = next(event for event in raw_events(run) if event.event == number)
        return [run.digest(RANKING_STAGE), asdict(_judged_like(event, None))]

    def begin(self, run: Run) -> None:
        """Look at the events that have not been looked at yet, one after another."""
        stale = [number for number in self.chunks(run) if run.is_stale(self, number)]
        if not stale:
            return
        look, triage = run.resources.enter_context(SecondLook(run)), Triage(run)
        events = {event.event: event for event in raw_events(run)}
        tables = {event.person: rows_of(run, event.person) for event in events.values()}
        for number in stale:
            material = triage.gather(events[number], tables[events[number].person])
            run.begun[self.name, number] = run.background.submit(
                _refine, run, look, triage, material
            )

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Return what was begun."""
        made: dict[str, bytes] = run.begun.pop((self.name, number)).result()
        return made


@dataclass(frozen=True)
class RefinedEvent:
    """An event with true frames, and the JPEG of its peak."""

    event: AnomalyEvent
    thumbnail: bytes


def raw_events(run: Run) -> list[AnomalyEvent]:
    """Return the events as they were ranked on the analysis grid."""
    return [_event(values) for values in json.loads(run.chunk(EVENTS_STAGE))]


def calibrations_of(run: Run) -> list[Calibration]:
    """Return what the expected false alarms a minute mean for each person."""
    return [Calibration(**values) for values in json.loads(run.chunk(CALIBRATION))]


def refined_events(run: Run) -> list[RefinedEvent]:
    """Return the events after the second look, most unusual first."""
    events = []
    for event in raw_events(run):
        values = json.loads(run.chunk(REFINE_STAGE, event.event))
        refined = _judged_like(_event(values["event"]), event)
        events.append(RefinedEvent(refined, base64.b64decode(values["thumbnail"])))
    return events


def _judged_like(event: AnomalyEvent, other: AnomalyEvent | None) -> AnomalyEvent:
    """Return an event with another one's p-value and flag, or with none."""
    if other is None:
        return replace(event, p_value=None, flagged=False, extrapolated=False)
    return replace(
        event, p_value=other.p_value, flagged=other.flagged, extrapolated=other.extrapolated
    )


def _refine(run: Run, look: SecondLook, triage: Triage, material: Material) -> dict[str, bytes]:
    run.progress.raise_if_cancelled()
    refined, thumbnail = look.refine(material.event, material.table)
    judged = replace(refined, artefact=triage.judge(material))
    values = {"event": asdict(judged), "thumbnail": base64.b64encode(thumbnail).decode()}
    return {REFINE_STAGE: json.dumps(values).encode()}


def _event(values: dict[str, Any]) -> AnomalyEvent:
    reasons = tuple(Reason(**reason) for reason in values["reasons"])
    artefact = None if values["artefact"] is None else Artefact(**values["artefact"])
    return AnomalyEvent(**{**values, "reasons": reasons, "artefact": artefact})
