"""Exemplars show a person across pose and time."""

from __future__ import annotations

import numpy as np

from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.exemplars import exemplar_rows


def faces(count: int, **columns: object) -> FeatureTable:
    usual = {
        "frame_number": np.arange(count),
        "time_s": np.arange(count) / 10,
        "yaw_deg": np.zeros(count),
        "pitch_deg": np.zeros(count),
        "roll_deg": np.zeros(count),
        "size_px": np.full(count, 60.0),
        "sharpness": np.full(count, 100.0),
        "brightness": np.full(count, 128.0),
        "occlusion": np.zeros(count),
    }
    return FeatureTable({**usual, **columns})


def test_faces_that_look_alike_are_spread_over_time() -> None:
    rows = exemplar_rows(faces(100), np.arange(100), 5)
    assert rows.tolist() == sorted(rows)
    assert {0, 99} <= set(rows.tolist())
    assert np.diff(rows).min() >= 20


def test_a_turned_face_is_among_them() -> None:
    yaw = np.zeros(100)
    yaw[40:60] = 35.0
    rows = exemplar_rows(faces(100, yaw_deg=yaw), np.arange(100), 3)
    assert ((rows >= 40) & (rows < 60)).any()


def test_the_worse_half_is_left_out() -> None:
    sharpness = np.where(np.arange(100) < 60, 100.0, 1.0)
    assert exemplar_rows(faces(100, sharpness=sharpness), np.arange(100), 6).max() < 60


def test_only_rows_of_the_person_and_no_more_than_there_are() -> None:
    table = faces(2000)
    own = np.arange(0, 2000, 2)
    assert set(exemplar_rows(table, own, 8).tolist()) <= set(own.tolist())
    assert len(exemplar_rows(table, own[:2], 8)) <= 2
    assert exemplar_rows(table, [], 8).tolist() == []
    assert exemplar_rows(table, own, 0).tolist() == []
    assert len(exemplar_rows(faces(3, sharpness=np.full(3, np.nan)), np.arange(3), 8)) >= 1
