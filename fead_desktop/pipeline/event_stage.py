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
from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.eye_lines import EYES_STAGE
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
    """Pick the most unusual moments of each person; :func:`raw_events` ranks them together."""

    name = EVENTS_STAGE
    title = "Ranking the moments"
    version = 14
    weight = 0.05
    frame_weight = 0.0001
    makes = (EVENTS_STAGE, CALIBRATION)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the scores, how many events are wanted, and what decides which are flagged."""
        p = run.request.parameters
        ranges = ranges_as_values(run.case.marks(), number)
        scores = run.digest_of_chunk(RANKING_STAGE, number)
        return [scores, p.num_anomalies, p.false_alarms_per_minute, ranges]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Find the events of one person."""
        wanted = run.request.parameters.num_anomalies
        dial = run.request.parameters.false_alarms_per_minute
        table, usual = rows_to_score(run, number)
        scores = arrays_from_bytes(run.chunk(RANKING_STAGE, number))
        found = person_events(table, build_views(table, None, usual), scores, number, wanted)
        ordinary = ordinary_seconds(scores, table, run.case.marks(), number)
        events = [asdict(event) for event in flagged(found, ordinary, dial)]
        calibration = calibration_of(scores, table, number, ordinary, dial)
        return {
            self.name: json.dumps(events).encode(),
            CALIBRATION: json.dumps(calibration).encode(),
        }


class RefineStage(Stage):
    """A second look at every frame around an event, so that its times are the true frames; and at artefacts.

    It needs nothing but the ranked events, so it begins beside the stages that follow them.
    """

    name = REFINE_STAGE
    title = "Looking at every frame of each moment"
    version = 7
    weight = 0.1
    waits = True
    makes = (REFINE_STAGE, EYES_STAGE)
    begins_after = EVENTS_STAGE

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the numbers of the events, in the order of their times."""
        ordered = sorted(raw_events(run), key=lambda event: (event.peak_s, event.event))
        return [number_of_chunk(event) for event in ordered]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the event as it was found; its rank, and whether it is flagged, change no frame of it."""
        event = next(event for event in raw_events(run) if number_of_chunk(event) == number)
        scores = run.digest_of_chunk(RANKING_STAGE, event.person)
        return [scores, asdict(replace(_judged_like(event, None), event=0))]

    def begin(self, run: Run) -> None:
        """Look at the events that have not been looked at yet, one after another."""
        stale = [number for number in self.chunks(run) if run.is_stale(self, number)]
        if not stale:
            return
        look, triage = run.resources.enter_context(SecondLook(run)), Triage(run)
        events = {number_of_chunk(event): event for event in raw_events(run)}
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


def number_of_chunk(event: AnomalyEvent) -> int:
    """Return what the second look knows an event by, whatever its rank: person and peak frame in one."""
    return (event.person << 32) + event.peak_frame


def raw_events(run: Run) -> list[AnomalyEvent]:
    """Return the most unusual events of all persons on the analysis grid, ranked."""
    events = [
        _event(values)
        for person in persons_of(run)
        for values in json.loads(run.chunk(EVENTS_STAGE, person))
    ]
    return rank_events(events, run.request.parameters.num_anomalies)


def calibrations_of(run: Run) -> list[Calibration]:
    """Return what the expected false alarms a minute mean for each person."""
    chunks = [run.chunk(CALIBRATION, person) for person in persons_of(run)]
    return [Calibration(**json.loads(data)) for data in chunks]


def refined_events(run: Run) -> list[RefinedEvent]:
    """Return the events after the second look, most unusual first."""
    events = []
    for event in raw_events(run):
        values = json.loads(run.chunk(REFINE_STAGE, number_of_chunk(event)))
        refined = replace(_judged_like(_event(values["event"]), event), event=event.event)
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
    eyes = look.eye_lines(material.event, judged.peak_frame, material.table)
    return {REFINE_STAGE: json.dumps(values).encode(), EYES_STAGE: eyes.to_bytes()}


def _event(values: dict[str, Any]) -> AnomalyEvent:
    reasons = tuple(Reason(**reason) for reason in values["reasons"])
    artefact = None if values["artefact"] is None else Artefact(**values["artefact"])
    return AnomalyEvent(**{**values, "reasons": reasons, "artefact": artefact})
