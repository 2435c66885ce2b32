"""The lanes: each paints its stretch of time and says what it shows at one moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.threshold import count_at
from fead_desktop.case.edits import Marker, Marks, Range
from fead_desktop.gui import theme
from fead_desktop.gui.theme import Style
from fead_desktop.gui.timeline.drawing import (
    MARKER_STYLES,
    draw_curve,
    draw_elided,
    fill_pattern,
    readable_on,
    smooth,
    stretch,
)
from fead_desktop.gui.timeline.lane_table import LaneKind
from fead_desktop.gui.timeline.lanes import Curve, States, value_at
from fead_desktop.gui.timeline.pyramid import Pyramid
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.video.timebase import format_timecode

#: How near a click must be to a thing, in pixels.
NEAR_PX = 5.0


@dataclass(frozen=True)
class Entry:
    """A line in the head of a lane: what it is, its value at the moment, what stands for it."""

    label: str
    value: str = ""
    style: Style | None = None
    filled: bool = False


class Lane(ABC):
    """A row of the timeline. ``who`` names the person it is about, if it is about one."""

    #: The vertical range is worth two numbers.
    limits: tuple[float, float] | None = None

    def __init__(self, kind: LaneKind, title: str = "", person: int | None = None, who: str = ""):
        self.kind = kind
        self.title = title or kind.title
        self.person = person
        self.who = who

    @abstractmethod
    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        """Paint the visible stretch."""

    def entries(self, time_s: float) -> list[Entry]:
        """Return what the head says about a moment."""
        return []

    def tip(self, time_s: float, near_s: float) -> str:
        """Return words on what lies at a moment, or nothing."""
        return ""

    @property
    def taken(self) -> int:
        """How often points were taken from a pyramid; moving the cursor must not raise it."""
        return 0


# Curves -------------------------------------------------------------------------------------------------


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
    """The curves of a lane and its vertical range; ``form`` writes a value."""

    curves: tuple[LaneCurve, ...]
    low: float
    high: float
    form: str = "{:.2f}"


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
    def limits(self) -> tuple[float, float]:  # type: ignore[override]
        """The vertical range."""
        return self.set.low, self.set.high

    @property
    def taken(self) -> int:
        """How often points were taken from a pyramid."""
        if "set" not in self.__dict__:
            return 0
        return sum(curve.pyramid.taken for curve in self.set.curves)

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        if self.set.low < 0 < self.set.high:
            painter.setPen(QPen(QColor(theme.colours().line), 0, Qt.PenStyle.DotLine))
            y = value_y(field, self.limits, 0.0)
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
            text = self.set.form.format(value) if np.isfinite(value) else "–"
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


# Stretches ----------------------------------------------------------------------------------------------


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
            painter.fillRect(area, QColor(of.line if k % 2 else of.raised))
            painter.fillRect(QRectF(area.left(), area.top(), 1, area.height()), QColor(of.muted))
            text = str(k + 1)
            if metrics.horizontalAdvance(text) + 8 < area.width():
                painter.setPen(QColor(of.text))
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)

    def entries(self, time_s: float) -> list[Entry]:
        shot = int(np.searchsorted(self._starts, time_s + 1e-6, "right"))
        return [Entry(f"shot {shot} of {len(self._starts)}")] if shot else []


class EventsLane(Lane):
    """The events with their ranks; a click chooses one."""

    def __init__(self, kind: LaneKind, events: Sequence[AnomalyEvent], chosen: int | None):
        super().__init__(kind)
        self.events = events
        self.chosen = chosen

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        of = theme.colours()
        metrics = QFontMetricsF(painter.font())
        taken: list[QRectF] = []
        # The chosen one and the most unusual ones get the room for their numbers.
        for event in sorted(self.events, key=lambda e: (e.event != self.chosen, e.event)):
            if not scale.sees(event.peak_s):
                continue
            wide = max(metrics.horizontalAdvance(str(event.event)) + 8, 14)
            x = field.left() + scale.x_of(event.peak_s, field.width())
            left = min(max(x - wide / 2, field.left()), field.right() - wide)
            tag = QRectF(left, field.top() + 2, wide, field.height() - 4)
            if any(tag.intersects(other) for other in taken):
                continue
            taken.append(tag)
            chosen = event.event == self.chosen
            smooth(painter, on=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(of.chosen_event if chosen else of.raised))
            painter.drawRoundedRect(tag, 3, 3)
            smooth(painter, on=False)
            painter.setPen(QColor(of.on_accent if chosen else of.text))
            painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), str(event.event))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def entries(self, time_s: float) -> list[Entry]:
        if not self.events:
            return [Entry("none")]
        there = [e for e in self.events if e.onset_s <= time_s <= e.offset_s]
        return [
            Entry(
                f"event {there[0].event} of {len(self.events)}" if there else f"{len(self.events)}"
            )
        ]

    def event_at(self, time_s: float, near_s: float) -> AnomalyEvent | None:
        """Return the event nearest to a time, if one is near enough."""
        near = [e for e in self.events if e.onset_s - near_s <= time_s <= e.offset_s + near_s]
        near += [e for e in self.events if abs(e.peak_s - time_s) <= near_s]
        return min(near, key=lambda e: (abs(e.peak_s - time_s), e.event), default=None)

    def tip(self, time_s: float, near_s: float) -> str:
        event = self.event_at(time_s, near_s)
        if event is None:
            return ""
        reasons = "\n".join(str(reason) for reason in event.reasons[:3])
        head = f"Event {event.event} · {format_timecode(event.peak_s)} · score {event.score:.1f}"
        return f"{head}\n{reasons}".strip()


class MarkersLane(Lane):
    """Markers above, baseline and excluded ranges below; a double click edits a marker."""

    def __init__(
        self, kind: LaneKind, marks: Marks, ranges: Sequence[Range], names: Callable[[int], str]
    ):
        super().__init__(kind)
        self.marks = marks
        self._ranges = ranges
        self._names = names

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        if not self.marks.markers and not self._ranges:
            painter.setPen(QColor(theme.colours().muted))
            words = "M marks the shown frame; drag with Shift to select a stretch."
            draw_elided(painter, field.adjusted(theme.UNIT, 0, 0, 0), words)
            return
        half = field.height() / 2
        upper = QRectF(field.left(), field.top(), field.width(), half)
        lower = QRectF(field.left(), field.top() + half, field.width(), half)
        painter.save()
        painter.setClipRect(field)
        for each in self._ranges:
            area = stretch(scale, lower.adjusted(0, 1, 0, -2), each.start_s, each.end_s)
            if area is not None:
                style = theme.COVERAGE_STYLES[each.kind]
                fill_pattern(painter, area, style, 200)
                painter.setPen(QColor(theme.colours().text))
                draw_elided(painter, area.adjusted(4, 0, -2, 0), self.range_text(each))
        markers = self.marks.markers
        for k, marker in enumerate(markers):
            following = markers[k + 1].start_s if k + 1 < len(markers) else scale.stop_s
            room = scale.x_of(max(following, marker.end_s), field.width())
            self._paint_marker(painter, upper, scale, marker, field.left() + room)
        painter.restore()

    def _paint_marker(
        self, painter: QPainter, row: QRectF, scale: TimeScale, marker: Marker, room_until: float
    ) -> None:
        area = stretch(scale, row.adjusted(0, 2, 0, -1), marker.start_s, marker.end_s)
        if area is None:
            return
        colour = MARKER_STYLES[marker.colour].shown
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        if marker.is_point:
            x, top, bottom = area.center().x(), area.top(), area.bottom()
            smooth(painter, on=True)
            painter.drawPolygon(
                QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, bottom)])
            )
            smooth(painter, on=False)
            left = x + 7
        else:
            painter.drawRect(area)
            left = area.left() + 4
        painter.setBrush(Qt.BrushStyle.NoBrush)
        text = QRectF(left, row.top(), room_until - left - 4, row.height())
        inside = not marker.is_point and text.width() <= area.width()
        painter.setPen(QColor(readable_on(colour) if inside else theme.colours().text))
        if not marker.is_point and not inside:
            text.setLeft(area.right() + 4)
        if text.width() > 12 and marker.text:
            draw_elided(painter, text, marker.text.splitlines()[0])

    def range_text(self, each: Range) -> str:
        """Say what a range is."""
        who = "everybody" if each.person is None else self._names(each.person)
        return f"{each.kind} · {who}"

    def entries(self, time_s: float) -> list[Entry]:
        there = [
            Entry(
                (each.text.splitlines() or [f"marker {each.marker}"])[0],
                "",
                MARKER_STYLES[each.colour],
                filled=True,
            )
            for each in self.marks.markers
            if each.start_s - 1e-6 <= time_s <= each.end_s + 1e-6
        ]
        there += [
            Entry(self.range_text(each), "", theme.COVERAGE_STYLES[each.kind], filled=True)
            for each in self._ranges
            if each.start_s <= time_s <= each.end_s
        ]
        if there:
            return there
        markers, ranges = len(self.marks.markers), len(self._ranges)
        texts = [
            f"{n} {word}{'' if n == 1 else 's'}"
            for n, word in ((markers, "marker"), (ranges, "range"))
            if n
        ]
        return [Entry(" · ".join(texts))] if texts else []

    def marker_at(self, time_s: float, near_s: float) -> Marker | None:
        """Return the marker nearest to a time, if one is near enough."""
        near = [m for m in self.marks.markers if m.start_s - near_s <= time_s <= m.end_s + near_s]
        return min(near, key=lambda m: (m.end_s - m.start_s, abs(m.start_s - time_s)), default=None)

    def range_at(self, time_s: float) -> Range | None:
        """Return the shortest range at a time, if there is one."""
        there = [each for each in self._ranges if each.start_s <= time_s <= each.end_s]
        return min(there, key=lambda each: each.end_s - each.start_s, default=None)

    def tip(self, time_s: float, near_s: float) -> str:
        marker = self.marker_at(time_s, near_s)
        if marker is not None:
            when = format_timecode(marker.start_s)
            if not marker.is_point:
                when += f" – {format_timecode(marker.end_s)}"
            return f"{when}\n{marker.text}".strip()
        found = self.range_at(time_s)
        if found is None:
            return ""
        when = f"{format_timecode(found.start_s)} – {format_timecode(found.end_s)}"
        return f"{self.range_text(found)}\n{when}"


def value_y(field: QRectF, limits: tuple[float, float], value: float) -> float:
    """Return where a value lies in a lane."""
    low, high = limits
    return field.bottom() - 1 - (value - low) / max(high - low, 1e-12) * (field.height() - 2)
