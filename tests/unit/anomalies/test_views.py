"""Feature views: scaled against the person's own baseline, masked where the face could not be seen."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.anomalies.views import (
    EMOTION_VIEW,
    EXPRESSION,
    OCCLUSION_MARGIN_S,
    build_views,
    one_face_a_frame,
    quality_mask,
)
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from tests.helpers.series import bump, table_of, talking


def mixed_emotions(time_s: np.ndarray) -> np.ndarray:
    scores = np.full((len(time_s), 7), 0.05)
    scores[:, EMOTIONS.index("neutral")] = 0.7 + 0.05 * np.sin(time_s)
    return scores / scores.sum(axis=1, keepdims=True)


@pytest.fixture
def table() -> FeatureTable:
    time_s, values = talking(seconds=40)
    embedding = np.random.default_rng(0).normal(size=(len(time_s), 12)).astype(np.float32)
    return table_of(time_s, values, mixed_emotions(time_s), embedding)


def test_all_views_that_the_client_asks_for(table: FeatureTable) -> None:
    components = np.random.default_rng(1).normal(size=(len(table), 3)).astype(np.float32)
    views = build_views(table, components)
    assert set(views) == {
        EXPRESSION, EMOTION_VIEW, "all", "components", "embedding", *(f"emotion {name}" for name in EMOTIONS),
    }  # fmt: skip
    assert views["all"].columns == ("component 1", "component 2", "component 3", *EMOTIONS)
    assert views[EXPRESSION].columns == MEASURE_NAMES
    assert views["embedding"].matrix.shape == (len(table), 12)
    for view in views.values():
        assert view.matrix.shape == (len(table), len(view.columns))
        assert np.isfinite(view.usable).all()
        assert np.isnan(view.matrix[~view.mask]).all()


def test_what_was_never_measured_makes_no_view() -> None:
    time_s, values = talking(seconds=20)
    table = table_of(time_s, values, np.full((len(time_s), 7), np.nan))
    assert set(build_views(table, None)) == {EXPRESSION}


def test_a_measure_that_was_never_taken_is_left_out_and_the_rest_stays() -> None:
    time_s, values = talking(seconds=20)
    values[:, 3] = np.nan
    view = build_views(table_of(time_s, values), None)[EXPRESSION]
    assert MEASURE_NAMES[3] not in view.columns
    assert len(view.columns) == len(MEASURE_NAMES) - 1
    assert view.mask.all()


def test_a_face_that_is_always_happy_has_flat_emotion_views() -> None:
    time_s, values = talking(seconds=20)
    views = build_views(table_of(time_s, values), None)
    assert np.abs(views[EMOTION_VIEW].matrix).max() < 1e-6


def test_a_change_of_emotion_stands_out_and_one_frame_of_jitter_does_not() -> None:
    time_s, values = talking(seconds=40)
    emotions = mixed_emotions(time_s)
    swapped = emotions[:, ::-1]
    emotions[200:208] = swapped[200:208]
    emotions[300] = swapped[300]
    view = build_views(table_of(time_s, values, emotions), None)[EMOTION_VIEW]
    size = np.abs(view.matrix).max(axis=1)
    assert size[201:207].min() > 4
    assert size[300] < 1


def test_expression_is_measured_in_the_persons_own_spread() -> None:
    time_s, values = talking(seconds=40)
    values[:, 7] += 0.2 * bump(time_s, 20, 21)
    view = build_views(table_of(time_s, values), None)[EXPRESSION]
    assert np.abs(np.median(view.matrix, axis=0)).max() < 0.2
    assert view.matrix[205, 7] > 6


def test_rows_with_a_covered_face_are_masked_with_a_margin(table: FeatureTable) -> None:
    covered = (table.time_s >= 10) & (table.time_s < 12)
    seen = quality_mask(table.with_columns(occlusion=np.where(covered, 0.1, 0.0)))
    assert not seen[covered].any()
    outside = (table.time_s < 10 - OCCLUSION_MARGIN_S - 0.05) | (
        table.time_s > 12 + OCCLUSION_MARGIN_S
    )
    assert seen[outside].all()
    assert not seen[(table.time_s > 9.75) & (table.time_s < 12.2)].any()


@pytest.mark.parametrize(
    ("column", "bad"),
    [("size_px", 8.0), ("yaw_deg", -60.0), ("yaw_deg", 60.0), ("pitch_deg", -55.0)],
)
def test_rows_that_are_small_or_turned_away_are_masked(
    table: FeatureTable, column: str, bad: float
) -> None:
    values = table[column].copy()
    values[50:60] = bad
    seen = quality_mask(table.with_columns(**{column: values}))
    assert not seen[50:60].any()
    assert seen.sum() == len(table) - 10


def test_a_quality_that_was_not_measured_does_not_count_against_a_row(table: FeatureTable) -> None:
    unknown = np.full(len(table), np.nan)
    assert quality_mask(
        table.with_columns(size_px=unknown, occlusion=unknown, yaw_deg=unknown, pitch_deg=unknown)
    ).all()


def test_rows_without_a_mesh_are_masked_and_never_filled(table: FeatureTable) -> None:
    holes = {name: table[name].copy() for name in MEASURE_NAMES}
    for values in holes.values():
        values[100:110] = np.nan
    views = build_views(table.with_columns(**holes), None)
    for view in views.values():
        assert not view.mask[100:110].any()
        assert np.isnan(view.matrix[100:110]).all()


def test_rows_of_nan_do_not_move_the_scale(table: FeatureTable) -> None:
    whole = build_views(table, None)
    covered = np.zeros(len(table))
    covered[-60:] = 0.9
    wild = {name: np.where(covered > 0, 99.0, table[name]) for name in ("happy", "sad")}
    part = build_views(table.with_columns(occlusion=covered, **wild), None)
    rows = part[EMOTION_VIEW].mask
    assert np.abs(part[EMOTION_VIEW].matrix - whole[EMOTION_VIEW].matrix)[rows].max() < 1.0


def test_an_empty_table_and_a_single_row_are_no_error() -> None:
    time_s, values = talking(seconds=20)
    table = table_of(time_s, values)
    assert build_views(table.select(np.zeros(len(table), bool)), None) == {}
    assert build_views(table.select([0]), None)[EXPRESSION].matrix.shape == (1, len(MEASURE_NAMES))


def test_of_two_faces_of_a_person_in_one_frame_the_better_is_kept(table: FeatureTable) -> None:
    twice = FeatureTable.concatenate([table.select([7, 7, 7]), table])
    twice = twice.with_columns(
        face=np.append([1, 2, 3], np.zeros(len(table))),
        size_px=np.append([120.0, 200.0, 60.0], table["size_px"]),
        jaw_drop=np.append([0.9, np.nan, 0.9], table["jaw_drop"]),
    )
    blind = {name: np.append([0, np.nan, 0], np.zeros(len(table))) for name in MEASURE_NAMES}
    twice = twice.with_columns(**{n: twice[n] + blind[n] for n in MEASURE_NAMES})
    order = np.argsort(twice.frame_number, kind="stable")
    best = one_face_a_frame(twice.select(order))
    assert best.frame_number.tolist() == table.frame_number.tolist()
    assert best["face"][7] == 1  # the largest that has a mesh
    assert (np.delete(best["face"], 7) == 0).all()


def test_a_table_with_one_face_a_frame_stays_as_it_is(table: FeatureTable) -> None:
    assert one_face_a_frame(table) is table
    empty = table.select(slice(0, 0))
    assert len(one_face_a_frame(empty)) == 0
