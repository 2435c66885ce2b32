"""Events: neighbouring frames belong together, most unusual first, the same every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fead_desktop.anomalies.events import (
    AnomalyEvent,
    Candidate,
    course,
    extent,
    find_events,
    merge,
    rank_events,
)
from tests.helpers.series import bump


def curve_with(
    *moments: tuple[float, float, float], seconds: float = 60.0
) -> tuple[np.ndarray, np.ndarray]:
    time_s = np.arange(round(seconds * 10)) / 10
    score = 0.1 * np.sin(7 * time_s)
    for start, end, height in moments:
        score = np.maximum(score, height * bump(time_s, start, end))
    return time_s, score


def test_the_most_unusual_comes_first_with_its_onset_and_offset() -> None:
    time_s, score = curve_with((10.0, 11.0, 5.0), (30.0, 32.0, 8.0))
    first, second = find_events(time_s, score, num_anomalies=2)
    assert 30.0 <= time_s[first.onset] <= 30.2 <= time_s[first.peak] <= time_s[first.offset] <= 32.0
    assert 10.0 <= time_s[second.peak] <= 11.0
    assert (first.score, second.score) == (pytest.approx(8.0), pytest.approx(5.0))


def test_one_long_movement_is_one_event() -> None:
    time_s, score = curve_with((20.0, 28.0, 6.0))
    score += 0.8 * np.sin(9 * time_s) * (score > 3)
    inside = [e for e in find_events(time_s, score) if 19.5 <= time_s[e.peak] <= 28.5]
    assert len(inside) == 1
    assert time_s[inside[0].offset] - time_s[inside[0].onset] > 7


def test_a_movement_of_another_kind_is_another_event() -> None:
    time_s = np.arange(300) / 10
    deviations = np.zeros((300, 3))
    deviations[:, 0] = 6 * bump(time_s, 10, 13)
    deviations[:, 1] = 8 * bump(time_s, 13, 16)
    score = np.linalg.norm(deviations, axis=1)
    first, second = find_events(time_s, score, num_anomalies=2, deviations=lambda _row: deviations)
    assert time_s[first.onset] >= 12.9
    assert time_s[second.offset] <= 13.1


def test_no_more_events_than_asked_for_and_none_without_scores() -> None:
    time_s, score = curve_with(*((s, s + 1.0, 3 + s / 10) for s in range(3, 55, 4)))
    assert len(find_events(time_s, score, num_anomalies=10)) == 10
    assert find_events(time_s, np.full(len(time_s), np.nan)) == []
    assert find_events(np.empty(0), np.empty(0)) == []
    assert find_events(time_s, np.ones(len(time_s))) == []


def test_of_equal_peaks_the_earlier_is_first() -> None:
    time_s, score = curve_with((10.0, 11.0, 5.0), (30.0, 31.0, 5.0))
    assert [round(time_s[event.peak]) for event in find_events(time_s, score, num_anomalies=2)] == [
        10,
        30,
    ]


def test_an_event_never_reaches_over_a_gap() -> None:
    time_s = np.concatenate([np.arange(100) / 10, 20 + np.arange(100) / 10])
    score = np.zeros(200)
    score[95:105] = 5.0
    for event in find_events(time_s, score):
        assert event.offset < 100 or event.onset >= 100


@given(
    arrays(np.float64, st.integers(1, 120), elements=st.one_of(st.floats(-5, 20), st.just(np.nan))),
    st.integers(1, 12),
)
def test_events_are_sorted_apart_and_inside(score: np.ndarray, number: int) -> None:
    time_s = np.arange(len(score)) / 10
    events = find_events(time_s, score, num_anomalies=number)
    assert len(events) <= number
    assert [event.score for event in events] == sorted((e.score for e in events), reverse=True)
    covered = np.zeros(len(score), int)
    for event in events:
        assert 0 <= event.onset <= event.peak <= event.offset < len(score)
        assert event.score == score[event.peak]
        covered[event.onset : event.offset + 1] += 1
    assert covered.max(initial=0) <= 1
    peaks = np.sort(time_s[[event.peak for event in events]]) if events else np.empty(0)
    assert np.all(np.diff(peaks) >= 1.0 - 1e-9)
    assert find_events(time_s, score, num_anomalies=number) == events


candidates = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 5), st.integers(0, 5), st.floats(0, 10)),
    max_size=20,
).map(lambda rows: [Candidate(a, a + b, a + b + c, s) for a, b, c, s in rows])


@given(candidates, st.floats(0, 2))
def test_grouping_twice_changes_nothing(events: list[Candidate], gap_s: float) -> None:
    time_s = np.arange(120) / 10
    once = merge(events, time_s, gap_s)
    assert merge(once, time_s, gap_s) == once
    assert {event.score for event in once} <= {event.score for event in events}
    rows = sorted(once, key=lambda event: event.onset)
    for one, other in itertools.pairwise(rows):
        assert time_s[other.onset] - time_s[one.offset] > gap_s


def test_grouping_keeps_the_strongest_peak() -> None:
    time_s = np.arange(100) / 10
    parts = [Candidate(10, 12, 14, 3.0), Candidate(16, 18, 20, 5.0), Candidate(50, 51, 52, 4.0)]
    assert merge(parts, time_s, 0.3) == [Candidate(10, 18, 20, 5.0), Candidate(50, 51, 52, 4.0)]


def test_course_is_one_at_the_peak_and_turns_with_the_movement() -> None:
    deviations = np.array(
        [[0.0, 0.0], [2.0, 0.0], [4.0, 0.0], [4.0, 0.1], [0.0, 4.0], [np.nan, 0.0]]
    )
    along = course(deviations, 2)
    assert along[2] == pytest.approx(1.0)
    assert along[1] == pytest.approx(0.5)
    assert abs(along[4]) < 0.05
    assert np.isnan(along[5])


def test_a_short_falter_does_not_end_a_movement() -> None:
    time_s = np.arange(40) / 10
    curve = bump(time_s, 0.5, 3.5)
    curve[20] = 0.0
    assert extent(time_s, curve, 15)[1] > 30
    curve[18:24] = 0.0
    assert extent(time_s, curve, 15)[1] == 17


def event(person: int, peak_s: float, score: float) -> AnomalyEvent:
    return AnomalyEvent(1, person, "expression", "fusion", peak_s, peak_s, peak_s, 0, 0, 0, score)


def test_events_of_all_persons_are_ranked_together() -> None:
    ranked = rank_events(
        [event(0, 5.0, 2.0), event(1, 3.0, 4.0), event(0, 1.0, 2.0), event(2, 9.0, 1.0)], 3
    )
    assert [(e.event, e.person, e.peak_s) for e in ranked] == [
        (1, 1, 3.0),
        (2, 0, 1.0),
        (3, 0, 5.0),
    ]
