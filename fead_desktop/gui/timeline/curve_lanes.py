"""Lanes of curves: scores and measures over one vertical range, and the sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from fead_desktop.anomalies.threshold import count_at
from fead_desktop.gui import theme
from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline.drawing import draw_curve, draw_elided
from fead_desktop.gui.timeline.lane import Entry, Lane
from fead_desktop.gui.timeline.lane_table import LaneKind
from fead_desktop.gui.timeline.lanes import Curve, value_at
from fead_desktop.gui.timeline.pyramid import Pyramid
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.video.timebase import format_timecode

#: Guides nearer to each other than this would be ground rather than lines.
_GUIDE_PX = 9.0


def short_number(value: float) -> str:
    """Write a number in at most five characters, up to a million."""
    if abs(value) >= 1000:
        return f"{value / 1000:.0f}k" if abs(value) >= 9950 else f"{value / 1000:.1f}k"
    return f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"


@dataclass(frozen=True)
class LaneCurve:
    """A curve with its pyramid; ``detail`` for the tool tip."""

    label: str
    style: Style
    curve: Curve
    pyramid: Pyramid
    detail: str = ""

    @classmethod
    def of(cls, label: str, style: Style, curve: Curve, detail: str = "") -> LaneCurve:
        """Build the pyramid."""
        return cls(label, style, curve, Pyramid(*curve), detail)


@dataclass(frozen=True)
class CurveSet:
    """The curves of a lane and its vertical range.

    form : writes a value; ``axis`` the ends of the range.
    guides : values with a dotted line.
    words : what to say where there is no curve.
    """

    curves: tuple[LaneCurve, ...]
    low: float
    high: float
    form: Callable[[float], str] = "{:.2f}".format
    axis: Callable[[float], str] = short_number
    guides: tuple[float, ...] = (0.0,)
    words: str = ""


class CurveLane(Lane):
    """Curves over one vertical range; they are made when they are first painted."""

    def __init__(
        self,
        kind: LaneKind,
        load: Callable[[], CurveSet],
        *,
        title: str = "",
        person: int | None = None,
        who: str = "",
    ):
        super().__init__(kind, title, person, who)
        self._load = load

    @cached_property
    def set(self) -> CurveSet:
        """The curves."""
        return self._load()

    @property
    def limits(self) -> tuple[float, float]:
        """The vertical range."""
        return self.set.low, self.set.high

    @property
    def axis(self) -> tuple[str, str] | None:
        """The ends of the vertical range, in words."""
        return (
            (self.set.axis(self.set.low), self.set.axis(self.set.high)) if self.set.curves else None
        )

    @property
    def taken(self) -> int:
        """How often points were taken from a pyramid."""
        if "set" not in self.__dict__:
            return 0
        return sum(curve.pyramid.taken for curve in self.set.curves)

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        if not self.set.curves:
            painter.setPen(QColor(theme.colours().muted))
            draw_elided(painter, field.adjusted(theme.UNIT, 0, 0, 0), self.set.words)
            return
        painter.setPen(QPen(QColor(theme.colours().line), 0, Qt.PenStyle.DotLine))
        guides = [guide for guide in self.set.guides if self.set.low < guide < self.set.high]
        if field.height() < _GUIDE_PX * (len(guides) + 1):
            guides = []
        for guide in guides:
            y = round(value_y(field, self.limits, guide)) + 0.5
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
        painter.save()
        painter.setClipRect(field)
        for curve in self.set.curves:
            draw_curve(painter, curve.pyramid, scale, field, limits=self.limits, style=curve.style)
        painter.restore()

    def entries(self, time_s: float) -> list[Entry]:
        found = []
        for curve in self.set.curves:
            value = value_at(curve.curve, time_s)
            text = self.set.form(value) if np.isfinite(value) else "–"
            found.append(Entry(curve.label, text, curve.style))
        return found

    def tip(self, time_s: float, near_s: float) -> str:
        lines = [
            f"{curve.detail or curve.label}  {entry.value}"
            for curve, entry in zip(self.set.curves, self.entries(time_s), strict=True)
        ]
        return "\n".join([format_timecode(time_s), *lines])


class ScoreLane(CurveLane):
    """The anomaly score with the threshold line and the number of events above it."""

    def __init__(
        self,
        kind: LaneKind,
        load: Callable[[], CurveSet],
        *,
        peaks: npt.NDArray[np.float64] | None,
        title: str = "",
        person: int | None = None,
        who: str = "",
    ):
        super().__init__(kind, load, title=title, person=person, who=who)
        #: Scores of all events the curve holds; None where it has no threshold.
        self.peaks = peaks
        self.threshold: float | None = None

    @property
    def has_threshold(self) -> bool:
        """True if there is a line to drag."""
        return self.threshold is not None and self.peaks is not None

    def threshold_y(self, field: QRectF) -> float:
        """Return where the line lies; at the edge where its value lies outside."""
        y = value_y(field, self.limits, self.threshold or 0.0)
        return min(max(y, field.top() + 1), field.bottom() - 2)

    def threshold_at(self, field: QRectF, y: float) -> float:
        """Return the threshold of a place."""
        share = (field.bottom() - 1 - y) / max(field.height() - 2, 1)
        return self.set.low + min(max(share, 0.0), 1.0) * (self.set.high - self.set.low)

    @property
    def threshold_text(self) -> str:
        """Say how many events there are above the line."""
        if self.threshold is None or self.peaks is None:
            return ""
        count = count_at(self.peaks, self.threshold)
        return f"≥ {self.threshold:.1f} → {count} {'event' if count == 1 else 'events'}"

    def paint_threshold(self, painter: QPainter, field: QRectF) -> None:
        """Paint line and words over the curves."""
        if not self.has_threshold:
            return
        of = theme.colours()
        y = round(self.threshold_y(field)) + 0.5
        painter.setPen(QPen(QColor(of.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
        text = self.threshold_text
        metrics = QFontMetricsF(painter.font())
        wide, high = metrics.horizontalAdvance(text) + 10, metrics.height() + 2
        top = y - high - 1 if y - high - 1 > field.top() else y + 2
        label = QRectF(field.right() - wide - 4, top, wide, high)
        painter.fillRect(label, QColor(of.raised))
        painter.setPen(QColor(of.text))
        painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), text)


class SoundLane(Lane):
    """The sound as the band between its lowest and highest samples, or words on why there is none."""

    def __init__(self, kind: LaneKind, pyramid: Pyramid | None, words: str):
        super().__init__(kind)
        self._pyramid = pyramid
        self._words = words

    @property
    def taken(self) -> int:
        """How often points were taken from the pyramid."""
        return 0 if self._pyramid is None else self._pyramid.taken

    @property
    def is_bare(self) -> bool:
        """True where there is no sound."""
        return self._pyramid is None

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        if self._pyramid is None:
            painter.setPen(QColor(theme.colours().muted))
            draw_elided(painter, field.adjusted(theme.UNIT, 0, 0, 0), self._words)
            return
        loudest = float(np.nanmax(np.abs(self._pyramid.y))) if len(self._pyramid.y) else 0.0
        most = max(loudest, 0.02)
        style = theme.CURVE_STYLES[1]
        whole = Style(style.colour, style.on_light)
        draw_curve(painter, self._pyramid, scale, field, limits=(-most, most), style=whole)


def value_y(field: QRectF, limits: tuple[float, float], value: float) -> float:
    """Return where a value lies in a lane."""
    low, high = limits
    return field.bottom() - 1 - (value - low) / max(high - low, 1e-12) * (field.height() - 2)
