"""Controls look like events from outside, are ordinary moments, and their figures equal a reference computation."""

from __future__ import annotations

from dataclasses import astuple, replace
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.review.controls import (
    Control,
    ScoredTimes,
    _how_many,
    all_control_figures,
    choose_controls,
    control_figures,
    ended,
    known_as_planted,
    on_events,
    seed_of,
    share_of,
    without_planted,
)
from fead_desktop.review.verdict import Answer, Moment, Verdict, moment_of

RATE = 30.0
SECONDS = 120


def time_of(frame: int) -> float:
    return frame / RATE


def frame_at(time_s: float) -> int:
    return int(time_s * RATE + 1e-6)


def event(rank: int, person: int, peak_s: float, length_s: float) -> AnomalyEvent:
    times = (peak_s - 0.3 * length_s, peak_s, peak_s + 0.7 * length_s)
    frames = [frame_at(each) for each in times]
    return AnomalyEvent(rank, person, "v", "d", *(time_of(f) for f in frames), *frames, 10.0 - rank)


def scored(seed: int = 0, gap: tuple[float, float] = (50.0, 55.0)) -> ScoredTimes:
    """Ten rows a second of ordinary scores with busy seconds, and a gap."""
    times = np.arange(0, SECONDS, 0.1)
    rng = np.random.default_rng(seed)
    score = rng.random(len(times)) + 5 * (np.sin(times / 7) > 0.8)
    return ScoredTimes(times, np.where((times > gap[0]) & (times < gap[1]), np.nan, score))


EVENTS = [event(k + 1, k % 2 + 1, 10.0 + 9.7 * k, 0.4 + 0.2 * k) for k in range(10)]
SCORED = {1: scored(1), 2: scored(2)}


def choose(share: float = 0.5, seed: int = 1, events: list[AnomalyEvent] = EVENTS) -> list[Control]:
    return choose_controls(
        events, SCORED, frame_at, time_of, share=share, seed=seed, reviewer="Anna", time_utc="t"
    )


def test_there_are_about_as_many_as_asked_for_and_the_same_for_the_same_seed() -> None:
    assert choose(0.0) == []
    many = [len(choose(0.2, seed)) for seed in range(400)]
    usual = 10 * 0.2 / (1 - 1.2**-10)  # never none
    assert np.mean(many) == pytest.approx(usual, rel=0.1)
    assert min(many) == 1
    assert choose(seed=3) == choose(seed=3)
    assert choose(seed=3) != choose(seed=4)
    assert seed_of("ab", "Anna") == seed_of("ab", "Anna")
    assert len({seed_of("ab", "Anna"), seed_of("ab", "Ben"), seed_of("cd", "Anna")}) == 3


def test_whatever_was_met_the_next_moment_is_a_control_with_the_same_chance() -> None:
    """Knowing the number of events, the share, and which moments were controls so far must tell nothing."""
    rng = np.random.default_rng(5)
    after: dict[int, list[bool]] = {1: [], 2: [], 3: []}
    for seed in range(3000):
        controls = _how_many(10, 0.3, np.random.default_rng(seed))
        # All are put before the last event, where chance takes them.
        order = [*rng.permutation([True] * controls + [False] * 9), False]
        met = 0
        for is_control in order:
            if met in after:
                after[met].append(bool(is_control))
            met += is_control
    shares = [np.mean(each) for each in after.values()]
    assert shares == pytest.approx([0.3 / 1.3] * 3, abs=0.03)
    for seed in range(50):
        assert max(each.peak_s for each in choose(1.0, seed)) < EVENTS[-1].peak_s


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**63))
@example(2_116_297_625)  # at the very beginning
def test_each_is_as_long_as_an_event_of_the_same_person_and_apart_from_all(seed: int) -> None:
    controls = choose(share=1.0, seed=seed)
    assert controls == sorted(controls, key=lambda each: each.peak_frame)
    lengths: dict[int, list[int]] = {
        p: [e.offset_frame - e.onset_frame for e in EVENTS if e.person == p] * 4 for p in (1, 2)
    }
    for each in controls:
        assert each.onset_frame <= each.peak_frame <= each.offset_frame
        assert each.onset_s == time_of(each.onset_frame)
        nearest = min(
            lengths[each.person], key=lambda n: abs(n - (each.offset_frame - each.onset_frame))
        )
        assert abs(nearest - (each.offset_frame - each.onset_frame)) <= 1  # on the grid of frames
        lengths[each.person].remove(nearest)
        others = [e for e in EVENTS if e.person == each.person]
        others += [c.event(0) for c in controls if c.person == each.person and c is not each]
        for other in others:
            assert each.offset_s < other.onset_s or each.onset_s > other.offset_s
        assert not (each.offset_s > 50.1 and each.onset_s < 54.9)  # nobody was scored there


