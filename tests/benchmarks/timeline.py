"""How long it takes to pan the timeline with hours of curves, against the same view with few points.

Both views are panned by turns, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.table import Figure

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from fead_desktop.gui.timeline.lane import Lane
    from fead_desktop.gui.timeline.view import TimelineView

LANES = 11
LONG, SHORT = 216_000, 2_000
DURATION_S = 7200.0
PANS = 120
SIZE = (1400, 500)
MISSING_SHARE = 0.03
#: Seconds that can be seen: nearly all, ten minutes, half a minute.
SPANS = {"1.8 h": 6480.0, "10 min": 600.0, "30 s": 30.0}


def run() -> list[Figure]:
    """Pan at three zooms, and count the inked columns."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from fead_desktop.gui.app import make_application

    app = make_application()
    long, short = (view_of(app, points) for points in (LONG, SHORT))
    ratios: dict[str, tuple[float, float, float]] = {}
    medians = []
    notes = []
    for name, span in SPANS.items():
        took = pan_by_turns(app, long, short, span)
        (ours, reference), median = np.percentile(took, 95, axis=0), float(np.median(took[:, 0]))
        ratios[name] = (float(ours / reference), float(ours), float(reference))
        medians.append(median)
        notes.append(f"{name}: x{ours / reference:.1f}, median {median:.1f} ms")
    ratio, ours_ms, reference_ms = max(ratios.values())
    note = (
        f"worst of three zooms, p95 ms of {LANES} lanes of {LONG} and {SHORT} points; "
        + "; ".join(notes)
    )
    share = inked_share(long)
    taken = taken_by_cursor(app, long)
    for view in (long, short):
        view.close()
    return [
        Figure("timeline.pan_ratio", ratio, "x", ours_ms, reference_ms, note),
        Figure("timeline.pan_median_ms", max(medians), "ms", note=f"worst of three zooms, {LANES} lanes of {LONG}"),
        Figure("timeline.taken_by_cursor", taken, "", note="times the pyramids were read while the cursor moved"),
        Figure(
            "timeline.nan_columns_share", share, "", note=f"columns with data that are inked, {MISSING_SHARE:.0%} NaN"
        ),
    ]  # fmt: skip


def view_of(app: QApplication, points: int) -> TimelineView:
    """Return a shown timeline with lanes of this many points."""
    from fead_desktop.gui.timeline.lane_table import LaneLayout
    from fead_desktop.gui.timeline.view import TimelineView

    view = TimelineView()
    view.resize(*SIZE)
    view.set_duration(DURATION_S)
    view.show_lanes([lane_of(k, points) for k in range(LANES)], LaneLayout())
    view.set_cursor(DURATION_S / 2)
    view.show()
    app.processEvents()
    return view


def lane_of(seed: int, points: int) -> Lane:
    """Return a lane with one noisy curve, some samples missing, and a long gap."""
    from fead_desktop.gui import theme
    from fead_desktop.gui.timeline.curve_lanes import CurveLane, CurveSet, LaneCurve
    from fead_desktop.gui.timeline.lane_table import LANES_BY_ID

    rng = np.random.default_rng(seed)
    x = np.linspace(0.0, DURATION_S, points)
    y = 0.5 + 0.12 * rng.standard_normal(points)
    y[rng.random(points) < MISSING_SHARE] = np.nan
    y[(x > 0.40 * DURATION_S) & (x < 0.43 * DURATION_S)] = np.nan
    styles = theme.CURVE_STYLES
    made = CurveSet((LaneCurve.of("value", styles[seed % len(styles)], (x, y)),), 0.0, 1.0)
    return CurveLane(LANES_BY_ID["score"], lambda: made)


def pan_by_turns(
    app: QApplication, long: TimelineView, short: TimelineView, span_s: float
) -> np.ndarray:
    """Return milliseconds of each pan, (PANS, 2)."""
    for view in (long, short):
        view.zoom_to(100.0, 100.0 + span_s)
        app.processEvents()
    took = np.empty((PANS, 2))
    for k in range(PANS):
        step = (0.005 if k < PANS / 2 else -0.005) * min(span_s, DURATION_S - span_s)
        for place, view in enumerate((long, short)):
            painted = view.area.painted
            began = time.perf_counter()
            view.set_scale(view.scale.moved(step))
            app.processEvents()
            took[k, place] = 1e3 * (time.perf_counter() - began)
            assert view.area.painted > painted, "nothing was painted"
    return took


def taken_by_cursor(app: QApplication, view: TimelineView) -> int:
    """Return how often points were taken from a pyramid while the cursor moved and was painted."""
    app.processEvents()
    before = view.taken
    for k in range(PANS):
        view.set_cursor(DURATION_S * k / PANS)
        view.area.viewport().grab()
        app.processEvents()
    return view.taken - before


def inked_share(view: TimelineView) -> float:
    """Return which share of the pixel columns that hold samples is inked, over all lanes and zooms."""
    from fead_desktop.gui.timeline.curve_lanes import CurveLane

    inked = held = 0
    for span in (*SPANS.values(), DURATION_S):
        view.zoom_to(500.0, 500.0 + span)
        area = view.area
        view.set_cursor(None)
        image = area.viewport().grab().toImage()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
        for index, lane in enumerate(area.lanes):
            assert isinstance(lane, CurveLane)
            field = area.field_of(index)
            rows = pixels[int(field.top()) + 1 : int(field.bottom()) - 1].astype(int)
            left = int(area.field_left)
            columns = rows[:, left : left + int(field.width())]
            ground = columns[0, 0]
            ink = (np.abs(columns - ground).sum(axis=2) > 60).any(axis=0)
            x, y = lane.set.curves[0].curve
            at = (x - area.scale.start_s) / area.scale.span_s * len(ink)
            there = np.isfinite(y) & (at >= 0) & (at < len(ink))
            data = np.zeros(len(ink), bool)
            data[at[there].astype(int)] = True
            inked += int((ink & data).sum())
            held += int(data.sum())
    return inked / held
