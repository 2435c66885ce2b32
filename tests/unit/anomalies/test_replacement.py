"""Measures put back to the baseline: beside the rest of the face, emotions together, and what that takes away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.explanation import agreement
from fead_desktop.anomalies.replacement import Moment, frame_votes, put_back
from fead_desktop.anomalies.scoring import FUSION, fuse
from fead_desktop.anomalies.views import EMOTION_VIEW, EXPRESSION, View, build_views
from fead_desktop.features.expression import baseline
from fead_desktop.features.measures import MEASURE_NAMES
from tests.helpers.series import bump, table_of, talking

Array = npt.NDArray[np.float64]
ROWS = np.arange(203, 208)
PLANTED = ("lip_pucker", "brow_lower")


def correlated(rho: float = 0.9) -> dict[str, View]:
    rng = np.random.default_rng(0)
    left = rng.normal(size=400)
    right = rho * left + np.sqrt(1 - rho**2) * rng.normal(size=400)
    matrix = np.column_stack([left, right, rng.normal(size=400)])
    matrix[ROWS] = (6.0, 2.0, 0.0)
    return {EXPRESSION: View(EXPRESSION, ("a_l", "a_r", "b"), matrix, np.ones(400, bool))}


def test_a_measure_goes_back_to_what_is_usual_beside_the_others() -> None:
    views = correlated()
    changed = put_back(views, ROWS, ["a_l"])[EXPRESSION].matrix
    # Beside a right side of 2 the left one is usually at 1.8, not at 0.
    assert changed[ROWS, 0] == pytest.approx(1.8, abs=0.15)
    untouched = np.setdiff1d(np.arange(400), ROWS)
    assert np.array_equal(changed[untouched], views[EXPRESSION].matrix[untouched])
    assert np.array_equal(changed[ROWS, 1:], views[EXPRESSION].matrix[ROWS, 1:])


def test_emotions_go_back_together_because_they_add_up_to_one() -> None:
    matrix = np.random.default_rng(0).normal(size=(300, 3))
    matrix[ROWS] = (5.0, -4.0, 1.0)
    views = {EMOTION_VIEW: View(EMOTION_VIEW, ("happy", "sad", "fear"), matrix, np.ones(300, bool))}
    changed = put_back(views, ROWS, ["sad"])[EMOTION_VIEW].matrix
    assert np.abs(changed[ROWS]).max() < 0.2
    assert np.array_equal(put_back(views, ROWS, ["jaw_drop"])[EMOTION_VIEW].matrix, matrix)


def test_rows_that_can_not_be_used_stay_unknown() -> None:
    view = correlated()[EXPRESSION]
    view.matrix[204], view.mask[204] = np.nan, False
    changed = put_back({EXPRESSION: view}, ROWS, ["a_l"])[EXPRESSION].matrix
    assert np.isnan(changed[204]).all()
    assert np.isfinite(changed[[203, 205, 206, 207]]).all()


@pytest.fixture(scope="module")
def planted() -> tuple[dict[str, View], dict[str, Array], Array]:
    """Views of a talker in whose series two measures move together, and the scores of the per-frame voters."""
    time_s, values = talking(seed=3, seconds=40)
    spread = baseline(values).spread
    for name in PLANTED:
        column = MEASURE_NAMES.index(name)
        values[:, column] += 8 * spread[column] * bump(time_s, 20.1, 21.0)
    views = build_views(table_of(time_s, values), None)
    views = {name: views[name] for name in (EXPRESSION, EMOTION_VIEW)}
    scores: dict[str, Array] = {}
    for name, vote in frame_votes(views, {}, time_s).items():
        robust = np.full(len(time_s), np.nan)
        robust[vote.view.mask] = np.sort(np.abs(vote.view.usable), axis=1)[:, -4:].mean(axis=1)
        scores[f"{name}/robust"] = robust
    scores[FUSION] = fuse(scores, time_s).total
    return views, scores, time_s


def test_the_list_goes_on_with_what_takes_most_of_the_score_away(
    planted: tuple[dict[str, View], dict[str, Array], Array],
) -> None:
    views, scores, time_s = planted
    moment = Moment(frame_votes(views, scores, time_s), ROWS, np.arange(200, 212))
    assert moment.complete([PLANTED[0]], 2, 0.0)[1] == PLANTED[1]
    everything = moment.complete([], 8, 0.3)
    nothing = np.zeros((1, len(moment.columns)), bool)
    removed = np.isin(moment.columns, everything)[None]
    assert moment.left(removed)[0] <= 0.3 * moment.left(nothing)[0]
    assert moment.complete(everything, 8, 0.3) == everything


def test_shares_say_who_explains_how_much(
    planted: tuple[dict[str, View], dict[str, Array], Array],
) -> None:
    views, scores, time_s = planted
    moment = Moment(frame_votes(views, scores, time_s), ROWS, np.arange(200, 212))
    share = moment.shares([*PLANTED, "nose_wrinkle"])
    assert min(share[name] for name in PLANTED) > 4 * share["nose_wrinkle"]
    assert 0.4 < sum(share.values()) <= 1.0


def event(view: str = EXPRESSION) -> AnomalyEvent:
    return AnomalyEvent(1, 0, view, FUSION, 20.0, 20.3, 20.6, 600, 609, 618, 5.0)


def test_agreement_counts_the_detectors_of_the_view_and_names_the_other_views() -> None:
    time_s = np.arange(600) / 10
    rng = np.random.default_rng(0)
    usual = {name: rng.uniform(1, 2, 600) for name in "abcdef"}
    high = {name: np.where(np.abs(time_s - 20.3) < 0.15, 3.0, usual[name]) for name in usual}
    scores = {
        f"{EXPRESSION}/robust": high["a"],
        f"{EXPRESSION}/lof": usual["b"],
        f"{EXPRESSION}/mahalanobis": high["c"],
        "embedding/robust": usual["d"],
        "components/robust": high["e"],
        "emotion happy/robust": high["f"],
        FUSION: high["a"],
    }
    found = agreement(scores, time_s, event())
    assert found.views == ("components",)
    assert str(found).startswith("2 of 3 detectors agree: largest deviations, unusual combination;")
    assert agreement(scores, time_s, event("embedding")).detectors == (
        ("largest deviations", False),
    )


def test_a_detector_that_did_not_score_there_is_not_counted() -> None:
    time_s = np.arange(600) / 10
    lane = np.random.default_rng(0).uniform(1, 2, 600)
    lane[195:212] = np.nan
    assert agreement({f"{EXPRESSION}/lof": lane}, time_s, event()).detectors == ()
