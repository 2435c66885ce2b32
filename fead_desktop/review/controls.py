"""Controls: moments of a review whose right answer is known, to tell how reliable the judging was. Qt-free zone.

An unflagged control is an ordinary moment of the same person and as long as one of the events; who confirms it
would confirm anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.anomalies.windows import sampling_interval, stretches
from fead_desktop.review.verdict import Moment, Verdict, first_answers

#: Controls are numbered from here on, so that no event that is added takes the number of one.
CONTROLS_FROM = 1_000_000
#: What the program says of an unflagged control, once it is judged.
NOT_FLAGGED = "an ordinary moment, not flagged by the program"
#: Share of the events that are mixed in as controls until the reviewer says otherwise.
USUAL_SHARE = 0.1
#: Controls keep this far from every event of their person; where there is no such room, the nearer.
APART_S = (1.5, 0.5)
#: Places that are tried for one control.
_TRIES = 400
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Control(Extent):
    """A moment mixed into one reviewer's queue. ``ended`` once that pass is over, and not before.

    person, peak_frame : what verdicts know it by.
    """

    control: int
    reviewer: str
    person: int
    ended: bool = False
    time_utc: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ended", bool(self.ended))  # SQLite has no booleans

    @property
    def moment(self) -> Moment:
        """What verdicts know it by."""
        return self.person, self.peak_frame

    def event(self, number: int, told: str = NOT_FLAGGED) -> AnomalyEvent:
        """Return it in the shape of an event, so that a queue shows both in the same way.

        ``told`` once it is judged stands in the place of a detector.
        """
        extent = asdict(self.extent)
        return AnomalyEvent(number, self.person, "", told, **extent, score=float("nan"))


def is_control(event: AnomalyEvent) -> bool:
    """Tell whether what stands in a queue like an event is a control; its detector says what it is."""
    return event.event >= CONTROLS_FROM


def without_planted(
    events: Iterable[AnomalyEvent], controls: Iterable[Control]
) -> list[AnomalyEvent]:
    """Return the events that are not a planted moment found again: that one is judged as what it is."""
    planted = list(controls)
    return [event for event in events if _found_again(event, planted) is None]


def known_as_planted(
    events: Iterable[AnomalyEvent], controls: Iterable[Control]
) -> list[AnomalyEvent]:
    """Return events in which planted moments were found again known by these, so that they are judged already."""
    planted = list(controls)
    pairs = ((event, _found_again(event, planted)) for event in events)
    return [
        event if each is None else replace(event, known_by=each.peak_frame) for event, each in pairs
    ]


def _found_again(event: AnomalyEvent, planted: Iterable[Control]) -> Control | None:
    return next(
        (
            each
            for each in planted
            if event.person == each.person
            and event.onset_s <= each.offset_s
            and event.offset_s >= each.onset_s
        ),
        None,
    )


# Choosing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScoredTimes:
    """Where a person was scored: arrays (n,), times rising, scores NaN where there is none."""

    time_s: npt.NDArray[np.float64]
    score: npt.NDArray[np.floating[Any]]

    def until(self, time_s: float) -> ScoredTimes:
        """Return what lies before a time."""
        before = self.time_s < time_s
        return ScoredTimes(self.time_s[before], self.score[before])


def seed_of(case: str, reviewer: str) -> int:
    """Return the seed of a reviewer's controls in a case; ``case`` is the recording's SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{case}\n{reviewer}".encode()).digest()[:8], "big")


def choose_controls(
    events: Sequence[AnomalyEvent],
    scored: Mapping[int, ScoredTimes],
    frame_at: Callable[[float], int],
    time_of: Callable[[int], float],
    *,
    share: float,
    seed: int,
    reviewer: str,
    time_utc: str = "",
) -> list[Control]:
    """Return ordinary moments that look like events from outside: same persons, same lengths, by time.

    Their number is drawn, at least one (:func:`_how_many`), and all peak before the last event: so a reviewer who
    knows the number of events, the share, and which of the moments so far were controls, can't tell what comes next.
    Each takes person, length and the place of its peak from one of the events, drawn in turn, and lies
    where this person was scored without a gap, apart from every event of the person and from the other controls. Of
    the places tried the more ordinary half is drawn from: those whose highest score is not above the median. Where
    there is no room for one it is left out.

    Parameters
    ----------
    share : of the number of events, 0 to 1; 0 = none.
    """
    rng = np.random.default_rng(seed)
    count = _how_many(len(events), share, rng)
    last_s = max((event.peak_s for event in events), default=0.0)
    found: list[Control] = []
    taken: dict[int, list[tuple[float, float]]] = {}
    for event in events:
        taken.setdefault(event.person, []).append((event.onset_s, event.offset_s))
    order = rng.permutation(len(events))
    for n in range(count):
        model = events[order[n % len(order)]]
        times = scored.get(model.person)
        if times is not None:
            times = times.until(last_s)
        peak_s = None if times is None else _place(times, model, taken[model.person], rng)
        if peak_s is None:
            continue
        extent = _snapped(model, peak_s, frame_at, time_of)
        taken[model.person].append((extent.onset_s, extent.offset_s))
        found.append(
            Control(
                **asdict(extent),
                control=0,
                reviewer=reviewer,
                person=model.person,
                time_utc=time_utc,
            )
        )
    return sorted(found, key=lambda each: each.peak_frame)


