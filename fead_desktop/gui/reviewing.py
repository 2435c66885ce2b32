"""Reviewing: who judges, what is still to be judged, and what stays hidden until the verdict is in."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case import edits, event_edits
from fead_desktop.case.case import FUSION
from fead_desktop.case.edits import Edit, Marks
from fead_desktop.gui import theme
from fead_desktop.review.controls import (
    CONTROLS_FROM,
    NOT_FLAGGED,
    USUAL_SHARE,
    Control,
    ControlFigures,
    ScoredTimes,
    choose_controls,
    control_figures,
    known_as_planted,
    on_events,
    seed_of,
    without_planted,
)
from fead_desktop.review.moments import adjusted, as_reviewed
from fead_desktop.review.pace import moments_to_come, remaining_words, seconds_a_verdict
from fead_desktop.review.verdict import (
    DISPUTED,
    UNREVIEWED,
    Answer,
    Moment,
    Verdict,
    in_order,
    last_answers,
    moment_of,
    next_unjudged,
)

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session

#: A sign for each state of an event, told apart without colour.
SIGNS = {state: style.sign for state, style in theme.VERDICT_STYLES.items()}


class Reviewing(QObject):
    """Part of the session. Verdicts are edits: saved at once, and taken back by Undo.

    Controls are mixed into a reviewer's first blind pass, and each verdict is answered by what the program says of
    the moment, also that it was a control. So that this tells nothing of the others, moments come one at a time
    while there are controls: the session's events are those judged and the present one. What is still to come is
    listed, painted and counted nowhere, because its number would tell how many controls are left.

    Attributes: ``reviewer`` (whose verdicts are given now), ``blind`` (score, rank, reasons and the verdicts of
    others are hidden), ``control_share`` (how many controls a new pass gets for each event).

    Signals: changed(), of the verdicts, of the reviewer or of what is hidden; hiding_changed(), of the reviewer or
    of the switch alone; event_expected(frame), the peak of what is judged next.
    """

    changed = Signal()
    hiding_changed = Signal()
    event_expected = Signal(int)

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self.reviewer = _user_name()
        self.blind = False
        self.control_share = USUAL_SHARE
        #: Raised whenever other verdicts count, or others are hidden.
        self.version = 0
        self._answers: dict[Moment, dict[str, Verdict]] = {}
        self._controls: list[Control] = []
        #: With the controls and all that is still to come, and those of them that were met.
        self._mixed: list[AnomalyEvent] = []
        self._met: set[Moment] = set()
        #: What is said of the planted moments of a training copy.
        self._planted: dict[Moment, str] = {}
        session.editing.changed.connect(self._edited)
        session.recording_closed.connect(self._closed)

    def renew(self) -> bool:
        """Let the session's events be as the reviewer is to see them now; tells whether that changed them."""
        session, marks = self._session, self._session.editing.marks
        self.version += 1
        self._answers = last_answers(marks.verdicts)
        own = [each for each in marks.controls if each.reviewer == self.reviewer]
        planted = [each for each in own if each.moment in self._planted]
        self._controls = [each for each in own if not each.ended]
        events = as_reviewed(session.found, (), marks.hand_events)
        events = known_as_planted(events, [each for each in planted if each.ended])
        if self.blind:
            events = without_planted(events, [each for each in planted if not each.ended])
            events += [
                each.event(
                    CONTROLS_FROM + each.control, self._planted.get(each.moment, NOT_FLAGGED)
                )
                for each in self._controls
            ]
        hidden = {moment_of(event) for event in events if self.hides(event)}
        said = [
            each
            for each in marks.adjustments
            if each.reviewer == self.reviewer or each.moment not in hidden
        ]
        self._mixed = adjusted(events, said)
        before, session.events = session.events, self._seen_so_far()
        return _seen(before) != _seen(session.events)

    def _seen_so_far(self) -> list[AnomalyEvent]:
        """Return what may be seen: everything, or with controls among it what was judged or met."""
        if not self.has_controls:
            return self._mixed
        if not any(self.is_open(event) and moment_of(event) in self._met for event in self._mixed):
            met = next((e for e in in_order(self._mixed, blind=True) if self.is_open(e)), None)
            self._met |= set() if met is None else {moment_of(met)}
        return [e for e in self._mixed if not self.is_open(e) or moment_of(e) in self._met]

    def resume(self) -> None:
        """Go on blind where this reviewer's pass was left; the case's log names this reviewer from now on."""
        if self._session.case is not None:
            self._session.case.who = self.reviewer
            training = self._session.case.training
            self._planted = {} if training is None else training.words
        self.renew()
        own = [each[self.reviewer] for each in self._answers.values() if self.reviewer in each]
        left_open = any(self.is_open(event) for event in self.everything)
        if self._controls or (left_open and any(each.blind for each in own)):
            self.blind = True
        self.renew()

    def _edited(self) -> None:
        session = self._session
        changed = self.renew()
        self.changed.emit()
        if changed:
            session.events_changed.emit()
        if session.chosen_event is not None and session.event_by_rank(session.chosen_event) is None:
            session.choose_event(None)  # it was taken away, or was a control of a pass that is over

    def _closed(self) -> None:
        self._answers, self._controls, self.blind = {}, [], False
        self._mixed, self._met, self._planted = [], set(), {}
        self.version += 1
        self.changed.emit()
        self.hiding_changed.emit()

    # What there is to judge --------------------------------------------------------------------------

    @property
    def everything(self) -> list[AnomalyEvent]:
        """All moments there are to judge, also those that are still to come; to be shown to nobody."""
        return self._mixed if self.has_controls else self._session.events

    def queue(self) -> list[AnomalyEvent]:
        """Return the chosen person's moments that the filter lets pass, in the order they are judged."""
        whose = self._session.person
        wanted = [e for e in self.everything if whose is None or e.person == whose]
        return self._session.filtering.shown(wanted)

    def own(self, event: AnomalyEvent) -> Verdict | None:
        """Return what this reviewer says of an event."""
        return self._answers.get(moment_of(event), {}).get(self.reviewer)

    def others(self, event: AnomalyEvent) -> list[Verdict]:
        """Return what other reviewers say of an event; nothing while that is hidden."""
        if self.hides(event):
            return []
        found = self._answers.get(moment_of(event), {})
        return [found[name] for name in sorted(found) if name != self.reviewer]

    def state(self, event: AnomalyEvent) -> str:
        """Return this reviewer's answer, or "disputed" where another one that may be seen differs."""
        own = self.own(event)
        answers = {each.answer for each in self.others(event)}
        if own is not None:
            answers.add(own.answer)
        if len(answers) > 1:
            return DISPUTED
        return answers.pop() if answers else UNREVIEWED

    def is_open(self, event: AnomalyEvent) -> bool:
        """Tell whether an event waits for this reviewer's verdict; one's own additions don't."""
        return self.own(event) is None and event.added_by != self.reviewer

    def hides(self, event: AnomalyEvent) -> bool:
        """Tell whether score, rank and reasons of an event are still to be hidden."""
        return self.blind and event.added_by != self.reviewer and self.own(event) is None

    @property
    def is_hiding(self) -> bool:
        """True while a verdict of this reviewer is still to come that could be swayed."""
        return any(self.hides(event) for event in self.everything)

    @property
    def has_controls(self) -> bool:
        """True while controls are mixed into the queue."""
        return self.blind and bool(self._controls)

    @property
    def shows_disputed(self) -> bool:
        """True while only the events are listed on which reviewers differ."""
        return self._session.filtering.current.state == DISPUTED

    @property
    def left(self) -> int:
        """How many events of the queue have no verdict of this reviewer."""
        return sum(self.is_open(event) for event in self.queue())

    @property
    def remaining(self) -> str:
        """How long what is left will take at the pace so far, in words; empty while that can't be told."""
        own = [
            v.time_utc for v in self._session.editing.marks.verdicts if v.reviewer == self.reviewer
        ]
        left = self.to_come if self.has_controls else self.left
        return remaining_words(left, seconds_a_verdict(own))

    @property
    def to_come(self) -> int:
        """About how many moments are to come, told from those met so far and the time that they took; 0 = unknown."""
        judged = [e.peak_s for e in self.queue() if not self.is_open(e)]
        return moments_to_come(judged, self._session.duration_s)

    @property
    def before(self) -> AnomalyEvent | None:
        """The event judged last while others are hidden still; of this one all may be seen."""
        said = [v for v in self._session.editing.marks.verdicts if v.reviewer == self.reviewer]
        if not said or not self.is_hiding:
            return None
        last = said[-1].moment
        return next((e for e in self._session.events if moment_of(e) == last), None)

    @property
    def judged(self) -> tuple[Verdict, ...]:
        """All verdicts but those on controls, for what is said of the reviewers together."""
        marks = self._session.editing.marks
        return tuple(on_events(marks.verdicts, marks.controls))

    @property
    def figures(self) -> ControlFigures | None:
        """What the controls tell of this reviewer, once the pass is over."""
        marks = self._session.editing.marks
        events = [moment_of(event) for event in self._session.events]
        return control_figures(self.reviewer, marks.controls, marks.verdicts, events, self._planted)

    # What the reviewer does --------------------------------------------------------------------------

    def set_reviewer(self, name: str) -> None:
        """Go on as this reviewer; verdicts of each are kept apart."""
        plain = " ".join(name.split())
        if plain and plain != self.reviewer:
            self.reviewer = plain
            self.resume()
            self._tell()

    def set_blind(self, on: bool) -> None:
        """Hide, or show, what could sway a reviewer; a pass with controls ends with showing it."""
        if on == self.blind:
            return
        if on:
            self._begin_blind()
            return
        self.blind = False
        self.renew()
        if self._controls:
            self._session.editing.do(lambda marks: event_edits.end_pass(marks, self.reviewer))
        self.renew()
        self._tell()

    def begin(self) -> None:
        """Go to the first event without a verdict, once all are judged to the next disputed one.

        A reviewer's first pass through a case is blind.
        """
        if not self._has_judged():
            self._begin_blind()
        queue, chosen = self.queue(), self._session.chosen_event
        agreed = [moment_of(event) for event in queue if self.state(event) != DISPUTED]
        disputed = next_unjudged(queue, agreed, chosen)
        if self.left or disputed is None:
            self._go_on(None)
        else:
            self._session.choose_event(disputed.event)

    def judge(
        self, answer: Answer, *, reason: str, confidence: int | None, note: str, tags: str
    ) -> bool:
        """Give a verdict on the chosen event and go on to the next one; False where it was refused."""
        session = self._session
        event = session.event_by_rank(session.chosen_event)
        if event is None:
            session.refused.emit("Choose an event first; then it can be judged.")
            return False
        following = self._following(event.event)  # before the verdict may take it off the list
        if following is not None:
            self._met.add(moment_of(following))
            session.request_frame(following.peak_frame)  # decoded while the verdict is saved
        before = len(session.editing.marks.verdicts)
        given = Verdict(
            0, self.reviewer, *moment_of(event), answer, reason, confidence, note, tags,
            self.hides(event), datetime.now(UTC).isoformat(timespec="milliseconds"),
        )  # fmt: skip
        session.editing.do(lambda marks: self._judging(marks, given))
        if len(session.editing.marks.verdicts) == before:
            session.choose_event(event.event)
            return False
        self._go_to(following)
        return True

    def skip(self) -> None:
        """Leave the chosen event for later and go on."""
        self._go_on(self._session.chosen_event)

    # Inside ------------------------------------------------------------------------------------------

    def _begin_blind(self) -> None:
        self.blind = True
        if not self._has_judged() and not self._controls:
            self._mix_in_controls()
        self.renew()
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        self.hiding_changed.emit()
        self._session.events_changed.emit()

    def _has_judged(self) -> bool:
        return any(self.reviewer in each for each in self._answers.values())

    def _mix_in_controls(self) -> None:
        """Let the pass that begins have its controls, the same for the same case and reviewer."""
        session = self._session
        facts = None if session.case is None else session.case.recording
        if session.case is None or facts is None or session.index is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        training = session.case.training
        planted = [
            Control(
                **asdict(each.extent),
                control=0,
                reviewer=self.reviewer,
                person=each.person,
                time_utc=now,
            )
            for each in (() if training is None else training.planted)
        ]
        scored = {
            each.person: ScoredTimes(scores.time_s, scores.scores[FUSION])
            for each in session.persons
            if (scores := session.scores(each.person)) is not None and FUSION in scores.scores
        }
        events = without_planted(session.events, planted)
        controls = choose_controls(
            [*events, *(each.event(0) for each in planted)],
            scored,
            session.frame_at,
            session.time_of,
            share=self.control_share,
            seed=seed_of(facts.sha256, self.reviewer),
            reviewer=self.reviewer,
            time_utc=now,
        )
        session.editing.do(lambda marks: event_edits.begin_pass(marks, [*planted, *controls]))

    def _judging(self, marks: Marks, given: Verdict) -> Edit:
        """Return the edit that gives a verdict; the last one of a pass ends it in the same step."""
        edit = edits.add_verdict(marks, given)
        if not self.has_controls:
            return edit
        after = edits.apply(marks, edit)
        said = {each.moment for each in after.verdicts if each.reviewer == self.reviewer}
        left = [each for each in self._mixed if each.added_by != self.reviewer]
        if any(moment_of(each) not in said for each in left):
            return edit
        return event_edits.together(edit, event_edits.end_pass(after, self.reviewer))

    def _go_on(self, current: int | None) -> None:
        self._go_to(self._following(current))

    def _following(self, current: int | None) -> AnomalyEvent | None:
        queue = self.queue()
        if self.shows_disputed:  # all have a verdict: it goes on in their order
            done = [moment_of(event) for event in queue if event.event == current]
            return next_unjudged(queue, done, current)
        return next_unjudged(queue, self._done(queue), current)

    def _go_to(self, following: AnomalyEvent | None) -> None:
        queue, session = self.queue(), self._session
        if self.shows_disputed:
            if following is not None:
                session.choose_event(following.event)
            return
        # The one just judged stands last in the queue: everything else has a verdict.
        if following is None or not self.is_open(following):
            session.said.emit(f"{self.reviewer} has judged all {len(queue)} events.")
            return
        self._meet(following)
        session.choose_event(following.event)
        done = [*self._done(queue), moment_of(following)]
        then = next_unjudged(queue, done, following.event)
        if then is not None:
            self.event_expected.emit(then.peak_frame)

    def _meet(self, event: AnomalyEvent) -> None:
        """Let the moment that comes now be seen."""
        self._met.add(moment_of(event))
        if self.renew():
            self._session.events_changed.emit()

    def _done(self, queue: Iterable[AnomalyEvent]) -> list[Moment]:
        return [moment_of(event) for event in queue if not self.is_open(event)]


def _seen(events: Iterable[AnomalyEvent]) -> list[tuple[int, object, object]]:
    # Scores of events by hand are NaN, and no two NaN are equal.
    return [(event.event, event.extent, event.original) for event in events]


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"
