"""PersonEditing: who is who. Edits go in; what they made stale is scored again by itself, a moment later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal

from fead_desktop.case import person_edits
from fead_desktop.case.edits import Edit, Marks
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, FeadError
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.open_job import Results
from fead_desktop.gui.jobs.person_jobs import (
    AskJob,
    Prepared,
    Preview,
    PreviewJob,
    RescoreJob,
    SuperviseRescore,
    WriteFacesJob,
    ask_merge_suggestions,
)
from fead_desktop.persons.assignment import PersonStep
from fead_desktop.persons.suggestions import MergeSuggestion, split_suggestion
from fead_desktop.pipeline.protocol import AnalysisProgress

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session
    from fead_desktop.persons.roster import Faces

IntArray = npt.NDArray[np.int64]
_MakeEdit = Callable[[Marks, "Faces"], Edit | None]

#: Pause after the last edit before its persons are scored again.
REST_MS = 2500


class PersonEditing(QObject):
    """Part of the session. Each edit is saved at once, and taken back by Undo like any other.

    Attributes: ``stale`` (persons whose scores and events are those of before an edit), ``is_stale`` (also where only
    somebody went away), ``problem`` (why edits kept in the case could not be applied, or nothing), ``chosen_faces``
    (rows of the session's table chosen in the contact sheet), ``preview`` (the persons at another similarity, until
    it is applied or dismissed), ``suggestions`` (who may be one person; None while they are not known).

    Signals: changed(), of what is stale or being scored; progressed(AnalysisProgress) while it is; faces_chosen();
    previewed(); suggested(); split_suggested(rows of the part that may be somebody else, empty where there is none).
    """

    changed = Signal()
    progressed = Signal(object)
    faces_chosen = Signal()
    previewed = Signal()
    suggested = Signal()
    split_suggested = Signal(object)

    def __init__(self, session: Session, rescore: SuperviseRescore):
        super().__init__(session)
        self._session, self._supervise = session, rescore
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self.rescore)
        self._rescoring: RescoreJob | None = None
        self._leaving: RescoreJob | None = None
        self._previewing: PreviewJob | None = None
        self._asking: AskJob | None = None
        self._asking_split: AskJob | None = None
        self._prepared: Prepared | None = None
        self._wanted_similarity: float | None = None
        self._steps: tuple[PersonStep, ...] = ()
        self._wants_suggestions = False
        self.forget()

    def forget(self) -> None:
        """Nothing is open any more, or the faces are others."""
        self._rest.stop()
        self._give_up_rescoring()
        for job in (self._previewing, self._asking, self._asking_split):
            if job is not None:
                job.cancel()
        self._previewing = self._asking = self._asking_split = None
        self._prepared, self._wanted_similarity, self._steps = None, None, ()
        self.stale: tuple[int, ...] = ()
        self.is_stale = False
        self.problem = ""
        self.chosen_faces: tuple[int, ...] = ()
        self.preview: Preview | None = None
        self.suggestions: Sequence[MergeSuggestion] | None = None

    # The edits ----------------------------------------------------------------------------------------

    def rename(self, person: int, name: str) -> None:
        """Give a person another name; an empty one brings the number back."""
        self._edit(lambda marks, faces: person_edits.rename(marks, faces, person, name))

    def merge(self, persons: Iterable[int]) -> None:
        """Make one person of several; the lowest number stays."""
        chosen = sorted({each for each in persons if each != UNASSIGNED})
        if len(chosen) < 2:
            self._session.refused.emit(
                "Select two or more persons in the gallery first (Ctrl+click, or Shift and the arrow keys)."
            )
            return
        self._edit(lambda marks, faces: person_edits.merge(marks, faces, chosen), chosen[0])

    def ignore(self, persons: Iterable[int]) -> None:
        """Leave all faces of these persons unassigned."""
        chosen = sorted({each for each in persons if each != UNASSIGNED})
        if chosen:
            self._edit(lambda marks, faces: person_edits.ignore(marks, faces, chosen))

    def split(self, rows: Iterable[int]) -> None:
        """Make a new person of these faces."""
        chosen = np.array(sorted(set(rows)), np.int64)
        if not len(chosen):
            self._session.refused.emit("Choose faces in the contact sheet first.")
            return
        before = {each.person for each in self._session.persons}
        self._edit(lambda marks, faces: person_edits.split(marks, faces, chosen))
        for person in self._session.persons:
            if person.person not in before:
                self._session.said.emit(f"The {len(chosen)} faces are {person.name} now.")

    def move(self, rows: Iterable[int], into: int) -> None:
        """Give these faces to a person, or to nobody (-1)."""
        chosen = np.array(sorted(set(rows)), np.int64)
        if len(chosen):
            self._edit(lambda marks, faces: person_edits.move(marks, faces, chosen, into))

    def keep_apart(self, one: int, other: int) -> None:
        """Reject a merge suggestion: these are two persons."""
        self._edit(lambda marks, faces: person_edits.keep_apart(marks, faces, one, other))

    def reset(self) -> None:
        """Go back to what the analysis said."""
        self._edit(person_edits.reset)

    def _edit(self, make: _MakeEdit, then_choose: int | None = None) -> None:
        session = self._session
        case = session.case
        if session.is_analysing:
            session.refused.emit("An analysis is running; persons can be edited when it has ended.")
            return
        if case is None or not session.persons:
            session.refused.emit("There are no persons yet; analyse the recording first.")
            return
        session.editing.do(lambda marks: make(marks, case.faces()))
        if then_choose in {each.person for each in session.persons}:
            session.choose_person(then_choose)

    # What edits made of the persons -------------------------------------------------------------------

    def opened(self) -> None:
        """A case was opened or analysed: read what its edits made of the persons."""
        self.forget()
        session = self._session
        self._steps = session.editing.marks.person_steps
        self._read_stale()
        if session.case is not None and session.case.has_results:
            # The first edit needs them: read beside the window, they are there by then.
            session.run_job(AskJob(session.case.path, Case.faces, session))
        self.changed.emit()

    def look(self) -> None:
        """An edit was made or taken back: show the persons anew if it was one of theirs."""
        before, self._steps = self._steps, self._session.editing.marks.person_steps
        if self._steps == before:
            return
        if self._is_shown():  # only who must not be merged is another
            self.suggested.emit()
            self._ask_again()
            return
        self.choose_faces(())
        self.dismiss_preview()
        self._give_up_rescoring()
        self._read_stale()
        self._show_edited()
        if self.is_stale and self._session.recording is not None:
            self._rest.start()
        else:
            self._rest.stop()
        self.changed.emit()
        self._ask_again()

    def _is_shown(self) -> bool:
        """True while the session shows who is who now."""
        session, case = self._session, self._session.case
        if case is None:
            return True
        now = case.assignment()
        named = all(each.name == now.name_of(each.person) for each in session.persons)
        return named and np.array_equal(session.table.person, now.person)

    def _read_stale(self) -> None:
        case = self._session.case
        self.stale = () if case is None else case.stale_persons()
        self.is_stale = case is not None and case.is_stale
        self.problem = case.assignment().problem if case is not None and self._steps else ""

    def _show_edited(self) -> None:
        session, case = self._session, self._session.case
        if case is None:
            return
        person = case.assignment().person
        if len(person) != len(session.table):
            return  # another picture of the recording is shown, without results
        persons = tuple(case.persons())
        scores = {each.person: case.person_scores(each.person) for each in persons}
        session.show_results(
            replace(
                session.results,
                table=session.table.with_columns(person=person),
                persons=persons,
                events=tuple(case.machine_events()),
                scores={number: each for number, each in scores.items() if each is not None},
            )
        )

    @property
    def apart(self) -> frozenset[tuple[int, int]]:
        """Pairs (lower, higher) that the analyst said are two persons."""
        case = self._session.case
        return frozenset() if case is None else case.assignment().apart

    # New scores ---------------------------------------------------------------------------------------

    @property
    def is_rescoring(self) -> bool:
        """True while edited persons are scored again."""
        return self._rescoring is not None

    def rescore(self) -> None:
        """Score again what is stale, in a process of its own; ends in changed()."""
        session = self._session
        self._rest.stop()
        if session.case is None or not self.is_stale or self.is_rescoring or session.is_analysing:
            return
        if self._leaving is not None:
            self._rest.start()  # its worker has the case yet
            return
        if session.recording is None:
            session.refused.emit(
                "Locate the recording first; then the persons can be scored again."
            )
            return
        self._rescoring = RescoreJob(session.case.path, self._supervise, session)
        self._rescoring.progressed.connect(self._rescore_progressed)
        self._rescoring.ended.connect(self._rescored)
        session.run_job(self._rescoring)
        self.changed.emit()

    def cancel_rescoring(self) -> None:
        """Stop, or don't begin, scoring again; the old scores stay."""
        self._rest.stop()
        if self._rescoring is not None:
            self._rescoring.cancel()
        self.changed.emit()

    @property
    def has_worker(self) -> bool:
        """True while a worker may write into the case, also one that was told to stop."""
        return self._rescoring is not None or self._leaving is not None

    def _give_up_rescoring(self) -> None:
        if self._rescoring is not None:
            self._rescoring.cancel()
            self._rescoring, self._leaving = None, self._rescoring

    @property
    def waits_to_rescore(self) -> bool:
        """True in the moment between the last edit and the new scores."""
        return self._rest.isActive()

    def _rescore_progressed(self, job: Job, progress: AnalysisProgress) -> None:
        if job is self._rescoring:
            self.progressed.emit(progress)

    def _rescored(self, job: Job, result: Results | FeadError) -> None:
        if job is self._leaving:
            self._leaving = None
        if job is not self._rescoring:
            return
        self._rescoring = None
        session = self._session
        if isinstance(result, Results):
            self._read_stale()
            if session.other_stream is None:
                session.show_results(result)
            session.said.emit("The edited persons are scored again.")
        elif isinstance(result, CancelledError):
            session.said.emit("Stopped; the scores of the edited persons stay out of date.")
        else:
            session.refused.emit(str(result))
        self.changed.emit()

    # Faces and suggestions ----------------------------------------------------------------------------

    def choose_faces(self, rows: Iterable[int]) -> None:
        """Choose faces in the contact sheet, as rows of the session's table."""
        chosen = tuple(sorted(set(rows)))
        if chosen != self.chosen_faces:
            self.chosen_faces = chosen
            self.faces_chosen.emit()

    def rows_of_tracks(self, rows: Sequence[int]) -> list[int]:
        """Return all rows of the tracks that these rows are in, of the same persons."""
        table = self._session.table
        track, person = table["track"], table.person
        chosen = np.asarray(rows, np.int64)
        same = np.isin(track, np.unique(track[chosen])) & np.isin(person, np.unique(person[chosen]))
        return [int(row) for row in np.flatnonzero(same)]

    def write_faces(self, folder: Path) -> None:
        """Write the aligned faces, a folder for each person as they are now; ends in said() or refused()."""
        case = self._session.case
        if case is not None:
            job = WriteFacesJob(case.path, folder, self._session)
            job.ended.connect(self._faces_written)
            self._session.run_job(job)

    def _faces_written(self, _job: Job, result: str | FeadError) -> None:
        told = self._session.refused if isinstance(result, FeadError) else self._session.said
        told.emit(str(result))

    def suggest_split(self, person: int) -> None:
        """Look for somebody else among a person's faces; ends in split_suggested()."""
        case = self._session.case
        if case is None or self._asking_split is not None:
            return
        self._asking_split = AskJob(case.path, partial(_ask_split, person=person), self._session)
        self._asking_split.ended.connect(self._split_found)
        self._session.said.emit("Looking for somebody else among these faces …")
        self._session.run_job(self._asking_split)

    def _split_found(self, job: Job, result: list[IntArray] | FeadError) -> None:
        if job is not self._asking_split:
            return
        self._asking_split = None
        if isinstance(result, FeadError):
            self._session.refused.emit(str(result))
            return
        # The largest part is who the person is; one other at a time can be judged.
        other = [int(row) for row in result[1]] if len(result) > 1 else []
        self._session.said.emit(
            f"{len(other)} faces may be somebody else."
            if other
            else "These faces look like one person."
        )
        self.split_suggested.emit(other)

    def ask_suggestions(self) -> None:
        """Look for persons that may be one; ends in suggested(), again after each edit."""
        self._wants_suggestions = True
        self._ask_again()

    def ask_no_more(self) -> None:
        """Nobody looks at the suggestions any longer."""
        self._wants_suggestions = False
        self._asking, self.suggestions = None, None

    def _ask_again(self) -> None:
        case = self._session.case
        if case is None or not self._wants_suggestions:
            return
        if self._asking is not None:
            self._asking.cancel()
        self._asking = AskJob(case.path, ask_merge_suggestions, self._session)
        self._asking.ended.connect(self._suggestions_found)
        self._session.run_job(self._asking)

    def _suggestions_found(self, job: Job, result: Sequence[MergeSuggestion] | FeadError) -> None:
        if job is not self._asking:
            return
        self._asking = None
        if isinstance(result, FeadError):
            self._session.refused.emit(str(result))
            result = ()
        self.suggestions = tuple(result)
        self.suggested.emit()

    # Another similarity -------------------------------------------------------------------------------

    def show_similarity(self, similarity: float) -> None:
        """Show who would be who at another similarity; ends in previewed()."""
        self._wanted_similarity = similarity
        self._preview_next()

    def apply_preview(self) -> None:
        """Make the shown persons those of the case."""
        preview = self.preview
        if preview is not None:
            self.dismiss_preview()
            self._edit(
                lambda marks, faces: person_edits.recluster(
                    marks, faces, preview.labels, preview.threshold
                )
            )

    def dismiss_preview(self) -> None:
        """Show the persons as they are."""
        self._wanted_similarity = self._previewing = self._prepared = None
        if self.preview is not None:
            self.preview = None
            self.previewed.emit()

    def _preview_next(self) -> None:
        case, similarity = self._session.case, self._wanted_similarity
        if case is None or similarity is None or self._previewing is not None:
            return
        self._wanted_similarity = None
        self._previewing = PreviewJob(case.path, similarity, self._prepared, self._session)
        self._previewing.ended.connect(self._preview_made)
        self._session.run_job(self._previewing)

    def _preview_made(self, job: Job, result: Preview | FeadError) -> None:
        if job is not self._previewing:
            return
        self._prepared, self._previewing = self._previewing.prepared, None
        if isinstance(result, FeadError):
            self._session.refused.emit(str(result))
            return
        self.preview = result
        self.previewed.emit()
        self._preview_next()


def _ask_split(case: Case, person: int) -> list[IntArray]:
    return split_suggestion(case.features(), person)
