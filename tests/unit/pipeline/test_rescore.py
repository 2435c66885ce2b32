"""After an edit of the persons only who changed is scored again, and the result is that of a fresh analysis.

Everything here is real but the faces, which are simulated: the recording shows none. What a companion process
would do is done at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case import person_edits
from fead_desktop.case.case import Coverage
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import ASSIGNMENT_STAGE, CROPS_STAGE, FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline import rescore
from fead_desktop.pipeline.protocol import AnalysisProgress
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.pipeline.score_stage import RANKING_STAGE
from fead_desktop.pipeline.supervisor import supervise_rescore
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index, sample_frames
from tests.helpers.cases import recording_facts, simulated_features
from tests.helpers.recordings import make_block_recording

PARAMETERS = AnalysisParameters(rate_fps=5.0, num_anomalies=6)
Made = list[tuple[str, int]]


class AtOnce:
    """A companion without a process of its own."""

    def __init__(self, _processes: int):
        return

    def start(self) -> None:
        return

    def submit(self, work, *given, **named) -> Future:
        future: Future = Future()
        future.set_result(work(*given, **named))
        return future

    def close(self) -> None:
        return


@pytest.fixture(scope="module", autouse=True)
def _no_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fead_desktop.pipeline.run.Companion", AtOnce)
        yield


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a case of three persons, each scored."""
    folder = tmp_path_factory.mktemp("rescore")
    recording = make_block_recording(folder / "blocks.mp4", 300)
    index = build_frame_index(recording)
    table = simulated_features(index, 3, PARAMETERS.rate_fps)
    rng = np.random.default_rng(2)
    good = {"size_px": 60.0, "sharpness": 150.0, "brightness": 120.0, "occlusion": 0.0}
    still = dict.fromkeys(("yaw_deg", "pitch_deg", "roll_deg"), 2.0)
    wide = {name: np.full(len(table), value) for name, value in (good | still).items()}
    embedding = rng.normal(0, 0.02, (len(table), 128)) + table.person[:, None] / 10
    table = FeatureTable({**table.columns, **wide}, embedding.astype(np.float32))
    frames = sample_frames(index, PARAMETERS.rate_fps)
    n = len(frames)
    with Case.create(folder / "a.fead") as case:
        case.recording = recording_facts(recording, index)
        looked = {
            "frame_number": frames,
            "time_s": index.times_s[frames],
            "decoded": np.ones(n, bool),
            "shot": np.zeros(n, int),
        }
        none: dict[str, list[int]] = {"frame_number": [], "face": [], "end": []}
        crops = {**none, "jpeg": np.empty(0, np.uint8)}
        chunks = {
            FACES_STAGE: table.to_bytes(),
            FRAMES_STAGE: arrays_to_bytes(looked),
            CROPS_STAGE: arrays_to_bytes(crops),
        }
        case.put_chunks(0, "made", chunks)
        put_assignment(case, table, table.person)
        rescore.score_persons(case, NoProgress())
    return folder / "a.fead"


def put_assignment(case: Case, table: FeatureTable, person: np.ndarray) -> None:
    """Put an assignment into a case as the clustering would, with results that can be scored again."""
    arrays = {"track": table["track"], "shot": table["shot"], "person": person}
    case.put_chunks(0, "clustered", {ASSIGNMENT_STAGE: arrays_to_bytes(arrays)})
    case.put_results(
        parameters=PARAMETERS,
        coverage=Coverage(1, 1, 0.0),
        persons=[],
        events=[],
        thumbnails={},
        models=(),
        versions={},
        timings={},
    )


