"""Lanes of what can be chosen and edited: events, markers, baseline and excluded ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.edits import Marker, Marks, Range
from fead_desktop.gui import theme
from fead_desktop.gui.adjusting import original_text
from fead_desktop.gui.timeline.drawing import (
    MARKER_STYLES,
    draw_elided,
    draw_tag,
    fill_pattern,
    readable_on,
    smooth,
    stretch,
)
from fead_desktop.gui.timeline.lane import Entry, Lane
from fead_desktop.gui.timeline.lane_table import LaneKind
from fead_desktop.gui.timeline.scale import TimeScale
from fead_desktop.review.controls import is_control
from fead_desktop.video.timebase import format_timecode


class EventsLane(Lane):
    """The events with their ranks, and the sign of what reviewers said; a click chooses one."""

    def __init__(
        self,
        kind: LaneKind,
        events: Sequence[AnomalyEvent],
        chosen: int | None,
        states: Mapping[int, str],
        hidden: Set[int] = frozenset(),
    ):
        super().__init__(kind)
        self.events = events
        self.chosen = chosen
        #: By rank, a name of :data:`theme.VERDICT_STYLES`; what nobody judged is not in it.
        self.states = states
        #: Ranks that a reviewer must not see yet.
        self.hidden = hidden

    def paint(self, painter: QPainter, field: QRectF, scale: TimeScale) -> None:
        of = theme.colours()
        metrics = QFontMetricsF(painter.font())
        taken: list[QRectF] = []
        # The chosen one and the most unusual ones get the room for their numbers.
        for event in sorted(self.events, key=self._place):
            if not scale.sees(event.peak_s):
                continue
            state = self.states.get(event.event)
            sign = "" if state is None else f" {theme.VERDICT_STYLES[state].sign}"
            name = self._name(event)
            wide = max(metrics.horizontalAdvance(f"{name}{sign}") + 8, 14)
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
            inner = tag.adjusted(4, 0, -4, 0)
            if state is None:
                painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), name)
                continue
            draw_elided(painter, inner.adjusted(0, 0, 1, 0), name)
            if not chosen:
                painter.setPen(QColor(theme.VERDICT_STYLES[state].shown))
            draw_elided(painter, inner, sign.strip(), Qt.AlignmentFlag.AlignRight)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def entries(self, time_s: float) -> list[Entry]:
        if not self.events:
            return [Entry("none")]
        there = [e for e in self.events if e.onset_s <= time_s <= e.offset_s]
        if not there:
            judged = sum(event.event in self.states for event in self.events)
            return [
                Entry(f"{len(self.events)} · {judged} judged" if judged else f"{len(self.events)}")
            ]
        shown = min(there, key=self._place)  # the one whose number is seen
        state = self.states.get(shown.event)
        sign = "" if state is None else f" {theme.VERDICT_STYLES[state].sign}"
        # Not where a filter leaves some out, and not while they come one at a time.
        whole = not self.hidden and shown.event <= len(self.events)
        of = f" of {len(self.events)}" if whole else ""
        return [Entry(f"event {self._name(shown)}{of}{sign}")]

    def _name(self, event: AnomalyEvent) -> str:
        return "–" if event.event in self.hidden or is_control(event) else str(event.event)

    def _place(self, event: AnomalyEvent) -> tuple[bool, int]:
        # Where ranks are hidden, who gets the room must not tell them.
        return event.event != self.chosen, event.peak_frame if self.hidden else event.event

    @property
    def chosen_one(self) -> AnomalyEvent | None:
        """The chosen event, if it is among them."""
        return next((event for event in self.events if event.event == self.chosen), None)

    def event_at(self, time_s: float, near_s: float) -> AnomalyEvent | None:
        """Return the event nearest to a time, if one is near enough."""
        near = [e for e in self.events if e.onset_s - near_s <= time_s <= e.offset_s + near_s]
        near += [e for e in self.events if abs(e.peak_s - time_s) <= near_s]
        return min(near, key=lambda e: (abs(e.peak_s - time_s), e.event), default=None)

    def tip(self, time_s: float, near_s: float) -> str:
        event = self.event_at(time_s, near_s)
        if event is None:
            return ""
        hidden = event.event in self.hidden
        original = original_text(event, hidden=hidden)
        if hidden:
            return "\n".join(filter(None, (format_timecode(event.peak_s), original)))
        reasons = "\n".join(str(reason) for reason in event.reasons[:3])
        what = f"by hand, {event.added_by}" if event.added_by else f"score {event.score:.1f}"
        what = event.detector if is_control(event) else f"event {event.event} · {what}"
        head = f"{what} · {format_timecode(event.peak_s)}"
        state = self.states.get(event.event, "")
        return "\n".join(line for line in (head, original, state, reasons) if line)


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
        if self.is_bare:
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
                draw_tag(painter, area.adjusted(4, 0, -4, 0), self.range_text(each))
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

    @property
    def is_bare(self) -> bool:
        """True where nothing was marked yet."""
        return not self.marks.markers and not self._ranges

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
