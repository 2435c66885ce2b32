"""TimelineView: overview, ruler and lanes over one time scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import Marks, Range
from fead_desktop.gui import theme
from fead_desktop.gui.timeline.curve_lanes import ScoreLane
from fead_desktop.gui.timeline.lane import Lane
from fead_desktop.gui.timeline.lane_area import LaneArea
from fead_desktop.gui.timeline.lane_table import LaneLayout
from fead_desktop.gui.timeline.overview import OverviewBar
from fead_desktop.gui.timeline.ruler import Ruler
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.gui.timeline.selection_bar import SelectionBar

_ZOOM_STEP = 0.6


class TimelineView(QWidget):
    """Keeps its parts on one scale; knows nothing of a session.

    Signals: sought(seconds, preview); everything else is told by ``area``, ``bar`` and ``menu``.
    """

    sought = Signal(float, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scale = TimeScale.whole(1.0)
        self.overview, self.ruler, self.area = OverviewBar(), Ruler(), LaneArea()
        self.menu = QMenu(self)
        self.bar = SelectionBar(self.area.viewport())
        self._heads = [QWidget(), QWidget()]
        self._lay_out()
        for part in (self.overview, self.area):
            part.scale_wanted.connect(self.set_scale)
        self.ruler.sought.connect(self.sought)
        self.area.sought.connect(self._clicked)
        self.area.field_moved.connect(self._align)
        self.set_scale(self.scale)

    # What is shown -----------------------------------------------------------------------------------

    def set_duration(self, duration_s: float) -> None:
        """Take another recording, and show all of it; one of the same length is shown as before."""
        whole = TimeScale.whole(duration_s)
        if whole.duration_s != self.scale.duration_s:
            self.set_scale(whole)

    def set_scale(self, scale: TimeScale) -> None:
        """Show a part of the recording."""
        self.scale = scale
        for part in (self.overview, self.ruler, self.area):
            part.set_scale(scale)
        self._place_bar()

    def show_lanes(self, lanes: Sequence[Lane], layout: LaneLayout) -> None:
        """Show these lanes from top to bottom."""
        self.area.show_lanes(lanes, layout)

    def show_events(self, events: Sequence[AnomalyEvent], chosen: int | None) -> None:
        """Show events."""
        self.area.show_events(events, chosen)
        self.overview.show_events(events)

    def show_marks(self, marks: Marks, ranges: Sequence[Range]) -> None:
        """Show markers and ranges."""
        self.area.show_marks(marks, ranges)
        self.overview.show_marks(marks, ranges)

    def set_cursor(self, time_s: float | None) -> None:
        """Move the cursor; no curve is painted again."""
        for part in (self.overview, self.ruler, self.area):
            part.set_cursor(time_s)

    def set_threshold(self, threshold: float | None) -> None:
        """Move the line of every score lane."""
        for lane in self.area.lanes:
            if isinstance(lane, ScoreLane):
                lane.threshold = threshold
        self.area.viewport().update()

    def set_selection(self, selection: tuple[float, float] | None, who: str, *, done: bool) -> None:
        """Show what is selected, and when the drag is over what can be done with it."""
        self.area.set_selection(selection)
        self.ruler.set_selection(selection)
        self.bar.setVisible(selection is not None and done)
        if selection is not None:
            self.bar.describe(*selection, who)
            self._place_bar()

    @property
    def taken(self) -> int:
        """How often points were taken from a pyramid."""
        return sum(lane.taken for lane in self.area.lanes)

    # Zoom --------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Zoom out to the whole recording."""
        self.set_scale(TimeScale.whole(self.scale.duration_s))

    def zoom(self, steps: int) -> None:
        """Zoom in (> 0) or out, around the cursor if it can be seen."""
        cursor = self.area.cursor_s
        middle = (self.scale.start_s + self.scale.stop_s) / 2
        at = cursor if cursor is not None and self.scale.sees(cursor) else middle
        self.set_scale(self.scale.zoomed(_ZOOM_STEP**steps, at))

    def zoom_to(self, start_s: float, stop_s: float, margin: float = 0.0) -> None:
        """Show a stretch, with a share of it on both sides."""
        self.set_scale(self.scale.showing(start_s, stop_s, margin))

    def show_time(self, start_s: float, stop_s: float) -> None:
        """Pan, without zooming, until a stretch can be seen."""
        self.set_scale(self.scale.reaching(start_s, stop_s))

    # Inside ------------------------------------------------------------------------------------------

    def _clicked(self, time_s: float) -> None:
        self.sought.emit(time_s, False)  # noqa: FBT003

    def _lay_out(self) -> None:
        self.lanes_button = QToolButton()
        self.lanes_button.setText("Lanes")
        self.lanes_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.lanes_button.setMenu(self.menu)
        self.lanes_button.setToolTip("Show, hide and arrange the lanes")
        self.lanes_button.setAccessibleName("Lanes")
        self.zoom_buttons: list[QToolButton] = []
        row = QHBoxLayout(self._heads[0])
        row.setContentsMargins(theme.UNIT // 2, 0, theme.UNIT, 0)
        row.setSpacing(2)
        row.addWidget(self.lanes_button)
        row.addStretch(1)
        for words, tip, do in (
            ("−", "Zoom out", lambda: self.zoom(-1)),
            ("+", "Zoom in", lambda: self.zoom(1)),
            ("All", "Show the whole recording", self.show_all),
        ):
            button = QToolButton()
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(do)
            row.addWidget(button)
            self.zoom_buttons.append(button)
        for button in (self.lanes_button, *self.zoom_buttons):
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._rows = []
        for head, part in zip(self._heads, (self.overview, self.ruler), strict=True):
            line = QHBoxLayout()
            line.setContentsMargins(0, 0, theme.UNIT, 0)
            line.setSpacing(0)
            line.addWidget(head)
            line.addWidget(part, 1)
            column.addLayout(line)
            self._rows.append(line)
        column.addWidget(self.area, 1)

    def _align(self) -> None:
        """Put overview and ruler above the field of the lanes."""
        left = round(self.area.field_left)
        right = self.area.width() - left - round(self.area.field_width)
        for head, row in zip(self._heads, self._rows, strict=True):
            head.setFixedWidth(left)
            row.setContentsMargins(0, 0, right, 0)
        self._place_bar()

    def _place_bar(self) -> None:
        selection = self.area.selection
        if selection is None:
            return
        size = self.bar.sizeHint()
        left = self.area.field_left
        middle = sum(self.scale.x_of(t, self.area.field_width) for t in selection) / 2
        most = left + self.area.field_width - size.width() - 4
        x = max(min(left + middle - size.width() / 2, most), left + 4)
        self.bar.setGeometry(round(x), 4, size.width(), size.height())
        self.bar.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.ruler.updateGeometry()
            self._align()
