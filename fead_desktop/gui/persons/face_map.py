"""FaceMap: all faces of the chosen person as points, near where they look alike; a click shows the frame."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from fead_desktop.case.case import FUSION
from fead_desktop.errors import FeadError
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.gui import theme
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.person_jobs import AskJob, FacePlane, ask_face_plane
from fead_desktop.gui.session import Session
from fead_desktop.gui.widgets import EmptyState
from fead_desktop.video.timebase import format_timecode

Floats = npt.NDArray[np.float64]

BY_TIME, BY_SCORE = "time", "score"

_POINT_PX, _MARGIN_PX, _REACH_PX = 5.0, 16.0, 12.0
_SHADES = 64
#: From low to high, told apart by lightness alone too (after the colours of viridis).
_SCALE = ("#3b3a8f", "#2a788e", "#22a884", "#7ad151", "#fde725")


class FaceMap(QWidget):
    """Says what the points are, lets choose their colour, and shows them."""

    def __init__(self, session: Session, parent: QWidget | None = None):
        super().__init__(parent)
        self._session = session
        self._plane: FacePlane | None = None
        self._asking: AskJob | None = None
        self.colour_box = QComboBox()
        self.colour_box.setAccessibleName("Colour of the points")
        self.points = PointCloud()
        self.points.chosen.connect(self._choose)
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

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Colour by"))
        row.addWidget(self.colour_box)
        row.addWidget(self.legend, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        column.addLayout(row)
        column.addWidget(self.points, 1)
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


class PointCloud(QWidget):
    """Points in a plane, one of them marked.

    Signals: chosen(place), of the point clicked or gone to with the arrow keys.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Faces by likeness")
        self.setMinimumSize(QSize(120, 120))
        self.marked = -1
        self._at: Floats = np.empty((0, 2))
        self._words: list[str] = []
        self._shade: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._drawn: QPixmap | None = None

    def show_points(self, at: Floats, words: list[str]) -> None:
        """Show points (n, 2), with a tool tip each."""
        low, high = at.min(axis=0), at.max(axis=0)
        # One scale for both axes, so that distances mean the same along them.
        self._at = (at - (low + high) / 2) / max(float((high - low).max()), 1e-9)
        self._words, self.marked = words, -1
        self._shade = np.zeros(len(at), np.int64)
        self._redraw()

    def colour(self, values: Floats) -> None:
        """Colour the points by values (n,), from the 2 % to the 98 % quantile; NaN stays grey."""
        self._shade = np.full(len(values), -1, np.int64)
        known = np.isfinite(values)
        if known.any():
            low, high = np.quantile(values[known], (0.02, 0.98))
            share = (values[known] - low) / max(float(high - low), 1e-9)
            self._shade[known] = (share.clip(0, 1) * (_SHADES - 1)).round().astype(np.int64)
        self._redraw()

    def mark(self, place: int) -> None:
        """Ring a point."""
        self.marked = place
        words = self._words[place] if 0 <= place < len(self._words) else ""
        self.setAccessibleDescription(words)
        self.update()

    def position(self, place: int) -> QPointF:
        """Return where a point is painted."""
        x, y = self._places()[place]
        return QPointF(float(x), float(y))

    def place_at(self, position: QPointF) -> int:
        """Return the point nearest to a position; -1 where none is near."""
        if not len(self._at):
            return -1
        away = np.linalg.norm(self._places() - (position.x(), position.y()), axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _REACH_PX else -1

    def _places(self) -> Floats:
        side = max(1.0, min(self.width(), self.height()) - 2 * _MARGIN_PX)
        places: Floats = self._at * side + (self.width() / 2, self.height() / 2)
        return places

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    # Qt ----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._drawn is None:
            self._drawn = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn)
        if 0 <= self.marked < len(self._at):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 2))
            painter.drawEllipse(self.position(self.marked), _POINT_PX + 2, _POINT_PX + 2)
        painter.end()

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(self.palette().color(QPalette.ColorRole.Base))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        places, half = self._places(), _POINT_PX / 2
        # The bright ones are what is looked for: they come last, on top.
        for place in np.argsort(self._shade, kind="stable"):
            painter.setBrush(shade(int(self._shade[place])))
            x, y = places[place]
            painter.drawEllipse(QRectF(x - half, y - half, _POINT_PX, _POINT_PX))
        painter.end()
        return pixmap

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.mark(place)
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step or not len(self._at):
            super().keyPressEvent(event)
            return
        place = min(max(self.marked + step, 0), len(self._at) - 1)
        self.mark(place)
        self.chosen.emit(place)

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            place = self.place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._words[place] if place >= 0 else "", self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]


@cache
def shade(number: int) -> QColor:
    """Return a colour of the scale, from 0 to the brightest; -1 = not measured."""
    if number < 0:
        return QColor("#808080")
    stops = [QColor(each) for each in _SCALE]
    whole, part = divmod(number / (_SHADES - 1) * (len(stops) - 1), 1)
    before, after = stops[int(whole)], stops[min(int(whole) + 1, len(stops) - 1)]
    mixed = [
        round(a + part * (b - a))
        for a, b in (
            (before.red(), after.red()),
            (before.green(), after.green()),
            (before.blue(), after.blue()),
        )
    ]
    return QColor(*mixed)
