"""Tracks become persons: one stays one, noise stays unassigned, a jump inside a track is found."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.features.table import FeatureTable
from fead_desktop.persons import clustering
from fead_desktop.persons.clustering import cluster_tracks, screen_time_s

RATE = 10.0


def identity(number: int, dimension: int = 128) -> npt.NDArray[np.float64]:
    """A person's own embedding; any two lie about 1 apart, as dlib's do (0.5 to 0.9)."""
    vector = np.random.default_rng(1000 + number).normal(size=dimension)
    return np.asarray(vector / np.linalg.norm(vector) * 0.7)


def faces(
    track: int,
    who: int,
    start_s: float,
    count: int,
    *,
    x: float = 100.0,
    noise: float = 0.15,
    yaw_deg: float = 0.0,
    size_px: float = 60.0,
    dimension: int = 128,
) -> FeatureTable:
    """Rows of one track that shows one person, ten a second; ``noise`` is a face's distance from the mean."""
    rng = np.random.default_rng((track + 1) * 7919 + who)
    frame = round(start_s * RATE) + np.arange(count)
    scatter = rng.normal(size=(count, dimension)) * noise / np.sqrt(dimension)
    return FeatureTable(
        {
            "frame_number": frame,
            "time_s": frame / RATE,
            "track": np.full(count, track),
            "box_x": np.full(count, x),
            "box_y": np.full(count, 50.0),
            "box_width": np.full(count, 80.0),
            "box_height": np.full(count, 100.0),
            "size_px": np.full(count, size_px),
            "sharpness": rng.uniform(100, 200, count),
            "yaw_deg": np.full(count, yaw_deg),
            "pitch_deg": np.zeros(count),
            "occlusion": np.zeros(count),
        },
        (identity(who, dimension) + scatter).astype(np.float32),
    )


def joined(*parts: FeatureTable) -> FeatureTable:
    table = FeatureTable.concatenate(parts)
    return table.select(np.lexsort((table["box_x"], table.frame_number)))


def persons_of(table: FeatureTable, person: npt.NDArray[np.int32]) -> dict[int, list[int]]:
    """The persons that each track's rows were given."""
    return {int(t): sorted(set(person[table["track"] == t].tolist())) for t in set(table["track"])}


def test_tracks_of_one_person_are_one_person() -> None:
    table = joined(*(faces(k, who=1, start_s=5.0 * k, count=30) for k in range(6)))
    assert set(cluster_tracks(table)) == {1}


def test_persons_are_numbered_by_screen_time() -> None:
    table = joined(
        faces(0, who=1, start_s=0, count=20),
        faces(1, who=2, start_s=3, count=40),
        faces(2, who=3, start_s=8, count=30),
        faces(3, who=1, start_s=12, count=30),
    )
    assert persons_of(table, cluster_tracks(table)) == {0: [1], 1: [2], 2: [3], 3: [1]}


def test_a_track_that_jumps_to_another_person_is_cut_at_the_jump() -> None:
    table = joined(
        faces(0, who=1, start_s=0, count=25),
        faces(0, who=2, start_s=2.5, count=35),
        faces(1, who=1, start_s=8, count=30),
    )
    person = cluster_tracks(table)
    assert person.tolist() == [1] * 25 + [2] * 35 + [1] * 30


def test_a_head_that_turns_away_gradually_does_not_cut_its_track() -> None:
    drift = np.linspace(0, 0.8, 60)[:, None] * identity(9) / 0.7
    table = faces(0, who=1, start_s=0, count=60)
    turned = FeatureTable(table.columns, table.embedding + drift.astype(np.float32))
    assert set(cluster_tracks(turned)) == {1}


def test_faces_without_embedding_belong_to_their_tracks_person() -> None:
    table = joined(faces(0, who=1, start_s=0, count=30), faces(1, who=2, start_s=4, count=20))
    table.embedding[10:20] = np.nan
    table.embedding[30:33] = np.nan
    assert cluster_tracks(table).tolist() == [1] * 30 + [2] * 20


def test_a_face_seen_for_a_moment_is_noise() -> None:
    table = joined(faces(0, who=1, start_s=0, count=40), faces(1, who=2, start_s=5, count=4))
    assert persons_of(table, cluster_tracks(table)) == {0: [1], 1: [-1]}
    longer = joined(faces(0, who=1, start_s=0, count=40), faces(1, who=2, start_s=5, count=6))
    assert persons_of(longer, cluster_tracks(longer)) == {0: [1], 1: [2]}


def test_the_only_face_of_a_recording_is_a_person_however_short() -> None:
    assert cluster_tracks(faces(0, who=1, start_s=0, count=1)).tolist() == [1]
    assert cluster_tracks(faces(0, who=1, start_s=0, count=2)).tolist() == [1, 1]


