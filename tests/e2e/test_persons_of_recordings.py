"""The persons of real recordings, from decoding to clusters and to what an analyst makes of wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case import person_edits
from fead_desktop.case.store import Case
from fead_desktop.faces.analysis import FaceFinder
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import Picture
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.faces.tracking import Tracker
from fead_desktop.features.embedding import DlibEmbedder
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.persons.roster import Faces, make_persons
from fead_desktop.persons.suggestions import Reclustering, merge_suggestions, split_suggestion
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index, sample_frames
from fead_desktop.video.shots import ShotDetector
from tests.helpers.crowds import crowd_case
from tests.helpers.data import data_file, needs_data

pytestmark = [needs_data, pytest.mark.journey]

Clustered = Callable[[str], FeatureTable]


@pytest.fixture(scope="module")
def clustered() -> Clustered:
    """Analyse a shared recording at five frames a second and tell its persons apart."""
    finder, embedder = FaceFinder(make_detector("auto"), FaceMesh()), DlibEmbedder()

    @cache
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


# Clustered at a wrong threshold, and put right -----------------------------------------------------------


@pytest.fixture
def seven(clustered: Clustered) -> FeatureTable:
    """Return the faces of seven persons in twelve shots."""
    return clustered("synth7_cuts.mp4")


def who_is_seen(table: FeatureTable) -> np.ndarray:
    """Return who each row really is, as numbers from 1."""
    names = true_persons(table, "synth7_cuts.json", 1)
    return np.unique(names, return_inverse=True)[1].astype(np.int32) + 1


def wrong_clusterings(table: FeatureTable) -> dict[int, np.ndarray]:
    """Return what the clustering says at other thresholds, by the number of persons."""
    prepared = Reclustering(table)
    found = (prepared.labels(threshold) for threshold in np.arange(0.02, 1.2, 0.005))
    return {len(np.unique(labels[labels > 0])): labels for labels in found}


def is_right(labels: np.ndarray, truth: np.ndarray) -> bool:
    pairs = set(zip(labels.tolist(), truth.tolist(), strict=True))
    return len(pairs) == len(np.unique(labels)) == len(np.unique(truth))


def followed(case: Case, truth: np.ndarray) -> Iterator[bool]:
    """Do what an analyst would who looks at the faces of each suggestion; yields whether it was accepted."""
    while not is_right(case.assignment().person, truth):
        table, now, faces = case.features(), case.assignment(), case.faces()
        mixed = [p for p in now.persons if len(np.unique(truth[now.person == p])) > 1]
        if mixed:
            parts = split_suggestion(table, mixed[0])
            assert all(len(np.unique(truth[part])) == 1 for part in parts[1:])
            case.do(person_edits.split(case.marks(), faces, parts[-1]))
            yield True
            continue
        first = merge_suggestions(table, now.apart)[0]
        same = truth[first.row_of_one] == truth[first.row_of_other]
        pair = first.one, first.other
        edit = person_edits.merge(case.marks(), faces, pair) if same else None
        case.do(edit or person_edits.keep_apart(case.marks(), faces, *pair))
        yield same


@pytest.mark.parametrize("count", [5, 12])
def test_an_analyst_reaches_the_true_seven_in_at_most_eight_actions(
    seven: FeatureTable, tmp_path: Path, count: int
) -> None:
    wrong = seven.with_columns(person=wrong_clusterings(seven)[count])
    with crowd_case(tmp_path / "wrong.fead", wrong) as case:
        assert len(case.persons()) == count
        actions = list(followed(case, who_is_seen(seven)))
        assert len(case.persons()) == 7
        assert 1 <= len(actions) <= 8
        assert {event.person for event in case.events()} <= {p.person for p in case.persons()}
        while case.undo() is not None:
            continue
        assert case.features().person.tolist() == wrong.person.tolist()


def test_the_right_pair_is_suggested_first(seven: FeatureTable, tmp_path: Path) -> None:
    truth = who_is_seen(seven)
    answers = []
    for count, labels in wrong_clusterings(seven).items():
        if 7 < count <= 13:
            path = tmp_path / f"{count}.fead"
            with crowd_case(path, seven.with_columns(person=labels)) as case:
                answers += followed(case, truth)
    for person in np.unique(truth):
        rows = np.flatnonzero(truth == person)
        for share in (0.25, 0.5, 0.75):  # one person, cut somewhere
            labels = truth.copy()
            labels[rows[int(share * len(rows)) :]] = 8
            first = merge_suggestions(seven.with_columns(person=labels))[0]
            answers.append((first.one, first.other) == (person, 8))
    print(f"the right pair is first in {np.mean(answers):.1%} of {len(answers)}")
    assert len(answers) >= 30
    assert np.mean(answers) >= 0.9
