"""ReportFacts: what the sections of a report draw on, read from the case once."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.baseline import baseline_frame
from fead_desktop.case.case import FUSION, AnalysedFrames, PersonScores, RecordingFacts
from fead_desktop.case.coverage import coverage_of_frames
from fead_desktop.case.store import Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.report.figures import Curve, Mark
from fead_desktop.report.interchange.plain import one_line
from fead_desktop.report.interchange.timeline import shown_name
from fead_desktop.report.language import Words
from fead_desktop.report.options import ReportOptions, chosen_events
from fead_desktop.report.reliability import reliability
from fead_desktop.report.source import Source
from fead_desktop.review.controls import on_events
from fead_desktop.review.moments import latest_adjustments
from fead_desktop.review.verdict import UNREVIEWED, Verdict, moment_of, states

#: A note is as long as it may be written; what has more lines than a page takes is cut.
_MOST_LINES, _LONGEST_NOTE = 20, 1000


class ReportFacts:
    """A case as its report sees it; everything is read when it is first asked for and kept."""

    def __init__(self, case: Case, options: ReportOptions, words: Words, source: Source | None):
        self.case = case
        self.source = source
        self.options = options
        self.words = words
        self.persons = case.persons()
        self.events = case.events()
        self.marks = marks = case.marks()
        self.adjustments = latest_adjustments(marks.adjustments)
        #: Those on events; verdicts on controls are counted apart.
        self.verdicts = on_events(marks.verdicts, marks.controls)
        self.reliability = reliability(case)
        self._states = states(self.verdicts)
        self._names = {person.person: shown_name(person) for person in self.persons}
        self._scores: dict[int, PersonScores | None] = {}

    # The recording --------------------------------------------------------------------------------------

    @property
    def recording(self) -> RecordingFacts | None:
        """The recording, as it was when it was analysed."""
        return self.case.recording

    @property
    def recording_name(self) -> str:
        """Name of the file, without its folders."""
        path = self.case.path.stem if self.recording is None else Path(self.recording.path).name
        return plain(path, 120) or self.words("without_a_name")

    @property
    def duration_s(self) -> float:
        """Seconds of the recording, or up to the last event where a case does not tell."""
        known = 0.0 if self.recording is None else self.recording.duration_s
        return max([known, *(event.offset_s for event in self.events)])

    @cached_property
    def table(self) -> FeatureTable:
        """All faces."""
        return self.case.features()

    @cached_property
    def _analysed(self) -> AnalysedFrames:
        return self.case.analysed_frames()

    def coverage(self, person: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return times and codes of what could be analysed of a person."""
        return coverage_of_frames(self.table, self._analysed, person)

    def twin(self, event: AnomalyEvent) -> tuple[int, float] | None:
        """Return frame and time of the usual face that an event is compared with."""
        found = baseline_frame(
            self.table, self.scores(event.person), event.person, event.peak_frame
        )
        if found is None:
            return None
        return found, float(self.table.time_s[np.searchsorted(self.table.frame_number, found)])

    # Persons and events ---------------------------------------------------------------------------------

    def name_of(self, person: int) -> str:
        """Return a person's name."""
        return self._names.get(person, str(person))

    def scores(self, person: int) -> PersonScores | None:
        """Return a person's scores."""
        if person not in self._scores:
            self._scores[person] = self.case.person_scores(person)
        return self._scores[person]

    def curve(self, person: int) -> Curve:
        """Return the ranking score of a person over time, with the threshold of the flags."""
        scores = self.scores(person)
        if scores is None or FUSION not in scores.scores:
            return Curve(np.empty(0), np.empty(0), None)
        threshold = next(
            (each.threshold for each in self.case.calibrations if each.person == person), None
        )
        return Curve(scores.time_s, scores.scores[FUSION].astype(np.float64), threshold)

    @cached_property
    def shown(self) -> list[AnomalyEvent]:
        """The events that the options ask for."""
        return chosen_events(self.case, self.options)

    @property
    def left_out(self) -> list[AnomalyEvent]:
        """The other events."""
        numbers = {event.event for event in self.shown}
        return [event for event in self.events if event.event not in numbers]

    def state_of(self, event: AnomalyEvent) -> str:
        """Return what the reviewers say of an event together."""
        return self._states.get(moment_of(event), UNREVIEWED)

    def verdicts_on(self, event: AnomalyEvent) -> list[Verdict]:
        """Return all verdicts on an event in the order in which they were given."""
        return [each for each in self.verdicts if each.moment == moment_of(event)]

    def marks_of(self, person: int) -> list[Mark]:
        """Return the shown events of a person with their states."""
        return [Mark(e, self.state_of(e)) for e in self.shown if e.person == person]


def plain(text: str, longest: int = 1000) -> str:
    """Return what others wrote as one harmless line."""
    return one_line(text, longest)


def plain_lines(text: str) -> str:
    """Return a note as harmless text that keeps its lines."""
    lines = [line for line in map(plain, text.splitlines()) if line]
    more = ["…"] if len(lines) > _MOST_LINES else []
    return "\n".join([*lines[:_MOST_LINES], *more])[:_LONGEST_NOTE]


def seconds(value: float) -> str:
    """Return a duration in seconds, to the hundredth."""
    return f"{value:.2f} s"


def percent(share: float) -> str:
    """Return a share; what is not nothing is not shown as nothing."""
    if math.isnan(share):
        return "–"
    return "< 0.1 %" if 0 < share < 0.001 else f"{share:.1%}".replace("%", " %")


def share_text(part: int, of: int, low: float, high: float) -> str:
    """Return how often something was so, with its interval."""
    return f"{part} of {of} ({low:.0%} to {high:.0%})".replace("%", "\u00a0%")


def small(number: float) -> str:
    """Return a p-value or a rate with two digits."""
    return f"{number:.2g}"