def _how_many(events: int, share: float, rng: np.random.Generator) -> int:
    """Draw the number of controls: as if each moment were one by chance, until all events were met; never none.

    The negative binomial distribution with a mean of ``share * events``, without its zero: however many controls
    were met, the chance that the next moment is one stays the same.
    """
    if not events or share <= 0:
        return 0
    while not (count := int(rng.negative_binomial(events, 1 / (1 + share)))):
        pass
    return count


def _place(
    times: ScoredTimes,
    model: AnomalyEvent,
    taken: Sequence[tuple[float, float]],
    rng: np.random.Generator,
) -> float | None:
    before, after = model.peak_s - model.onset_s, model.offset_s - model.peak_s
    fits = np.zeros(len(times.time_s), bool)
    for rows in stretches(times.time_s, np.isfinite(times.score)):
        within = times.time_s[rows]
        fits[rows] = (within - before >= within[0]) & (within + after <= within[-1])
    for apart_s in APART_S:
        free = fits.copy()
        for onset_s, offset_s in taken:
            free &= (times.time_s + after < onset_s - apart_s) | (
                times.time_s - before > offset_s + apart_s
            )
        rows = np.flatnonzero(free)
        if len(rows):
            break
    else:
        return None
    tried = rng.choice(rows, min(len(rows), _TRIES), replace=False)
    first = np.searchsorted(times.time_s, times.time_s[tried] - before - 1e-9)
    last = np.searchsorted(times.time_s, times.time_s[tried] + after + 1e-9, side="right")
    highest = np.array(
        [np.nanmax(times.score[a:b]) for a, b in zip(first, last, strict=True)], np.float64
    )
    ordinary = tried[highest <= np.median(highest)]
    # Events peak on any frame, analysed frames are a grid: the grid must not tell them apart.
    jitter = rng.uniform(-0.5, 0.5) * np.nan_to_num(sampling_interval(times.time_s))
    least, most = float(times.time_s[0]) + before, float(times.time_s[-1]) - after
    wanted = float(times.time_s[rng.choice(ordinary)] + jitter)
    return min(max(wanted, least), most)


def _snapped(
    model: AnomalyEvent,
    peak_s: float,
    frame_at: Callable[[float], int],
    time_of: Callable[[int], float],
) -> Extent:
    """Put the course of an event onto the frames at another time."""
    move = peak_s - model.peak_s
    frames = [
        frame_at(max(edge_s + move, 0.0))
        for edge_s in (model.onset_s, model.peak_s, model.offset_s)
    ]
    onset, peak, offset = frames
    return Extent(time_of(onset), time_of(peak), time_of(offset), onset, peak, offset)


# What they tell -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """``said`` of ``of``, with the exact 95 % interval (Clopper and Pearson 1934); 0 to 1 where ``of`` is 0."""

    said: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.said / self.of if self.of else float("nan")

    def __str__(self) -> str:
        return f"{self.said} of {self.of} ({self.low:.0%} to {self.high:.0%})"


