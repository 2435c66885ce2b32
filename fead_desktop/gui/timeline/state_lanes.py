"""Lanes of stretches that follow each other: coverage and shots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from fead_desktop.gui import theme
from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline.drawing import fill_pattern, readable_on, stretch
from fead_desktop.gui.timeline.lane import Entry, Lane
from fead_desktop.gui.timeline.lane_table import LaneKind
from fead_desktop.gui.timeline.lanes import States
from fead_desktop.gui.timeline.scale import TimeScale


class StatesLane(Lane):
    """One state after another, in colours and patterns."""

    def __init__(
        self,
        kind: LaneKind,
        load: Callable[[], States],
        styles: Sequence[tuple[str, Style]],
        *,
        person: int | None = None,
        who: str = "",
    ):
        super().__init__(kind, "", person, who)
        self._load = load
        self._styles = styles

    @cached_property
    def states(self) -> States:
        """The states."""
        return self._load()

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        inner = field.adjusted(0, 2, 0, -2)
        for run in self.states.runs(scale.start_s, scale.stop_s, max(int(field.width()), 1)):
            area = stretch(scale, inner, run.start_s, run.stop_s)
            if area is None:
                continue
            style = self._styles[run.state][1]
            if style.pattern == Qt.BrushStyle.SolidPattern:
                painter.fillRect(area, QColor(style.shown))
            else:
                fill_pattern(painter, area, style, 230)

    def entries(self, time_s: float) -> list[Entry]:
        state = self.states.at(time_s)
        if state is None:
            return [Entry("not analysed")]
        name, style = self._styles[state]
        return [Entry(name, "", style, filled=True)]

    def tip(self, time_s: float, near_s: float) -> str:
        lines = []
        for number, (name, _) in enumerate(self._styles):
            share = self.states.share(number)
            if share > 0:
                lines.append(f"{name}: {share:.1%} of the analysed frames")
        return "\n".join(lines)


class ShotsLane(Lane):
    """The shots, by turns lighter and darker, with their numbers where they fit."""

    def __init__(self, kind: LaneKind, starts: npt.NDArray[np.float64], duration_s: float):
        super().__init__(kind)
        self._starts = starts
        self._end = duration_s

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        of = theme.colours()
        inner = field.adjusted(0, 2, 0, -2)
        first = max(int(np.searchsorted(self._starts, scale.start_s, "right")) - 1, 0)
        last = int(np.searchsorted(self._starts, scale.stop_s, "right"))
        metrics = QFontMetricsF(painter.font())
        for k in range(first, last):
            end = float(self._starts[k + 1]) if k + 1 < len(self._starts) else self._end
            area = stretch(scale, inner, float(self._starts[k]), end)
            if area is None:
                continue
            ground = of.line if k % 2 else of.raised
            painter.fillRect(area, QColor(ground))
            painter.fillRect(QRectF(area.left(), area.top(), 1, area.height()), QColor(of.muted))
            text = str(k + 1)
            if metrics.horizontalAdvance(text) + 8 < area.width():
                painter.setPen(QColor(readable_on(ground)))
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)

    def entries(self, time_s: float) -> list[Entry]:
        shot = int(np.searchsorted(self._starts, time_s + 1e-6, "right"))
        return [Entry(f"shot {shot} of {len(self._starts)}")] if shot else []
