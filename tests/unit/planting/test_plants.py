"""Moments planted into series: their size in σ, their course, and where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.plants import (
    APART_S,
    MOST_SHARE,
    Placed,
    Plant,
    Response,
    place,
    with_plants,
)
from tests.helpers.series import table_of, talking

SMILE = PLANTED_EXPRESSIONS[0][0]
LEFT = MEASURE_NAMES.index("lip_corner_pull_l")
CHEEK = MEASURE_NAMES.index("cheek_raise_l")


def response() -> Response:
    change = np.zeros((3, len(MEASURE_NAMES) + len(EMOTIONS)))
    change[:, LEFT] = [0.0, 0.05, 0.08]
    change[:, CHEEK] = [0.0, 0.01, 0.03]
    change[:, len(MEASURE_NAMES) + EMOTIONS.index("happy")] = [0.0, 1.0, 2.0]
    return Response(np.array([0.0, 0.08, 0.16]), change)


def test_the_amount_moves_the_expressions_own_measure_by_the_magnitude() -> None:
    spread = np.full(len(MEASURE_NAMES), 0.01)
    assert response().amount_for(SMILE, spread, 5.0) == pytest.approx(0.08)
    assert response().amount_for(SMILE, spread, 2.5) == pytest.approx(0.04)
    assert response().amount_for(SMILE, spread, 16.0) == pytest.approx(0.32)  # grows on in line


def test_an_expression_that_moves_nothing_has_no_amount() -> None:
    still = Response(np.array([0.0, 1.0]), np.zeros((2, 35)))
    assert np.isnan(still.amount_for(SMILE, np.ones(len(MEASURE_NAMES)), 3.0))


def test_a_planted_moment_is_added_where_it_stands_and_nowhere_else() -> None:
    time_s, values = talking(seconds=20.0)
    emotions = np.full((len(time_s), 7), 1 / 7)
    table = table_of(time_s, values, emotions)
    plant = Plant(SMILE, 5.0, 1.0)
    placed = Placed(plant, plant.moment(5.0), 0.08)
    changed = with_plants(table, [(placed, response())])
    added = changed.expression.astype(float) - table.expression
    inside = (time_s >= 5.0) & (time_s <= 6.0)
    assert added[~inside] == pytest.approx(0.0)
    assert added[inside, LEFT].max() == pytest.approx(0.05, abs=1e-4)
    assert added[inside, CHEEK].max() == pytest.approx(0.01, abs=1e-4)
    assert np.flatnonzero(np.abs(added).max(axis=0) > 1e-6).tolist() == sorted([LEFT, CHEEK])
    peak = changed.emotions[np.argmin(np.abs(time_s - 5.5))]
    assert peak[EMOTIONS.index("happy")] == pytest.approx(1.14 * np.e / (np.e + 6) - 0.02, abs=1e-3)
    assert changed.emotions[~inside] == pytest.approx(table.emotions[~inside])


def test_what_could_not_be_measured_stays_unmeasured() -> None:
    time_s, values = talking(seconds=20.0)
    values[(time_s > 5) & (time_s < 6)] = np.nan
    plant = Plant(SMILE, 5.0, 1.0)
    placed = Placed(plant, plant.moment(5.0), 0.08)
    changed = with_plants(table_of(time_s, values), [(placed, response())])
    assert np.isnan(changed.expression[(time_s > 5.05) & (time_s < 5.95)]).all()


@pytest.mark.parametrize("seed", range(5))
def test_moments_stand_on_free_rows_apart_and_are_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time_s = np.arange(1200) / 10
    free = np.ones(len(time_s), bool)
    free[300:600] = False
    plants = [
        Plant(SMILE, 5.0, length) for length in rng.permutation([0.1, 0.2, 0.5, 1.0, 2.0] * 6)
    ]
    moments = place(rng, plants, time_s, free)
    assert len(moments) > 3
    for plant, moment in zip(plants, moments, strict=False):
        assert moment.end_s - moment.start_s == pytest.approx(plant.duration_s)
        rows = (time_s >= moment.start_s) & (time_s <= moment.end_s)
        assert free[rows].all()
        for other in moments:
            if other is not moment:
                assert (
                    max(other.start_s - moment.end_s, moment.start_s - other.end_s) >= APART_S - 0.2
                )
    planted = sum(plant.duration_s for plant in plants[: len(moments)])
    assert planted <= MOST_SHARE * 120.1


def test_no_place_is_found_where_none_is_long_enough() -> None:
    time_s = np.arange(100) / 10
    free = np.arange(100) % 8 != 0
    assert not place(np.random.default_rng(0), [Plant(SMILE, 5.0, 2.0)], time_s, free)
