"""The events and refine stages: rank the moments, then look at every frame around each."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.dense import DenseStretch, refine_event
from fead_desktop.anomalies.events import AnomalyEvent, Reason, rank_events
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.views import build_views
from fead_desktop.case.store import SCORES_STAGE, arrays_from_bytes
from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.quality import head_pose
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.crops import aligned_face, jpeg_of
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.pipeline.score_stage import COMPONENTS_STAGE, persons_of, rows_of

EVENTS_STAGE = "events"
REFINE_STAGE = "refine"

#: The second pass looks this far beyond what the analysis grid saw.
MARGIN_S = 0.6
#: An event of many seconds needs no second look at all of its frames: this far around its peak will do.
MOST_S = 4.0


class EventStage(Stage):
    """Pick the most unusual moments of each person and rank them together."""

    name = EVENTS_STAGE
    title = "Ranking the moments"
    version = 1
    weight = 1.0
    makes = (EVENTS_STAGE,)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the one chunk of a global stage."""
        return [0]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the scores and how many events are wanted."""
        return [run.digest(SCORES_STAGE), run.request.parameters.num_anomalies]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Rank the events of all persons."""
        wanted = run.request.parameters.num_anomalies
        events: list[AnomalyEvent] = []
        for person in persons_of(run):
            table = rows_of(run, person)
            components = arrays_from_bytes(run.chunk(COMPONENTS_STAGE, person))["components"]
            scores = arrays_from_bytes(run.chunk(SCORES_STAGE, person))
            scores = {k: v for k, v in scores.items() if k not in {"frame_number", "time_s"}}
            views = build_views(table, components)
            events += person_events(table, views, scores, person, wanted)
        ranked = rank_events(events, wanted)
        return {self.name: json.dumps([asdict(event) for event in ranked]).encode()}


class RefineStage(Stage):
    """A dense second pass over every frame around an event, so that its times are the true frames."""

    name = REFINE_STAGE
    title = "Looking at every frame of each moment"
    version = 1
    weight = 10.0
    makes = (REFINE_STAGE,)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the ranks of the events."""
        return [event.event for event in raw_events(run)]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the event as it was ranked."""
        return [run.digest(EVENTS_STAGE), number]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Refine one event."""
        event = next(event for event in raw_events(run) if event.event == number)
        table = rows_of(run, event.person)
        stretch, crops = measure_stretch(run, table, event)
        refined = refine_event(event, table, stretch)
        thumbnail = crops.get(refined.peak_frame, b"")
        values = {
            "event": asdict(refined),
            "thumbnail": base64.b64encode(thumbnail).decode(),
        }
        return {self.name: json.dumps(values).encode()}


@dataclass(frozen=True)
class RefinedEvent:
    """An event with true frames, and the JPEG of its peak."""

    event: AnomalyEvent
    thumbnail: bytes


def raw_events(run: Run) -> list[AnomalyEvent]:
    """Return the events as they were ranked on the analysis grid."""
    return [_event(values) for values in json.loads(run.chunk(EVENTS_STAGE))]


def refined_events(run: Run) -> list[RefinedEvent]:
    """Return the events after the second pass."""
    events = []
    for event in raw_events(run):
        values = json.loads(run.chunk(REFINE_STAGE, event.event))
        events.append(RefinedEvent(_event(values["event"]), base64.b64decode(values["thumbnail"])))
    return events


def measure_stretch(
    run: Run, table: FeatureTable, event: AnomalyEvent
) -> tuple[DenseStretch, dict[int, bytes]]:
    """Measure every frame around an event; returns the measures and each frame's aligned face.

    The face is looked for where the person's box stands between the analysed frames; a frame in which the
    mesh finds none is absent.
    """
    begin = max(event.onset_s, event.peak_s - MOST_S / 2) - MARGIN_S
    end = min(event.offset_s, event.peak_s + MOST_S / 2) + MARGIN_S
    times = run.index.times_s
    frames = np.flatnonzero((times >= begin) & (times <= end))
    numbers: list[int] = []
    meshes: list[npt.NDArray[np.float32]] = []
    crops: dict[int, bytes] = {}
    for n, picture in run.decoder.stream(frames):
        box = box_at(table, float(times[n]))
        if picture is None or box is None:
            continue
        landmarks = run.finder.mesh.landmarks(picture, box)
        if landmarks is None:
            continue
        numbers.append(int(n))
        meshes.append(landmarks)
        crops[int(n)] = jpeg_of(aligned_face(picture, box, landmarks))
    frame_number = np.array(numbers, np.int64)
    poses = [head_pose(mesh) for mesh in meshes]
    stretch = DenseStretch(
        frame_number=frame_number,
        time_s=times[frame_number],
        expression=measure_expression(np.stack(meshes)) if meshes else _no_measures(),
        yaw_deg=np.array([pose.yaw_deg for pose in poses], np.float32),
        pitch_deg=np.array([pose.pitch_deg for pose in poses], np.float32),
        roll_deg=np.array([pose.roll_deg for pose in poses], np.float32),
    )
    return stretch, crops


def box_at(table: FeatureTable, time_s: float, reach_s: float = 0.5) -> BoundingBox | None:
    """Return a person's box at a time, interpolated within a track; None where nobody was near."""
    after = int(np.searchsorted(table.time_s, time_s))
    rows = [row for row in (after - 1, after) if 0 <= row < len(table)]
    rows = [row for row in rows if abs(table.time_s[row] - time_s) <= reach_s]
    if not rows:
        return None
    if len(rows) == 2 and table["track"][rows[0]] != table["track"][rows[1]]:
        rows = [min(rows, key=lambda row: abs(table.time_s[row] - time_s))]
    near = table.time_s[rows]
    sides = (
        float(np.interp(time_s, near, table[name][rows].astype(np.float64)))
        for name in ("box_x", "box_y", "box_width", "box_height")
    )
    return BoundingBox(*sides)


def _no_measures() -> npt.NDArray[np.float32]:
    from fead_desktop.features.measures import MEASURE_NAMES

    return np.empty((0, len(MEASURE_NAMES)), np.float32)


def _event(values: dict[str, Any]) -> AnomalyEvent:
    reasons = tuple(Reason(**reason) for reason in values["reasons"])
    return AnomalyEvent(**{**values, "reasons": reasons})
