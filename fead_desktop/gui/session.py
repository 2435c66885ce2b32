"""Session: the open recording and its case; edits go in, signals come out. The panels talk to nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import AnalysedFrames, Person, PersonScores
from fead_desktop.case.eye_lines import EyeLines
from fead_desktop.case.other_stream import OtherStream, frame_beside
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, FeadError
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.adjusting import Adjusting
from fead_desktop.gui.analysing import Analysing
from fead_desktop.gui.editing import Editing
from fead_desktop.gui.filtering import Filtering
from fead_desktop.gui.importing import Importing
from fead_desktop.gui.jobs.analysis_job import Supervise
from fead_desktop.gui.jobs.face_pictures import FacePictures
from fead_desktop.gui.jobs.file_jobs import CopyJob
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.nearest_face import nearest_face
from fead_desktop.gui.jobs.open_job import (
    CASE_SUFFIX,
    Opened,
    OpenJob,
    Results,
    analysed_stream,
    open_checked,
)
from fead_desktop.gui.jobs.person_jobs import SuperviseRescore
from fead_desktop.gui.person_editing import PersonEditing
from fead_desktop.gui.provisional import Provisional
from fead_desktop.gui.reviewing import Reviewing
from fead_desktop.pipeline.supervisor import supervise as supervise_worker
from fead_desktop.pipeline.supervisor import supervise_rescore
from fead_desktop.video.container import Streams

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex


class Session(QObject):
    """What is open and what is chosen; lives in the GUI thread.

    Attributes: ``case``, ``recording``, ``index`` (None while its recording is not there), ``results`` (all that
    was read last), ``table`` (empty when there are no results), ``analysed`` (the frames looked at), ``persons``,
    ``found`` (the events of
    the analysis), ``events`` (the same as the reviewer is to see them, with those added by hand), ``person`` (None =
    all), ``chosen_event`` (its rank), ``frame`` (the frame shown last), ``missing`` (why the recording of an open case
    can't be shown), ``streams`` (what the recording holds), ``sound_stream`` (the one that is heard), ``other_stream``
    (set where another picture is shown than was analysed), ``editing`` (markers, ranges, and the way back from each
    edit), ``person_editing`` (who is who), ``face_pictures`` (aligned faces), ``reviewing`` (the verdicts),
    ``adjusting`` (borders of events, events by hand), ``filtering``
    (which events are listed), ``importing`` (what other tools measured),
    ``provisional`` (what a running analysis found so far), ``selection`` (first and last frame of the
    stretch selected in the timeline, or None).

    Signals: opening_started(path); recording_opened(), also when only a case opened; recording_closed();
    results_changed(); events_changed() after an edit of them or where others are to be seen;
    person_chosen(int or None); event_chosen(int or None); frame_requested(frame, preview);
    frame_shown(frame); analysis_started(); analysis_progressed(AnalysisProgress);
    analysis_ended(FeadError or AnalysisOutcome); selection_changed(); sound_chosen(stream);
    loop_wanted(first frame, last frame) to be played over and over; said(sentence) for the status bar;
    refused(sentence) when something the analyst asked for could not be done.
    """

    opening_started = Signal(object)
    recording_opened = Signal()
    recording_closed = Signal()
    results_changed = Signal()
    events_changed = Signal()
    person_chosen = Signal(object)
    event_chosen = Signal(object)
    frame_requested = Signal(int, bool)
    frame_shown = Signal(int)
    analysis_started = Signal()
    analysis_progressed = Signal(object)
    analysis_ended = Signal(object)
    selection_changed = Signal()
    sound_chosen = Signal(int)
    loop_wanted = Signal(int, int)
    said = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        supervise: Supervise = supervise_worker,
        rescore: SuperviseRescore = supervise_rescore,
    ):
        super().__init__(parent)
        self.supervise = supervise
        self._jobs: set[Job] = set()
        self._opening: OpenJob | None = None
        self._analysing = Analysing(self)
        self.editing = Editing(self)
        self.face_pictures = FacePictures(self)
        self.person_editing = PersonEditing(self, rescore)
        self.importing = Importing(self)
        self.reviewing = Reviewing(self)
        self.adjusting = Adjusting(self)
        self.filtering = Filtering(self)
        self.provisional = Provisional(self)
        self._forget()

    def _forget(self) -> None:
        self.opened_path: Path | None = None
        self.case: Case | None = None
        self.recording: Path | None = None
        self.index: FrameIndex | None = None
        self.streams = Streams()
        self.sound_stream = 0
        self.other_stream: OtherStream | None = None
        self.missing = ""
        self.table = FeatureTable({})
        self.analysed = AnalysedFrames()
        self.eye_lines = EyeLines()
        self.persons: list[Person] = []
        self.found: list[AnomalyEvent] = []
        self.events: list[AnomalyEvent] = []
        self.person: int | None = None
        self.chosen_event: int | None = None
        self.frame = 0
        self.editing.forget()
        self.person_editing.forget()
        self.face_pictures.forget()
        self.importing.take(())
        self.provisional.forget()
        self.selection: tuple[int, int] | None = None
        self.results = Results(self.table)
        self._scores: Mapping[int, PersonScores] = {}

    # Opening and closing -----------------------------------------------------------------------------

    @property
    def is_opening(self) -> bool:
        """True while a recording or case is being read."""
        return self._opening is not None

    def open_path(self, path: Path) -> None:
        """Open a recording or a case; ends in recording_opened() or refused()."""
        self._open(path, None)

    def use_video_stream(self, number: int) -> None:
        """Show another video stream of the recording, and analyse that one; results stay with their stream."""
        if self.opened_path is not None and self.index is not None and self.index.stream != number:
            self._open(self.opened_path, None, number)

    def use_sound_stream(self, number: int) -> None:
        """Let another of the recording's sounds be heard and drawn."""
        if self.index is not None and number != self.sound_stream:
            self.sound_stream = number
            self.sound_chosen.emit(number)

    def relocate(self, recording: Path) -> None:
        """Tell where the recording of the open case is now."""
        if self.case is not None:
            self._open(self.case.path, recording)

    def close(self) -> None:
        """Close what is open; a running analysis is cancelled."""
        self._opening = None
        self._analysing.give_up()
        self.editing.give_up()
        if self.case is None and self.recording is None:
            return
        if self.case is not None:
            self.case.close()
        self._forget()
        self.recording_closed.emit()

    def shutdown(self) -> None:
        """Close, and wait for every thread; the window calls it last."""
        self.close()
        for job in list(self._jobs):
            job.hurry()
        for job in list(self._jobs):
            job.wait()
        self._jobs.clear()

    def _open(self, path: Path, recording: Path | None, stream: int | None = None) -> None:
        if self.is_analysing:
            self.refused.emit("An analysis is running; cancel it before opening something else.")
            return
        if self._opening is not None:
            self._opening.cancel()
        self._opening = OpenJob(path, recording, self, stream=stream)
        self._opening.ended.connect(self._open_ended)
        self.opening_started.emit(path)
        self.said.emit(f"Opening {path.name} …")
        self.run_job(self._opening)

    def _open_ended(self, job: Job, result: Opened | FeadError) -> None:
        if job is not self._opening:
            return
        self._opening = None
        if isinstance(result, FeadError):
            self.said.emit("")
            if self.case is None and self.recording is None:
                self.recording_closed.emit()  # nothing is open: the panels leave their "Opening …"
            self.refused.emit(str(result))
            return
        self._take(result)

    def _take(self, opened: Opened) -> None:
        try:
            case = None if opened.case_path is None else open_checked(opened.case_path)
        except FeadError as error:
            self.refused.emit(str(error))
            return
        before, frame, sound = self.index, self.frame, self.sound_stream
        same = opened.recording is not None and opened.recording == self.recording
        self.close()
        self.opened_path, self.case = opened.path, case
        self.recording, self.index, self.missing = opened.recording, opened.index, opened.missing
        self.streams = opened.streams
        self.sound_stream = sound if same else 0
        if opened.own_index is not None and opened.index is not None:
            self.other_stream = OtherStream(opened.own_index, opened.index)
        self._remember_place()
        self._take_results(opened.results)
        self.editing.read()
        self.person_editing.opened()
        self.reviewing.resume()
        self.said.emit(f"Opened {opened.path.name}.")
        self.recording_opened.emit()
        self.results_changed.emit()
        self.editing.changed.emit()
        if self.index is not None:
            # Another camera is shown at the same moment.
            stays = same and before is not None
            self.request_frame(frame_beside(frame, before, self.index) if stays and before else 0)

    def _take_results(self, results: Results) -> None:
        self.results = results
        self.table, self.analysed = results.table, results.analysed
        self.eye_lines = results.eye_lines
        self.importing.take(results.imported)
        self.persons, self.found = list(results.persons), list(results.events)
        self._scores = results.scores

    def _remember_place(self) -> None:
        if self.case is None or self.recording is None:
            return
        facts = self.case.recording
        if facts is not None and Path(facts.path) != self.recording:
            try:
                self.case.recording = replace(facts, path=str(self.recording))
            except FeadError as error:
                self.said.emit(str(error))

    # Results -----------------------------------------------------------------------------------------

    def scores(self, person: int) -> PersonScores | None:
        """Return a person's scores, or None where there are none."""
        return self._scores.get(person)

    def thumbnail(self, event: int) -> bytes:
        """Return the JPEG of an event's peak face, or nothing.

        While controls are mixed in, it is the nearest analysed face of each event alike, as for those added by hand.
        """
        if self.provisional.is_shown:
            return self.provisional.thumbnail(event)
        if self.case is None:
            return b""
        made = b"" if self.reviewing.has_controls else self.case.thumbnail(event)
        chosen = self.event_by_rank(event)
        if made or chosen is None:
            return made
        return nearest_face(self.case, self.table, chosen.person, chosen.peak_s)

    def events_of(self, person: int | None) -> list[AnomalyEvent]:
        """Return a person's events (None = everybody's), most unusual first."""
        return [event for event in self.events if person is None or event.person == person]

    def shown_events(self) -> list[AnomalyEvent]:
        """Return the chosen person's events that the filter lets pass, in the order they are listed."""
        return self.filtering.shown(self.events_of(self.person))

    def event_by_rank(self, event: int | None) -> AnomalyEvent | None:
        """Return the event of this rank, if there is one."""
        return next((each for each in self.events if each.event == event), None)

    def name_of(self, person: int) -> str:
        """Return a person's name for the analyst."""
        return next((each.name for each in self.persons if each.person == person), "unassigned")

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about the recording that the analyst should know."""
        facts = None if self.case is None else self.case.recording
        return () if facts is None else facts.remarks

    # Time --------------------------------------------------------------------------------------------

    @property
    def duration_s(self) -> float:
        """Time of the last frame that is known."""
        if self.index is not None and len(self.index):
            return float(self.index.times_s[-1])
        return float(self.table.time_s[-1]) if len(self.table) else 0.0

    def time_of(self, frame: int) -> float:
        """Return the time of a frame; interpolated from the results while the recording is not there."""
        if self.index is not None:
            return float(self.index.time_of(frame))
        if not len(self.table):
            return 0.0
        return float(np.interp(frame, self.table.frame_number, self.table.time_s))

    def frame_at(self, time_s: float) -> int:
        """Return the frame shown at a time."""
        if self.index is not None:
            return int(self.index.frame_at(time_s))
        if not len(self.table):
            return 0
        row = int(np.searchsorted(self.table.time_s, time_s, side="right")) - 1
        return int(self.table.frame_number[max(row, 0)])

    # Choosing ----------------------------------------------------------------------------------------

    def choose_person(self, person: int | None) -> None:
        """Show one person's events and curves; None = all persons."""
        if person == self.person:
            return
        self.person = person
        chosen = self.event_by_rank(self.chosen_event)
        self.person_chosen.emit(person)
        if chosen is not None and person is not None and chosen.person != person:
            self.choose_event(None)

    def choose_event(self, event: int | None) -> None:
        """Choose an event by rank and ask for its peak frame; choosing it again asks again."""
        chosen = self.event_by_rank(event)
        rank = None if chosen is None else chosen.event
        changes, self.chosen_event = rank != self.chosen_event, rank
        if chosen is not None:
            self.request_frame(chosen.peak_frame)  # decoded while the panels follow
        if changes:
            self.event_chosen.emit(rank)

    def next_event(self) -> None:
        """Choose the next less unusual event of the chosen person."""
        self._move_event(+1)

    def previous_event(self) -> None:
        """Choose the next more unusual event of the chosen person."""
        self._move_event(-1)

    def _move_event(self, step: int) -> None:
        ranks = [event.event for event in self.shown_events()]
        if not ranks:
            self.said.emit("No event is listed; choose another person or another filter.")
            return
        if self.chosen_event not in ranks:
            self.choose_event(ranks[0])
            return
        place = ranks.index(self.chosen_event) + step
        if 0 <= place < len(ranks):
            self.choose_event(ranks[place])
        else:
            self.said.emit(f"This is the {'last' if step > 0 else 'first'} event of the list.")

    def request_frame(self, frame: int, preview: bool = False) -> None:
        """Ask the player for a frame; ``preview`` while dragging, when a near one will do."""
        if self.index is None:
            # Without the picture the timeline still follows.
            if len(self.table):
                self.frame_was_shown(min(max(frame, 0), int(self.table.frame_number[-1])))
            return
        self.frame_requested.emit(min(max(frame, 0), len(self.index) - 1), preview)

    def frame_was_shown(self, frame: int) -> None:
        """The player tells which frame it shows."""
        self.frame = frame
        self.frame_shown.emit(frame)

    def select(self, first_frame: int, last_frame: int) -> None:
        """Select a stretch of the recording."""
        chosen = (min(first_frame, last_frame), max(first_frame, last_frame))
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    def deselect(self) -> None:
        """Select nothing."""
        if self.selection is not None:
            self.selection = None
            self.selection_changed.emit()

    def loop_selection(self) -> None:
        """Ask the player to play the selected stretch over and over."""
        if self.selection is not None:
            self.loop_wanted.emit(*self.selection)

    # Analysis ----------------------------------------------------------------------------------------

    @property
    def is_analysing(self) -> bool:
        """True while an analysis runs."""
        return self._analysing.is_running

    def start_analysis(self, parameters: AnalysisParameters) -> None:
        """Analyse the open recording in a child process; ends in analysis_ended()."""
        self._analysing.start(parameters)

    def cancel_analysis(self) -> None:
        """Ask the running analysis to stop; what was done is kept."""
        self._analysing.cancel()

    def show_analysed(self, case_path: Path, results: Results) -> None:
        """Show the results of an analysis that has ended, from the beginning."""
        if self.case is None:
            try:
                self.case = open_checked(case_path)
            except CaseError as error:
                self.refused.emit(str(error))
                return
        self._take_results(results)
        shown = None if self.index is None else self.index.stream
        if self.other_stream is not None and shown == analysed_stream(self.case, self.streams):
            self.editing.count_in_shown_frames()
        self.editing.read()
        self.face_pictures.forget()
        self.person_editing.opened()
        self.reviewing.renew()
        self.person = self.chosen_event = None
        self.person_chosen.emit(None)
        self.event_chosen.emit(None)
        self.results_changed.emit()
        self.editing.changed.emit()

    def show_results(self, results: Results) -> None:
        """Show results of edited persons, or provisional ones; who and what is chosen stays while it is there."""
        chosen = self.event_by_rank(self.chosen_event)
        self._take_results(results)
        self.reviewing.renew()
        self.chosen_event = None if chosen is None else self._rank_of(chosen)
        gone = self.person is not None and not (self.table.person == self.person).any()
        if gone:
            self.person = None
        self.results_changed.emit()
        if gone:
            self.person_chosen.emit(None)
        if chosen is not None:
            self.event_chosen.emit(self.chosen_event)

    def _rank_of(self, event: AnomalyEvent) -> int | None:
        same = [each for each in self.events if each.peak_frame == event.peak_frame]
        same.sort(key=lambda each: each.person != event.person)  # the person may be another one now
        return same[0].event if same else None

    # Files -------------------------------------------------------------------------------------------

    def save_copy(self, path: Path) -> None:
        """Write a complete copy of the case, beside the window; ends in said() or refused()."""
        if self.case is None:
            self.refused.emit("There is no case yet; analyse the recording first.")
            return
        copy = path if path.suffix.lower() == CASE_SUFFIX else Path(f"{path}{CASE_SUFFIX}")
        job = CopyJob(self.case.path, copy, self)
        job.ended.connect(self._copied)
        self.run_job(job)

    def state_purpose(self, purpose: Purpose) -> bool:
        """Keep purpose and legal basis in the case; what can't be kept is refused()."""
        try:
            if self.case is not None:
                self.case.put_purpose(purpose)
        except FeadError as error:
            self.refused.emit(str(error))
            return False
        return True

    def _copied(self, _job: Job, result: str | FeadError) -> None:
        if isinstance(result, FeadError):
            self.refused.emit(str(result))
        else:
            self.said.emit(result)

    # Threads -----------------------------------------------------------------------------------------

    def run_job(self, job: Job) -> None:
        """Start a job; the session waits for it before the window is gone."""
        self._jobs.add(job)
        job.finished.connect(self._job_finished)
        job.start()

    def _job_finished(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._jobs.discard(job)
            job.deleteLater()
