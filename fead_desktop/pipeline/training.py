"""A training copy: the recording written anew with planted moments, for reviewers to be tested on.

House rule: the recording and its case are only read. Planted pictures are never shown in the place of a
recording's own; they are a recording of their own, with a hash of its own, that says so in every picture.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.anomalies.views import build_views, one_face_a_frame
from fead_desktop.case.edits import Marks
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.case.training import REMARK, PlantedMoment, Training
from fead_desktop.errors import CaseError
from fead_desktop.faces.face import Picture
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.models.device import shared_thread_count
from fead_desktop.pipeline.flagging import baseline_rows, without_excluded
from fead_desktop.pipeline.picture_plants import RESPONSE_FACES, PicturePlanter
from fead_desktop.pipeline.recording import recording_of
from fead_desktop.pipeline.second_look import box_at
from fead_desktop.pipeline.selftest import amounts_of, drawn, ordinary_rows
from fead_desktop.planting.plants import Placed, place
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from fead_desktop.video.writer import VideoWriter

#: What is planted for each person, as far as there is room: strengths in robust σ, lengths, how many of each.
STRENGTHS, LENGTHS_S, OF_EACH = (5.0, 8.0), (0.5, 1.0), 2
#: A planted face is known again in the training case where its box is covered at least so far.
_SAME_FACE = 0.3
_STAGE = "training copy"
_LABEL = "TRAINING COPY"


@dataclass(frozen=True)
class PlantedInto:
    """A moment planted into the faces of one person; ``table`` holds the person's rows."""

    table: FeatureTable
    placed: Placed


@dataclass(frozen=True)
class TrainingRecording:
    """A recording with planted moments, and the parameters that it is to be analysed with."""

    path: Path
    source_sha256: str
    seed: int
    parameters: AnalysisParameters
    index: FrameIndex
    planted: tuple[PlantedInto, ...]


def write_training_recording(
    case_path: Path, path: Path, *, seed: int = 1, progress: Progress | None = None
) -> TrainingRecording:
    """Write the recording of a case anew with moments planted into its pictures, frame for frame at its own times.

    Moments are those of the self-test: an expression is warped into the faces of a person at ordinary places, so
    far that its own measure moves by some robust σ of that person. The copy has no sound.

    Raises
    ------
    CaseError
        Without results, where nobody is seen for long enough, or when the recording is not where it was.
    OutputError
        When the copy can't be written; no half one stays behind.
    CancelledError
        If the analyst cancelled.
    """
    watch = progress or NoProgress()
    with Case.open(case_path) as case:
        parameters, facts = case.parameters, case.recording
        if parameters is None or facts is None or not case.has_results:
            raise CaseError("There are no results yet; analyse the recording first.")
        if case.training is not None:
            raise CaseError("This case is a training copy already; take the case it was made from.")
        recording = recording_of(case, "A training copy", watch)
        persons, features = case.persons(), case.features()
        events, marks = case.events(), case.marks()
    index = build_frame_index(recording, stream_number=parameters.video_stream)
    planted: list[PlantedInto] = []
    with PicturePlanter(recording, index, shared_thread_count()) as planter:
        for k, person in enumerate(persons):
            watch.report(_STAGE, 0.1 * k / len(persons), 1.0, f"Warping {person.name}'s face")
            table = one_face_a_frame(features.of_person(person.person))
            own = [event for event in events if event.person == person.person]
            rng = np.random.default_rng([seed, person.person])
            placed = _places(
                table, own, marks, person=person.person, planter=planter, rng=rng, progress=watch
            )
            planted += [PlantedInto(table, each) for each in placed]
        if not planted:
            raise CaseError("Nobody is seen well for long enough to plant moments.")
        _write(recording, index, path, planted=planted, planter=planter, progress=watch)
    plain = replace(parameters, video_stream=None)
    return TrainingRecording(path, facts.sha256, seed, plain, index, tuple(planted))


def note_training(case_path: Path, made: TrainingRecording) -> Training:
    """Note in the case of a training recording what was planted into it; returns it.

    A moment of which the analysis found no face is left out: nobody could judge it.
    """
    with Case.open(case_path) as case:
        table, facts = case.features(), case.recording
        found = (_known_again(each, made.index, table) for each in made.planted)
        training = Training(made.source_sha256, made.seed, tuple(filter(None, found)))
        case.put_training(training)
        if facts is not None:
            case.recording = replace(facts, remarks=(*facts.remarks, REMARK))
    return training


