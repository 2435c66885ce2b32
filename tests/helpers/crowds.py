"""Simulated faces of several persons with embeddings, and finished cases of them without a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.case import FUSION, Coverage, Person
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, SCORES_STAGE, Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.roster import Faces, make_persons
from tests.helpers.cases import face_jpeg

LENGTH = 128


def crowd(
    people: Sequence[int],
    *,
    faces_each: int = 12,
    noise: float = 0.02,
    seed: int = 0,
) -> FeatureTable:
    """Return one shot after another, each a track of one of the people (by turns), at ten frames a second.

    Two people lie about 0.7 apart, two faces of one about 0.3. ``person`` is who it is.
    """
    rng = np.random.default_rng(seed)
    centre = {who: rng.normal(size=LENGTH) for who in sorted(set(people))}
    centre = {who: 0.5 * values / np.linalg.norm(values) for who, values in centre.items()}
    n = len(people) * faces_each
    who = np.repeat(np.asarray(people), faces_each)
    frame = np.arange(n) * 3
    embedding = np.stack([centre[w] for w in who.tolist()]) + rng.normal(0, noise, (n, LENGTH))
    columns = {
        "frame_number": frame,
        "time_s": frame / 30,
        "track": np.repeat(np.arange(len(people)), faces_each),
        "shot": np.repeat(np.arange(len(people)), faces_each),
        "person": who,
        "size_px": rng.uniform(40, 80, n),
        "sharpness": rng.uniform(50, 300, n),
        "brightness": rng.uniform(90, 160, n),
        "occlusion": np.zeros(n),
        "box_x": np.full(n, 10.0),
        "box_y": np.full(n, 10.0),
        "box_width": np.full(n, 80.0),
        "box_height": np.full(n, 100.0),
        **{name: rng.normal(0, 8, n) for name in ("yaw_deg", "pitch_deg", "roll_deg")},
    }
    return FeatureTable(columns, embedding.astype(np.float32))


def crowd_case(path: Path, table: FeatureTable, events_each: int = 2) -> Case:
    """Write a finished case of these faces and return it open; every person has events between analysed frames."""
    case = Case.create(path)
    crops = [face_jpeg(row, 24) for row in range(len(table))]
    case.put_chunks(
        0,
        "simulated",
        {
            FACES_STAGE: table.to_bytes(),
            CROPS_STAGE: arrays_to_bytes(
                {
                    "frame_number": table.frame_number,
                    "face": table["face"],
                    "jpeg": np.frombuffer(b"".join(crops), np.uint8),
                    "end": np.cumsum([len(crop) for crop in crops]),
                }
            ),
        },
    )
    events: list[AnomalyEvent] = []
    entries = make_persons(Faces.of(table), table.person)
    for entry in entries:
        rows = table.of_person(entry.person)
        scores = {"frame_number": rows.frame_number, "time_s": rows.time_s}
        score = {FUSION: np.full(len(rows), entry.person, np.float32)}
        case.put_chunks(entry.person, "simulated", {SCORES_STAGE: arrays_to_bytes(scores | score)})
        for k in range(events_each):
            peak = int(rows.frame_number[(2 * k + 1) * len(rows) // (2 * events_each)]) + 1
            at = peak / 30
            events.append(
                AnomalyEvent(
                    len(events) + 1, entry.person, "expression", FUSION, at - 0.1, at, at + 0.1,
                    peak - 3, peak, peak + 3, 9.0 - len(events) / 10,
                )
            )  # fmt: skip
    case.put_results(
        parameters=AnalysisParameters(),
        coverage=Coverage(len(table), len(table), 0.0),
        persons=[
            Person(e.person, e.name, e.faces, e.first_s, e.last_s, e.screen_time_s, b"stored")
            for e in entries
        ],
        events=events,
        thumbnails={},
        models=(),
        versions={},
        timings={},
    )
    return case
