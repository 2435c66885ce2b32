"""FaceMap: all faces of the chosen person as points, near where they look alike; a click shows the frame."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from fead_desktop.case.case import FUSION
from fead_desktop.errors import FeadError
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.gui import theme
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.person_jobs import AskJob, FacePlane, ask_face_plane
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    from fead_desktop.gui.persons.point_cloud import PointCloud

Floats = npt.NDArray[np.float64]

BY_TIME, BY_SCORE = "time", "score"


class FaceMap(QWidget):
    """Says what the points are, lets choose their colour, and shows them."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._plane: FacePlane | None = None
        self._asking: AskJob | None = None
        self.colour_box = QComboBox()
        self.colour_box.setAccessibleName("Colour of the points")
        self.legend = QLabel()
        self.empty = EmptyState()
        self._lay_out()
        self._offer_colours()
        self.colour_box.currentIndexChanged.connect(self._colour)
        session.results_changed.connect(self._forget)
        session.recording_closed.connect(self._forget)
        session.person_chosen.connect(self._forget)
        session.frame_shown.connect(self._mark)
        session.reviewing.hiding_changed.connect(self._hide_scores)

    @cached_property
    def points(self) -> PointCloud:
        """The points; made when there are some to show, since what draws them takes a moment to import."""
        from fead_desktop.gui.persons.point_cloud import PointCloud

        made = PointCloud()
        made.chosen.connect(self._choose)
        self._column.addWidget(made, 1)
        return made

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Colour by"))
        row.addWidget(self.colour_box)
        row.addWidget(self.legend, 1)
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        self._column.addLayout(row)
        self._page = page
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(page)

    def _offer_colours(self) -> None:
        """Scores are not offered while a reviewer is to judge without them."""
        chosen = self.colour_box.currentText()
        blind = self._session.reviewing.blind
        choices = [BY_TIME, *([] if blind else [BY_SCORE]), *EMOTIONS]
        self.colour_box.blockSignals(True)  # noqa: FBT003
        self.colour_box.clear()
        self.colour_box.addItems(choices)
        self.colour_box.setCurrentIndex(max(0, self.colour_box.findText(chosen)))
        self.colour_box.blockSignals(False)  # noqa: FBT003

    def _hide_scores(self) -> None:
        self._offer_colours()
        self._colour()

    def showEvent(self, _event: QShowEvent) -> None:
        if self._plane is None:
            self._ask()

    def _forget(self, _person: object = None) -> None:
        """The faces are another person's, or have changed; they are asked for when somebody looks."""
        self._plane = None
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        session = self._session
        case = session.case
        if case is None or not session.persons:
            self._say("No faces yet", "Analyse the recording first.")
        elif session.person is None:
            self._say("Nobody chosen", "Choose a person to see how alike their faces are.")
        else:
            self._say("Reading the faces …", "")
            self._asking = AskJob(
                case.path, partial(ask_face_plane, person=session.person), session
            )
            self._asking.ended.connect(self._answered)
            session.run_job(self._asking)

    def _answered(self, job: Job, answer: FacePlane | FeadError) -> None:
        if job is not self._asking or isinstance(answer, FeadError):
            return
        if answer.person != self._session.person:
            return
        self._plane = answer
        if not len(answer.place):
            self._say("Too few faces", "Fewer than three faces of this person could be compared.")
            return
        words = [format_timecode(float(second)) for second in answer.time_s]
        self.points.show_points(answer.place.astype(np.float64), words)
        self._stack.setCurrentWidget(self._page)
        self._colour()
        self._mark(self._session.frame)

    def _say(self, headline: str, sentence: str) -> None:
        self.empty.say(headline, sentence)
        self._stack.setCurrentWidget(self.empty)

    def _colour(self, _index: int = 0) -> None:
        plane, by = self._plane, self.colour_box.currentText()
        if plane is None or not len(plane.place):
            return
        if by == BY_TIME:
            values = plane.time_s
        elif by == BY_SCORE:
            values = self._scores(plane)
        else:
            values = plane.emotions[:, EMOTIONS.index(by)].astype(np.float64)
        self.points.colour(values)
        known = values[np.isfinite(values)]
        write = format_timecode if by == BY_TIME else "{:.2f}".format
        self.legend.setText(
            f"dark: {write(float(known.min()))}   bright: {write(float(known.max()))}"
            if len(known)
            else "not measured"
        )

    def _scores(self, plane: FacePlane) -> Floats:
        values = np.full(len(plane.place), np.nan)
        scores = self._session.results.scores.get(plane.person)
        if scores is not None and FUSION in scores.scores and len(scores.frame_number):
            at = np.searchsorted(scores.frame_number, plane.frame_number)
            at = at.clip(0, len(scores.frame_number) - 1)
            there = scores.frame_number[at] == plane.frame_number
            values[there] = scores.scores[FUSION][at[there]]
        return values

    def _mark(self, frame: int | None) -> None:
        if self._plane is not None and len(self._plane.place) and frame is not None:
            self.points.mark(int(np.abs(self._plane.frame_number - frame).argmin()))

    def _choose(self, place: int) -> None:
        if self._plane is not None:
            self._session.request_frame(int(self._plane.frame_number[place]))
