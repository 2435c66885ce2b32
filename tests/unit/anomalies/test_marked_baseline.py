"""Where the analyst marked usual behaviour, everything is learned from there and from nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.anomalies import scoring
from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.crossfit import score_frames, score_sequences
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.scoring import FUSION, is_short, score_ranking
from fead_desktop.anomalies.views import EXPRESSION, View, build_views
from fead_desktop.anomalies.windows import FOLDS, folds
from fead_desktop.features.expression import baseline
from fead_desktop.features.measures import MEASURE_NAMES
from tests.helpers.series import bump, table_of, talking

SMILE = MEASURE_NAMES.index("lip_corner_pull_l")


@given(
    spans=st.lists(st.tuples(st.floats(0, 280), st.floats(1, 60)), min_size=1, max_size=4),
    gap_s=st.floats(0.1, 2.0),
)
def test_every_row_is_tested_once_and_only_usual_rows_far_from_it_are_learned_from(
    spans: list[tuple[float, float]], gap_s: float
) -> None:
    time_s = np.arange(3000) / 10
    usual = np.any([(time_s >= a) & (time_s <= a + long) for a, long in spans], axis=0)
    parts = list(folds(time_s, gap_s, ordinary=usual))
    assert len(parts) == FOLDS
    assert np.all(np.sum([part.test for part in parts], axis=0) == 1)
    for part in parts:
        assert not (part.train & ~usual).any()
        tested, learned = time_s[part.test], time_s[part.train]
        if len(tested) and len(learned):
            away = np.abs(tested[:, None] - learned[None, :]).min()
            assert away > gap_s - 1e-9


@pytest.mark.parametrize("spans", [[(0, 30)], [(270, 300)], [(20, 30), (140, 150), (250, 260)]])
def test_half_a_minute_in_five_leaves_every_fold_most_of_it(spans: list[tuple[int, int]]) -> None:
    time_s = np.arange(3000) / 10
    usual = np.any([(time_s >= a) & (time_s < b) for a, b in spans], axis=0)
    for part in folds(time_s, ordinary=usual):
        assert part.train.sum() >= 0.55 * usual.sum()
        assert part.test.any()


def test_all_rows_marked_is_as_good_as_none() -> None:
    time_s = np.arange(1000) / 8
    every = np.ones(1000, bool)
    for one, other in zip(folds(time_s), folds(time_s, ordinary=every), strict=True):
        assert (one.test != other.test).sum() <= 4
        assert (one.train != other.train).sum() <= 8


def test_detectors_see_usual_rows_only_and_score_all_rows() -> None:
    learned: list[np.ndarray] = []

    class Memory:
        """Scores a row by its distance to the nearest one it learned from."""

        name = "memory"

        def fit(self, rows: np.ndarray) -> Memory:
            learned.append(rows[:, 0])
            return self

        def score_samples(self, rows: np.ndarray) -> np.ndarray:
            return np.abs(rows[:, :1] - learned[-1][None, :]).min(axis=1)

    time_s = np.arange(3000) / 10
    usual = time_s < 60
    view = View("x", ("t",), time_s[:, None], np.ones(3000, bool), usual)
    distance = score_frames(Memory, view, time_s)
    assert len(learned) == FOLDS
    assert max(rows.max() for rows in learned) < 60
    assert np.isfinite(distance).all()
    assert distance.min() > 1.5


def test_windows_are_learned_from_usual_rows_only() -> None:
    seen: list[float] = []

    class Recorder:
        name = "recorder"

        def fit(self, windows: np.ndarray) -> Recorder:
            seen.append(float(windows.max()))
            return self

        def residuals(self, windows: np.ndarray) -> np.ndarray:
            return windows

    time_s = np.arange(1200) / 10
    view = View("x", ("t",), time_s[:, None], np.ones(1200, bool), time_s < 40)
    error, _ = score_sequences(lambda _: Recorder(), view, time_s)  # type: ignore[arg-type, return-value]
    assert len(seen) == FOLDS
    assert max(seen) < 40
    assert np.isfinite(error).all()


def test_the_baseline_is_read_off_the_marked_stretch() -> None:
    """A person who smiles for most of the recording is unusual against the first half minute."""
    time_s, values = talking(seed=3, seconds=90)
    values[:, SMILE] += 0.05 * bump(time_s, 30, 90)
    table = table_of(time_s, values)
    smiling = (time_s > 35) & (time_s < 85)

    def sigma(usual: np.ndarray | None) -> np.ndarray:
        return build_views(table, None, usual)[EXPRESSION].matrix[:, SMILE]

    assert np.median(sigma(None)[smiling]) < 1
    assert np.median(sigma(time_s < 30)[smiling]) > 4
    quiet = sigma(time_s < 30)[time_s < 30]
    assert abs(np.median(quiet)) < 0.2


def test_too_little_of_it_leaves_the_robust_score_alone() -> None:
    table = table_of(*talking(seconds=60))
    views = build_views(table, None, table.time_s < 9.0)
    assert is_short(views[EXPRESSION], table.time_s)
    assert set(score_ranking(views, table.time_s)) == {
        "expression/robust", "emotions/robust", FUSION
    }  # fmt: skip


def test_an_event_is_ranked_and_explained_against_the_marked_stretch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same two smiles: with everything as baseline the second half's habit hides them less than it should."""
    monkeypatch.setattr(
        scoring, "make_autoencoder", lambda _, seed: SequenceAutoencoder(seed=seed, steps=60)
    )
    time_s, values = talking(seed=3, seconds=90)
    spread = baseline(values[time_s < 40]).spread
    for start in range(44, 88, 4):
        values[:, SMILE] += 6 * spread[SMILE] * bump(time_s, start, start + 2.4)
    table = table_of(time_s, values)

    def events(usual: np.ndarray | None) -> list[str]:
        views = build_views(table, None, usual)
        scores = score_ranking(views, time_s, make=scoring.make_autoencoder)
        found = person_events(table, views, scores, 0, 10)
        return [e.reasons[0].measure for e in found if e.peak_s > 42]

    marked = events(time_s < 40)
    assert marked.count("lip_corner_pull_l") >= 8
    assert marked.count("lip_corner_pull_l") > events(None).count("lip_corner_pull_l")
