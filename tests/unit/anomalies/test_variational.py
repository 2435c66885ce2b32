"""The variational autoencoder scores with the mean, bends to no outlier, and agrees with itself over seeds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fead_desktop.anomalies.variational import VariationalAutoencoder


def usual(rows: int = 600, columns: int = 12, seed: int = 0) -> np.ndarray:
    """Rows near a curved surface of three dimensions."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(rows, 3))
    mixing = np.random.default_rng(1).normal(size=(6, columns))
    curved = np.concatenate([codes, np.tanh(codes) * codes[:, ::-1]], axis=1)
    return curved @ mixing / 2 + 0.1 * rng.normal(size=(rows, columns))


def top(scores: np.ndarray) -> set[int]:
    return set(np.argsort(-scores)[:10].tolist())


def test_scoring_twice_gives_the_same_numbers_whatever_was_drawn_between() -> None:
    rows = usual()
    model = VariationalAutoencoder(seed=1).fit(rows)
    first = model.score_samples(rows)
    torch.manual_seed(99)
    torch.randn(1000)
    assert np.array_equal(first, model.score_samples(rows))


def test_training_leaves_torchs_own_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    VariationalAutoencoder(seed=1).fit(usual())
    assert torch.equal(torch.randn(3), expected)


def test_it_writes_usual_rows_better_than_the_mean_does() -> None:
    unseen = usual(seed=7)
    error = VariationalAutoencoder(seed=1).fit(usual()).score_samples(unseen).mean()
    assert error < 0.4 * np.mean((unseen - usual().mean(axis=0)) ** 2)


def test_two_seeds_name_the_same_unusual_rows() -> None:
    rows = usual()
    planted = np.arange(40, 600, 56)
    rows[planted, 3] += 8.0
    named = [
        top(VariationalAutoencoder(seed=seed).fit(rows).score_samples(rows)) for seed in (1, 2)
    ]
    assert len(named[0] & named[1]) >= 9
    assert len(named[0] & set(planted.tolist())) >= 9


def test_one_enormous_row_does_not_own_the_training() -> None:
    rows = usual()
    spoiled = rows.copy()
    spoiled[300] = 1e6
    clean, dirty = (VariationalAutoencoder(seed=1).fit(each) for each in (rows, spoiled))
    assert dirty.score_samples(rows).mean() < 1.5 * clean.score_samples(rows).mean()


def test_a_single_row_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="at least two"):
        VariationalAutoencoder().fit(usual()[:1])
