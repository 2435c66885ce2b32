from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.case.case import FUSION, PersonScores
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.timeline import lanes


def scores(person: int, frames: list[int], values: list[float]) -> PersonScores:
    return PersonScores(
        person,
        np.array(frames, np.int64),
        np.array(frames) / 10,
        {FUSION: np.array(values, np.float32)},
    )


def event(rank: int, *measures: str) -> AnomalyEvent:
    reasons = tuple(Reason(name, name, 5.0, 0.3) for name in measures)
    return AnomalyEvent(rank, 1, "expression", "mahalanobis", 0, 0, 0, 0, 0, 0, 1.0, None, reasons)


def test_the_score_of_all_persons_is_the_most_unusual_one_at_each_frame() -> None:
    x, y = lanes.score_curve(
        [scores(1, [0, 1, 2], [1, 5, np.nan]), scores(2, [1, 2, 3], [2, 3, 4])]
    )
    np.testing.assert_allclose(x, [0, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(y, [1, 5, 3, 4])


def test_no_scores_give_an_empty_curve() -> None:
    x, y = lanes.score_curve([])
    assert len(x) == len(y) == 0


def test_a_time_without_the_person_breaks_the_curves() -> None:
    times = np.array([0, 0.1, 0.2, 3.0, 3.1])
    table = FeatureTable(
        {"frame_number": (times * 30).astype(int), "time_s": times, "happy": np.ones(5)}
    )
    curves = lanes.emotion_curves(table)
    assert tuple(curves) == EMOTIONS
    x, y = curves["happy"]
    assert np.isnan(y[(x > 0.2) & (x < 3.0)]).all()
    assert np.isfinite(y).sum() == 5


def test_expression_is_shown_in_robust_deviations_from_the_own_median() -> None:
    values = np.array([0.30, 0.31, 0.29, 0.30, 0.50])
    table = FeatureTable(
        {"frame_number": np.arange(5), "time_s": np.arange(5) / 10, "jaw_drop": values}
    )
    _, y = lanes.expression_curves(table, ["jaw_drop"])["jaw_drop"]
    assert y[0] == pytest.approx(0)
    assert y[4] == pytest.approx(0.2 / (1.4826 * 0.01), rel=1e-4)


def test_a_measure_that_hardly_moves_is_not_blown_up_beyond_its_floor() -> None:
    values = np.array([0.3, 0.3, 0.3, 0.3001])
    table = FeatureTable(
        {"frame_number": np.arange(4), "time_s": np.arange(4) / 10, "jaw_drop": values}
    )
    _, y = lanes.expression_curves(table, ["jaw_drop"])["jaw_drop"]
    assert np.nanmax(np.abs(y)) < 0.1


def test_the_chosen_event_decides_which_measures_are_shown() -> None:
    events = [event(1, "jaw_drop", "mouth_open"), event(2, "lip_pucker", "happy")]
    assert lanes.telling_measures(events, events[1]) == ("lip_pucker",)
    assert lanes.telling_measures(events, None) == ("jaw_drop", "mouth_open", "lip_pucker")


def test_without_events_usual_measures_are_shown() -> None:
    assert len(lanes.telling_measures([], None)) == lanes.MOST_MEASURES
