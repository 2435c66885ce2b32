"""The grid search finds what is known to be better, keeps what is as good, and is the same every time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fead_desktop.anomalies.tuning import (
    GRIDS,
    LEAST_GAIN,
    Tried,
    Tuned,
    average_precision,
    chosen,
    grid,
    injected,
    make_detector,
    tune,
)
from fead_desktop.anomalies.views import EXPRESSION, View, build_views
from fead_desktop.errors import CancelledError
from fead_desktop.progress import NoProgress
from tests.helpers.series import table_of, talking


@pytest.fixture(scope="module")
def talker() -> tuple[np.ndarray, View]:
    time_s, values = talking(seed=0, seconds=60)
    return time_s, build_views(table_of(time_s, values), None)[EXPRESSION]


def test_every_grid_begins_with_the_detectors_own_parameters() -> None:
    for detector in GRIDS:
        usual = make_detector(detector, 1, {})
        assert next(grid(detector)) == {name: getattr(usual, name) for name in GRIDS[detector]}


def test_only_rows_of_moments_are_changed_and_the_rest_counts(talker) -> None:
    time_s, view = talker
    changed, planted, counts = injected(view, time_s, seed=1)
    differs = (changed.matrix != view.matrix).any(axis=1)
    assert 0.03 < planted.mean() < 0.25
    assert (planted[differs]).all()
    assert counts[planted].all()
    assert not counts.all()
    np.testing.assert_array_equal(changed.matrix[~planted], view.matrix[~planted])


def test_average_precision_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(200) < 0.1
    scores = rng.normal(size=200) + positive
    expected = average_precision_score(positive, scores)
    assert average_precision(positive, scores) == pytest.approx(expected)
    assert average_precision(positive, np.zeros(200)) < positive.mean()


def test_a_grid_point_that_is_worse_by_far_is_not_chosen(talker) -> None:
    time_s, view = talker
    (found,) = tune(view, time_s, detectors=["lof"], progress=NoProgress())
    precision = {each.parameters["neighbours"]: each.precision for each in found.tried}
    assert set(precision) == {10, 20, 30, 60}
    assert precision[found.chosen["neighbours"]] >= max(precision.values()) - LEAST_GAIN
    assert max(precision.values()) > 0.3


def test_the_usual_parameters_stay_where_others_gain_too_little() -> None:
    usual, little = Tried({"nu": 0.1}, 0.50), Tried({"nu": 0.2}, 0.50 + LEAST_GAIN / 2)
    much = Tried({"nu": 0.3}, 0.60)
    assert chosen([usual, little]) == usual.parameters
    assert chosen([usual, little, much]) == much.parameters


def test_two_searches_are_identical_and_survive_a_file(talker) -> None:
    time_s, view = talker
    one, two = (
        tune(view, time_s, detectors=["mahalanobis"], progress=NoProgress()) for _ in range(2)
    )
    assert one == two
    kept = json.loads(json.dumps([each.to_dict() for each in one]))
    assert [Tuned.from_dict(each) for each in kept] == one
    assert "trim 0.1" in one[0].line()


def test_it_can_be_cancelled(talker) -> None:
    class Cancelled(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError

    with pytest.raises(CancelledError):
        tune(talker[1], talker[0], progress=Cancelled())