def _places(
    table: FeatureTable,
    events: Sequence[AnomalyEvent],
    marks: Marks,
    *,
    person: int,
    planter: PicturePlanter,
    rng: np.random.Generator,
    progress: Progress,
) -> list[Placed]:
    """Draw a person's moments, and ordinary places for them."""
    bare = without_excluded(FeatureTable(table.columns), marks, person)
    views = build_views(bare, None, baseline_rows(bare, marks, person))
    free = ordinary_rows(table, views, events)
    ordinary = np.flatnonzero(free)
    if not len(ordinary):
        return []
    faces = np.sort(rng.choice(ordinary, min(RESPONSE_FACES, len(ordinary)), replace=False))
    amounts = amounts_of(table, faces, planter, progress)
    plants = [
        plant
        for strength in STRENGTHS
        for length in LENGTHS_S
        for plant in drawn(rng, amounts, strength, length, OF_EACH, possible=True)
    ]
    plants = [plants[k] for k in rng.permutation(len(plants))]
    moments = place(rng, plants, table.time_s, free)
    return [
        Placed(plant, moment, amounts.of(plant))
        for plant, moment in zip(plants, moments, strict=False)
    ]


def _write(
    recording: Path,
    index: FrameIndex,
    path: Path,
    *,
    planted: Sequence[PlantedInto],
    planter: PicturePlanter,
    progress: Progress,
) -> None:
    size = (index.width // 2 * 2, index.height // 2 * 2)
    rate_fps = min(1.0 / max(index.median_interval_s, 1e-3), 240.0)
    with (
        VideoWriter(path, *size, rate_fps, own_times=True) as writer,
        closing(_pictures(recording, index, planted, planter)) as pictures,
    ):
        for n, picture in enumerate(pictures):
            if n % 10 == 0:
                progress.raise_if_cancelled()
                progress.report(_STAGE, 0.1 + 0.9 * n / len(index), 1.0, "Writing the copy")
            writer.write(_labelled(picture[: size[1], : size[0]]), index.time_of(n))


def _pictures(
    recording: Path, index: FrameIndex, planted: Sequence[PlantedInto], planter: PicturePlanter
) -> Generator[Picture, None, None]:
    """Yield every picture of the recording, the moments planted into it."""
    amounts = [each.placed.amount * each.placed.moment.envelope(index.times_s) for each in planted]
    with Decoder(recording, index, threads=shared_thread_count()) as decoder:
        for n, decoded in decoder.stream(range(len(index))):
            picture = decoded
            if picture is None:
                picture = np.zeros((index.height, index.width, 3), np.uint8)
            for each, amount in zip(planted, amounts, strict=True):
                if amount[n] > 0 and decoded is not None:
                    expression = each.placed.plant.expression
                    picture = planter.planted(
                        picture, each.table, index.time_of(n), expression, float(amount[n])
                    )
            yield picture


def _labelled(picture: Picture) -> Picture:
    """Write into every picture alike that it is none of the recording."""
    import cv2

    picture = np.ascontiguousarray(picture)
    scale = max(picture.shape[0] / 720, 0.4)
    at = (round(8 * scale), picture.shape[0] - round(10 * scale))
    for colour, thick in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        cv2.putText(
            picture, _LABEL, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour,
            max(1, round(thick * scale)), cv2.LINE_AA,
        )  # fmt: skip
    return picture


def _known_again(each: PlantedInto, index: FrameIndex, table: FeatureTable) -> PlantedMoment | None:
    moment, plant = each.placed.moment, each.placed.plant
    box = box_at(each.table, moment.peak_s)
    near = np.flatnonzero(np.abs(table.time_s - moment.peak_s) <= 0.5)
    near = near[table.person[near] != UNASSIGNED]
    if box is None or not len(near):
        return None
    boxes = table.matrix(("box_x", "box_y", "box_width", "box_height"))[near]
    low = np.maximum(boxes[:, :2], (box.x, box.y))
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], (box.x + box.width, box.y + box.height))
    covered = np.prod(np.maximum(high - low, 0), axis=1) / max(box.width * box.height, 1e-6)
    best = int(np.argmax(covered))
    if covered[best] < _SAME_FACE:
        return None
    frames = [index.frame_at(at) for at in (moment.start_s, moment.peak_s, moment.end_s)]
    onset, peak, offset = frames
    onset_s, peak_s, offset_s = (index.time_of(frame) for frame in frames)
    extent = Extent(onset_s, peak_s, offset_s, onset, peak, offset)
    kind = plant.expression.kind
    return PlantedMoment(int(table.person[near[best]]), kind, plant.magnitude, extent)