def test_controls_are_the_more_ordinary_moments_and_not_tied_to_the_analysed_frames() -> None:
    many = [each for seed in range(60) for each in choose(share=1.0, seed=seed)]
    curve = SCORED[1]
    busy = 0
    for each in (each for each in many if each.person == 1):
        inside = (curve.time_s >= each.onset_s) & (curve.time_s <= each.offset_s)
        busy += np.nanmax(curve.score[inside]) > 4
    assert busy / sum(each.person == 1 for each in many) < 0.05
    assert {each.peak_frame % 3 for each in many} == {0, 1, 2}  # every third frame was analysed


def test_where_there_is_no_room_there_is_no_control() -> None:
    crowded = [event(k + 1, 1, 1.0 + 1.2 * k, 1.0) for k in range(99)]
    assert choose(events=crowded) == []
    assert choose(events=[event(1, 3, 10.0, 1.0)]) == []  # nobody scored this person
    assert choose(events=[event(1, 1, 10.0, 200.0)]) == []
    assert choose(events=[]) == []


def test_a_control_has_the_shape_of_an_event_and_nothing_that_tells() -> None:
    control = choose()[0]
    shown = control.event(77)
    assert (shown.event, moment_of(shown)) == (77, control.moment)
    assert (shown.reasons, shown.p_value, shown.flagged, shown.added_by) == ((), None, False, "")


# Figures --------------------------------------------------------------------------------------------


def judged(events: str, controls: str, *, order: list[int] | None = None, over: bool = True):
    """Verdicts on events and controls: c = confirmed, r = rejected, u = unsure, by time or in this order."""
    words: dict[str, Answer] = {"c": "confirmed", "r": "rejected", "u": "unsure"}
    frames = [10 * k for k in range(len(events))] + [5 + 10 * k for k in range(len(controls))]
    made = [Control(0, 0, 0, 0, 5 + 10 * k, 0, k + 1, "Anna", 1) for k in range(len(controls))]
    order = order or sorted(range(len(frames)), key=lambda k: frames[k])
    verdicts = [
        Verdict(
            n + 1, "Anna", 1, frames[k], words[(events + controls)[k]], blind=True,
            time_utc=f"2026-01-01T{n // 60:02}:{n % 60:02}",
        )
        for n, k in enumerate(order)
    ]  # fmt: skip
    moments: list[Moment] = [(1, 10 * k) for k in range(len(events))]
    return [ended(each) if over else each for each in made], verdicts, moments


def tail(k: int, n: int, p: float) -> float:
    return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (3, 10), (5, 5), (17, 40)])
def test_the_interval_is_that_of_clopper_and_pearson(k: int, n: int) -> None:
    share = share_of([True] * k + [False] * (n - k))
    assert (share.said, share.of) == (k, n)
    # Their definition: the shares at which so many or more, or so few or fewer, have a chance of 2.5 %.
    if k:
        assert tail(k, n, share.low) == pytest.approx(0.025, abs=1e-6)
    if k < n:
        assert 1 - tail(k + 1, n, share.high) == pytest.approx(0.025, abs=1e-6)
    assert (share.low == 0) is (k == 0)
    assert (share.high == 1) is (k == n)


def test_nothing_judged_tells_nothing() -> None:
    share = share_of([])
    assert (share.said, share.of, share.low, share.high) == (0, 0, 0.0, 1.0)
    assert np.isnan(share.value)


def hypergeometric(a: int, row: int, column: int, whole: int) -> float:
    return comb(column, a) * comb(whole - column, row - a) / comb(whole, row)


