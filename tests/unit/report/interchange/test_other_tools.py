"""Tables shaped like OpenFace's and py-feat's: their columns, their conventions, honest gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.store import FACES_STAGE, FRAMES_STAGE, Case
from fead_desktop.report.interchange.formats import export
from fead_desktop.report.interchange.other_tools import openface_table, pyfeat_table

#: The header of OpenFace 2.2's ``FeatureExtraction -pose -aus``.
_OPENFACE = (
    "frame,face_id,timestamp,confidence,success,pose_Tx,pose_Ty,pose_Tz,pose_Rx,pose_Ry,pose_Rz,"
    "AU01_r,AU02_r,AU04_r,AU05_r,AU06_r,AU07_r,AU09_r,AU10_r,AU12_r,AU14_r,AU15_r,AU17_r,AU20_r,AU23_r,AU25_r,"
    "AU26_r,AU45_r,AU01_c,AU02_c,AU04_c,AU05_c,AU06_c,AU07_c,AU09_c,AU10_c,AU12_c,AU14_c,AU15_c,AU17_c,AU20_c,"
    "AU23_c,AU25_c,AU26_c,AU28_c,AU45_c"
)
#: What py-feat's ``read_feat`` looks for.
_PYFEAT = (
    "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,Pitch,Roll,Yaw,AU01,AU02,AU04,AU05,AU06,AU07,AU09,"
    "AU10,AU11,AU12,AU14,AU15,AU17,AU20,AU23,AU24,AU25,AU26,AU28,AU43,anger,disgust,fear,happiness,sadness,"
    "surprise,neutral,input,frame"
)
PYFEAT_COLUMNS = {*_PYFEAT.split(","), *(f"{axis}_{n}" for axis in "xy" for n in range(68))}


@pytest.fixture
def posed(case, tmp_path):
    """A copy with a head pose, one marked lip corner pull, and a frame that shows nobody."""
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        table = copy.features()
        n = len(table)
        rng = np.random.default_rng(5)
        still = {
            f"lip_corner_pull_{side}": 0.3
            + 0.005 * rng.standard_normal(n)
            + 0.2 * (table.frame_number == 30)
            for side in "lr"
        }
        posed = table.with_columns(
            yaw_deg=np.full(n, 20.0), pitch_deg=np.full(n, 10.0), roll_deg=np.full(n, -5.0),
            size_px=np.full(n, 60.0), occlusion=np.zeros(n), **still,
        )  # fmt: skip
        numbers = [number for number, _ in copy.chunks(FACES_STAGE)]
        events = copy.events()
        facts = {
            "parameters": copy.parameters,
            "coverage": copy.coverage,
            "persons": copy.persons(),
        }
        nothing = {"thumbnails": {}, "models": (), "versions": {}, "timings": {}}
        frames = np.append(np.unique(table.frame_number), 299)
        analysed = {
            "frame_number": frames, "time_s": frames / 30, "decoded": np.ones(len(frames), bool),
            "shot": np.zeros(len(frames), int),
        }  # fmt: skip
        copy.put_chunks(numbers[0], "posed", {FACES_STAGE: posed.to_bytes()})
        copy.put_chunks(0, "posed", {FRAMES_STAGE: arrays_to_bytes(analysed)})
        copy.put_results(events=events, **facts, **nothing)
        yield copy


def test_openface_columns_and_their_order(case):
    assert list(openface_table(case, 1).columns) == _OPENFACE.split(",")


def test_pyfeat_columns_are_there(case):
    assert set(pyfeat_table(case, 1).columns) >= PYFEAT_COLUMNS


def test_a_script_for_openface_finds_the_smile(posed, tmp_path):
    export(posed, ["openface"], tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "copy.fead.openface_person_1.csv")
    good = table[(table["success"] == 1) & (table["confidence"] > 0.8)]
    assert good.loc[good["AU12_r"].idxmax(), "frame"] == 31  # OpenFace counts from 1
    assert good["AU12_r"].max() == 5.0
    assert good["AU12_r"].between(0, 5).all()
    assert good.loc[good["AU12_c"] == 1, "frame"].tolist() == [31]


def test_openface_angles_are_radians_in_its_own_directions(posed):
    good = openface_table(posed, 1).query("success == 1")
    np.testing.assert_allclose(good["pose_Rx"], -np.radians(10.0), rtol=1e-6)
    np.testing.assert_allclose(good["pose_Ry"], -np.radians(20.0), rtol=1e-6)
    np.testing.assert_allclose(good["pose_Rz"], np.radians(-5.0), rtol=1e-6)


def test_an_analysed_frame_without_the_person_is_a_row_without_success(posed):
    table = openface_table(posed, 1)
    last = table.iloc[-1]
    assert (last["frame"], last["success"], last["confidence"]) == (300, 0, 0.0)
    assert last["timestamp"] == pytest.approx(299 / 30)
    assert np.isnan(last["AU12_r"])
    assert table["frame"].is_monotonic_increasing
    assert table["frame"].is_unique


def test_a_script_for_pyfeat_finds_smile_and_emotion(posed, tmp_path):
    export(posed, ["pyfeat"], tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "copy.fead.pyfeat_person_1.csv")
    assert table.loc[table["AU12"].idxmax(), "frame"] == 30  # py-feat counts from 0
    assert table["AU12"].between(0, 1).all()
    rows = posed.features().of_person(1)
    np.testing.assert_allclose(table["happiness"], rows["happy"], rtol=1e-5)
    np.testing.assert_allclose(table["FaceRectX"], rows["box_x"], rtol=1e-5)


def test_what_is_not_measured_is_empty_and_the_dictionary_says_so(posed, tmp_path):
    export(posed, ["openface", "pyfeat"], tmp_path)
    for tool, column in (("openface", "AU45_r"), ("pyfeat", "AU43"), ("pyfeat", "x_0")):
        table = pd.read_csv(tmp_path / f"copy.fead.{tool}_person_1.csv")
        words = pd.read_csv(
            tmp_path / f"copy.fead.{tool}_data_dictionary.csv", keep_default_na=False
        ).set_index("column")["description"]
        assert table[column].isna().all()
        assert "not measured" in words[column]
        assert list(words.index) == list(table.columns)
        measured = [name for name in table if table[name].notna().any()]
        assert not [name for name in measured if "not measured" in words[name]]
        assert "not a trained" in words["AU12_r" if tool == "openface" else "AU12"]
