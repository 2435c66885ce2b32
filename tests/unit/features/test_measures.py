"""The measures have names for programs and words for analysts."""

from __future__ import annotations

from fead_desktop.features.measures import (
    EXPRESSION_MEASURES,
    MEASURE_NAMES,
    MEASURES_BY_NAME,
)


def test_there_are_at_least_twenty_with_names_of_their_own():
    assert len(MEASURE_NAMES) == len(set(MEASURE_NAMES)) >= 20
    titles = [measure.title for measure in EXPRESSION_MEASURES]
    assert len(set(titles)) == len(titles)


def test_a_title_names_side_and_action_unit_where_there_is_one():
    assert MEASURES_BY_NAME["lip_corner_pull_l"].title == "lip corner pull L (AU12)"
    assert MEASURES_BY_NAME["jaw_drop"].title == "jaw drop (AU26)"
    assert MEASURES_BY_NAME["mouth_asymmetry"].title == "mouth asymmetry"


def test_what_has_two_sides_is_measured_on_both():
    for measure in EXPRESSION_MEASURES:
        if measure.side:
            stem = measure.name[:-2]
            assert {f"{stem}_l", f"{stem}_r"} <= set(MEASURE_NAMES)
