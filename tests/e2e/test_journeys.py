"""The real models on real recordings: who is who, what is flagged, and why."""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fead_desktop.anomalies.views import quality_mask
from fead_desktop.case.store import Case
from fead_desktop.faces.detector import make_detector
from fead_desktop.features.table import FeatureTable
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index
from fead_desktop.video.writer import VideoWriter
from tests.helpers.analyses import analyse, fead, summary_of
from tests.helpers.data import data_file, needs_data

pytestmark = [pytest.mark.journey, needs_data]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory):
    """Analyse each recording once; returns its output folder."""
    folder = tmp_path_factory.mktemp("outputs")

    def output_of(name: str) -> Path:
        recording = data_file(f"video/{name}")
        output = folder / recording.stem
        if not output.exists():
            analyse(recording, output)
        return output

    return output_of


def features_of(output: Path) -> FeatureTable:
    with Case.open(next(output.glob("*.fead"))) as case:
        return case.features()


def main_reasons(summary: dict[str, Any], start_s: float, end_s: float) -> list[str]:
    """Return the first two reasons of the events that peak in an interval, of the first ten."""
    return [
        reason["measure"]
        for event in summary["events"][:10]
        if start_s <= event["peak_s"] <= end_s
        for reason in event["reasons"][:1]
    ]


def assert_persons(table: FeatureTable, truth: list[str], count: int) -> None:
    """Adjusted Rand index over all detected faces, -1 as a class of its own, and the share of -1."""
    from sklearn.metrics import adjusted_rand_score

    found = table.person
    assert len(set(found.tolist()) - {-1}) == count
    assert (found == -1).mean() <= 0.02
    assert adjusted_rand_score(truth, found) >= 0.98


def test_seven_persons_over_twelve_shots(outputs) -> None:
    table = features_of(outputs("synth7_cuts.mp4"))
    segments = json.loads(data_file("video/synth7_cuts.json").read_text())["segments"]
    # A frame that is shown when its segment ends belongs to the next one.
    starts = np.array([segment["start"] for segment in segments])
    at = np.searchsorted(starts, table.time_s + 1e-6, side="right") - 1
    assert_persons(table, [str(segments[k]["person"]) for k in at], 7)


def test_four_persons_two_at_a_time(outputs) -> None:
    table = features_of(outputs("synth_split2.mp4"))
    tracks = json.loads(data_file("video/synth_split2.json").read_text())["tracks"]
    width = summary_of(outputs("synth_split2.mp4"))["recording"]["width"]
    truth = []
    for time_s, left in zip(table.time_s, table["box_x"] + table["box_width"] / 2, strict=True):
        side = "left" if left < width / 2 else "right"
        shown = [
            t["person"]
            for t in tracks
            if t["side"] == side and t["start"] <= time_s + 1e-6 < t["end"]
        ]
        truth.append(str(shown[0] if shown else None))
    assert_persons(table, truth, 4)


def test_a_report_that_blurs_others_shows_one_face_a_picture(outputs, tmp_path: Path) -> None:
    (case,) = outputs("synth_split2.mp4").glob("*.fead")
    done = fead("export", case, "--to", "html,pdf", "--blur-others", "--progress", "none", "-o", tmp_path)  # fmt: skip
    assert done.code == 0, done.stderr
    page = (tmp_path / f"{case.stem}.fead.html").read_text(encoding="utf-8")
    found = re.findall(r'base64,([^"]+)" alt="([^"]+)"', page)
    pictures = {alt: _decoded(base64.b64decode(data)) for data, alt in found}
    whole = [picture for alt, picture in pictures.items() if alt.startswith("Whole picture")]
    events = summary_of(outputs("synth_split2.mp4"))["events"]
    assert len(whole) == len(events) > 0
    for detector in (make_detector("blazeface"), make_detector("mtcnn")):
        assert all(len(detector.detect([picture])[0]) == 1 for picture in whole)
        assert all(len(detector.detect([picture])[0]) <= 1 for picture in pictures.values())
    assert (tmp_path / f"{case.stem}.fead.pdf").read_bytes().startswith(b"%PDF-")


def _decoded(jpeg: bytes) -> np.ndarray:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(bgr[..., ::-1])


def test_one_person_is_one_person(outputs) -> None:
    for name in ("WolfgangLanger_Pexels.mp4", "single_face.mp4"):
        assert [p["person"] for p in summary_of(outputs(name))["persons"]] == [1], name


def test_a_hand_before_the_face_is_lost_coverage_and_no_event(outputs) -> None:
    output = outputs("WolfgangLanger_Pexels.mp4")
    table = features_of(output)
    times = table.time_s
    compared = quality_mask(table)
    assert compared[(times >= 2.5) & (times <= 9.0)].mean() < 0.05
    assert compared[(times < 2.0) | (times > 10.0)].mean() > 0.95
    assert (table["occlusion"][(times >= 4.1) & (times <= 6.0)] > 0.2).mean() > 0.8
    for event in summary_of(output)["events"]:
        assert not 2.3 <= event["peak_s"] <= 9.3, event


