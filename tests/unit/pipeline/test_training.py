"""A training copy: the recording frame for frame at its own times, changed where a moment was planted only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case.edits import Marks
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.case.training import REMARK
from fead_desktop.errors import CancelledError, CaseError, UsageError
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline import training as tested
from fead_desktop.pipeline.picture_plants import PicturePlanter
from fead_desktop.pipeline.training import (
    PlantedInto,
    TrainingRecording,
    note_training,
    write_training_recording,
)
from fead_desktop.planting.demo import demo_photograph
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.plants import Response
from fead_desktop.progress import NoProgress
from fead_desktop.report.evidence import write_evidence
from fead_desktop.report.interchange.formats import export
from fead_desktop.report.options import ReportOptions
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording
from tests.helpers.series import table_of, talking

SMILE = PLANTED_EXPRESSIONS[0][0]
CORNER = slice(0, 48)


class FakePlanter:
    """Instead of a face: a corner of the picture turns white with the amount."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> FakePlanter:
        return self

    def __exit__(self, *_: object) -> None: ...

    def responses(self, table, rows, expressions, progress):
        found = []
        for each in expressions:
            change = np.zeros((2, len(MEASURE_NAMES) + len(EMOTIONS)))
            for name in each.measures:
                change[1, MEASURE_NAMES.index(name)] = 5.0
            found.append(Response(np.array([0.0, each.most]), change))
        return found

    def planted(self, picture, table, time_s, expression, amount):
        changed = picture.copy()
        changed[CORNER, CORNER] = 255
        return changed


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of one person with one event, and its recording of half a minute with odd sides."""
    folder = tmp_path_factory.mktemp("training")
    recording = make_block_recording(folder / "source.mp4", 900, size=(320, 240), gop=60)
    return make_case(folder / "source.fead", recording, names=("Anna",), events=1)


@pytest.fixture(scope="module")
def made(source: Path) -> TrainingRecording:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tested, "PicturePlanter", FakePlanter)
        return write_training_recording(source, source.with_name("copy.mp4"))


def corner_of(path: Path, frame: int) -> float:
    with Decoder(path, build_frame_index(path)) as decoder:
        picture = decoder.read(frame)
    assert picture is not None
    return float(picture[CORNER, CORNER].mean())


def test_only_pictures_of_a_planted_moment_are_changed_and_all_carry_the_word(
    source: Path, made: TrainingRecording
) -> None:
    recording = source.with_name("source.mp4")
    before, after = build_frame_index(recording), build_frame_index(made.path)
    assert len(after) == len(before)
    assert np.abs(after.times_s - before.times_s).max() < 0.001
    assert 1 <= len(made.planted) <= 8
    white = np.zeros(len(before), bool)
    for each in made.planted:
        white |= each.placed.moment.envelope(before.times_s) > 0
    with Decoder(recording, before) as ours, Decoder(made.path, after) as theirs:
        for n in range(0, len(before), 3):
            one, other = ours.read(n), theirs.read(n)
            assert one is not None
            assert other is not None
            assert (other[CORNER, CORNER].mean() > 240) == white[n] or one[
                CORNER, CORNER
            ].mean() > 240
            apart = np.abs(one.astype(int) - other)
            assert apart[60:180].mean() < 8  # what the encoder costs
            assert apart[-30:, :160].mean() > 2 * apart[60:180].mean()


def test_moments_stand_apart_from_the_events(source: Path, made: TrainingRecording) -> None:
    with Case.open(source) as case:
        [event] = case.events()
    for each in made.planted:
        moment = each.placed.moment
        assert moment.end_s < event.onset_s - 1 or moment.start_s > event.offset_s + 1


def test_the_case_of_a_copy_says_so_and_nothing_is_exported_from_it(
    made: TrainingRecording, tmp_path: Path
) -> None:
    path = make_case(tmp_path / "copy.fead", made.path, names=("Anna",), events=1)
    training = note_training(path, made)
    assert [each.person for each in training.planted] == [1] * len(made.planted)
    for planted, each in zip(training.planted, made.planted, strict=True):
        moment = each.placed.moment
        assert moment.start_s - 0.04 <= planted.extent.onset_s <= planted.extent.peak_s
        assert planted.extent.offset_s <= moment.end_s
        assert planted.words.startswith(
            f"planted by the program: {each.placed.plant.expression.kind}"
        )
    with Case.open(path) as case:
        assert case.training == training
        assert case.recording is not None
        assert REMARK in case.recording.remarks
        assert case.recording.sha256 != training.source_sha256
        with pytest.raises(UsageError, match="training copy"):
            export(case, ["csv"], tmp_path / "out")
        with pytest.raises(CaseError, match="training copy"):
            write_evidence(case, tmp_path / "out", ReportOptions(), NoProgress())
    assert not (tmp_path / "out").exists()
    with pytest.raises(CaseError, match="training copy already"):
        write_training_recording(path, tmp_path / "again.mp4")


def test_a_moment_of_which_no_face_was_found_is_left_out(
    made: TrainingRecording, tmp_path: Path
) -> None:
    path = make_case(tmp_path / "copy.fead", made.path, names=("Anna",), events=1)
    table = made.planted[0].table
    elsewhere = table.with_columns(box_x=table["box_x"] + 10_000)
    lost = PlantedInto(elsewhere, made.planted[0].placed)
    assert note_training(path, replace(made, planted=(lost,))).planted == ()


def test_the_case_and_its_recording_are_only_read_and_cancelling_leaves_nothing(
    source: Path, made: TrainingRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError

    before = recording_hash(source.with_name("source.mp4"), NoProgress()), source.read_bytes()
    monkeypatch.setattr(tested, "PicturePlanter", FakePlanter)
    with pytest.raises(CancelledError):
        write_training_recording(source, source.with_name("stopped.mp4"), progress=Stopped())
    assert not list(source.parent.glob("*stopped*"))
    after = recording_hash(source.with_name("source.mp4"), NoProgress()), source.read_bytes()
    assert after == before


def test_without_results_there_is_nothing_to_plant(tmp_path: Path) -> None:
    with Case.create(tmp_path / "empty.fead") as case:
        case.parameters = AnalysisParameters()
    with pytest.raises(CaseError, match="no results"):
        write_training_recording(tmp_path / "empty.fead", tmp_path / "copy.mp4")


def test_a_planted_smile_is_in_the_picture_and_the_rest_of_it_stays(source: Path) -> None:
    """With the real mesh, on the photograph of the demo."""
    picture, box = demo_photograph((640, 480))
    table = table_of(*talking(seed=1, seconds=2.0))
    rows = np.ones(len(table))
    table = table.with_columns(
        box_x=box.x * rows, box_y=box.y * rows, box_width=box.width * rows,
        box_height=box.height * rows, roll_deg=0 * rows,
    )  # fmt: skip
    recording = source.with_name("source.mp4")
    mesh = FaceMesh()
    with PicturePlanter(recording, build_frame_index(recording), 1) as planter:
        smiling = planter.planted(picture, table, 1.0, SMILE, SMILE.most)
        away = planter.planted(picture, table, 1000.0, SMILE, SMILE.most)
    points = [mesh.landmarks(each, box) for each in (picture, smiling)]
    mesh.close()
    assert away is picture
    found = [each for each in points if each is not None]
    pull = measure_expression(np.stack(found))[:, MEASURE_NAMES.index("lip_corner_pull_l")]
    assert pull[1] - pull[0] > 0.05
    changed = np.flatnonzero(np.abs(picture.astype(int) - smiling).max(axis=2).any(axis=0))
    reach = box.width * 1.1
    middle = box.x + box.width / 2
    assert middle - reach <= changed.min() < changed.max() <= middle + reach


def test_nothing_is_planted_where_nobody_is_seen_for_long_enough() -> None:
    placed = tested._places(
        FeatureTable({}), [], Marks(), person=1, planter=FakePlanter(),
        rng=np.random.default_rng(1), progress=NoProgress(),
    )  # fmt: skip
    assert placed == []