@pytest.fixture
def case(scored: Path, tmp_path: Path) -> Iterator[Case]:
    shutil.copy(scored, tmp_path / "a.fead")
    with Case.open(tmp_path / "a.fead") as case:
        yield case


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Count what the stages make: stage, and person or number of an event."""
    counted: Made = []
    for stage in rescore.PERSON_STAGES:
        monkeypatch.setattr(type(stage), "make", counting(type(stage).make, counted))
    return counted


def counting(make: Callable[..., dict[str, bytes]], counted: Made) -> Callable[..., object]:
    def counted_make(self: Stage, run: Run, number: int) -> dict[str, bytes]:
        counted.append((self.name, number))
        return make(self, run, number)

    return counted_make


def send(_progress: object) -> None:
    return


def never() -> bool:
    return False


def person_of(number: int) -> int:
    return number >> 32 or number


def results(case: Case) -> list[object]:
    """Everything that an analysis says."""
    persons = case.persons()
    scores = [case.person_scores(each.person) for each in persons]
    return [
        persons,
        case.events(),
        [case.thumbnail(event.event) for event in case.events()],
        case.calibrations,
        case.coverage,
        case.limits,
        [(s.person, s.frame_number.tolist(), s.time_s.tolist()) for s in scores if s],
        [{name: v.tobytes() for name, v in s.scores.items()} for s in scores if s],
    ]


def test_after_a_merge_only_the_merged_are_scored_again_as_a_fresh_analysis_would(
    case: Case, made: Made, tmp_path: Path
) -> None:
    table = case.features()
    assert [p.person for p in case.persons()] == [1, 2, 3]
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 3]))
    assert case.stale_persons() == (1,)
    assert rescore.rescore(case.path, send, never) == (1,)
    assert {person_of(number) for _, number in made} == {1}
    assert [stage for stage, _ in made if stage != "refine"] == [
        "ranking", "events", "networks", "components", "scores",
    ]  # fmt: skip
    assert not case.is_stale
    assert sorted(case.fingerprints(RANKING_STAGE)) == [1, 2]

    merged = np.where(table.person == 3, 1, table.person)
    made.clear()
    shutil.copy(case.path, tmp_path / "fresh.fead")
    with Case.open(tmp_path / "fresh.fead") as fresh:
        for stage in rescore.PERSON_STAGES:
            for product in stage.makes:
                fresh.drop_chunks_except(product, [])
        while fresh.undo() is not None:
            continue
        put_assignment(fresh, table, merged)
        assert rescore.score_persons(fresh, NoProgress()) == (1, 2)
        assert {person_of(number) for _, number in made} == {1, 2}
        assert results(fresh) == results(case)


def test_a_split_scores_both_and_undoing_it_as_before(case: Case, made: Made) -> None:
    before = results(case)
    rows = np.flatnonzero(case.features().person == 2)
    case.do(person_edits.split(case.marks(), case.faces(), rows[::2]))
    assert rescore.rescore(case.path, send, never) == (2, 4)
    assert {person_of(number) for _, number in made} == {2, 4}
    case.undo()
    assert case.stale_persons() == (2,)
    made.clear()
    assert rescore.rescore(case.path, send, never) == (2,)
    assert {person_of(number) for _, number in made} == {2}
    assert results(case) == before


def test_an_ignored_person_takes_nobody_elses_time(case: Case, made: Made) -> None:
    case.do(person_edits.ignore(case.marks(), case.faces(), [2]))
    assert case.is_stale
    assert rescore.rescore(case.path, send, never) == ()
    assert {stage for stage, _ in made} <= {"refine"}
    assert not case.is_stale
    assert {event.person for event in case.events()} == {1, 3}


def test_cancelling_leaves_the_earlier_results(case: Case) -> None:
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 3]))
    before = list(case._db.iterdump())
    looks = iter([False] * 3)
    with pytest.raises(CancelledError):
        rescore.rescore(case.path, send, lambda: next(looks, True))
    assert list(case._db.iterdump()) == before


def test_names_change_no_score_and_are_in_every_sentence(case: Case) -> None:
    case.do(person_edits.rename(case.marks(), case.faces(), 2, "Anna"))
    assert rescore.rescore(case.path, send, never) == ()
    assert any("Anna" in sentence for sentence in case.limits)
    assert not any("Person 2" in sentence for sentence in case.limits)
    assert case.log_entries()[-1][1] == "rename person"


def test_without_results_or_recording_it_says_so(case: Case, tmp_path: Path) -> None:
    facts = case.recording
    assert facts is not None
    case.recording = replace(facts, path=str(tmp_path / "gone.mp4"))
    case.do(person_edits.merge(case.marks(), case.faces(), [1, 3]))
    with pytest.raises(
        CaseError, match=r"Scoring the persons again needs the recording 'gone\.mp4'"
    ):
        rescore.rescore(case.path, send, never)
    case.clear()
    with pytest.raises(CaseError, match="analyse the recording first"):
        rescore.rescore(case.path, send, never)


def test_the_worker_scores_again(case: Case) -> None:
    case.do(person_edits.ignore(case.marks(), case.faces(), [2]))
    seen: list[AnalysisProgress] = []
    assert supervise_rescore(case.path, seen.append, never) == ()
    assert not case.is_stale
    assert seen[0].stage == "reading"
