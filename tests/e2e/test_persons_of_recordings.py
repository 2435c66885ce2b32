"""The persons of real recordings, from decoding to clusters, with the real models."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from fead_desktop.faces.analysis import FaceFinder
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import Picture
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.faces.tracking import Tracker
from fead_desktop.features.embedding import DlibEmbedder
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.persons.roster import Faces, make_persons
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index, sample_frames
from fead_desktop.video.shots import ShotDetector
from tests.helpers.data import data_file, needs_data

pytestmark = [needs_data, pytest.mark.journey]

Clustered = Callable[[str], FeatureTable]


@pytest.fixture(scope="module")
def clustered() -> Clustered:
    """Analyse a shared recording at five frames a second and tell its persons apart."""
    finder, embedder = FaceFinder(make_detector("auto"), FaceMesh()), DlibEmbedder()

    def analyse(name: str) -> FeatureTable:
        path = data_file(f"video/{name}")
        index = build_frame_index(path)
        tracker, shots = Tracker(1 / index.median_interval_s), ShotDetector()
        rows: list[tuple[float, ...]] = []
        crops: list[Picture | None] = []
        with Decoder(path, index) as decoder:
            for number in sample_frames(index, 5.0, None, None):
                picture = decoder.read(int(number))
                assert picture is not None
                cut = shots.is_cut(picture)
                (faces,) = finder.find([picture], [int(number)])
                tracks = tracker.update(int(number), [face.box for face in faces], cut)
                for face, track in zip(faces, tracks, strict=True):
                    box, quality = face.box, face.quality
                    yaw, pitch = (
                        (face.pose.yaw_deg, face.pose.pitch_deg) if face.pose else (np.nan, np.nan)
                    )
                    rows.append(
                        (number, index.times_s[number], track, box.x, box.y, box.width, box.height,
                         quality.size_px, quality.sharpness, quality.occlusion, yaw, pitch)
                    )  # fmt: skip
                    crops.append(embedder.crop(picture, face.landmarks))
        names = ("frame_number", "time_s", "track", "box_x", "box_y", "box_width", "box_height",
                 "size_px", "sharpness", "occlusion", "yaw_deg", "pitch_deg")  # fmt: skip
        columns = dict(zip(names, np.array(rows).T, strict=True))
        table = FeatureTable(columns, embedder.embed(crops))
        return table.with_columns(person=cluster_tracks(table))

    return analyse


def true_persons(table: FeatureTable, name: str, width: int) -> list[str]:
    """Who is on screen at each row, by the recording's own truth."""
    truth = json.loads(data_file(f"video/{name}").read_text())
    spans = truth.get("segments") or truth["tracks"]
    middle = table["box_x"] + table["box_width"] / 2
    found = []
    for time_s, x in zip(table.time_s, middle, strict=True):
        side = "left" if x < width / 2 else "right"
        (who,) = (
            str(span["person"])
            for span in spans
            if span["start"] - 1e-6 <= time_s < span["end"] - 1e-6
            and span.get("side", side) == side
        )
        found.append(who)
    return found


def test_seven_persons_in_twelve_shots_are_seven(clustered: Clustered) -> None:
    from sklearn.metrics import adjusted_rand_score

    table = clustered("synth7_cuts.mp4")
    truth = true_persons(table, "synth7_cuts.json", 1)
    assert len(make_persons(Faces.of(table), table.person)) == 7
    assert adjusted_rand_score(truth, table.person) >= 0.98
    assert (table.person == -1).mean() <= 0.02


def test_two_at_a_time_who_change_half_way_are_four(clustered: Clustered) -> None:
    from sklearn.metrics import adjusted_rand_score

    path = data_file("video/synth_split2.mp4")
    table = clustered(path.name)
    truth = true_persons(table, "synth_split2.json", build_frame_index(path).width)
    assert len(make_persons(Faces.of(table), table.person)) == 4
    assert adjusted_rand_score(truth, table.person) >= 0.98


@pytest.mark.parametrize(
    "name", ["WolfgangLanger_Pexels.mp4", "single_face.mp4", "liveportrait_d19.mp4"]
)
def test_one_person_comes_out_as_one(clustered: Clustered, name: str) -> None:
    table = clustered(name)
    (person,) = make_persons(Faces.of(table), table.person)
    assert (table.person == 1).all()
    assert person.faces == len(table)
    best = person.portrait_row
    assert abs(float(table["yaw_deg"][best])) < 15
    assert float(table["occlusion"][best]) < 0.3