def test_the_figures_equal_a_reference_computation() -> None:
    controls, verdicts, moments = judged("ccrcuccrccccrccc", "rcrrrurr")
    found = control_figures("Anna", controls, verdicts, moments)
    assert found is not None
    assert (found.events.said, found.events.of) == (12, 16)
    assert (found.false_confirmations.said, found.false_confirmations.of) == (1, 8)
    reference = sum(hypergeometric(a, 16, 13, 24) for a in range(12, 14))
    assert found.p_difference == pytest.approx(reference, abs=1e-12)
    first, second = found.over_time
    assert (first.said, first.of, second.said, second.of) == (1, 6, 0, 2)
    chances = {a: hypergeometric(a, 6, 1, 8) for a in (0, 1)}
    reference = sum(p for p in chances.values() if p <= chances[1] + 1e-12)
    assert found.p_change == pytest.approx(reference, abs=1e-12)
    first, second = found.events_over_time
    assert (first.said, first.of, second.said, second.of) == (4, 6, 8, 10)
    chances = {a: hypergeometric(a, 6, 12, 16) for a in range(2, 7)}
    reference = sum(p for p in chances.values() if p <= chances[4] + 1e-12)
    assert found.p_events_change == pytest.approx(reference, abs=1e-12)
    assert "Confirmed controls: 1 of 8 (0% to 53%)." in found.lines


def test_planted_moments_are_counted_apart() -> None:
    controls, verdicts, moments = judged("ccr", "crcr")
    planted = [controls[0].moment, controls[1].moment]
    found = control_figures("Anna", controls, verdicts, moments, planted)
    assert found is not None
    assert (found.planted.said, found.planted.of) == (1, 2)
    assert (found.false_confirmations.said, found.false_confirmations.of) == (1, 2)
    assert (found.events.said, found.events.of) == (2, 3)
    assert "Confirmed planted moments: 1 of 2 (1% to 99%)." in found.lines
    plain = control_figures("Anna", controls, verdicts, moments)
    assert plain is not None
    assert not any("planted" in line for line in plain.lines)


def test_an_event_that_is_a_planted_moment_found_again_is_not_judged_twice() -> None:
    [one, other, *_] = EVENTS
    there = Control(*astuple(replace(other.extent, onset_s=one.peak_s)), 1, "Anna", one.person)
    assert without_planted(EVENTS, [there]) == EVENTS[1:]
    assert without_planted(EVENTS, []) == EVENTS
    [known, *others] = known_as_planted(EVENTS, [there])
    assert moment_of(known) == there.moment  # so that the verdict on the moment counts for it
    assert others == EVENTS[1:]


def test_change_over_time_goes_by_the_order_of_the_verdicts() -> None:
    order = [*range(8, 12), 0, 1, 2, 3, 4, 5, 6, 7, *range(12, 16)]
    controls, verdicts, moments = judged("cccccccc", "rrrrcccc", order=order)
    found = control_figures("Anna", controls, verdicts, moments)
    assert found is not None
    assert [(each.said, each.of) for each in found.over_time] == [(0, 4), (4, 4)]
    assert found.p_change == pytest.approx(2 / comb(8, 4))


def test_only_first_blind_answers_of_the_pass_count() -> None:
    controls, verdicts, moments = judged("cc", "rr")
    changed = Verdict(99, "Anna", 1, 5, "confirmed", time_utc="2026-02-01")
    other = Verdict(98, "Ben", 1, 5, "confirmed", time_utc="2025-01-01", blind=True)
    plain = control_figures("Anna", controls, verdicts, moments)
    assert control_figures("Anna", controls, [*verdicts, changed, other], moments) == plain


def test_nothing_is_told_before_the_pass_is_over() -> None:
    controls, verdicts, moments = judged("cc", "rr", over=False)
    assert control_figures("Anna", controls, verdicts, moments) is None
    assert control_figures("Ben", controls, verdicts, moments) is None
    done, _, _ = judged("cc", "rr")
    assert control_figures("Anna", [done[0], controls[1]], verdicts, moments) is None
    assert [each.reviewer for each in all_control_figures(done, verdicts, moments)] == ["Anna"]


def test_verdicts_on_controls_are_not_verdicts_on_events() -> None:
    controls, verdicts, moments = judged("cr", "r")
    other = Verdict(98, "Ben", 1, 5, "confirmed")  # to Ben it is no control
    kept = on_events([*verdicts, other], controls)
    assert [(each.reviewer, each.moment) for each in kept] == [
        *(("Anna", moment) for moment in moments),
        ("Ben", (1, 5)),
    ]
