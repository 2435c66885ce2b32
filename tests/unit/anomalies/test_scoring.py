"""Scores of one person: cross-fitted, fused, reproducible, and honest about what is too short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.anomalies.crossfit import FittedModels, score_frames, smoothed
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.explanation import lost_share, person_events
from fead_desktop.anomalies.scoring import (
    EDGE_S,
    FUSION,
    fuse,
    is_short,
    score_person,
    score_ranking,
)
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View, build_views
from fead_desktop.errors import CancelledError
from fead_desktop.features.expression import baseline
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.progress import NoProgress
from tests.helpers.series import bump, table_of, talking

#: Made by hand: measure -> start and end in seconds.
MOMENTS = {
    "brow_outer_raise_r": (9.0, 10.0),
    "lip_corner_pull_l": (22.0, 23.0),
    "lip_pucker": (38.0, 39.0),
    "lid_open_l": (50.0, 51.2),
}


def moments_table(seed: int = 0, sigma: float = 7.0) -> FeatureTable:
    time_s, values = talking(seed=seed)
    spread = baseline(values).spread
    for name, (start, end) in MOMENTS.items():
        column = MEASURE_NAMES.index(name)
        values[:, column] += sigma * spread[column] * bump(time_s, start, end)
    return table_of(time_s, values)


def events_of(
    table: FeatureTable, seed: int = 1, models: FittedModels | None = None, most: int = 10
) -> list[AnomalyEvent]:
    views = build_views(table, None)
    scores = score_ranking(views, table.time_s, seed=seed, models=models)
    return person_events(table, views, scores, 0, most)


@pytest.fixture(scope="module")
def models() -> FittedModels:
    return FittedModels()


@pytest.fixture(scope="module")
def found(models: FittedModels) -> list[AnomalyEvent]:
    return events_of(moments_table(), models=models)


def test_every_moment_made_by_hand_is_among_the_first_and_named(found: list[AnomalyEvent]) -> None:
    for name, (start, end) in MOMENTS.items():
        event = next(event for event in found[:6] if start - 0.2 <= event.peak_s <= end + 0.2)
        assert event.reasons[0].measure == name
        assert event.reasons[0].sigma > 3
        assert event.view == EXPRESSION


def test_onset_and_offset_lie_where_the_movement_does(found: list[AnomalyEvent]) -> None:
    event = next(event for event in found if 22.0 <= event.peak_s <= 23.0)
    assert abs(event.onset_s - 22.0) <= 0.3
    assert abs(event.offset_s - 23.0) <= 0.3
    assert event.peak_frame == round(event.peak_s * 10) * 3


def test_two_runs_are_identical(found: list[AnomalyEvent]) -> None:
    assert events_of(moments_table()) == found


def test_another_seed_finds_the_same_moments(found: list[AnomalyEvent]) -> None:
    other = events_of(moments_table(), seed=2)
    shared = sum(any(abs(one.peak_s - two.peak_s) <= 0.5 for two in other) for one in found)
    assert len(found) == 10
    assert shared >= 9


def test_events_lose_half_of_their_score_without_the_measures_they_name(
    found: list[AnomalyEvent], models: FittedModels
) -> None:
    table = moments_table()
    views = build_views(table, None)

    def rescore(changed: Mapping[str, View]) -> npt.NDArray[np.float32]:
        return score_ranking(changed, table.time_s, models=models)[FUSION]

    fused = rescore(views)
    lost = [lost_share(event, table, views, fused, rescore) for event in found]
    assert np.mean(np.array(lost) >= 0.5) >= 0.8
    # Nothing named, nothing lost: the loss comes from the measures and not from scoring again.
    unexplained = replace(found[0], reasons=())
    assert lost_share(unexplained, table, views, fused, rescore) == pytest.approx(0.0, abs=0.02)


def test_one_enormous_outlier_removes_no_other_event(found: list[AnomalyEvent]) -> None:
    table = moments_table()
    row = 300  # as far from every moment as can be
    values = table.expression.astype(np.float64)
    values[row] += 1000 * baseline(values).spread
    columns = {name: values[:, k] for k, name in enumerate(MEASURE_NAMES)}
    with_outlier = events_of(table.with_columns(**columns), most=11)
    assert abs(with_outlier[0].peak_s - 30.0) <= 0.3
    for event in found:
        assert any(abs(event.peak_s - other.peak_s) <= 0.5 for other in with_outlier), event


def test_all_views_and_detectors_have_their_lane() -> None:
    time_s, values = talking(seconds=12)
    rng = np.random.default_rng(0)
    emotions = rng.dirichlet(np.ones(7), len(time_s))
    table = table_of(time_s, values, emotions, rng.normal(size=(len(time_s), 8)).astype(np.float32))
    scores = score_person(table, rng.normal(size=(len(time_s), 3)).astype(np.float32))
    detectors = ("robust", "mahalanobis", "autoencoder", "isolation_forest", "one_class_svm", "lof")
    for view in ("all", "components", "embedding", EMOTION_VIEW, EXPRESSION):
        for detector in detectors:
            lane = scores[f"{view}/{detector}"]
            assert lane.dtype == np.float32
            assert lane.shape == (len(table),)
            assert np.isfinite(lane).mean() > 0.9
    assert {f"emotion {name}/robust" for name in EMOTIONS} <= set(scores)
    assert np.isfinite(scores[FUSION]).any()


def test_a_short_person_has_only_robust_scores() -> None:
    time_s, values = talking(seconds=8)
    table = table_of(time_s, values)
    scores = score_person(table, None)
    assert is_short(build_views(table, None)[EXPRESSION], time_s)
    assert {name.split("/")[-1] for name in scores} == {"robust", FUSION}
    assert np.isfinite(scores[FUSION]).any()


def test_a_person_without_any_usable_row_has_no_scores_and_no_events() -> None:
    time_s, values = talking(seconds=20)
    table = table_of(time_s, values, occlusion=np.ones(len(time_s)))
    scores = score_person(table, None)
    assert np.isnan(scores[FUSION]).all()
    assert person_events(table, build_views(table, None), scores, 0) == []


def test_rows_that_could_not_be_seen_have_no_score() -> None:
    time_s, values = talking(seconds=30)
    hand = ((time_s > 10) & (time_s < 15)).astype(float)
    values[:, 12] += 0.3 * hand
    scores = score_ranking(
        {EXPRESSION: build_views(table_of(time_s, values, occlusion=hand), None)[EXPRESSION]},
        time_s,
    )
    for lane in scores.values():
        assert np.isnan(lane[hand > 0]).all()


def test_nothing_is_ranked_at_the_ends_of_a_stretch() -> None:
    time_s = np.arange(300) / 10
    scores = {f"{EXPRESSION}/robust": np.random.default_rng(0).uniform(1, 2, 300)}
    total = fuse(scores, time_s).total
    assert np.isnan(total[time_s < EDGE_S - 0.01]).all()
    assert np.isnan(total[time_s > time_s[-1] - EDGE_S + 0.01]).all()
    assert np.isfinite(total[10:-10]).all()


def test_an_emotion_alone_can_raise_an_event() -> None:
    time_s, values = talking(seconds=40)
    emotions = np.full((len(time_s), 7), 0.02)
    emotions[:, EMOTIONS.index("neutral")] = 0.88
    sad = (time_s >= 20) & (time_s < 21.5)
    emotions[sad] = emotions[sad][:, [0, 1, 2, 3, 6, 5, 4]]
    first = events_of(table_of(time_s, values, emotions))[0]
    assert 20 <= first.peak_s <= 21.5
    assert "sad" in {reason.measure for reason in first.reasons}
    assert sum(reason.share for reason in first.reasons) <= 1 + 1e-6


def test_jitter_of_the_classifier_does_not_bury_the_expression() -> None:
    table = moments_table()
    rng = np.random.default_rng(5)
    noisy = rng.dirichlet(np.ones(7) * 0.4, len(table))
    table = table.with_columns(**{name: noisy[:, k] for k, name in enumerate(EMOTIONS)})
    peaks = [event.peak_s for event in events_of(table)]
    for start, end in MOMENTS.values():
        assert any(start - 0.2 <= peak <= end + 0.2 for peak in peaks)


def test_a_frame_is_scored_only_by_models_that_did_not_see_its_block() -> None:
    learned: list[np.ndarray] = []

    class Memory:
        name = "memory"

        def fit(self, rows: np.ndarray) -> Memory:
            learned.append(rows[:, 0])
            return self

        def score_samples(self, rows: np.ndarray) -> np.ndarray:
            away = np.abs(rows[:, :1] - learned[-1][None, :])
            return away.min(axis=1)

    time_s = np.arange(600) / 10
    view = View("x", ("t",), time_s[:, None], np.ones(600, bool))
    distance = score_frames(Memory, view, time_s)
    assert len(learned) == 4
    assert distance.min() > 1.5


def test_smoothing_mixes_in_neither_unusable_rows_nor_what_lies_behind_a_gap() -> None:
    values = np.array([[1.0], [5.0], [100.0], [1.0], [9.0], [9.0]])
    mask = np.array([True, True, False, True, True, True])
    time_s = np.array([0.0, 0.1, 0.2, 0.9, 5.0, 5.1])
    smooth = smoothed(values, mask, time_s)[:, 0]
    assert smooth[[0, 1, 3, 4, 5]] == pytest.approx([7 / 3, 11 / 3, 1.0, 9.0, 9.0])
    assert np.isnan(smooth[2])


def test_cancelling_stops_between_views() -> None:
    class Cancelled(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError("The analyst cancelled.")

    with pytest.raises(CancelledError):
        score_person(moments_table(), None, progress=Cancelled())
