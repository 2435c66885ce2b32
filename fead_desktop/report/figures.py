"""The figures of a report: a person's timeline with events and verdicts, and the curve around an event."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.coverage import COVERAGE
from fead_desktop.report.drawing import LETTER_PX, VERDICT_SIGNS, Area, Drawing, Label, Line
from fead_desktop.video.timebase import format_timecode

Values = npt.NDArray[np.float64]
_Shape = Line | Area | Label

#: Steps longer than this many usual steps are gaps, as on the window's timeline.
_GAP_STEPS = 2.5
_STEPS_S = (
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400,
)  # fmt: skip
_LEFT, _RIGHT = 8.0, 8.0
#: Numbers of events that lie close together stand in rows.
_MOST_ROWS, _ROW_PX = 3, 14.0


@dataclass(frozen=True)
class Curve:
    """A score over time, (n,) each, NaN where it is not known; ``threshold`` None where there is none."""

    time_s: Values
    score: Values
    threshold: float | None

    def between(self, start_s: float, stop_s: float) -> Curve:
        """Return the part of it from one time to another, ends included."""
        rows = slice(
            int(np.searchsorted(self.time_s, start_s - 1e-9)),
            int(np.searchsorted(self.time_s, stop_s + 1e-9)),
        )
        return Curve(self.time_s[rows], self.score[rows], self.threshold)


@dataclass(frozen=True)
class Mark:
    """An event with the state that its reviewers gave it."""

    event: AnomalyEvent
    state: str


def timeline(
    curve: Curve,
    marks: Sequence[Mark],
    coverage: tuple[Values, npt.NDArray[np.int64]],
    duration_s: float,
    *,
    alt: str,
    names: Mapping[str, str],
) -> Drawing:
    """Draw a person's whole recording: events with verdicts, score, threshold, coverage, time.

    Parameters
    ----------
    coverage : times and codes of :data:`COVERAGE`.
    names : words for "score", "threshold" and the kinds of coverage.
    """
    width = 760.0
    at = _scale(0.0, max(duration_s, 1e-3), width)
    numbers, rows = _numbers(marks, at, width)
    top = 30.0 + _ROW_PX * (rows - 1)
    bottom, strip = top + 88.0, top + 98.0
    up = _heights(curve, top, bottom)
    shapes: list[_Shape] = [
        Area(at(m.event.onset_s), top, max(at(m.event.offset_s) - at(m.event.onset_s), 1.0), bottom - top, m.state, 0.3)
        for m in marks
    ]  # fmt: skip
    shapes += _curve(curve, at, up)
    shapes += _threshold(curve, up, width, names["threshold"])
    shapes += [
        Line(((at(m.event.peak_s), top - 8.0), (at(m.event.peak_s), top)), m.state) for m in marks
    ]
    shapes += numbers
    shapes += _strip(coverage, at, duration_s, strip)
    shapes += _time_axis(0.0, duration_s, at, strip + 14.0)
    present = [COVERAGE[code] for code in np.unique(coverage[1])]
    legend, lines = _legend([(names[kind], kind) for kind in present], width, strip + 50.0)
    shapes += legend
    return Drawing(width, strip + 40.0 + 18.0 * lines, alt, tuple(shapes))


def around(
    curve: Curve, event: AnomalyEvent, duration_s: float, *, alt: str, names: Mapping[str, str]
) -> Drawing:
    """Draw the score around an event: its stretch shaded, a line at the peak."""
    width, top, bottom = 380.0, 20.0, 124.0
    margin = max(2.5, 1.5 * event.duration_s)
    start, stop = max(event.onset_s - margin, 0.0), min(event.offset_s + margin, duration_s)
    at = _scale(start, max(stop, start + 1e-3), width)
    curve = curve.between(start, stop)
    up = _heights(curve, top, bottom)
    left, right = at(event.onset_s), at(event.offset_s)
    shapes: list[_Shape] = [
        Area(left, top, max(right - left, 1.0), bottom - top, "event", 0.5),
        Line(((at(event.peak_s), top), (at(event.peak_s), bottom)), "accent", 1.5),
        *_curve(curve, at, up),
        *_threshold(curve, up, width, names["threshold"]),
    ]
    text = f"{names['peak']} {format_timecode(event.peak_s)}"
    half = LETTER_PX * len(text) / 2
    middle = min(max(at(event.peak_s), half), width - half)
    shapes.append(Label(middle, 13.0, text, "text", "middle"))
    shapes += _time_axis(start, stop, at, bottom)
    return Drawing(width, bottom + 24.0, alt, tuple(shapes))


def _scale(start: float, stop: float, width: float) -> Callable[[float], float]:
    span = stop - start
    return lambda time: round(_LEFT + (time - start) / span * (width - _LEFT - _RIGHT), 1)


def _heights(curve: Curve, top: float, bottom: float) -> Callable[[float], float]:
    """Return the place of a score; the lowest and highest one touch the edges."""
    seen = curve.score[np.isfinite(curve.score)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    if curve.threshold is not None:
        high = max(high, curve.threshold + 0.05 * (curve.threshold - low))
    span = max(high - low, 1e-9)
    return lambda value: round(bottom - (value - low) / span * (bottom - top), 1)


def _curve(
    curve: Curve, at: Callable[[float], float], up: Callable[[float], float]
) -> Iterator[Line]:
    """Yield the curve in pieces; where samples are denser than pixels, a pixel's lowest and highest."""
    known = np.isfinite(curve.score)
    times, values = curve.time_s[known], curve.score[known]
    if not len(times):
        return
    usual = float(np.median(np.diff(curve.time_s))) if len(curve.time_s) > 1 else 1.0
    pieces = np.flatnonzero(np.diff(times) > _GAP_STEPS * usual) + 1
    for rows in np.split(np.arange(len(times)), pieces):
        points: list[tuple[float, float]] = []
        columns = np.array([int(at(time)) for time in times[rows]])
        edges = [0, *(np.flatnonzero(np.diff(columns)) + 1).tolist(), len(columns)]
        dense = len(rows) > 2 * len(edges)
        for first, last in pairwise(edges):
            part = values[rows[first:last]]
            chosen = [int(part.argmin()), int(part.argmax())] if dense else range(len(part))
            points += [
                (at(times[rows[first + k]]), up(float(part[k]))) for k in sorted(set(chosen))
            ]
        if len(points) == 1:
            points.append((points[0][0] + 1.0, points[0][1]))
        yield Line(tuple(points), "score", 1.5)


