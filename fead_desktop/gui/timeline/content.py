"""Content: what the session has, as lanes in the order of the layout; curves are made once and kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import LEAST_BLOCKS
from fead_desktop.anomalies.threshold import ranked_peaks
from fead_desktop.case.case import FUSION, PersonScores
from fead_desktop.case.coverage import COVERAGE
from fead_desktop.features.measures import MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline import lanes
from fead_desktop.gui.timeline.curve_lanes import (
    CurveLane,
    CurveSet,
    LaneCurve,
    ScoreLane,
    SoundLane,
)
from fead_desktop.gui.timeline.lane import Lane
from fead_desktop.gui.timeline.lane_table import (
    IMPORTED_LANES,
    LANES_BY_ID,
    LaneKind,
    LaneLayout,
)
from fead_desktop.gui.timeline.lanes import States
from fead_desktop.gui.timeline.mark_lanes import EventsLane, MarkersLane
from fead_desktop.gui.timeline.pyramid import Pyramid
from fead_desktop.gui.timeline.state_lanes import ShotsLane, StatesLane
from fead_desktop.review.verdict import UNREVIEWED

_MOST_SIGMA = 20.0
_NOTHING_IMPORTED = "No table of another tool was imported for this person."


#: Lanes that tell how unusual a moment is.
_TELLING = ("score", "p_value", "imported_score")


class Content:
    """Makes the lanes. With all persons chosen the score is that of the most unusual person at each frame; the
    other lanes show the person of the chosen event, else the person longest on screen, unless persons are stacked.
    """

    def __init__(self, session: Session):
        self._session = session
        self.sound: Pyramid | None = None
        self.sound_words = "Reading the sound …"
        self.forget()

    def forget(self) -> None:
        """Drop every curve: the results are others now."""
        self._sets: dict[tuple[str, ...], CurveSet] = {}
        self._states: dict[int | None, States] = {}
        self._tables: dict[int, FeatureTable] = {}
        self._peaks: dict[int, npt.NDArray[np.float64]] = {}

    def lanes(self, layout: LaneLayout) -> list[Lane]:
        """Return the lanes from top to bottom."""
        made: list[Lane] = []
        persons = self.persons(layout)
        if self._session.reviewing.is_hiding:
            for lane in _TELLING:
                layout = layout.with_shown(lane, shown=False)
        if not any(self._session.importing.of_person(each) for each in persons):
            for lane in IMPORTED_LANES:
                layout = layout.with_shown(lane, shown=False)
        for state in layout.shown:
            kind = LANES_BY_ID[state.id]
            if not kind.each_person:
                made.append(self._shared(kind))
        if not persons:
            return [lane for lane in made if lane.kind.id in {"markers", "waveform"}]
        per_person = [LANES_BY_ID[s.id] for s in layout.shown if LANES_BY_ID[s.id].each_person]
        if len(persons) == 1:
            return [
                next(lane for lane in made if lane.kind.id == state.id)
                if not LANES_BY_ID[state.id].each_person
                else self._of_person(LANES_BY_ID[state.id], persons[0], layout)
                for state in layout.shown
            ]
        # Several persons: what belongs to all stays on top, then person after person.
        return made + [
            self._of_person(kind, each, layout) for each in persons for kind in per_person
        ]

    def persons(self, layout: LaneLayout) -> list[int]:
        """Return the persons that have lanes of their own."""
        session = self._session
        if session.person is not None:
            return [session.person]
        if layout.stacked and len(session.persons) > 1:
            return [each.person for each in session.persons]
        chosen = session.event_by_rank(session.chosen_event)
        if chosen is not None:
            return [chosen.person]
        return [session.persons[0].person] if session.persons else []

    def score_names(self) -> list[str]:
        """Return what the score lane can show besides the ranking score."""
        return [lanes.VOTES_TOGETHER, *lanes.score_names(self._scores(None))]

    def threshold(self) -> float | None:
        """Return where the flags of the chosen or only person begin, else the score of the least listed event.

        A moment is compared with the seconds it is not part of, so one below the calibrated score may be flagged too.
        """
        session = self._session
        persons = {session.person or each.person for each in session.persons}
        for each in session.case.calibrations if session.case is not None else ():
            if persons == {each.person} and each.threshold is not None:
                flagged = [e.score for e in session.found if e.person == each.person and e.flagged]
                return min([each.threshold, *flagged])
        return min((event.score for event in session.found), default=None)

    # One lane ----------------------------------------------------------------------------------------

    def _shared(self, kind: LaneKind) -> Lane:
        session = self._session
        if kind.id == "events":
            events = session.shown_events()
            found = {e.event: session.reviewing.state(e) for e in events}
            found = {rank: state for rank, state in found.items() if state != UNREVIEWED}
            hidden = frozenset(e.event for e in events if session.reviewing.hides(e))
            return EventsLane(kind, events, session.chosen_event, found, hidden)
        if kind.id == "shots":
            starts = lanes.shot_starts(session.table, session.analysed)
            return ShotsLane(kind, starts, session.duration_s)
        if kind.id == "markers":
            ranges = session.editing.marks.ranges_of(session.person)
            return MarkersLane(kind, session.editing.marks, ranges, session.name_of)
        return SoundLane(kind, self.sound, self.sound_words)

    def _of_person(self, kind: LaneKind, person: int, layout: LaneLayout) -> Lane:
        if kind.id == "score":
            return self._score(kind, person, layout)
        named = len(self._session.persons) > 1
        who = self._session.name_of(person) if named else ""
        if kind.id == "coverage":
            styles = [(name, coverage_style(name)) for name in COVERAGE]
            return StatesLane(kind, lambda: self._coverage(person), styles, person=person, who=who)
        if kind.id == "expression":
            names = self.measures(person, layout)
            return CurveLane(
                kind,
                lambda: self._kept(
                    ("expression", str(person), *names), lambda: self._expression(person, names)
                ),
                title="Expression (σ)",
                person=person,
                who=who,
            )
        make = {
            "p_value": self._p_value,
            "emotions": self._emotions,
            "pose": self._pose,
            "imported_score": self._imported_score,
            "imported": self._imported,
        }[kind.id]
        return CurveLane(
            kind,
            lambda: self._kept((kind.id, str(person)), lambda: make(person)),
            person=person,
            who=who,
        )

    def measures(self, person: int, layout: LaneLayout) -> tuple[str, ...]:
        """Return the measures of the expression lane."""
        chosen = tuple(name for name in layout.measures if name in MEASURES_BY_NAME)
        if chosen:
            return chosen
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        hides = session.reviewing.hides
        if event is not None and (event.person != person or hides(event)):
            event = None
        seen = [each for each in session.events_of(person) if not hides(each)]
        return lanes.telling_measures(seen, event)

    def _score(self, kind: LaneKind, person: int, layout: LaneLayout) -> ScoreLane:
        session = self._session
        every = session.person is None and not layout.stacked and len(session.persons) > 1
        whose = None if every else person
        scores = self._scores(whose)
        known = {lanes.VOTES_TOGETHER, *lanes.score_names(scores)}
        name = layout.score if layout.score in known else ""
        peaks = None if name else self._ranked(scores)
        who = session.name_of(person) if not every and len(session.persons) > 1 else ""
        titles = {True: "Anomaly score (highest)", False: "Anomaly score"}
        key = ("score", str(whose), name)
        return ScoreLane(
            kind,
            lambda: self._kept(key, lambda: _score_set(scores, name)),
            peaks=peaks,
            title="Votes (log score, σ)" if name == lanes.VOTES_TOGETHER else name or titles[every],
            person=whose,
            who=who,
        )

    # Curves ------------------------------------------------------------------------------------------

    def _kept(self, key: tuple[str, ...], make: Callable[[], CurveSet]) -> CurveSet:
        if key not in self._sets:
            self._sets[key] = make()
        return self._sets[key]

    def _table(self, person: int) -> FeatureTable:
        if person not in self._tables:
            self._tables[person] = self._session.table.of_person(person)
        return self._tables[person]

    def _scores(self, person: int | None) -> list[PersonScores]:
        session = self._session
        wanted = [each.person for each in session.persons] if person is None else [person]
        return [scores for each in wanted if (scores := session.scores(each)) is not None]

    def _ranked(self, scores: list[PersonScores]) -> npt.NDArray[np.float64]:
        """Return the scores of all events of these persons, highest first."""
        for each in scores:
            if each.person not in self._peaks:
                curve = each.scores.get(FUSION, np.full(len(each.time_s), np.nan))
                self._peaks[each.person] = ranked_peaks(each.time_s, curve)
        joined = [self._peaks[each.person] for each in scores]
        return -np.sort(-np.concatenate(joined)) if joined else np.empty(0)

    def _coverage(self, person: int) -> States:
        if person not in self._states:
            session = self._session
            self._states[person] = lanes.coverage(session.table, session.analysed, person)
        return self._states[person]

    def _p_value(self, person: int) -> CurveSet:
        session = self._session
        scores = session.scores(person)
        ranges = session.editing.marks.ranges_of(person)
        baseline = [(each.start_s, each.end_s) for each in ranges if each.kind == "baseline"]
        calibrations = () if session.case is None else session.case.calibrations
        seconds = next((each.seconds for each in calibrations if each.person == person), None)
        curve = (np.empty(0), np.empty(0))
        if scores is not None:
            curve = lanes.p_value_curve(scores, baseline, seconds)
        alone = Style(theme.CURVE_STYLES[5].colour, theme.CURVE_STYLES[5].on_light)
        made = [LaneCurve.of("p", alone, curve)] if len(curve[0]) else []
        _, high = _range(made, 0.0, 3.0)
        return CurveSet(
            tuple(made),
            0.0,
            np.ceil(high),
            lanes.p_text,
            axis=lambda decades: f"1e-{decades:.0f}" if decades else "1",
            guides=tuple(range(1, lanes.MOST_DECADES)),
            words=f"No p-values: fewer than {LEAST_BLOCKS} other seconds of this person were scored.",
        )

    def _emotions(self, person: int) -> CurveSet:
        curves = lanes.emotion_curves(self._table(person))
        made = [LaneCurve.of(n, theme.EMOTION_STYLES[n], curve) for n, curve in curves.items()]
        return CurveSet(tuple(made), 0.0, 1.0)

    def _imported_score(self, person: int) -> CurveSet:
        tables = self._session.importing.of_person(person)
        curves = [lanes.imported_score_curve(table) for table in tables]
        made = [
            LaneCurve.of(table.tool_title, style, curve, f"robust σ, from '{table.name}'")
            for table, curve, style in zip(tables, curves, theme.CURVE_STYLES, strict=False)
            if np.isfinite(curve[1]).any()
        ]
        low, high = _range(made, 0.0, 4.0)
        words = _NOTHING_IMPORTED if not tables else "Nothing in the imported table can be scored."
        return CurveSet(tuple(made), low, high * 1.05, "{:.1f}".format, words=words)

    def _imported(self, person: int) -> CurveSet:
        tables = self._session.importing.of_person(person)
        named = len(tables) > 1
        found = [
            (f"{table.tool_title} {title}" if named else title, table.tool_title, curve)
            for table in tables
            for title, curve in lanes.imported_curves(table).items()
        ]
        styles = theme.CURVE_STYLES
        made = [
            LaneCurve.of(label, styles[k % len(styles)], curve, f"{tool}, in robust σ")
            for k, (label, tool, curve) in enumerate(found)
        ]
        low, high = _range(made, -6.0, 6.0)
        return CurveSet(
            tuple(made), max(low, -_MOST_SIGMA), min(high, _MOST_SIGMA), "{:+.1f}".format,
            words="" if tables else _NOTHING_IMPORTED,
        )  # fmt: skip

    def _pose(self, person: int) -> CurveSet:
        curves = lanes.pose_curves(self._table(person))
        made = [
            LaneCurve.of(lanes.POSE[name], style, curve)
            for (name, curve), style in zip(curves.items(), theme.CURVE_STYLES[1:], strict=False)
        ]
        low, high = _range(made, -30.0, 30.0)
        return CurveSet(tuple(made), max(low, -90.0), min(high, 90.0), "{:+.0f}°".format)

    def _expression(self, person: int, names: tuple[str, ...]) -> CurveSet:
        curves = lanes.expression_curves(self._table(person), names)
        styles = theme.CURVE_STYLES
        made = []
        for k, (name, curve) in enumerate(curves.items()):
            measure = MEASURES_BY_NAME[name]
            side = f" {measure.side}" if measure.side else ""
            label = f"{measure.label}{side}"
            made.append(LaneCurve.of(label, styles[k % len(styles)], curve, measure.title))
        low, high = _range(made, -6.0, 6.0)
        return CurveSet(
            tuple(made), max(low, -_MOST_SIGMA), min(high, _MOST_SIGMA), "{:+.1f}".format
        )


def coverage_style(name: str) -> Style:
    """Return the colour and pattern of a state."""
    return theme.COVERAGE_STYLES[name]


def _score_set(scores: list[PersonScores], name: str) -> CurveSet:
    if name == lanes.VOTES_TOGETHER:
        votes = lanes.vote_curves(scores)
        made = [
            LaneCurve.of(vote.replace("/", " "), style, curve)
            for (vote, curve), style in zip(votes.items(), theme.CURVE_STYLES, strict=False)
        ]
        low, high = _range(made, -3.0, 3.0)
        return CurveSet(tuple(made), low, high, "{:+.1f}".format)
    curve = LaneCurve.of("score", theme.CURVE_STYLES[0], lanes.score_curve(scores, name))
    low, high = _range([curve], 0.0, 1.0)
    return CurveSet((curve,), low, high * 1.05, "{:.1f}".format)


def _range(curves: list[LaneCurve], low: float, high: float) -> tuple[float, float]:
    values = np.concatenate([curve.pyramid.y for curve in curves]) if curves else np.empty(0)
    there = values[np.isfinite(values)]
    if not len(there):
        return low, high
    return min(low, float(there.min())), max(high, float(there.max()))
