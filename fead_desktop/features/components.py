"""Embeddings to a few components, by UMAP or PCA."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop import paths

FloatArray = npt.NDArray[np.float32]

MOST_COMPONENTS = 20

#: With fewer faces UMAP's neighbourhoods say nothing; PCA takes its place.
LEAST_UMAP_ROWS = 50

#: UMAP is fitted on at most this many faces, evenly spread over the recording (9,000 take 9 s on two
#: cores); the others are placed among them.
MOST_FITTED_ROWS = 10_000

_NEIGHBOURS = 15

_IMPORTING = threading.Lock()

#: From this many rows on UMAP would search neighbours approximately, and compile that for half a minute; an
#: exact search by matrix products takes a second.
_OWN_SEARCH_ROWS = 4096

#: Rows of the distance matrix held at a time.
_BLOCK_ROWS = 1024


def choose_components(embedding: FloatArray) -> int:
    """Return how many components describe the embeddings, 1 to 20.

    The elbow of the cumulative explained variance of the first 20 principal components: the point farthest
    above the line from its first to its last point (Satopää et al. 2011, "Finding a Kneedle in a Haystack").
    """
    rows = _measured(embedding)
    values = embedding[rows]
    if len(values) < 3:
        return 1
    variances = _principal_axes(values)[0][: min(MOST_COMPONENTS, len(values) - 1)]
    if variances.sum() <= 0 or len(variances) < 3:
        return 1
    curve = np.cumsum(variances) / variances.sum()
    line = np.linspace(curve[0], curve[-1], len(curve))
    return int(np.argmax(curve - line)) + 1


def pca_components(embedding: FloatArray, n: int) -> FloatArray:
    """Return the first ``n`` principal components, (rows, n) float32, in the embedding's unit.

    Deterministic: an axis points where its largest weight is positive. Rows of NaN stay NaN; fewer than two
    measured rows give NaN throughout. Beyond the directions in which the rows differ, components are 0.
    """
    result = np.full((len(embedding), n), np.nan, np.float32)
    rows = _measured(embedding)
    if rows.sum() < 2:
        return result
    values = embedding[rows].astype(np.float64)
    _, axes = _principal_axes(values)
    axes = axes[:, :n]
    found = (values - values.mean(axis=0)) @ axes
    result[rows] = 0
    result[rows, : axes.shape[1]] = found
    return result


def umap_components(embedding: FloatArray, n: int, seed: int) -> FloatArray:
    """Return ``n`` UMAP components, (rows, n) float32, without a unit.

    McInnes, Healy & Melville 2018, arXiv:1802.03426; 15 neighbours. The same on one machine for one seed, not
    across machines. Rows of NaN stay NaN; fewer than :data:`LEAST_UMAP_ROWS` measured rows (or fewer than
    ``n`` + 2) give :func:`pca_components` instead. Of more than :data:`MOST_FITTED_ROWS`, the rows that were
    not fitted stand at the weighted mean of their 15 nearest fitted rows, where UMAP's own transform begins.
    """
    rows = _measured(embedding)
    if rows.sum() < max(LEAST_UMAP_ROWS, n + 2):
        return pca_components(embedding, n)
    values = np.ascontiguousarray(embedding[rows], np.float32)
    count = min(len(values), MOST_FITTED_ROWS)
    fitted = np.linspace(0, len(values) - 1, count).round().astype(int)
    found = np.empty((len(values), n), np.float32)
    found[fitted] = _fit_umap(values[fitted], n, seed)
    others = np.setdiff1d(np.arange(len(values)), fitted)
    found[others] = _place_among(values[others], values[fitted], found[fitted])
    result = np.full((len(embedding), n), np.nan, np.float32)
    result[rows] = found
    return result


def _fit_umap(values: FloatArray, n: int, seed: int) -> FloatArray:
    known = {}
    if len(values) >= _OWN_SEARCH_ROWS:
        known["precomputed_knn"] = _nearest(values, values, _NEIGHBOURS)
    with _quiet():
        reducer = import_umap().UMAP(
            n_components=n, n_neighbors=_NEIGHBOURS, random_state=seed, n_jobs=1, **known
        )
        return np.asarray(reducer.fit_transform(values), np.float32)


def _place_among(values: FloatArray, fitted: FloatArray, components: FloatArray) -> FloatArray:
    """Return the mean of the nearest fitted rows' components, nearer rows weighing more."""
    if not len(values):
        return np.empty((0, components.shape[1]), np.float32)
    index, distance = _nearest(values, fitted, _NEIGHBOURS)
    scale = distance.mean(axis=1, keepdims=True)
    weight = np.exp(-distance / np.where(scale > 0, scale, 1))
    weight /= weight.sum(axis=1, keepdims=True)
    placed = np.einsum("rk,rkn->rn", weight, components[index])
    return np.asarray(placed, np.float32)


def _nearest(
    values: FloatArray, among: FloatArray, k: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the ``k`` nearest rows of ``among``, nearest first, and their Euclidean distances."""
    index = np.empty((len(values), k), np.int64)
    distance = np.empty((len(values), k), np.float32)
    squares = (among**2).sum(axis=1)
    for start in range(0, len(values), _BLOCK_ROWS):
        block = values[start : start + _BLOCK_ROWS]
        squared = (block**2).sum(axis=1, keepdims=True) + squares - 2 * (block @ among.T)
        near = np.argpartition(squared, k - 1, axis=1)[:, :k]
        picked = np.take_along_axis(squared, near, axis=1)
        order = np.argsort(picked, axis=1, kind="stable")
        part = slice(start, start + len(block))
        index[part] = np.take_along_axis(near, order, axis=1)
        distance[part] = np.sqrt(np.take_along_axis(picked, order, axis=1).clip(min=0))
    return index, distance


def import_umap() -> Any:
    """Import UMAP without its parametric variant, which would import tensorflow and torchvision.

    numba keeps what it compiles of UMAP between processes: 0.1 s of work instead of 10 at each start.
    WORKAROUND(umap-learn 0.5): its functions are decorated without ``cache=True``; remove when they have it.
    """
    with _IMPORTING:  # another thread may be importing it ahead
        if "umap" in sys.modules:
            return sys.modules["umap"]
        os.environ.setdefault("NUMBA_CACHE_DIR", str(paths.cache_dir() / "numba"))
        import numba

        decorate = numba.njit
        unused = "umap.parametric_umap"
        sys.modules[unused] = None  # type: ignore[assignment]
        numba.njit = lambda *given, **options: decorate(*given, **{"cache": True, **options})
        try:
            return importlib.import_module("umap")
        finally:
            numba.njit = decorate
            sys.modules.pop(unused, None)


class _quiet(warnings.catch_warnings):  # noqa: N801
    """UMAP warns of what it does without and of its own settings; neither concerns the analyst."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")


def _measured(embedding: FloatArray) -> npt.NDArray[np.bool_]:
    if embedding.shape[1] == 0:
        return np.zeros(len(embedding), bool)
    return np.asarray(np.isfinite(embedding).all(axis=1))


def _principal_axes(
    values: npt.NDArray[np.floating[Any]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return variances (k,), largest first, and unit axes (d, k)."""
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred / max(1, len(values) - 1))
    variances, axes = variances[::-1].clip(min=0), axes[:, ::-1]
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return variances, axes * signs
