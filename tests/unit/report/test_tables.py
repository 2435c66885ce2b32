"""The tables say what the case holds, in files that other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fead_desktop.case import edits
from fead_desktop.case.case import FUSION
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.features.table import COLUMN_NAMES
from fead_desktop.report import tables
from fead_desktop.review.verdict import Verdict, moment_of
from fead_desktop.video.timebase import parse_timecode
from tests.helpers.cases import BLUR


def table_of(folder: Path, person: int) -> pd.DataFrame:
    return pd.read_csv(folder / f"anomaly_detection_results_person_{person}.csv")


def copy_of(case: Case, tmp_path: Path) -> Case:
    case.save_copy(tmp_path / "copy.fead")
    return Case.open(tmp_path / "copy.fead")


def test_there_is_one_row_for_each_analysed_frame_of_the_person(case, tmp_path):
    tables.export_csv(case, tmp_path)
    for person in case.persons():
        rows = case.features().of_person(person.person)
        table = table_of(tmp_path, person.person)
        assert table["frame_number"].tolist() == rows.frame_number.tolist()
        assert table["frame_number"].is_unique
        np.testing.assert_allclose(table["time_s"], rows.time_s, atol=1e-6)
        np.testing.assert_allclose(table["happy"], rows["happy"], rtol=1e-5)


def test_pandas_reads_numbers_as_numbers(case, tmp_path):
    tables.export_csv(case, tmp_path)
    table = table_of(tmp_path, 1)
    whole = {"frame_number", "flag", "flagged", "shot", "face", "track"}
    assert {name for name in table if table[name].dtype == np.int64} == whole
    texts = {name for name in table if not pd.api.types.is_numeric_dtype(table[name])}
    assert texts == {"timecode"}


def test_timecodes_are_those_of_the_frames(case, tmp_path):
    tables.export_csv(case, tmp_path)
    table = table_of(tmp_path, 1)
    read = table["timecode"].map(parse_timecode)
    np.testing.assert_allclose(read, table["time_s"], atol=0.0005 + 1e-6)


def test_flag_and_event_mark_the_frames_of_the_listed_events(case, tmp_path):
    tables.export_csv(case, tmp_path)
    for person in (1, 2):
        table = table_of(tmp_path, person)
        for event in (e for e in case.events() if e.person == person):
            inside = table["frame_number"].between(event.onset_frame, event.offset_frame)
            assert inside.any()
            assert (table["event"][inside] == event.event).all()
        assert (table["flag"] == table["event"].notna()).all()
        assert (table["flag"] == 0).any()
        passing = [event.event for event in case.events() if event.flagged]
        assert (table["flagged"] == table["event"].isin(passing)).all()
        assert 0 < table["flagged"].sum() < table["flag"].sum()


def test_the_frames_of_an_event_carry_its_artefact(case, tmp_path):
    tables.export_csv(case, tmp_path)
    table = table_of(tmp_path, 2)
    blurred = table["event"].isin(list(BLUR))
    assert blurred.any()
    assert (table["artefact"][blurred] == "blur").all()
    assert table["artefact"][~blurred].isna().all()
    assert (table["artefact_likelihood"][blurred] == BLUR[4]).all()
    assert table["artefact_likelihood"].notna().equals(table["event"].notna())


def test_the_frames_of_an_event_carry_what_its_reviewers_say(case, tmp_path):
    with copy_of(case, tmp_path) as copy:
        first, second = copy.events()[0], copy.events()[2]
        for event, reviewer, answer in (
            (first, "Anna", "confirmed"), (second, "Anna", "rejected"), (second, "Ben", "unsure"),
        ):  # fmt: skip
            said = Verdict(0, reviewer, *moment_of(event), answer, "light", 4, note='a, "b"')
            copy.do(edits.add_verdict(copy.marks(), said))
        tables.export_csv(copy, tmp_path)
    table = table_of(tmp_path, first.person)
    assert set(table["verdict"][table["event"] == first.event]) == {"confirmed"}
    assert set(table["verdict"][table["event"] == second.event]) == {"disputed"}
    assert table["verdict"][~table["event"].isin([first.event, second.event])].isna().all()
    given = pd.read_csv(tmp_path / "verdicts.csv")
    assert given["event"].tolist() == [first.event, second.event, second.event]
    assert given["reviewer"].tolist() == ["Anna", "Anna", "Ben"]
    assert given["note"].tolist() == ['a, "b"'] * 3
    assert given["verdict"].tolist() == ["confirmed", "disputed", "disputed"]
    np.testing.assert_array_equal(given["agreement"], [np.nan, 0, 0])
    dictionary = pd.read_csv(tmp_path / "data_dictionary.csv", keep_default_na=False)
    assert set(given) <= set(dictionary["column"])
    assert dictionary["column"].is_unique


def test_scores_stand_beside_their_own_frames(case, tmp_path):
    tables.export_csv(case, tmp_path)
    scores = case.person_scores(2)
    table = table_of(tmp_path, 2)
    np.testing.assert_allclose(table["score_fusion"], scores.scores[FUSION], rtol=1e-5)
    assert list(table.filter(like="score_")) == ["score_fusion", "score_expression_mahalanobis"]


def test_what_was_not_measured_is_empty_and_not_zero(case, tmp_path):
    tables.export_csv(case, tmp_path)
    table = table_of(tmp_path, 1)
    assert table["sharpness"].isna().all()
    text = (tmp_path / "anomaly_detection_results_person_1.csv").read_text()
    assert "nan" not in text.lower().split("\n", 1)[1]


def test_the_data_dictionary_describes_every_column(case, tmp_path):
    tables.export_csv(case, tmp_path)
    dictionary = pd.read_csv(tmp_path / "data_dictionary.csv", keep_default_na=False)
    assert set(dictionary["column"]) == set(table_of(tmp_path, 1)) | set(table_of(tmp_path, 2))
    assert dictionary["column"].is_unique
    assert (dictionary["description"].str.len() > 10).all()
    assert set(COLUMN_NAMES) - {"person"} <= set(dictionary["column"])


def test_tables_of_persons_that_no_longer_exist_go_from_the_cases_own_folder(case, tmp_path):
    old = "anomaly_detection_results_person_9.csv"
    with copy_of(case, tmp_path) as copy:
        for folder in (tmp_path, tmp_path / "elsewhere"):
            folder.mkdir(exist_ok=True)
            (folder / old).write_text("old")
            tables.export_csv(copy, folder)
    assert not (tmp_path / old).exists()
    assert (tmp_path / "elsewhere" / old).exists()


def test_a_file_name_that_is_no_text_does_not_stop_the_summary(case, tmp_path):
    with copy_of(case, tmp_path) as copy:
        copy.recording = replace(copy.recording, path="/films/\udcff.mp4")
        path = tables.export_json(copy, tmp_path)
    assert json.loads(path.read_text("utf-8"))["recording"]["path"] == "/films/\udcff.mp4"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("fusion", "score_fusion"),
        ("expression/robust", "score_expression_robust"),
        ("emotion happy/robust", "score_emotion_happy_robust"),
    ],
)
def test_a_score_has_one_column_name(name, column):
    assert tables.score_column_name(name) == column


def test_two_faces_of_one_person_in_a_frame_are_one_row(case, tmp_path):
    with copy_of(case, tmp_path) as copy:
        features = copy.features().with_columns(person=np.ones(len(copy.features())))
        chunks = [number for number, _ in copy.chunks(FACES_STAGE)]
        copy.put_chunks(chunks[0], "doubled", {FACES_STAGE: features.to_bytes()})
        copy.drop_chunks_except(FACES_STAGE, chunks[:1])
        _, rows = tables.person_rows(copy, 1)
        numbers = [row[0] for row in rows]
    assert len(features) > len(numbers) == len(set(numbers))


def test_every_detector_is_described_in_words(case, tmp_path):
    from fead_desktop.anomalies.classical import LEARNED_DETECTORS
    from fead_desktop.anomalies.scoring import EXPRESSION_VOTES, NETWORKS

    names = {*LEARNED_DETECTORS, *EXPRESSION_VOTES, *NETWORKS}
    texts = {name: tables._score_column(f"expression/{name}").description for name in names}
    assert "failed to write again" in texts["autoencoder_residual"]
    assert len(set(texts.values())) == len(names)
    assert all("detector '" not in text for text in texts.values())