def _threshold(
    curve: Curve, up: Callable[[float], float], width: float, name: str
) -> Iterator[_Shape]:
    if curve.threshold is not None:
        y = up(curve.threshold)
        yield Line(((_LEFT, y), (width - _RIGHT, y)), "muted", 1.0, (4.0, 3.0))
        yield Label(width - _RIGHT, y - 4.0, name, "muted", "end")


def _numbers(
    marks: Sequence[Mark], at: Callable[[float], float], width: float
) -> tuple[list[Label], int]:
    """Return sign and number of each event over its peak, and in how many rows they stand.

    The most unusual ones stand in the lowest row; those for which the rows are not enough have no number.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_MOST_ROWS)]
    labels: list[tuple[int, Label]] = []
    for mark in sorted(marks, key=lambda mark: mark.event.event):
        text = f"{VERDICT_SIGNS[mark.state]} {mark.event.event}"
        half = LETTER_PX * (len(text) + 1) / 2
        x = min(max(at(mark.event.peak_s), half), width - half)
        for row, others in enumerate(taken):
            if all(x + half < left or x - half > right for left, right in others):
                others.append((x - half, x + half))
                labels.append((row, Label(x, 0.0, text, mark.state, "middle", bold=True)))
                break
    rows = 1 + max((row for row, _ in labels), default=0)
    lowest = 18.0 + _ROW_PX * (rows - 1)
    return [replace(label, y=lowest - _ROW_PX * row) for row, label in labels], rows


def _strip(
    coverage: tuple[Values, npt.NDArray[np.int64]],
    at: Callable[[float], float],
    duration_s: float,
    y: float,
) -> Iterator[Area]:
    """Yield runs of the same coverage; what could be analysed is higher than what could not."""
    times, codes = coverage
    if not len(times):
        return
    usual = float(np.median(np.diff(times))) if len(times) > 1 else duration_s
    edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for first, last in pairwise(edges):
        until = times[last] if last < len(times) else min(times[-1] + usual, duration_s)
        left, right = at(float(times[first])), at(float(until))
        kind = COVERAGE[int(codes[first])]
        high = 9.0 if kind == "analysed" else 5.0
        yield Area(left, y + 9.0 - high, max(right - left, 0.5), high, kind)


def _time_axis(
    start: float, stop: float, at: Callable[[float], float], y: float
) -> Iterator[_Shape]:
    yield Line(((at(start), y), (at(stop), y)), "line", 1.0)
    fits = max(int((at(stop) - at(start)) / 85.0), 1)
    step = next((each for each in _STEPS_S if (stop - start) / each <= fits), _STEPS_S[-1])
    for k in range(math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9) + 1):
        x = at(k * step)
        text = _clock(k * step, step)
        half = LETTER_PX * len(text) / 2
        yield Line(((x, y), (x, y + 4.0)), "line", 1.0)
        middle = min(max(x, at(start) + half - _LEFT), at(stop) - half + _RIGHT)
        yield Label(middle, y + 17.0, text, "muted", "middle")


def _clock(time_s: float, step: float) -> str:
    text = format_timecode(time_s)
    text = text[:-2] if step < 1 else text.partition(".")[0]
    return text.removeprefix("00:")


def _legend(entries: Sequence[tuple[str, str]], width: float, y: float) -> tuple[list[_Shape], int]:
    """Return coloured squares with their words, and in how many rows they stand."""
    shapes: list[_Shape] = []
    x, rows = _LEFT, 1
    for text, colour in entries:
        wide = 16.0 + LETTER_PX * len(text) + 16.0
        if x + wide > width and x > _LEFT:
            x, rows = _LEFT, rows + 1
        base = y + 18.0 * (rows - 1)
        shapes += [Area(x, base - 9.0, 10.0, 10.0, colour), Label(x + 16.0, base, text)]
        x += wide
    return shapes, rows
