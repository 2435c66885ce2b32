"""The per-frame detectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from fead_desktop.anomalies.classical import (
    LEARNED_DETECTORS,
    MOST_FRAMES,
    FrameDetector,
    RobustMahalanobis,
    RobustZ,
    shrunk_covariance,
    thinned,
)
from fead_desktop.anomalies.variational import VariationalAutoencoder

MAKERS: dict[str, Callable[[int], FrameDetector]] = {
    "robust": lambda _seed: RobustZ(),
    "variational": VariationalAutoencoder,
    **LEARNED_DETECTORS,
}


def usual(rows: int = 400, columns: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(columns, columns))
    return rng.normal(size=(rows, columns)) @ mixing / np.linalg.norm(mixing, axis=0)


@pytest.mark.parametrize("name", MAKERS)
def test_an_unusual_row_scores_higher_than_all_usual_ones(name: str) -> None:
    rows = usual()
    unusual = np.array([[8.0, -8.0, 8.0, -8.0, 8.0, -8.0]])
    detector = MAKERS[name](1).fit(rows)
    assert detector.name == name
    assert detector.score_samples(unusual)[0] > np.quantile(detector.score_samples(rows), 0.999)


@pytest.mark.parametrize("name", MAKERS)
def test_two_runs_are_identical(name: str) -> None:
    rows = usual()
    scores = [MAKERS[name](3).fit(rows).score_samples(rows) for _ in range(2)]
    assert np.array_equal(*scores)


def test_the_robust_score_is_the_mean_of_the_four_largest() -> None:
    assert RobustZ().score_samples(np.array([[1.0, -4.0, 2.0, 0.0, 3.0]]))[0] == pytest.approx(2.5)
    assert RobustZ().score_samples(np.array([[-3.0, 1.0]]))[0] == pytest.approx(2.0)
    assert RobustZ().score_samples(np.array([[2.0, 2.0, 2.0, 2.0, 2.0, 2.0]]))[0] == pytest.approx(
        2.0
    )


def test_mahalanobis_sees_an_unusual_combination_of_usual_values() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=600)
    rows = np.column_stack([first, first + 0.1 * rng.normal(size=600)])
    detector = RobustMahalanobis().fit(rows)
    along, across = detector.score_samples(np.array([[1.5, 1.5], [1.5, -1.5]]))
    assert across > 5 * along


def test_mahalanobis_does_not_learn_from_a_tenth_of_outliers() -> None:
    rows = usual()
    dirty = np.concatenate([rows, np.full((40, 6), 25.0)])
    clean_score = RobustMahalanobis(trim=0.0).fit(rows).score_samples(np.full((1, 6), 25.0))[0]
    dirty_score = RobustMahalanobis().fit(dirty).score_samples(np.full((1, 6), 25.0))[0]
    assert dirty_score > 0.5 * clean_score


def test_mahalanobis_stands_columns_that_depend_on_each_other() -> None:
    rows = usual()
    rows = np.column_stack([rows, -rows.sum(axis=1)])
    assert np.isfinite(RobustMahalanobis().fit(rows).score_samples(rows)).all()


def test_long_recordings_are_thinned_evenly() -> None:
    rows = np.arange(50_000.0)[:, None]
    kept = thinned(rows)
    assert len(kept) == MOST_FRAMES
    assert kept[0, 0] == 0
    assert kept[-1, 0] == 49_999
    assert len(thinned(rows[:100])) == 100


@pytest.mark.parametrize(("rows", "columns"), [(5, 3), (200, 28), (30, 128), (1000, 7), (50, 1)])
def test_the_shrunk_covariance_is_that_of_scikit_learn(rows: int, columns: int) -> None:
    rng = np.random.default_rng(rows)
    values = rng.normal(size=(rows, columns)) * rng.uniform(0.1, 9, columns)
    expected, _ = ledoit_wolf(values, assume_centered=True)
    np.testing.assert_allclose(shrunk_covariance(values), expected, rtol=1e-10, atol=1e-12)


def test_the_shrunk_covariance_of_equal_rows_is_zero() -> None:
    np.testing.assert_array_equal(shrunk_covariance(np.zeros((9, 4))), np.zeros((4, 4)))