@dataclass(frozen=True)
class ControlFigures:
    """One reviewer's pass with controls, by the first answers.

    events : the listed events that were confirmed.
    false_confirmations : the unflagged controls that were confirmed.
    planted : the planted moments of a training copy that were confirmed.
    over_time : false confirmations in the first and in the second half of the pass, by the order of the verdicts;
        events_over_time : confirmed events, likewise.
    p_difference : chance of so many more confirmed events than controls, were both judged alike (Fisher's exact
        test, one-sided).
    p_change, p_events_change : chance of such a difference between the halves of each, or a larger one (Fisher's
        exact test, two-sided).
    """

    reviewer: str
    events: Share
    false_confirmations: Share
    over_time: tuple[Share, Share]
    p_difference: float
    p_change: float
    events_over_time: tuple[Share, Share]
    p_events_change: float
    planted: Share

    @property
    def lines(self) -> tuple[str, ...]:
        """The figures for the analyst, with their 95 % intervals."""
        first, second = self.over_time
        early, late = self.events_over_time
        return (
            f"Confirmed events: {self.events}.",
            f"Confirmed controls: {self.false_confirmations}.",
            *((f"Confirmed planted moments: {self.planted}.",) if self.planted.of else ()),
            f"First half: {early.said} of {early.of} events, {first.said} of {first.of} controls.",
            f"Second half: {late.said} of {late.of} events, {second.said} of {second.of} controls.",
            f"Change: p = {self.p_events_change:.2f} for events, {self.p_change:.2f} for controls.",
            f"Events confirmed more often than controls: p = {self.p_difference:.2g}.",
        )


def share_of(answers: Iterable[bool]) -> Share:
    """Return how often it was so, with its interval."""
    from scipy.stats import binomtest  # half a second that no start waits for

    told = list(answers)
    if not told:
        return Share(0, 0, 0.0, 1.0)
    interval = binomtest(sum(told), len(told)).proportion_ci(_CONFIDENCE, method="exact")
    return Share(sum(told), len(told), float(interval.low), float(interval.high))


def control_figures(
    reviewer: str,
    controls: Iterable[Control],
    verdicts: Iterable[Verdict],
    events: Iterable[Moment],
    planted: Iterable[Moment] = (),
) -> ControlFigures | None:
    """Return what a reviewer's controls tell; None before the pass is over, and without controls.

    ``planted`` are those of a training copy; they are counted apart.
    """
    own = [each for each in controls if each.reviewer == reviewer]
    if not own or not all(each.ended for each in own):
        return None
    put_in = {each.moment for each in own} & set(planted)
    mixed = {each.moment for each in own} - put_in
    listed = set(events) - mixed - put_in
    first = [each[reviewer] for each in first_answers(verdicts).values() if reviewer in each]
    first = [each for each in sorted(first, key=_order) if each.blind]
    half = (len(first) + 1) // 2
    said = [(each.moment, each.answer == "confirmed") for each in first]
    false = [confirmed for moment, confirmed in said if moment in mixed]
    hits = [confirmed for moment, confirmed in said if moment in listed]
    halves, event_halves = (
        (
            share_of(confirmed for moment, confirmed in said[:half] if moment in which),
            share_of(confirmed for moment, confirmed in said[half:] if moment in which),
        )
        for which in (mixed, listed)
    )
    all_events, all_false = share_of(hits), share_of(false)
    return ControlFigures(
        reviewer,
        all_events,
        all_false,
        halves,
        _fisher(all_events, all_false, "greater"),
        _fisher(*halves, "two-sided"),
        event_halves,
        _fisher(*event_halves, "two-sided"),
        share_of(confirmed for moment, confirmed in said if moment in put_in),
    )


def all_control_figures(
    controls: Sequence[Control], verdicts: Sequence[Verdict], events: Iterable[Moment]
) -> tuple[ControlFigures, ...]:
    """Return the figures of every reviewer whose pass is over, by name."""
    listed = set(events)
    found = (
        control_figures(name, controls, verdicts, listed)
        for name in sorted({each.reviewer for each in controls})
    )
    return tuple(each for each in found if each is not None)


def on_events(verdicts: Iterable[Verdict], controls: Iterable[Control]) -> list[Verdict]:
    """Return the verdicts without those on their reviewer's own controls."""
    mixed = {(each.reviewer, each.moment) for each in controls}
    return [each for each in verdicts if (each.reviewer, each.moment) not in mixed]


def ended(control: Control) -> Control:
    """Return a control of a pass that is over."""
    return replace(control, ended=True)


def _order(verdict: Verdict) -> tuple[str, int]:
    return verdict.time_utc, verdict.verdict


def _fisher(one: Share, other: Share, alternative: str) -> float:
    from scipy.stats import fisher_exact

    table = [[each.said, each.of - each.said] for each in (one, other)]
    return float(fisher_exact(table, alternative=alternative).pvalue)
