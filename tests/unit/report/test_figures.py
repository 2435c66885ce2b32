"""The figures: what is where, and that nothing reaches over the edge."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.coverage import COVERAGE
from fead_desktop.report.drawing import LETTER_PX, Area, Drawing, Label, Line
from fead_desktop.report.figures import Curve, Mark, around, timeline

NAMES = {"threshold": "threshold", "peak": "Peak", **{kind: kind for kind in COVERAGE}}


def event(number: int, onset: float, peak: float, offset: float) -> AnomalyEvent:
    frames = [round(each * 25) for each in (onset, peak, offset)]
    return AnomalyEvent(number, 1, "expression", "fusion", onset, peak, offset, *frames, score=5.0)


def curve(seconds: float, threshold: float | None = 3.0, rate: float = 10.0) -> Curve:
    times = np.arange(int(seconds * rate)) / rate
    return Curve(times, np.sin(times) + 1.0, threshold)


def coverage(shown: Curve) -> tuple[np.ndarray, np.ndarray]:
    return shown.time_s, np.where(shown.time_s < shown.time_s[-1] / 2, 0, COVERAGE.index("no face"))


def drawn(shown: Curve, marks: list[Mark], duration_s: float) -> Drawing:
    return timeline(shown, marks, coverage(shown), duration_s, alt="alt", names=NAMES)


def labels(drawing: Drawing) -> list[Label]:
    return [each for each in drawing.shapes if isinstance(each, Label)]


def assert_inside(drawing: Drawing) -> None:
    for shape in drawing.shapes:
        if isinstance(shape, Label):
            part = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
            left = shape.x - part * LETTER_PX * len(shape.text)
            right = left + LETTER_PX * len(shape.text)
            assert left >= -1, shape
            assert right <= drawing.width + 1, shape
            assert 10 <= shape.y <= drawing.height, shape
        elif isinstance(shape, Area):
            assert 0 <= shape.x <= shape.x + shape.width <= drawing.width + 1, shape
            assert 0 <= shape.y <= shape.y + shape.height <= drawing.height, shape
        else:
            assert all(
                0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in shape.points
            )


@pytest.mark.parametrize("seconds", [2, 60, 3600])
def test_nothing_reaches_over_the_edge(seconds: float) -> None:
    marks = [
        Mark(event(1, 0.0, 0.0, 0.4), "confirmed"),
        Mark(event(2, seconds - 0.5, seconds - 0.1, seconds - 0.1), "disputed"),
    ]
    shown = curve(seconds)
    assert_inside(drawn(shown, marks, seconds))
    for mark in marks:
        assert_inside(around(shown, mark.event, seconds, alt="alt", names=NAMES))


def test_an_event_stands_where_its_peak_is_with_its_verdict() -> None:
    drawing = drawn(curve(100), [Mark(event(7, 49.0, 50.0, 51.0), "rejected")], 100.0)
    (flag,) = [each for each in labels(drawing) if each.text == "✗ 7"]
    assert flag.x == pytest.approx(drawing.width / 2, abs=1)
    assert flag.colour == "rejected"
    shade = next(each for each in drawing.shapes if isinstance(each, Area))
    assert shade.width == pytest.approx((drawing.width - 16) * 0.02, abs=0.2)


def test_numbers_that_would_overlap_stand_in_rows_the_most_unusual_ones_lowest() -> None:
    marks = [Mark(event(n, 50.0, 50.0 + n / 100, 50.2), "unreviewed") for n in (4, 3, 2, 1)]
    drawing = drawn(curve(100), [*marks, Mark(event(5, 10, 10, 10), "unsure")], 100.0)
    assert_inside(drawing)
    shown = {each.text: each.y for each in labels(drawing) if each.bold}
    assert list(shown) == ["○ 1", "○ 2", "○ 3", "? 5"]
    assert shown["○ 1"] == shown["? 5"] > shown["○ 2"] > shown["○ 3"]
    top = min(each.y for each in drawing.shapes if isinstance(each, Area))
    assert top > shown["○ 1"]


def test_a_gap_breaks_the_curve() -> None:
    whole = curve(60)
    seen = (whole.time_s < 20) | (whole.time_s > 40)
    broken = Curve(whole.time_s[seen], whole.score[seen], None)
    lines = [s for s in drawn(broken, [], 60.0).shapes if isinstance(s, Line) and s.colour == "score"]  # fmt: skip
    assert len(lines) == 2
    assert lines[0].points[-1][0] == pytest.approx(256, abs=2)
    assert lines[1].points[0][0] == pytest.approx(504, abs=2)


def test_a_long_curve_keeps_its_peaks_and_few_points() -> None:
    times = np.arange(72_000) / 10
    score = np.zeros(len(times))
    score[12_345] = 9.0
    drawing = drawn(Curve(times, score, None), [], 7200.0)
    (line,) = [s for s in drawing.shapes if isinstance(s, Line) and s.colour == "score"]
    assert len(line.points) < 2000
    assert min(y for _, y in line.points) == 30.0


def test_only_the_part_around_an_event_is_drawn() -> None:
    drawing = around(curve(100), event(1, 49.5, 50.0, 50.5), 100.0, alt="alt", names=NAMES)
    (line,) = [s for s in drawing.shapes if isinstance(s, Line) and s.colour == "score"]
    assert len(line.points) == 61
    assert [each.text for each in labels(drawing)][1] == "Peak 00:00:50.000"


def test_coverage_is_told_by_height_and_words_too() -> None:
    drawing = drawn(curve(60), [], 60.0)
    high = {s.colour: s.height for s in drawing.shapes if isinstance(s, Area) and s.y < 140}
    assert high["analysed"] > high["no face"]
    assert {"analysed", "no face"} <= {each.text for each in labels(drawing)}


def test_a_person_without_scores_has_an_empty_figure() -> None:
    empty = Curve(np.empty(0), np.empty(0), None)
    drawing = timeline(
        empty, [], (np.empty(0), np.empty(0, np.int64)), 10.0, alt="alt", names=NAMES
    )
    assert_inside(drawing)
