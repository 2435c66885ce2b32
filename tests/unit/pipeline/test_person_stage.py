"""Shots and tracks are numbered over the chunks as one pass would number them."""

from __future__ import annotations

import numpy as np

from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.person_stage import join_tracks, number_shots


def chunk(first: int, tracks: list[int], x: float = 0.0, shot: int = 0) -> FeatureTable:
    """One row a frame at 10 frames a second; faces of different tracks stand 200 px apart."""
    n = len(tracks)
    return FeatureTable(
        {
            "frame_number": first + np.arange(n),
            "time_s": (first + np.arange(n)) / 10,
            "track": tracks,
            "shot": np.full(n, shot),
            "box_x": x + 200.0 * np.array(tracks),
            "box_y": np.zeros(n),
            "box_width": np.full(n, 100.0),
            "box_height": np.full(n, 100.0),
        }
    )


def tracks_of(tables: list[FeatureTable]) -> list[list[int]]:
    return [table["track"].tolist() for table in tables]


def test_a_face_that_stays_keeps_its_track_over_the_border() -> None:
    tables = join_tracks([chunk(0, [0, 0, 0]), chunk(3, [0, 0]), chunk(5, [0])], [False] * 3)
    assert tracks_of(tables) == [[0, 0, 0], [0, 0], [0]]


def test_a_cut_on_the_border_ends_every_track() -> None:
    tables = join_tracks([chunk(0, [0, 0]), chunk(2, [0, 0])], [False, True])
    assert tracks_of(tables) == [[0, 0], [1, 1]]


def test_a_face_elsewhere_is_a_new_track() -> None:
    tables = join_tracks([chunk(0, [0, 0]), chunk(2, [0, 1], x=400.0)], [False, False])
    assert tracks_of(tables) == [[0, 0], [1, 2]]


def test_a_track_is_not_joined_over_a_chunk_without_faces() -> None:
    tables = join_tracks([chunk(0, [0]), chunk(0, []), chunk(100, [0])], [False] * 3)
    assert tracks_of(tables) == [[0], [], [1]]


def test_shots_are_counted_on() -> None:
    tables = [chunk(0, [0, 0]), chunk(2, [0], shot=1), chunk(3, [0], shot=0)]
    numbered = number_shots(tables, [0, 1, 0])
    assert [table["shot"].tolist() for table in numbered] == [[0, 0], [1], [1]]
