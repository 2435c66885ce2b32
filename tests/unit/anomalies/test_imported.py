"""Imported measures are scored as our own view "expression/robust" is."""

from __future__ import annotations

import numpy as np

from fead_desktop.anomalies.imported import imported_scores, imported_sigma
from fead_desktop.features.imported import ImportedTable

ROWS = 400


def table(columns: dict[str, np.ndarray], tool: str = "openface") -> ImportedTable:
    rows = len(next(iter(columns.values())))
    frames = np.arange(rows, dtype=np.int64)
    columns = {name: values.astype(np.float32) for name, values in columns.items()}
    return ImportedTable("a.csv", "00", tool, 1, frames, frames / 25, columns)


def noise(scale: float, seed: int) -> np.ndarray:
    return 1 + scale * np.random.default_rng(seed).standard_normal(ROWS)


def test_the_score_is_the_mean_of_the_four_largest_robust_deviations() -> None:
    columns = {f"AU{unit:02d}_r": noise(0.5, unit) for unit in (1, 2, 4, 5, 6, 12)}
    made = table(columns)
    values = np.stack(list(made.columns.values()), axis=1).astype(np.float64)
    center = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - center), axis=0)
    largest = np.sort(np.abs(values - center) / spread, axis=1)[:, -4:]
    np.testing.assert_allclose(imported_scores(made), largest.mean(axis=1), rtol=1e-6)


def test_a_moment_that_stands_out_has_the_highest_score() -> None:
    columns = {f"AU{unit:02d}_r": noise(0.5, unit) for unit in (1, 2, 4, 12)}
    columns["AU12_r"][200:210] += 4
    columns["AU01_r"][200:210] += 4
    assert 200 <= int(np.argmax(imported_scores(table(columns)))) < 210


def test_a_unit_that_hardly_moves_does_not_decide_the_score() -> None:
    still = np.zeros(ROWS)
    still[50] = 0.3  # far beyond a spread of nothing, little on a scale of five
    scores = imported_scores(table({"AU45_r": still, "AU12_r": noise(0.5, 1)}))
    assert scores[50] < 3


def test_rows_without_a_face_have_no_score_and_yes_or_no_is_not_scored() -> None:
    smile = noise(0.5, 1)
    smile[10:20] = np.nan
    present = np.zeros(ROWS)
    present[300] = 1
    made = table({"AU12_r": smile, "AU12_c": present, "pose_Rx": present * 9})
    scores = imported_scores(made)
    assert np.flatnonzero(np.isnan(scores)).tolist() == list(range(10, 20))
    assert scores[300] < 4
    assert imported_sigma(made)[0] == ("AU12_r",)


def test_a_column_that_was_hardly_measured_is_left_out() -> None:
    rare = np.full(ROWS, np.nan)
    rare[:20] = 5.0
    made = table({"AU12": noise(0.5, 1) / 5, "AU43": rare, "anger": noise(0.02, 2)}, "pyfeat")
    assert imported_sigma(made)[0] == ("AU12", "anger")
    assert np.isfinite(imported_scores(made)).all()


def test_nothing_to_score_gives_no_score() -> None:
    made = table({"au_12": np.ones(ROWS)}, "libreface")
    assert np.isnan(imported_scores(made)).all()
    assert imported_sigma(made)[1].shape == (ROWS, 0)
