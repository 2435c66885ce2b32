"""Reasons: the measures that left the baseline, main one first."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from fead_desktop.anomalies.explanation import explain, label_of
from fead_desktop.anomalies.views import EXPRESSION, View
from fead_desktop.features.measures import MEASURE_NAMES


def view_with(**sigma: float) -> View:
    matrix = np.zeros((9, len(MEASURE_NAMES)))
    for name, value in sigma.items():
        matrix[3:6, MEASURE_NAMES.index(name)] = value
    return View(EXPRESSION, MEASURE_NAMES, matrix, np.ones(9, bool))


def named(**sigma: float) -> list[str]:
    return [reason.measure for reason in explain(view_with(**sigma), [3, 4, 5])]


def test_the_largest_comes_first_and_what_stayed_at_the_baseline_is_not_named() -> None:
    assert named(jaw_drop=6.0, mouth_open=4.0, chin_raise=1.0) == ["jaw_drop", "mouth_open"]


def test_of_two_equal_ones_the_increase_is_named_first() -> None:
    assert named(lip_stretch=-6.0, lip_pucker=5.5) == ["lip_pucker", "lip_stretch"]


def test_a_one_sided_movement_names_its_side_only() -> None:
    assert named(lip_corner_pull_l=6.0, lip_corner_pull_r=0.5, mouth_asymmetry=6.5) == [
        "lip_corner_pull_l",
        "mouth_asymmetry",
    ]


def test_both_sides_alike_are_both_named_and_count_for_more() -> None:
    assert named(lip_corner_pull_l=5.0, lip_corner_pull_r=4.8, jaw_drop=5.2)[:2] == [
        "lip_corner_pull_l",
        "lip_corner_pull_r",
    ]


def test_shares_are_parts_of_the_whole_deviation() -> None:
    first, second = explain(view_with(jaw_drop=4.0, mouth_open=3.0), [3, 4, 5])
    assert (round(first.share, 2), round(second.share, 2)) == (0.64, 0.36)
    assert first.sigma == 4.0
    assert str(first) == "jaw drop (AU26) +4.0 σ"


def test_at_least_one_reason_but_none_without_a_usable_row() -> None:
    view = view_with(jaw_drop=1.0)
    assert len(explain(view, [4])) == 1
    assert explain(View(view.name, view.columns, view.matrix, np.zeros(9, bool)), [4]) == ()


def test_a_number_at_the_end_of_a_column_makes_no_pair() -> None:
    columns = tuple(f"component {k}" for k in range(1, 13))
    matrix = np.zeros((3, 12))
    matrix[:, [0, 11]] = 5.0
    matrix[:, 5] = 5.1
    view = View("components", columns, matrix, np.ones(3, bool))
    assert explain(view, [1])[0].measure == "component 6"


HASHED = """
import numpy as np
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.scoring import FUSION, fuse
from fead_desktop.anomalies.views import build_views
from tests.helpers.series import bump, table_of, talking
time_s, values = talking(seconds=9)
values[:, [3, 7, 11, 12]] += bump(time_s, 4, 5)[:, None]
emotions = np.random.default_rng(1).dirichlet(np.ones(7), len(time_s))
table = table_of(time_s, values, emotions)
views = build_views(table, None)
scores = {}
for name in ("expression", "emotions"):
    lane = np.full(len(time_s), np.nan)
    lane[views[name].mask] = np.abs(views[name].usable).max(axis=1)
    scores[f"{name}/robust"] = lane
scores[FUSION] = fuse(scores, time_s).total
found = person_events(table, views, scores, 0)
assert person_events(table, dict(reversed(views.items())), scores, 0) == found
assert person_events(table, views, dict(reversed(scores.items())), 0) == found
print(found)
"""


def test_events_and_reasons_depend_on_no_order_of_hashes() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert printed[0] == printed[1]
    assert "Reason(" in printed[0]


def test_words_of_the_columns() -> None:
    assert label_of("lip_corner_pull_l") == "lip corner pull L (AU12)"
    assert label_of("happy") == "apparent emotion happy"
    assert label_of("component 2") == "component 2"
