"""What reviewers change about the events is put over them; what the analysis found stays."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.errors import UsageError
from fead_desktop.review.moments import (
    BY_HAND,
    Adjustment,
    HandEvent,
    adjusted,
    as_reviewed,
    known_by_judged,
    with_edge,
)
from fead_desktop.review.verdict import moment_of

EVENT = AnomalyEvent(1, 2, "expression", "robust", 1.0, 1.5, 2.0, 10, 15, 20, 9.0)
MOVED = Adjustment(0.8, 1.6, 2.0, 8, 16, 20, 1, 2, 15, "Anna", "2026-01-01")


def test_an_adjusted_event_keeps_what_the_machine_found_and_what_verdicts_know_it_by() -> None:
    (event,) = adjusted([EVENT], [MOVED])
    assert (event.onset_frame, event.peak_frame, event.offset_frame) == (8, 16, 20)
    assert event.duration_s == pytest.approx(1.2)
    assert event.original == EVENT.extent == Extent(1.0, 1.5, 2.0, 10, 15, 20)
    assert moment_of(event) == moment_of(EVENT) == (2, 15)
    assert (event.score, event.event) == (EVENT.score, EVENT.event)


def test_the_latest_adjustment_counts_and_doing_it_twice_changes_nothing() -> None:
    later = replace(MOVED, adjustment=2, onset_frame=9, onset_s=0.9, time_utc="2026-01-02")
    once = adjusted([EVENT], [later, MOVED])
    assert once[0].onset_frame == 9
    assert adjusted(once, [later, MOVED]) == once


def test_events_added_by_hand_follow_the_ranks_and_keep_their_numbers() -> None:
    hand = [
        HandEvent(k, k + 0.5, k + 1, 10 * k, 10 * k + 5, 10 * k + 10, k, 1, "Ben") for k in (1, 3)
    ]
    events = as_reviewed([EVENT], (), hand)
    assert [each.event for each in events] == [1, 2, 4]
    assert [each.added_by for each in events] == ["", "Ben", "Ben"]
    assert {each.view for each in events[1:]} == {BY_HAND}
    assert all(math.isnan(each.score) and not each.flagged for each in events[1:])
    assert [moment_of(each) for each in events[1:]] == [each.moment for each in hand]


def test_an_event_added_by_hand_is_adjusted_like_any_other() -> None:
    hand = HandEvent(3.0, 3.5, 4.0, 30, 35, 40, 1, 2, "Ben")
    moved = replace(MOVED, of_frame=35, onset_frame=29, peak_frame=34, offset_frame=44)
    event = as_reviewed([], [moved], [hand])[0]
    assert (event.onset_frame, event.peak_frame, event.offset_frame) == (29, 34, 44)
    assert event.original is not None
    assert event.original.peak_frame == 35
    assert moment_of(event) == hand.moment


def test_a_border_is_moved_alone_and_never_past_the_next() -> None:
    assert with_edge(EVENT.extent, "onset", 12, 1.2) == Extent(1.2, 1.5, 2.0, 12, 15, 20)
    for edge, frame in (("onset", 16), ("peak", 21), ("peak", 9), ("offset", 14), ("onset", -1)):
        with pytest.raises(UsageError, match="begins with its onset"):
            with_edge(EVENT.extent, edge, frame, frame / 10)  # type: ignore[arg-type]


# After another analysis ---------------------------------------------------------------------------------


def test_a_judged_event_whose_peak_is_seen_elsewhere_now_is_still_known() -> None:
    (event,) = known_by_judged([EVENT], [(2, 12), (2, 19), (1, 15), (2, 40)])
    assert moment_of(event) == (2, 12)
    assert replace(event, known_by=None) == EVENT
    (moved,) = adjusted([event], [replace(MOVED, of_frame=12)])
    assert (moved.peak_frame, moment_of(moved)) == (16, (2, 12))


def test_an_event_that_was_judged_where_it_peaks_keeps_its_moment() -> None:
    assert known_by_judged([EVENT], [(2, 15), (2, 12)]) == [EVENT]
    assert known_by_judged([EVENT], []) == [EVENT]


def test_a_judged_moment_belongs_to_one_event_only() -> None:
    other = replace(EVENT, event=2, onset_frame=11, peak_frame=18)
    first, second = known_by_judged([EVENT, other], [(2, 14)])
    assert (first.known_by, second.known_by) == (14, None)
