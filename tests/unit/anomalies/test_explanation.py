"""Reasons: the measures that left the baseline, main one first."""

from __future__ import annotations

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


def test_words_of_the_columns() -> None:
    assert label_of("lip_corner_pull_l") == "lip corner pull L (AU12)"
    assert label_of("happy") == "apparent emotion happy"
    assert label_of("component 2") == "component 2"
