"""The triage on a real clip with moments planted into its pixels: a small version of the benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fead_desktop.anomalies.artefacts import LIKELY
from fead_desktop.anomalies.events import AnomalyEvent, Artefact
from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.case import AnalysedFrames
from fead_desktop.faces.alignment import align_by_eyes
from fead_desktop.faces.analysis import FaceFinder, FoundFace, measure_face
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import Face, Picture
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.triage import Triage
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.data import data_file, needs_data
from tests.helpers.planted import (
    ARTEFACTS,
    EXPRESSION,
    Clip,
    Plant,
    pictures_of,
    places,
    planted,
    to_and_fro,
)

STEP_S = 0.1
#: The second of each: a dark object before the face, not one of the skin's own colour.
PLANTS = [
    replace(plant, variant=1)
    for plant in places([*ARTEFACTS, EXPRESSION], first_s=2.5, every_s=2.8)
]

pytestmark = needs_data


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    made = FaceFinder(make_detector("blazeface"), FaceMesh())
    yield made
    made.mesh.close()


@pytest.fixture(scope="module")
def triage(finder: FaceFinder) -> Triage:
    """Some seconds of a man with glasses, ten rows a second, with five moments in them."""
    clip = Clip(data_file("video/liveportrait_d19.mp4"), 0.0, 1.0, 320)
    pictures = pictures_of(clip)

    @cache
    def measured(place: int) -> Face:
        return finder.find([pictures[place]], [0])[0][0]

    rows: list[tuple[Face, Picture]] = []
    order = to_and_fro(len(pictures), round((PLANTS[-1].end_s + 2) / STEP_S))
    for n, place in enumerate(order):
        face, picture = measured(place), pictures[place]
        for plant in PLANTS:
            amount = plant.amount(n * STEP_S)
            if amount > 0:
                assert face.landmarks is not None
                picture = planted(picture, face.landmarks, plant, amount)
                landmarks = finder.mesh.follow(picture, face.landmarks)
                assert landmarks is not None
                face = measure_face(picture, n, FoundFace(face.box, landmarks), finder.hands)
        assert face.landmarks is not None
        rows.append((face, align_by_eyes(picture, face.landmarks)))
    return Triage(run_of(rows, clip, finder))  # type: ignore[arg-type]


def run_of(rows: list[tuple[Face, Picture]], clip: Clip, finder: FaceFinder) -> SimpleNamespace:
    """Return what the triage needs of a run, with the rows as the faces stage would have made them."""
    table = table_of(rows)
    jpegs = [cv2.imencode(".jpg", crop[..., ::-1])[1].ravel() for _, crop in rows]
    chunks = {}
    for number in np.unique(table.time_s // 10).astype(int):
        inside = np.flatnonzero(table.time_s // 10 == number)
        chunks[number] = arrays_to_bytes(
            {
                "frame_number": table.frame_number[inside],
                "face": table["face"][inside],
                "jpeg": np.concatenate([jpegs[k] for k in inside]),
                "end": np.cumsum([len(jpegs[k]) for k in inside]),
            }
        )
    return SimpleNamespace(
        features=lambda: table,
        chunk=lambda _stage, number: chunks[number],
        case=SimpleNamespace(analysed_frames=AnalysedFrames),
        index=build_frame_index(clip.path),
        request=SimpleNamespace(recording=data_file("video/synth7_cuts.mp4")),
        finder=finder,
    )


def table_of(rows: list[tuple[Face, Picture]]) -> FeatureTable:
    faces = [face for face, _ in rows]
    n = len(faces)
    values = measure_expression(np.stack([face.landmarks for face in faces]))
    columns = {
        "frame_number": np.arange(n),
        "time_s": np.arange(n) * STEP_S,
        "person": np.ones(n),
        "track": np.zeros(n),
        **{f"box_{k}": [getattr(f.box, k) for f in faces] for k in ("x", "y", "width", "height")},
        **{
            k: [getattr(f.quality, k) for f in faces]
            for k in ("size_px", "sharpness", "brightness", "occlusion")
        },
        **{k: [getattr(f.pose, k) for f in faces] for k in ("yaw_deg", "pitch_deg", "roll_deg")},
        **{name: values[:, k] for k, name in enumerate(MEASURE_NAMES)},
    }
    return FeatureTable(columns)


def look(triage: Triage, plant: Plant) -> Artefact:
    middle = (plant.start_s + plant.end_s) / 2
    event = AnomalyEvent(
        1, 1, "expression", "fusion", plant.start_s, middle, plant.end_s, 0, 0, 0, 5.0
    )
    return triage.look(event, triage._features)


@pytest.mark.parametrize("plant", PLANTS[:-1], ids=ARTEFACTS)
def test_a_planted_artefact_is_called_by_its_name(triage: Triage, plant: Plant) -> None:
    artefact = look(triage, plant)
    assert artefact.label == plant.kind, artefact.likelihoods


def test_a_planted_expression_is_no_artefact(triage: Triage) -> None:
    artefact = look(triage, PLANTS[-1])
    assert artefact.label is None, artefact.likelihoods
    assert artefact.likelihoods["extreme gaze"] is not None


def test_a_calm_moment_is_no_artefact(triage: Triage) -> None:
    calm = Plant("nothing", 0, 1.0, 1.8)
    assert look(triage, calm).likelihood < LIKELY


def test_a_recording_without_sound_has_no_likelihood_of_speech(triage: Triage) -> None:
    assert look(triage, PLANTS[0]).likelihoods["speech"] is None
