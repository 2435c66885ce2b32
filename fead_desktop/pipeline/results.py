"""The last step of an analysis: results into the case, outputs into the folder."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from fead_desktop import __version__
from fead_desktop.anomalies import calibration
from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.case import Coverage, Person, RecordingFacts
from fead_desktop.case.store import FRAMES_STAGE, SCORES_STAGE, Case
from fead_desktop.errors import OutputError
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.roster import Faces, make_persons
from fead_desktop.pipeline.event_stage import calibrations_of, refined_events
from fead_desktop.pipeline.flagging import has_baseline, said_of
from fead_desktop.pipeline.run import Run
from fead_desktop.pipeline.score_stage import persons_of, rows_to_score
from fead_desktop.progress import Progress
from fead_desktop.report.faces import aligned_faces, export_faces
from fead_desktop.report.tables import export_csv, export_json

_LIBRARIES = (
    "ai-edge-litert", "av", "face_recognition_models", "facenet-pytorch", "fer", "mediapipe", "numpy",
    "opencv-contrib-python", "scikit-learn", "scipy", "torch", "torchvision", "umap-learn",
)  # fmt: skip


def put_results(run: Run, timings: Mapping[str, float], *, again: Sequence[str] = ()) -> None:
    """Write persons, events, coverage and what made them into the case, in one transaction.

    ``again`` names the products that were made again from what the case held, and go into it now.
    """
    table = run.features()
    refined = refined_events(run)
    facts = first_facts(run)
    facts = replace(facts, remarks=(*facts.remarks, *undecodable_frames(run)))
    run.case.recording = facts
    calibrations = calibrations_of(run)
    who = run.assignment
    limits = [
        *([who.problem] if who.problem else []),
        *shortest_visible(run),
        *short_persons(run),
        *said_of(
            calibrations,
            # The case puts the names in when it is asked: they may change.
            {person: f"{{{person}}}" for person in who.persons},
            run.case.marks(),
            run.request.parameters.num_anomalies,
            short_baselines(run),
        ),
    ]
    run.case.put_results(
        parameters=run.request.parameters,
        coverage=coverage_of(run, table),
        persons=persons_with_portraits(run.case, table),
        events=[item.event for item in refined],
        thumbnails={item.event.event: item.thumbnail for item in refined},
        models=run.case.models if again else run.models,
        versions=versions(),
        timings=timings,
        calibrations=calibrations,
        limits=limits,
        scored=who.person if run.person_steps else None,
        chunks=run.all_staged(*again),
        action="persons scored again" if again else "analysis finished",
    )
    run.remarks += [*facts.remarks, *run.case.limits]


def check_folder(folder: Path, sha256: str) -> None:
    """Refuse a folder that holds the outputs of another recording.

    Raises
    ------
    OutputError
    """
    try:
        values = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        other = values["recording"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if other and other.get("sha256") != sha256:
        raise OutputError(
            f"'{folder}' holds the outputs of another recording ('{Path(other['path']).name}'); "
            "choose another folder."
        )


def write_outputs(case: Case, folder: Path, progress: Progress) -> None:
    """Write the tables, the summary and the aligned faces."""
    export_csv(case, folder)
    export_json(case, folder)
    progress.raise_if_cancelled()
    export_faces(case, folder)


def first_facts(run: Run) -> RecordingFacts:
    """Return what the case keeps of its recording before a frame of it is decoded."""
    path, index = run.request.recording, run.index
    return RecordingFacts(
        path=str(path.resolve()),
        sha256=run.sha256,
        size_bytes=path.stat().st_size,
        width=index.width,
        height=index.height,
        frames=len(index),
        duration_s=round(float(index.duration_s), 6),
        variable_frame_rate=bool(index.variable_frame_rate),
        remarks=tuple(index.remarks),
    )


def undecodable_frames(run: Run) -> list[str]:
    """Say how many of the frames to analyse could not be decoded, if any."""
    decoded = [
        arrays_from_bytes(run.chunk(FRAMES_STAGE, k))["decoded"] for k in run.frames_by_chunk
    ]
    missing = sum(int((~part).sum()) for part in decoded)
    if not missing:
        return []
    total = sum(len(part) for part in decoded)
    return [f"{missing} of {total} frames are damaged and could not be analysed."]


def shortest_visible(run: Run) -> list[str]:
    """Say what the distance of the analysed frames hides; nothing where there is no distance."""
    # The mean, not the median: of 25 frames a second every second and third are taken in turns.
    steps = np.diff(run.index.times_s[run.frame_numbers])
    return [calibration.shortest_visible(float(steps.mean()))] if len(steps) else []


def short_persons(run: Run) -> list[str]:
    """Say who was seen too briefly for anything but the plain deviation from the median."""
    short = []
    for person in persons_of(run):
        names = arrays_from_bytes(run.chunk(SCORES_STAGE, person))
        if not any(name.endswith("/mahalanobis") for name in names):
            short.append(f"{{{person}}}")
    if not short:
        return []
    said = (
        f"{', '.join(short)}: seen well for too short a time to have a baseline; "
        "their moments are ranked by the plain robust deviation alone."
    )
    return [said]


def short_baselines(run: Run) -> list[int]:
    """Return the persons whose baseline ranges hold too little to learn from."""
    marks = run.case.marks()
    marked = [person for person in persons_of(run) if has_baseline(marks, person)]
    return [person for person in marked if rows_to_score(run, person)[1] is None]


def coverage_of(run: Run, table: FeatureTable) -> Coverage:
    """Count what could be analysed; a frame stands for the time to the next analysed one."""
    frames = np.concatenate(
        [
            arrays_from_bytes(run.chunk(FRAMES_STAGE, number))["frame_number"]
            for number in run.frames_by_chunk
        ]
        or [np.empty(0, np.int64)]
    )
    with_face = np.isin(frames, table.frame_number)
    times = run.index.times_s[frames]
    until = np.append(times[1:], end_of_range_s(run)) if len(times) else times
    return Coverage(
        frames_analysed=len(frames),
        frames_with_face=int(with_face.sum()),
        seconds_without_face=round(float((until - times)[~with_face].sum()), 6),
    )


def end_of_range_s(run: Run) -> float:
    """Return where the analysed range ends, in seconds of the recording."""
    end = run.request.parameters.end_s
    duration = float(run.index.duration_s)
    return duration if end is None else min(end, duration)


def persons_with_portraits(case: Case, table: FeatureTable) -> list[Person]:
    """Return the persons with the aligned face of their best row, under their usual names."""
    entries = make_persons(Faces.of(table), table.person)
    wanted = {
        (int(table.frame_number[e.portrait_row]), int(table["face"][e.portrait_row])): e.person
        for e in entries
    }
    portraits = {
        wanted[frame_number, face]: jpeg
        for frame_number, face, jpeg in aligned_faces(case)
        if (frame_number, face) in wanted
    }
    return [
        Person(
            person=entry.person,
            name=entry.name,
            faces=entry.faces,
            first_s=entry.first_s,
            last_s=entry.last_s,
            screen_time_s=entry.screen_time_s,
            portrait=portraits.get(entry.person, b""),
        )
        for entry in entries
    ]


def versions() -> dict[str, str]:
    """Return the versions of the program and of what decides its numbers."""
    found = {"fead-desktop": __version__, "python": platform.python_version()}
    found["platform"] = platform.platform()
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