def test_pout_smile_and_brow_raise_are_named(outputs) -> None:
    summary = summary_of(outputs("liveportrait_d9.mp4"))
    pout = main_reasons(summary, 2.5, 9.8)
    smile = main_reasons(summary, 9.7, 12.8)
    brow = main_reasons(summary, 12.0, 19.5)
    assert {"lip_pucker", "lip_press"} & set(pout), pout
    assert any(name.startswith("lip_corner_pull") for name in smile), smile
    assert any(name.startswith("brow_") for name in brow), brow


def test_times_of_a_phone_video_are_those_of_its_frames(outputs) -> None:
    output = outputs("face_noface.mov")
    index = build_frame_index(data_file("video/face_noface.mov"))
    table = features_of(output)
    np.testing.assert_allclose(table.time_s, index.times_s[table.frame_number], atol=1e-9)
    summary = summary_of(output)
    assert summary["recording"]["variable_frame_rate"] is True
    for event in summary["events"]:
        for name in ("onset", "peak", "offset"):
            assert event[f"{name}_s"] == pytest.approx(
                index.time_of(event[f"{name}_frame"]), abs=1e-9
            )
    naive = table.frame_number / (len(index) / index.duration_s)
    assert np.abs(naive - table.time_s).max() > 0.05  # n / fps would be wrong here


def test_faces_of_a_phone_video_are_upright(outputs) -> None:
    table = features_of(outputs("face_noface.mov"))
    assert len(table) > 5
    assert np.nanmedian(np.abs(table["roll_deg"])) < 20


def test_the_outputs_are_those_of_the_contract(outputs) -> None:
    output = outputs("single_face.mp4")
    summary = summary_of(output)
    assert summary["schema"] == 1
    assert set(summary["recording"]) >= {
        "path", "sha256", "width", "height", "frames", "duration_s", "variable_frame_rate",
    }  # fmt: skip
    assert set(summary["coverage"]) == {
        "frames_analysed",
        "frames_with_face",
        "seconds_without_face",
    }
    assert {m["name"] for m in summary["models"]} >= {"face_mesh", "fer_emotion"}
    with (output / "anomaly_detection_results_person_1.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == summary["persons"][0]["faces"]
    with (output / "data_dictionary.csv").open() as file:
        described = {row["column"] for row in csv.DictReader(file)}
    assert set(rows[0]) == described
    assert {
        "frame_number",
        "timecode",
        "time_s",
        "flag",
        "happy",
        "jaw_drop",
        "sharpness",
    } <= described
    assert "score_expression_robust" in described
    aligned = {path.name for path in (output / "aligned_faces").iterdir()}
    sorted_out = {path.name for path in (output / "organized_faces" / "person_1").iterdir()}
    assert sorted_out <= aligned
    assert len(aligned) == len(features_of(output))


def test_the_command_line_ends_as_the_clients_document_shows(tmp_path: Path) -> None:
    recording = data_file("video/single_face.mp4")
    done = fead("analyze", recording, "-o", tmp_path, "--progress", "none", "--num-anomalies", "3")
    lines = done.stdout.splitlines()
    assert done.code == 0
    assert lines[0].startswith("Time of top ")
    assert all(line.startswith("- 00:00:") for line in lines[1:-1])
    assert lines[-1] == f"Details saved to '{tmp_path / 'anomaly_detection_results_person_1.csv'}'"
    again = fead(
        "export", tmp_path / "single_face.fead", "--to", "json,csv", "-o", tmp_path / "again"
    )
    assert again.code == 0
    one, two = (
        folder / "anomaly_detection_results_person_1.csv"
        for folder in (tmp_path, tmp_path / "again")
    )
    assert one.read_bytes() == two.read_bytes()
    assert json.loads((tmp_path / "again" / "summary.json").read_text()) == summary_of(tmp_path)


def test_a_real_smile_in_a_minute_of_neutral_is_event_1(tmp_path: Path) -> None:
    recording = make_minute_with_smile(tmp_path / "minute.mp4")
    summary = analyse(recording, tmp_path / "out")
    first = summary["events"][0]
    # The smile is widest where it turns back; the frames before and behind that are the same pictures.
    widest = SMILE_AT_S + SMILE_S
    assert first["onset_s"] <= widest <= first["offset_s"]
    assert abs(first["peak_s"] - widest) < 0.7
    assert any("lip_corner_pull" in reason["measure"] for reason in first["reasons"][:3])


NEUTRAL_S, SMILE_S, SMILE_AT_S = 4.5, 3.8, 31.5


def make_minute_with_smile(path: Path) -> Path:
    """Loop the neutral beginning forward and backward for 60 s, with the real smile once in it."""
    source = data_file("video/liveportrait_d19.mp4")
    index = build_frame_index(source)
    rate = 30
    neutral = np.arange(round(NEUTRAL_S * rate))
    back_and_forth = np.concatenate([neutral, neutral[::-1]])
    smile = np.arange(len(neutral), len(index))
    before = np.resize(back_and_forth, round(SMILE_AT_S * rate))  # ends where the smile begins
    after = np.resize(back_and_forth[::-1], 60 * rate - len(before) - 2 * len(smile))
    # The smile goes back the way it came, so that no cut is planted.
    numbers = np.concatenate([before, smile, smile[::-1], after])
    with Decoder(source, index, cache_bytes=1 << 30) as decoder:
        pictures = dict(decoder.stream(np.arange(len(index))))
    with VideoWriter(path, index.width, index.height, rate) as writer:
        for n in numbers:
            writer.write(pictures[int(n)])
    return path
