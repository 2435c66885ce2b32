"""Builds real case files from a made recording and simulated features, for tests of what shows a case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.artefacts import KINDS, labelled
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.case import FUSION, Coverage, Person, RecordingFacts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import FACES_STAGE, SCORES_STAGE, Case
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable
from fead_desktop.video.frame_index import FrameIndex, build_frame_index, sample_frames

#: Measures that drive the events of a simulated case, by turns.
DRIVERS = ("lip_corner_pull_l", "brow_outer_raise_r", "jaw_drop", "lip_pucker", "lid_open_l")

#: Events of a simulated case that blur may have made, with its likelihood.
BLUR = {4: 0.82}


def make_case(
    path: Path,
    recording: Path,
    *,
    names: Sequence[str] = ("Person 1", "Person 2"),
    events: int = 6,
    rate_fps: float = 10.0,
) -> Path:
    """Write a finished case of ``recording``; its events lie evenly over it and belong to the persons by turns.

    Event k (from 1) has its peak at (k - 0.5) / events of the recording, so that its peak frame is known.
    """
    index = build_frame_index(recording)
    table = simulated_features(index, len(names), rate_fps)
    found = [_event(index, k, events, len(names)) for k in range(events)]
    with Case.create(path) as case:
        case.recording = recording_facts(recording, index)
        case.put_chunks(0, "simulated", {FACES_STAGE: table.to_bytes()})
        for person in range(1, len(names) + 1):
            rows = table.of_person(person)
            score = _score(rows, [e for e in found if e.person == person])
            arrays: dict[str, npt.ArrayLike] = {
                "frame_number": rows.frame_number,
                "time_s": rows.time_s,
                FUSION: score,
                "expression/mahalanobis": score * 0.8,
            }
            case.put_chunks(person, "simulated", {SCORES_STAGE: arrays_to_bytes(arrays)})
        case.put_results(
            parameters=AnalysisParameters(rate_fps=rate_fps, num_anomalies=max(events, 1)),
            coverage=Coverage(len(np.unique(table.frame_number)), len(table), 0.0),
            persons=[_person(number, name, table) for number, name in enumerate(names, start=1)],
            events=found,
            thumbnails={each.event: face_jpeg(each.event) for each in found},
            models=(),
            versions={},
            timings={},
        )
    return path


def simulated_features(index: FrameIndex, persons: int, rate_fps: float = 10.0) -> FeatureTable:
    """Return plausible rows of persons side by side: slow emotions, noisy measures, a gap without a face."""
    rng = np.random.default_rng(3)
    frames = sample_frames(index, rate_fps)
    times = index.times_s[frames]
    end = float(times[-1]) or 1.0
    tables = []
    for person in range(1, persons + 1):
        gap = (times > end * (0.30 + 0.02 * person)) & (times < end * (0.36 + 0.02 * person))
        t = times[~gap]
        n = len(t)
        waves = np.stack(
            [1 + np.sin(2 * np.pi * (t / end * (k + 2) + 0.13 * k * person)) for k in range(7)]
        )
        waves[EMOTIONS.index("neutral")] += 2
        shares = waves / waves.sum(axis=0)
        wide = index.width / (persons + 1)
        columns = {
            "frame_number": frames[~gap],
            "time_s": t,
            "face": np.full(n, person - 1),
            "track": np.full(n, person),
            "person": np.full(n, person),
            "box_x": wide * (person - 0.35) + 4 * np.sin(t),
            "box_y": np.full(n, index.height * 0.3),
            "box_width": np.full(n, wide * 0.7),
            "box_height": np.full(n, index.height * 0.45),
            "confidence": np.full(n, 0.98),
            **dict(zip(EMOTIONS, shares, strict=True)),
            **{
                name: 0.3 + 0.01 * rng.standard_normal(n).cumsum() / np.sqrt(np.arange(1, n + 1))
                for name in MEASURE_NAMES
            },
        }
        tables.append(FeatureTable(columns))
    joined = FeatureTable.concatenate(tables)
    return joined.select(np.lexsort((joined["face"], joined.frame_number)))


def recording_facts(recording: Path, index: FrameIndex) -> RecordingFacts:
    """Return the facts of a recording as an analysis would write them."""
    return RecordingFacts(
        path=str(recording),
        sha256=hashlib.sha256(recording.read_bytes()).hexdigest(),
        size_bytes=recording.stat().st_size,
        width=index.width,
        height=index.height,
        frames=len(index),
        duration_s=index.duration_s,
        variable_frame_rate=index.variable_frame_rate,
    )


def face_jpeg(seed: int, size: int = 96) -> bytes:
    """Return a JPEG that stands for a face: a grey disc of its own shade."""
    import cv2

    picture = np.full((size, size, 3), 60, np.uint8)
    shade = 110 + (seed * 37) % 120
    cv2.circle(picture, (size // 2, size // 2), size // 3, (shade, shade, shade - 20), -1)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def _person(number: int, name: str, table: FeatureTable) -> Person:
    rows = table.of_person(number)
    return Person(
        person=number,
        name=name,
        faces=len(rows),
        first_s=float(rows.time_s[0]),
        last_s=float(rows.time_s[-1]),
        screen_time_s=float(len(rows) / 10),
        portrait=face_jpeg(number),
    )


def _event(index: FrameIndex, k: int, events: int, persons: int) -> AnomalyEvent:
    peak = index.frame_at(float(index.times_s[-1]) * (k + 0.5) / events)
    return simulated_event(index, peak, k + 1, k % persons + 1)


def simulated_event(index: FrameIndex, peak: int, rank: int, person: int) -> AnomalyEvent:
    """Return a plausible event around a peak frame."""
    half, k = 0.02 * float(index.times_s[-1]), rank - 1
    onset, offset = (index.frame_at(index.time_of(peak) + d) for d in (-half, half))
    measures = [DRIVERS[(k + j) % len(DRIVERS)] for j in range(3)]
    shares = (0.55, 0.25, 0.1)
    return AnomalyEvent(
        event=rank,
        person=person,
        view="expression",
        detector="mahalanobis",
        onset_s=index.time_of(onset),
        peak_s=index.time_of(peak),
        offset_s=index.time_of(offset),
        onset_frame=onset,
        peak_frame=peak,
        offset_frame=offset,
        score=12.0 - k,
        p_value=0.001 * (k + 1),
        flagged=0.001 * (k + 1) * 60 <= AnalysisParameters.false_alarms_per_minute,
        reasons=tuple(
            Reason(name, MEASURES_BY_NAME[name].title, (9.0 - 2 * j) * (-1) ** j, share)
            for j, (name, share) in enumerate(zip(measures, shares, strict=True))
        ),
        artefact=labelled(
            dict.fromkeys(KINDS, 0.1) | {"speech": None, "blur": BLUR.get(k + 1, 0.2)}
        ),
    )


def _score(rows: FeatureTable, events: Sequence[AnomalyEvent]) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(int(rows.person[0]))
    score: npt.NDArray[np.float64] = 1.0 + 0.3 * np.abs(rng.standard_normal(len(rows)))
    for event in events:
        wide = max(event.duration_s / 3, 0.05)
        score = score + event.score * np.exp(-(((rows.time_s - event.peak_s) / wide) ** 2))
    return score.astype(np.float32)
