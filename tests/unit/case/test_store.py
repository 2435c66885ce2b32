"""A case keeps what it was given, through closing, copying, damage and newer schemas."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.anomalies.events import AnomalyEvent, Artefact, Reason
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.case import Coverage, ModelFact, Person, RecordingFacts
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.features.table import FeatureTable
from tests.helpers.old_cases import old_case

FACTS = RecordingFacts("/a/b.mp4", "ab" * 32, 123, 640, 360, 300, 10.0, True, ("truncated",))
EVENT = AnomalyEvent(
    1, 2, "expression", "fusion", 1.0, 1.5, 2.0, 10, 15, 20, 7.5, None,
    (Reason("jaw_drop", "jaw drop (AU26)", 6.5, 0.6),),
    Artefact("blur", 0.8, {"blur": 0.8, "speech": None}), flagged=True,
)  # fmt: skip


@pytest.fixture
def case(tmp_path: Path):
    with Case.create(tmp_path / "a.fead") as case:
        yield case


def put_results(case: Case) -> None:
    case.put_results(
        parameters=AnalysisParameters(rate_fps=5.0),
        coverage=Coverage(100, 90, 1.0),
        persons=[Person(1, "Person 1", 80, 0.0, 9.0, 8.0, b"jpeg"), Person(2, "P", 10, 0, 1, 1)],
        events=[EVENT],
        thumbnails={1: b"thumb"},
        models=[ModelFact("m", "m.bin", "cd" * 32, "MIT")],
        versions={"python": "3.11"},
        timings={"faces": 1.5},
    )


def test_a_reopened_case_gives_back_facts_and_results(case: Case) -> None:
    case.recording = FACTS
    put_results(case)
    case.close()
    with Case.open(case.path) as again:
        assert again.recording == FACTS
        assert again.parameters == AnalysisParameters(rate_fps=5.0)
        assert again.coverage == Coverage(100, 90, 1.0)
        assert [person.portrait for person in again.persons()] == [b"jpeg", b""]
        assert again.events() == [EVENT]
        assert again.thumbnail(1) == b"thumb"
        assert again.models[0].licence == "MIT"
        assert again.timings == {"faces": 1.5}


def test_new_results_replace_the_old_ones(case: Case) -> None:
    put_results(case)
    put_results(case)
    assert len(case.events()) == 1


def test_a_chunk_is_current_only_while_its_fingerprint_matches(case: Case) -> None:
    case.put_chunks(3, "one", {"faces": b"x", "crops": b"y"})
    assert case.chunk("faces", 3, "one") == b"x"
    assert case.chunk("crops", 3, "one") == b"y"
    assert case.chunk("faces", 3, "two") is None
    case.put_chunks(3, "two", {"faces": b"z"})
    assert case.has_chunk("faces", 3, "two")
    assert not case.has_chunk("faces", 3, "one")


def test_results_go_with_the_chunks_they_were_made_from(case: Case) -> None:
    put_results(case)
    case.put_chunks(0, "later", {"faces": b"x"})
    assert not case.has_results
    assert case.persons() == []
    assert case.events() == []


def test_chunks_that_no_longer_exist_are_forgotten(case: Case) -> None:
    for number in range(4):
        case.put_chunks(number, "f", {"faces": bytes([number])})
    case.drop_chunks_except("faces", [1, 3])
    assert [number for number, _ in case.chunks("faces")] == [1, 3]


def test_features_join_the_chunks_and_take_the_persons_assigned(case: Case) -> None:
    for number, frames in enumerate(([0, 3], [6])):
        table = FeatureTable({"frame_number": frames, "time_s": np.array(frames) / 10})
        case.put_chunks(number, "f", {"faces": table.to_bytes()})
    assert case.features().person.tolist() == [-1, -1, -1]
    assigned = {"track": [0, 0, 1], "shot": [0, 0, 1], "person": [1, 1, -1]}
    case.put_chunks(0, "f", {"persons": arrays_to_bytes(assigned)})
    table = case.features()
    assert table.frame_number.tolist() == [0, 3, 6]
    assert table.person.tolist() == [1, 1, -1]
    assert np.isnan(table["happy"]).all()


def test_a_window_reads_the_features_without_their_embeddings(case: Case) -> None:
    table = FeatureTable({"frame_number": [0, 3], "happy": [0.5, 0.7]}, np.ones((2, 128)))
    case.put_chunks(0, "f", {"faces": table.to_bytes()})
    case.put_chunks(
        0, "f", {"persons": arrays_to_bytes({"track": [0, 0], "shot": [0, 0], "person": [1, 1]})}
    )
    without = case.features(embeddings=False)
    assert without.embedding.shape == (2, 0)
    assert case.features().embedding.shape == (2, 128)
    assert without.person.tolist() == [1, 1]
    for name, values in case.features().columns.items():
        np.testing.assert_array_equal(without[name], values)


def test_scores_come_back_by_name(case: Case) -> None:
    arrays = {"frame_number": [1, 2], "time_s": [0.1, 0.2], "fusion": np.array([1.0, np.nan])}
    case.put_chunks(4, "f", {"scores": arrays_to_bytes(arrays)})
    scores = case.person_scores(4)
    assert scores is not None
    assert list(scores.scores) == ["fusion"]
    np.testing.assert_equal(scores.scores["fusion"], np.array([1, np.nan], np.float32))
    assert case.person_scores(5) is None


def test_clearing_keeps_the_recording_and_forgets_what_was_computed(case: Case) -> None:
    case.recording = FACTS
    case.put_chunks(0, "f", {"faces": b"x"})
    put_results(case)
    case.clear()
    assert case.recording == FACTS
    assert case.events() == []
    assert not case.has_results
    assert not list(case.chunks("faces"))


def test_a_copy_is_complete_while_the_case_is_open(case: Case, tmp_path: Path) -> None:
    put_results(case)
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        assert copy.events() == [EVENT]


def test_a_copy_never_replaces_the_case_itself(case: Case) -> None:
    with pytest.raises(OutputError, match="itself"):
        case.save_copy(case.path)


def test_a_failed_write_leaves_the_last_results(case: Case) -> None:
    put_results(case)
    double = AnomalyEvent(**{**EVENT.__dict__, "person": 99})  # no such person
    with pytest.raises(sqlite3.IntegrityError):
        case.put_results(
            parameters=AnalysisParameters(), coverage=Coverage(1, 1, 0.0), persons=[],
            events=[double], thumbnails={}, models=[], versions={}, timings={},
        )  # fmt: skip
    assert case.events() == [EVENT]
    assert case.coverage == Coverage(100, 90, 1.0)


def test_a_full_disk_is_a_sentence_and_loses_nothing(case: Case) -> None:
    put_results(case)
    pages = case._db.execute("PRAGMA page_count").fetchone()[0]
    case._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutputError, match="can't be written"):
        case.put_chunks(0, "f", {"faces": bytes(1_000_000)})
    assert case.events() == [EVENT]


def test_a_newer_schema_is_refused(case: Case) -> None:
    case._db.execute("PRAGMA user_version = 99")
    case.close()
    with pytest.raises(CaseError, match="newer version"):
        Case.open(case.path)


def test_a_case_of_an_earlier_schema_opens_with_events_nobody_looked_at_for_artefacts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.fead"
    db = old_case(path, 2)
    db.execute("INSERT INTO person VALUES (2, 'P', 10, 0, 1, 1, x'')")
    db.execute(
        "INSERT INTO event VALUES (1, 2, 'expression', 'fusion', 1, 1.5, 2, 10, 15, 20, 7.5, NULL, ?, x'')",
        (json.dumps([asdict(reason) for reason in EVENT.reasons]),),
    )
    db.close()
    with Case.open(path) as case:
        assert case.events() == [replace(EVENT, artefact=None, flagged=False)]


def test_a_damaged_case_is_refused(case: Case) -> None:
    put_results(case)
    case.close()
    data = bytearray(case.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    case.path.write_bytes(data)
    with pytest.raises(CaseError, match=r"damaged|can.t be read"):
        Case.open(case.path)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough" * 9])
def test_a_file_that_is_no_case_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.fead"
    path.write_bytes(content)
    with pytest.raises(CaseError):
        Case.open(path)


def test_a_missing_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no case"):
        Case.open(tmp_path / "none.fead")


def test_arrays_survive_bytes() -> None:
    back = arrays_from_bytes(arrays_to_bytes({"a": np.arange(3), "b": np.array([np.nan])}))
    assert back["a"].tolist() == [0, 1, 2]
    assert np.isnan(back["b"]).all()
