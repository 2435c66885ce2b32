"""Artefacts and expressions planted, pixel by pixel, into real clips: what the real analysis calls each of them.

A planted moment is judged by the most unusual event that peaks in it. Where no event does, the triage is asked
about the moment itself; the note says how often.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fead_desktop.anomalies.events import AnomalyEvent, Artefact
from fead_desktop.anomalies.views import one_face_a_frame
from fead_desktop.case.store import Case
from fead_desktop.pipeline.face_stage import FaceStage
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.run import Run
from fead_desktop.pipeline.triage import Triage
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.benchmarks.table import Figure
from tests.helpers.analyses import analyse
from tests.helpers.data import data_dir
from tests.helpers.planted import ARTEFACTS, EXPRESSION, Clip, Plant, places, write_planted

_EACH = 3


@dataclass(frozen=True)
class Judged:
    """What a planted moment was called, and whether an event peaked in it."""

    plant: Plant
    artefact: Artefact
    has_event: bool


def clips() -> dict[str, Clip]:
    """Return the stretches that are planted into: one person each, well seen."""
    video = data_dir() / "video"
    return {
        "d9": Clip(video / "liveportrait_d9.mp4", 0.0, 19.0, 480),
        "d13": Clip(video / "liveportrait_d13.mp4", 0.0, 11.0, 640),
        "d19": Clip(video / "liveportrait_d19.mp4", 0.0, 8.0, 480),
        "langer": Clip(video / "WolfgangLanger_Pexels.mp4", 10.5, 19.5, 360),
    }


def run() -> list[Figure]:
    """Plant, analyse and count."""
    with tempfile.TemporaryDirectory() as folder:
        return figures(Path(folder))


def figures(folder: Path) -> list[Figure]:
    """Plant, analyse and count in a folder; recordings that lie there are not made again."""
    shuffled = [ARTEFACTS[(3 * k + k // 4) % 4] for k in range(_EACH * len(ARTEFACTS))]
    kinds = {"artefacts": shuffled, "expressions": [EXPRESSION] * len(shuffled)}
    judged: list[Judged] = []
    for name, clip in clips().items():
        for what, wanted in kinds.items():
            plants = places(wanted)
            recording = folder / f"{name}_{what}.mp4"
            if not recording.exists():
                write_planted(recording, clip, plants)
            analyse(recording, folder / recording.stem, "--num-anomalies", "30")
            judged += judge(recording, folder / recording.stem / f"{recording.stem}.fead", plants)
    made = [each for each in judged if each.plant.kind != EXPRESSION]
    shown = [each for each in judged if each.plant.kind == EXPRESSION]
    right = [each for each in made if each.artefact.label == each.plant.kind]
    wrong = [each for each in shown if each.artefact.label is not None]
    by_kind = Counter(each.plant.kind for each in right)
    told = ", ".join(f"{kind} {by_kind[kind]} of {len(made) // 4}" for kind in ARTEFACTS)
    called = Counter(str(each.artefact.label) for each in wrong)
    return [
        Figure(
            "detection.artefacts_labelled",
            100 * len(right) / len(made),
            "%",
            note=f"{told}; {_silent(made)} of {len(made)} raised no event",
        ),
        Figure(
            "detection.expressions_mislabelled",
            100 * len(wrong) / len(shown),
            "%",
            note=f"{len(wrong)} of {len(shown)}"
            + "".join(f", {kind} {count}" for kind, count in called.items())
            + f"; {_silent(shown)} raised no event",
        ),
    ]


def judge(recording: Path, case_file: Path, plants: list[Plant]) -> list[Judged]:
    """Return what each planted moment of an analysed recording was called."""
    with Case.open(case_file) as case:
        facts, parameters = case.recording, case.parameters
        assert facts is not None
        assert parameters is not None
        request = AnalysisRequest(recording, case_file, parameters)
        run = Run(request, case, build_frame_index(recording), facts.sha256, NoProgress())
        faces = FaceStage()
        for number in faces.chunks(run):
            run.fingerprint(faces, number)
        try:
            triage, table = Triage(run), one_face_a_frame(run.features().of_person(1))
            events = case.events()
            judged = []
            for plant in plants:
                event = _event_in(plant, events)
                if event is not None and event.artefact is not None:
                    judged.append(Judged(plant, event.artefact, True))
                else:
                    judged.append(Judged(plant, triage.look(_moment(plant), table), False))
            return judged
        finally:
            run.close()


def _event_in(plant: Plant, events: list[AnomalyEvent]) -> AnomalyEvent | None:
    return next((e for e in events if plant.start_s <= e.peak_s <= plant.end_s), None)


def _moment(plant: Plant) -> AnomalyEvent:
    middle = (plant.start_s + plant.end_s) / 2
    return AnomalyEvent(0, 1, "", "", plant.start_s, middle, plant.end_s, 0, 0, 0, 0.0)


def _silent(judged: list[Judged]) -> int:
    return sum(not each.has_event for each in judged)
