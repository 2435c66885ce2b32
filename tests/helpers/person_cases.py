"""A case whose clustering went wrong in known ways, with embeddings, aligned faces and the frames analysed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.case import FUSION, Coverage, Person
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, FRAMES_STAGE, SCORES_STAGE, Case
from fead_desktop.errors import CancelledError
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.video.frame_index import FrameIndex, build_frame_index, sample_frames
from tests.helpers.cases import face_jpeg, recording_facts, simulated_event, simulated_features

#: (person as the clustering said, who it truly is, track) of each stretch of 15 analysed frames in turn: A became
#: two persons, B and C became one, and somebody was left unassigned.
STRETCHES = (
    (1, "A", 0),
    (1, "A", 1),
    (2, "B", 2),
    (2, "C", 3),
    (3, "A", 4),
    (UNASSIGNED, "D", 5),
)
STRETCH = 15


def make_person_case(path: Path, recording: Path, *, persons: int | None = None) -> Path:
    """Write a finished case of ``recording`` with :data:`STRETCHES`, or with so many persons side by side in time."""
    index = build_frame_index(recording)
    stretches = STRETCHES if persons is None else _many(persons)
    table = person_table(index, stretches)
    numbers = sorted({person for person, _, _ in stretches if person != UNASSIGNED})
    events = []
    for k, number in enumerate(numbers[:6]):
        rows = np.flatnonzero(table.person == number)
        peak = int(table.frame_number[rows[len(rows) // 2]])
        events.append(simulated_event(index, peak, k + 1, number))
    frames = np.unique(table.frame_number)
    with Case.create(path) as case:
        case.recording = recording_facts(recording, index)
        case.put_chunks(
            0,
            "made",
            {
                FACES_STAGE: table.to_bytes(),
                CROPS_STAGE: _crops(table),
                FRAMES_STAGE: arrays_to_bytes(
                    {
                        "frame_number": frames,
                        "time_s": index.times_s[frames],
                        "decoded": np.ones(len(frames), bool),
                        "shot": np.zeros(len(frames), np.int32),
                    }
                ),
            },
        )
        for number in numbers:
            faces = table.of_person(number)
            arrays: dict[str, npt.ArrayLike] = {
                "frame_number": faces.frame_number,
                "time_s": faces.time_s,
                FUSION: np.arange(len(faces), dtype=np.float32),
            }
            case.put_chunks(number, "made", {SCORES_STAGE: arrays_to_bytes(arrays)})
        case.put_results(
            parameters=AnalysisParameters(num_anomalies=len(events)),
            coverage=Coverage(len(frames), len(frames), 0.0),
            persons=[_person(number, table) for number in numbers],
            events=events,
            thumbnails={each.event: face_jpeg(each.event) for each in events},
            models=(),
            versions={},
            timings={},
        )
    return path


def person_table(
    index: FrameIndex, stretches: tuple[tuple[int, str, int], ...] = STRETCHES
) -> FeatureTable:
    """Return one face a frame: stretch after stretch, each with its person, looks and track."""
    rng = np.random.default_rng(1)
    frames = sample_frames(index, 10.0)
    length = min(STRETCH, len(frames) // len(stretches))
    count = length * len(stretches)
    table = simulated_features(index, 1)
    rows = np.searchsorted(table.frame_number, frames[:count]).clip(0, len(table) - 1)
    looks = {
        look: rng.standard_normal(128) / np.sqrt(128) for look in sorted({s[1] for s in stretches})
    }
    embedding = np.repeat([looks[look] for _, look, _ in stretches], length, axis=0)
    embedding = embedding + 0.01 * rng.standard_normal(embedding.shape)
    person, track = (np.repeat([each[k] for each in stretches], length) for k in (0, 2))
    columns = {name: values[rows] for name, values in table.columns.items()}
    made = {
        "frame_number": frames[:count],
        "time_s": index.times_s[frames[:count]],
        "face": np.zeros(count),
        "person": person,
        "track": track,
        "size_px": np.full(count, 60.0),
        "sharpness": 100.0 + np.arange(count),
        "brightness": np.full(count, 128.0),
        "occlusion": np.zeros(count),
        "yaw_deg": 20 * np.sin(np.arange(count)),
        "pitch_deg": np.zeros(count),
        "roll_deg": np.zeros(count),
    }
    return FeatureTable({**columns, **made}, embedding.astype(np.float32))


def _many(persons: int) -> tuple[tuple[int, str, int], ...]:
    return tuple((number, str(number), number) for number in range(1, persons + 1))


def _person(number: int, table: FeatureTable) -> Person:
    rows = table.of_person(number)
    times = float(rows.time_s[0]), float(rows.time_s[-1])
    return Person(number, f"Person {number}", len(rows), *times, len(rows) / 10, face_jpeg(number))


def _crops(table: FeatureTable) -> bytes:
    pictures = [face_jpeg(int(person) + 3, 160) for person in table.person]
    return arrays_to_bytes(
        {
            "frame_number": table.frame_number,
            "face": table["face"],
            "jpeg": np.frombuffer(b"".join(pictures), np.uint8),
            "end": np.cumsum([len(picture) for picture in pictures]),
        }
    )


class FakeRescore:
    """Stands in for the worker that scores persons again: reports once, then ends when told, or is cancelled."""

    def __init__(self) -> None:
        self.go_on, self.may_leave = threading.Event(), threading.Event()
        self.may_leave.set()
        self.calls = 0

    def __call__(
        self,
        case_path: Path,
        on_progress: Callable[[AnalysisProgress], None],
        is_cancelled: Callable[[], bool],
        grace_s: Callable[[], float],
    ) -> tuple[int, ...]:
        self.calls += 1
        on_progress(AnalysisProgress("scores", 1, 4, 0.25, 30.0))
        while not self.go_on.wait(0.005):
            if is_cancelled():
                self.may_leave.wait(10)
                raise CancelledError("Scoring was cancelled.")
        with Case.open(case_path) as case:
            scored = case.stale_persons()
            parameters, coverage = case.parameters, case.coverage
            assert parameters is not None
            assert coverage is not None
            case.put_results(
                parameters=parameters,
                coverage=coverage,
                persons=case.persons(),
                events=[replace(each, score=99.0 - each.event) for each in case.machine_events()],
                thumbnails={},
                models=(),
                versions={},
                timings={},
                scored=case.assignment().person,
            )
        return scored
