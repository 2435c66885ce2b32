"""Components keep rows that were not measured as NaN and are the same every time."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.features import components
from fead_desktop.features.components import choose_components, pca_components, umap_components

FloatArray = npt.NDArray[np.float32]


def clouds(rows: int, groups: int = 3, dimension: int = 16, seed: int = 0) -> FloatArray:
    """Rows of well-separated groups in turn."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, dimension)) * 3
    return (centres[np.arange(rows) % groups] + rng.normal(size=(rows, dimension)) * 0.2).astype(
        np.float32
    )


def separation(found: FloatArray, groups: int = 3) -> float:
    """Least distance between group means over the largest spread within one."""
    parts = [found[k::groups] for k in range(groups)]
    means = [part.mean(axis=0) for part in parts]
    between = min(float(np.linalg.norm(a - b)) for i, a in enumerate(means) for b in means[i + 1 :])
    within = max(
        float(np.linalg.norm(part - mean, axis=1).mean())
        for part, mean in zip(parts, means, strict=True)
    )
    return between / within


def test_the_elbow_finds_the_dimensions_that_carry_the_variance() -> None:
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(400, 4)) * (5, 4, 4, 3)
    values = hidden @ rng.normal(size=(4, 64)) + rng.normal(size=(400, 64)) * 0.05
    assert choose_components(values.astype(np.float32)) in {3, 4}


def test_the_number_of_components_lies_between_1_and_20_whatever_comes() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(300, 128)).astype(np.float32)
    assert 1 <= choose_components(noise) <= 20
    assert choose_components(np.ones((50, 128), np.float32)) == 1
    assert choose_components(noise[:2]) == 1
    assert choose_components(np.full((9, 128), np.nan, np.float32)) == 1
    assert choose_components(np.empty((9, 0), np.float32)) == 1


def test_principal_components_are_those_of_scikit_learn_up_to_sign() -> None:
    from sklearn.decomposition import PCA

    values = clouds(200)
    found = pca_components(values, 4)
    expected = PCA(4, svd_solver="full").fit_transform(values)
    assert np.abs(np.abs(found) - np.abs(expected)).max() < 1e-3


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_rows_without_an_embedding_stay_nan_and_change_nothing_else(method: str) -> None:
    values = clouds(120)
    holes = np.insert(values, [0, 7, 120], np.nan, axis=0)
    gaps = np.isnan(holes[:, 0])

    def reduce(embedding: FloatArray) -> FloatArray:
        if method == "pca":
            return pca_components(embedding, 3)
        return umap_components(embedding, 3, seed=1)

    found = reduce(holes)
    assert found.shape == (123, 3)
    assert found.dtype == np.float32
    assert np.array_equal(np.isnan(found).all(axis=1), gaps)
    assert np.array_equal(found[~gaps], reduce(values))


def test_umap_keeps_groups_apart_and_repeats_itself_for_a_seed() -> None:
    values = clouds(150)
    found = umap_components(values, 2, seed=1)
    assert separation(found) > 3
    assert np.array_equal(found, umap_components(values, 2, seed=1))
    assert not np.array_equal(found, umap_components(values, 2, seed=2))


def test_too_few_rows_for_umap_give_principal_components() -> None:
    values = clouds(components.LEAST_UMAP_ROWS - 1)
    assert np.array_equal(umap_components(values, 3, seed=1), pca_components(values, 3))


def test_directions_in_which_the_rows_do_not_differ_are_zero() -> None:
    found = pca_components(np.array([[0, 0], [1, 1], [2, 2]], np.float32), 4)
    assert np.allclose(np.abs(found[:, 0]), [np.sqrt(2), 0, np.sqrt(2)])
    assert np.allclose(found[:, 1:], 0, atol=1e-6)


def test_one_measured_row_can_not_be_reduced() -> None:
    values = np.full((4, 8), np.nan, np.float32)
    values[2] = 1
    assert np.isnan(pca_components(values, 2)).all()
    assert np.isnan(umap_components(values, 2, seed=1)).all()


def test_rows_that_were_not_fitted_stand_among_their_own_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(components, "MOST_FITTED_ROWS", 160)
    found = umap_components(clouds(600), 2, seed=1)
    assert np.isfinite(found).all()
    assert separation(found) > 3


def test_the_own_neighbour_search_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.neighbors import NearestNeighbors

    monkeypatch.setattr(components, "_BLOCK_ROWS", 64)
    values, among = clouds(150, seed=3), clouds(200, seed=4)
    index, distance = components._nearest(values, among, 15)
    expected = NearestNeighbors(n_neighbors=15).fit(among).kneighbors(values)
    assert np.abs(distance - expected[0]).max() < 1e-3
    assert (index == expected[1]).mean() > 0.99


def test_two_threads_may_import_umap_at_once_and_neither_tensorflow_nor_torch_comes_with_it() -> (
    None
):
    code = (
        "import sys, threading; from fead_desktop.features.components import import_umap;"
        "ahead = threading.Thread(target=import_umap); ahead.start(); import_umap().UMAP; ahead.join();"
        "print([name for name in ('tensorflow', 'torchvision', 'torch') if name in sys.modules])"
    )
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, timeout=120
        )
        assert done.stdout.strip() == "[]"