def test_profile_faces_join_their_person_and_found_none_of_their_own_at_once() -> None:
    table = joined(
        faces(0, who=1, start_s=0, count=40),
        faces(1, who=1, start_s=5, count=10, yaw_deg=70, noise=0.5),
        faces(2, who=2, start_s=7, count=10, yaw_deg=70),
    )
    assert persons_of(table, cluster_tracks(table)) == {0: [1], 1: [1], 2: [-1]}


def test_someone_seen_only_in_profile_for_seconds_is_a_person() -> None:
    table = joined(
        faces(0, who=1, start_s=0, count=40), faces(1, who=2, start_s=5, count=30, yaw_deg=70)
    )
    assert persons_of(table, cluster_tracks(table)) == {0: [1], 1: [2]}


def test_two_faces_in_the_picture_together_are_two_persons_even_if_they_are_alike() -> None:
    left = faces(0, who=1, start_s=0, count=30, x=100)
    right = faces(1, who=1, start_s=0, count=30, x=400)
    apart = joined(left, right)
    assert persons_of(apart, cluster_tracks(apart)) == {0: [1], 1: [2]}
    # The same face found twice is one face.
    twice = joined(left, faces(1, who=1, start_s=0, count=30, x=110))
    assert set(cluster_tracks(twice)) == {1}


def test_rows_without_a_track_or_an_embedding_stay_unassigned() -> None:
    table = joined(faces(0, who=1, start_s=0, count=20), faces(-1, who=1, start_s=3, count=5))
    assert cluster_tracks(table).tolist() == [1] * 20 + [-1] * 5
    empty = faces(0, who=1, start_s=0, count=5)
    assert cluster_tracks(FeatureTable(empty.columns)).tolist() == [-1] * 5
    assert cluster_tracks(FeatureTable({})).shape == (0,)


def test_facenet_embeddings_are_compared_by_angle() -> None:
    table = joined(
        faces(0, who=1, start_s=0, count=20, dimension=512),
        faces(1, who=2, start_s=3, count=20, dimension=512),
        faces(2, who=1, start_s=6, count=20, dimension=512),
    )
    stretched = FeatureTable(
        table.columns, table.embedding * np.where(table["track"] == 2, 5, 1)[:, None]
    )
    assert persons_of(stretched, cluster_tracks(stretched)) == {0: [1], 1: [2], 2: [1]}


def test_the_threshold_decides_how_alike_one_person_is() -> None:
    table = joined(faces(0, who=1, start_s=0, count=20), faces(1, who=2, start_s=3, count=20))
    assert set(cluster_tracks(table, threshold=2.0)) == {1}
    assert set(cluster_tracks(table, threshold=0.3)) == {1, 2}


def test_blocks_of_tracks_give_the_same_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    table = joined(*(faces(k, who=k % 5, start_s=2.0 * k, count=10 + k % 5) for k in range(60)))
    whole = cluster_tracks(table)
    monkeypatch.setattr(clustering, "MOST_LINKED", 16)
    assert np.array_equal(cluster_tracks(table), whole)
    assert set(whole) == {1, 2, 3, 4, 5}


def test_blocks_in_which_nothing_can_be_joined_come_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clustering, "MOST_LINKED", 4)
    table = joined(*(faces(k, who=k, start_s=2.0 * k, count=10) for k in range(9)))
    assert set(cluster_tracks(table)) == set(range(1, 10))


def test_memory_grows_with_the_faces_not_with_their_square() -> None:
    def peak(count: int) -> int:
        table = joined(*(faces(k, who=k % 3, start_s=400.0 * k, count=count) for k in range(6)))
        cluster_tracks(table)
        tracemalloc.start()
        cluster_tracks(table)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(4000) < 10 * peak(500)


@settings(deadline=None, max_examples=25)
@given(
    shots=st.lists(st.tuples(st.integers(1, 4), st.integers(12, 30)), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
def test_the_order_of_track_numbers_does_not_matter(
    shots: Sequence[tuple[int, int]], seed: int
) -> None:
    table = joined(*(faces(k, who, start_s=4.0 * k, count=n) for k, (who, n) in enumerate(shots)))
    shuffled = np.random.default_rng(seed).permutation(len(shots))
    renamed = table.with_columns(track=shuffled[table["track"]])
    person = cluster_tracks(table)
    assert np.array_equal(person, cluster_tracks(renamed))
    truth = np.array([shots[track][0] for track in table["track"]])
    for who in set(truth):
        assert len(set(person[truth == who])) == 1
    assert len(set(person)) == len(set(truth))


def test_screen_time_counts_each_frames_own_step_and_no_pauses() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.2, 5.0, 5.1, 5.22])
    table = FeatureTable({"frame_number": np.arange(7), "time_s": times})
    assert screen_time_s(table) == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1, 0.12, 0.1], abs=1e-9)


def test_a_jump_is_found_wherever_the_parts_lie_that_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(120, 8)) * 0.05
    values[77:] += 1.0
    whole = clustering._jump(values)
    assert whole[0] == 77
    for together in (1, 7, 64):
        monkeypatch.setattr(clustering, "_JUMPS_AT_ONCE", together)
        assert clustering._jump(values) == whole
