"""TimelinePanel: the timeline of the open case; click or drag to seek, wheel to zoom, Shift-drag to pan."""

from __future__ import annotations

import html

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from fead_desktop.features.measures import EMOTIONS, MEASURES_BY_NAME
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui import theme
from fead_desktop.gui.session import Session
from fead_desktop.gui.timeline import lanes
from fead_desktop.gui.timeline.view import TimelineView
from fead_desktop.gui.widgets import EmptyState

_MOST_SIGMA = 20.0
_LONGEST_NAME = 24


class TimelinePanel(QWidget):
    """Score, emotions and expression over time, with the events as bands and the shown frame as cursor.

    With all persons chosen the score is that of the most unusual person at each frame; the other lanes show
    the person of the chosen event, else the person longest on screen.
    """

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._shown: tuple[int | None, tuple[str, ...]] | None = None
        self._view: TimelineView | None = None
        self._empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._empty)
        session.recording_closed.connect(self._refresh)
        session.results_changed.connect(self._refresh)
        session.person_chosen.connect(self._person_chosen)
        session.event_chosen.connect(self._event_chosen)
        session.frame_shown.connect(self._frame_shown)
        self._refresh()

    @property
    def view(self) -> TimelineView:
        """The lanes; made when they are first needed, so that the window opens sooner."""
        if self._view is None:
            self._view = TimelineView()
            self._view.sought.connect(self._seek)
            self._stack.addWidget(self._view)
        return self._view

    def show_all(self) -> None:
        """Zoom out to the whole recording."""
        self.view.show_all()

    # From the session --------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self._shown = None
        session = self._session
        if session.recording is None and session.case is None:
            self._empty.say("", "The timeline appears with a recording.")
            self._stack.setCurrentWidget(self._empty)
            return
        if not len(session.table):
            self._empty.say("", "Scores, emotions and expression appear here after the analysis.")
            self._stack.setCurrentWidget(self._empty)
            return
        self.view.set_duration(session.duration_s)
        self._show_score()
        self._show_face_lanes()
        self._show_events()
        self.view.set_cursor(session.time_of(session.frame))
        self._stack.setCurrentWidget(self.view)

    def _person_chosen(self, _person: object) -> None:
        if len(self._session.table):
            self._show_score()
            self._show_face_lanes()
            self._show_events()

    def _event_chosen(self, _event: object) -> None:
        if not len(self._session.table):
            return
        self._show_face_lanes()
        self._show_events()
        chosen = self._session.event_by_rank(self._session.chosen_event)
        if chosen is not None:
            self.view.show_time(chosen.onset_s, chosen.offset_s)

    def _frame_shown(self, frame: int) -> None:
        if self._view is not None:
            self._view.set_cursor(self._session.time_of(frame))

    def _seek(self, time_s: float, preview: bool) -> None:
        self._session.request_frame(self._session.frame_at(time_s), preview)

    # Lanes -------------------------------------------------------------------------------------------

    def _show_score(self) -> None:
        session = self._session
        persons = [each.person for each in session.persons]
        wanted = persons if session.person is None else [session.person]
        found = [scores for person in wanted if (scores := session.scores(person)) is not None]
        curve = lanes.score_curve(found)
        who = "most unusual person" if session.person is None and len(persons) > 1 else ""
        lowest, highest = _range(curve[1], 0.0, 1.0)
        self.view.score.show(
            {"score": (curve, theme.colours().score)},
            lowest,
            highest,
            _title("anomaly score", who, {}),
        )

    def _show_face_lanes(self) -> None:
        session = self._session
        person = self._face_person()
        chosen = session.event_by_rank(session.chosen_event)
        measures = lanes.telling_measures(session.events_of(session.person), chosen)
        if self._shown == (person, measures):
            return
        self._shown = person, measures
        table = FeatureTable({}) if person is None else session.table.of_person(person)
        name = "" if person is None else session.name_of(person)
        emotions = {
            each: (curve, theme.EMOTION_COLOURS[each])
            for each, curve in lanes.emotion_curves(table).items()
        }
        legend = {each: theme.EMOTION_COLOURS[each] for each in EMOTIONS}
        self.view.emotions.show(emotions, 0.0, 1.0, _title("apparent emotion", name, legend))
        colour = dict(zip(measures, theme.CURVE_COLOURS, strict=False))
        expression = lanes.expression_curves(table, measures)
        values = np.concatenate([y for _, y in expression.values()])
        lowest, highest = _range(values, -6.0, 6.0)
        titles = {MEASURES_BY_NAME[each].title: colour[each] for each in measures}
        self.view.expression.show(
            {each: (curve, colour[each]) for each, curve in expression.items()},
            max(lowest, -_MOST_SIGMA),
            min(highest, _MOST_SIGMA),
            _title("expression, σ from own baseline", name, titles),
        )

    def _show_events(self) -> None:
        session = self._session
        events = session.events_of(session.person)
        for lane in self.view.lanes:
            lane.regions.show(events, session.chosen_event, theme.colours())

    def _face_person(self) -> int | None:
        session = self._session
        if session.person is not None:
            return session.person
        chosen = session.event_by_rank(session.chosen_event)
        if chosen is not None:
            return chosen.person
        return session.persons[0].person if session.persons else None

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            if self._view is not None:
                self._view.restyle()
            self._refresh()
        super().changeEvent(event)


def _range(values: npt.NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    there = values[np.isfinite(values)]
    if not len(there):
        return low, high
    return min(low, float(there.min())), max(high, float(there.max()))


def shortened(name: str) -> str:
    """Return a name that leaves room for the legend beside it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _title(what: str, who: str, legend: dict[str, str]) -> str:
    of = theme.colours()
    text = f"<span style='color:{of.muted}'>{html.escape(what)}</span>"
    if who:
        text += f"<span style='color:{of.text}'> · {html.escape(shortened(who))}</span>"
    for name, colour in legend.items():
        text += (
            f"&nbsp;&nbsp; <span style='color:{colour}'>■</span>"
            f"<span style='color:{of.muted}'> {html.escape(name)}</span>"
        )
    return f"<div style='font-size:8pt; white-space:nowrap'>{text}</div>"
