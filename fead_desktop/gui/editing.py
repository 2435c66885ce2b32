"""Editing: the analyst's edits of the open case, and the way back from each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fead_desktop.case import edits
from fead_desktop.case.edits import Edit, Marker, Marks, Range, RangeKind
from fead_desktop.case.history import Steps
from fead_desktop.case.other_stream import Stretch
from fead_desktop.errors import FeadError
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.make_case_job import MakeCaseJob
from fead_desktop.gui.jobs.open_job import open_checked
from fead_desktop.review.verdict import Verdict

if TYPE_CHECKING:
    from fead_desktop.gui.session import Session

_MakeEdit = Callable[[Marks], Edit | None]


class Editing(QObject):
    """Part of the session. Each edit is saved at once; the first one makes a case where there is none.

    Attributes: ``marks`` (markers and ranges), ``steps`` (what Undo and Redo would do).

    Signals: changed(), of the marks or of the steps.
    """

    changed = Signal()

    def __init__(self, session: Session):
        super().__init__(session)
        self._session = session
        self._making: MakeCaseJob | None = None
        self._waiting_edits: list[_MakeEdit] = []
        self.forget()

    def forget(self) -> None:
        """Nothing is open any more."""
        self.marks = Marks()
        self.steps = Steps()

    def read(self) -> None:
        """Read what the case holds."""
        case = self._session.case
        if case is not None:
            other = self._session.other_stream
            marks = case.marks()
            self.marks = marks if other is None else other.marks(marks)
            self.steps = case.steps()

    def give_up(self) -> None:
        """Leave undone what waits for a case."""
        if self._making is not None:
            self._making.cancel()
        self._making, self._waiting_edits = None, []

    @property
    def makes_case(self) -> bool:
        """True while the first edit waits for its case."""
        return self._making is not None

    # The edits ----------------------------------------------------------------------------------------

    def add_marker(
        self,
        first_frame: int,
        last_frame: int | None = None,
        *,
        text: str = "",
        colour: str = edits.MARKER_COLOURS[0],
    ) -> None:
        """Mark a frame, or a stretch; saved at once."""
        last = first_frame if last_frame is None else last_frame
        times = self._session.time_of(first_frame), self._session.time_of(last)
        new = self._kept(Marker(0, *times, first_frame, last, colour, text))
        self._edit(lambda marks: edits.add_marker(marks, new))

    def edit_marker(self, marker: int, **changes: object) -> None:
        """Change text, colour, or the frames of a marker."""
        other = self._session.other_stream
        for frame, time in (("start_frame", "start_s"), ("end_frame", "end_s")):
            number = changes.get(frame)
            if isinstance(number, int) and other is None:
                changes[time] = self._session.time_of(number)
            elif isinstance(number, int) and other is not None:
                changes[frame] = kept = other.kept_frame(number)
                changes[time] = other.own.time_of(kept)
        self._edit(lambda marks: edits.edit_marker(marks, marker, **changes))

    def remove_marker(self, marker: int) -> None:
        """Remove a marker."""
        self._edit(lambda marks: edits.remove_marker(marks, marker))

    def add_range(
        self, kind: RangeKind, first_frame: int, last_frame: int, person: int | None = None
    ) -> None:
        """Mark a stretch as usual behaviour ("baseline") or as left out ("excluded"); None = for everybody."""
        times = self._session.time_of(first_frame), self._session.time_of(last_frame)
        new = self._kept(Range(0, kind, person, *times, first_frame, last_frame))
        self._edit(lambda marks: edits.add_range(marks, new))

    def remove_range(self, number: int) -> None:
        """Remove a baseline or excluded range."""
        self._edit(lambda marks: edits.remove_range(marks, number))

    def count_in_shown_frames(self) -> None:
        """Let the case count in the frames of the picture that is shown, because that one was analysed now."""
        session = self._session
        other, session.other_stream = session.other_stream, None
        if other is not None:
            self._edit(other.recounted)

    def add_verdict(self, verdict: Verdict) -> None:
        """Keep a verdict; earlier ones of the same reviewer stay."""
        self._edit(lambda marks: edits.add_verdict(marks, verdict))

    def set_reasons(self, words: Iterable[str]) -> None:
        """Make these the reasons to choose from."""
        chosen = tuple(words)
        self._edit(lambda marks: edits.set_reasons(marks, chosen))

    def do(self, make: Callable[[Marks], Edit | None]) -> None:
        """Do the edit that is made of the marks as they are; None = nothing to do."""
        self._edit(make)

    def undo(self) -> None:
        """Take the last edit back."""
        case = self._session.case
        self._step("Undone", None if case is None else case.undo)

    def redo(self) -> None:
        """Do again what was undone last."""
        case = self._session.case
        self._step("Done again", None if case is None else case.redo)

    # Inside ------------------------------------------------------------------------------------------

    def _kept(self, item: Stretch) -> Stretch:
        """Return a marker or range in the frames in which the case counts."""
        other = self._session.other_stream
        return item if other is None else other.kept(item)

    def _step(self, what: str, step: Callable[[], Edit | None] | None) -> None:
        if step is None:
            return
        try:
            edit = step()
        except FeadError as error:
            self._session.refused.emit(str(error))
            return
        if edit is not None:
            self._edited()
            self._session.said.emit(f"{what}: {edit.title}.")

    def _edit(self, make: _MakeEdit) -> None:
        case = self._session.case
        if self._session.provisional.is_shown:
            self._session.refused.emit(
                "What is shown is provisional; it can be marked and judged once the analysis has finished."
            )
            return
        if case is None:
            self._make_case_for(make)
            return
        try:
            edit = make(case.marks())
            if edit is not None:
                case.do(edit)
        except FeadError as error:
            self._session.refused.emit(str(error))
            return
        self._edited()

    def _edited(self) -> None:
        self.read()
        self._session.person_editing.look()
        self.changed.emit()

    def _make_case_for(self, make: _MakeEdit) -> None:
        session = self._session
        if session.recording is None or session.index is None:
            session.refused.emit("Open a recording first; then it can be marked.")
            return
        if session.is_analysing:
            session.refused.emit(
                "The recording can be marked once its first analysis has finished."
            )
            return
        self._waiting_edits.append(make)
        if self._making is None:
            self._making = MakeCaseJob(session.recording, session.index, self)
            self._making.ended.connect(self._case_made)
            session.said.emit("Making a case for the recording …")
            session.run_job(self._making)

    def _case_made(self, job: Job, result: Path | FeadError) -> None:
        if job is not self._making:
            return
        session = self._session
        waiting, self._waiting_edits, self._making = self._waiting_edits, [], None
        try:
            if isinstance(result, FeadError):
                raise result
            if session.case is None:
                session.case = open_checked(result)
        except FeadError as error:
            session.said.emit("")
            session.refused.emit(str(error))
            return
        session.said.emit(f"Edits are kept in {result.name}.")
        for make in waiting:
            self._edit(make)
