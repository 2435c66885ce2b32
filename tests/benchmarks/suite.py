"""The planted suite: the ranking beside each detector and view, the plain z-score and the ancestor.

Every person of every recording is scored once as it is and once with moments planted into it, by models that learn from
the rows they score, as an analysis of that recording would. What is found is kept under ``build/suite`` until data or
code change. ``build/suite.json`` holds all of it, ``build/suite.txt`` what is printed.
"""

from __future__ import annotations

import inspect
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import background_of, passes
from fead_desktop.anomalies.events import find_events
from fead_desktop.anomalies.explanation import LEAST_SIGMA, find_moments, label_of
from fead_desktop.anomalies.scoring import (
    FUSION,
    score_comparison,
    score_ranking,
    standardised_log,
)
from fead_desktop.anomalies.views import EXPRESSION, View, build_views
from fead_desktop.features.components import choose_components, umap_components
from fead_desktop.features.table import FeatureTable
from fead_desktop.models.device import prepare_process
from tests.benchmarks import ancestor, grid, judging, suite_report
from tests.benchmarks.grid import searched
from tests.benchmarks.judging import FALSE_ALARMS, judge, place_of, wrongly_flagged
from tests.benchmarks.plants import EACH, Truth, with_moments
from tests.benchmarks.recordings import RECORDINGS, Series, digest, series_of, sources
from tests.benchmarks.table import Figure

Array = npt.NDArray[np.float64]

#: More events than five minutes hold a second apart.
_MOST_EVENTS = 400
#: Of a recording, those seen longest.
_MOST_PERSONS = 2
ANCESTOR = "ancestor"


def run() -> list[Figure]:
    """Score the whole suite, a recording on each core, and tell what was found."""
    prepare_process()
    numbers = range(len(RECORDINGS))
    together: dict[str, dict[str, Any]] = {}
    workers = min(os.cpu_count() or 1, len(RECORDINGS))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for part in PARTS:
            for found in pool.map(partial(part_of_recording, part), numbers):
                for series, values in found.items():
                    known = together.setdefault(series, {"lanes": {}})
                    known |= values | {"lanes": known["lanes"] | values.get("lanes", {})}
    return suite_report.tell(list(together.values()))


def part_of_recording(part: str, number: int) -> dict[str, dict[str, Any]]:
    """Return one of :data:`PARTS` of each person of a recording, by the series' names."""
    import torch

    prepare_process()
    torch.set_num_threads(1)
    return {
        series.name: _kept(part, series, _MOST_PERSONS * number + k)
        for k, series in enumerate(_longest(series_of(RECORDINGS[number])))
    }


def _longest(everybody: Iterable[Series]) -> list[Series]:
    """Return the persons who are seen longest."""
    return sorted(everybody, key=lambda series: -len(series.clip))[:_MOST_PERSONS]


def _kept(part: str, series: Series, place: int) -> dict[str, Any]:
    """Return a part of what was found in a series, read where the same code found it before."""
    table, truths = with_moments(series, 1, EACH * place)
    here = [Path(str(module.__file__)) for module in (ancestor, grid, judging)]
    own = inspect.getsource(PARTS[part]).encode()
    state = digest(
        table.to_bytes(),
        series.table.to_bytes(),
        *sources("anomalies"),
        *(path.read_bytes() for path in here),
        own,
    )
    kept = series.folder / f"{part}_{series.person}_{state}.json"
    if not kept.exists():
        kept.write_text(json.dumps(PARTS[part](_Planted(series, table, tuple(truths)))))
    values: dict[str, Any] = json.loads(kept.read_text())
    return values


@dataclass(frozen=True)
class _Planted:
    """A series with moments in it."""

    series: Series
    table: FeatureTable
    truths: tuple[Truth, ...]

    @cached_property
    def minutes(self) -> float:
        """Minutes in which the face is seen well enough to be scored."""
        mask = build_views(self.table, None)[EXPRESSION].mask
        return float(mask.sum() * np.median(np.diff(self.table.time_s)) / 60)

    def judge(self, score: Array, peaks: Sequence[int] | None = None) -> dict[str, Any]:
        """Judge a curve by its own peaks, unless the program picks them in another way."""
        rows = _peaks(self.table.time_s, score) if peaks is None else peaks
        return asdict(judge(self.table.time_s, score, rows, self.truths, self.minutes))

    def told(self, rows: Sequence[int]) -> dict[str, Any]:
        """Count rows in moments and outside."""
        wrong, right = wrongly_flagged(self.table.time_s, rows, self.truths)
        return {"wrong": wrong, "right": sorted(right), "count": len(rows)}


def _ranking(planted: _Planted) -> dict[str, Any]:
    """Judge the default ranking and what votes in it."""
    table, time_s = planted.table, planted.table.time_s
    views = build_views(table, None)
    scores = score_ranking(views, time_s)
    fused = scores[FUSION].astype(np.float64)
    moments = [
        found.peak
        for found in find_moments(table, views, scores, _MOST_EVENTS)
        if _stands_out(views, found.peak)
    ]
    verdicts = {
        lane: planted.judge(score.astype(np.float64), moments if lane == FUSION else None)
        for lane, score in scores.items()
    }
    background = background_of(time_s, fused)
    flagged = [
        row
        for row in moments
        if passes(background.p_value(time_s[row], time_s[row], float(fused[row])), FALSE_ALARMS)
    ]
    return {
        "recording": planted.series.recording.name,
        "about": planted.series.recording.about,
        "person": planted.series.person,
        "is_demo": planted.series.recording.is_demo,
        "minutes": planted.minutes,
        "truths": [asdict(truth) for truth in planted.truths],
        "lanes": verdicts,
        "flagged": planted.told(flagged),
        "top": planted.told(moments[:10]),
        "losers": _losers(planted, views[EXPRESSION], fused, moments, verdicts[FUSION]["found"]),
    }


def _others(planted: _Planted) -> dict[str, Any]:
    """Judge the detectors and views that don't vote."""
    views = build_views(planted.table, _components(planted.table))
    scores = score_comparison(views, planted.table.time_s)
    return {
        "lanes": {
            lane: planted.judge(score.astype(np.float64))
            for lane, score in scores.items()
            if not lane.startswith("emotion ")
        }
    }


def _reference(planted: _Planted) -> dict[str, Any]:
    """Judge the ancestor: its curves, what it flags and what it lists."""
    time_s = planted.table.time_s
    lanes, told = {}, {}
    for view, rows in ancestor.views_of(planted.table, _components(planted.table)).items():
        error = ancestor.errors(rows)
        lanes[f"{ANCESTOR}/{view}"] = planted.judge(error)
        told[view] = {
            "flags": planted.told(ancestor.flags(error, time_s)),
            "top": planted.told(ancestor.top(error)),
        }
    return {"lanes": lanes, ANCESTOR: told}


def _null(planted: _Planted) -> dict[str, Any]:
    """Return the flags on the series in which nothing was planted, by lane.

    Each detector is calibrated as the ranking is, on the logarithm of its score.
    """
    table = planted.series.table
    views, time_s = build_views(table, None), table.time_s
    flags, minutes = {}, 0.0
    for lane, score in (score_ranking(views, time_s) | score_comparison(views, time_s)).items():
        if lane.startswith("emotion "):
            continue
        curve = score.astype(np.float64)
        curve = curve if lane == FUSION else standardised_log(curve)
        background = background_of(time_s, curve)
        p_values = [
            background.p_value(time_s[found.onset], time_s[found.offset], found.score)
            for found in find_events(time_s, curve, num_anomalies=_MOST_EVENTS)
        ]
        flags[lane] = sum(passes(p, FALSE_ALARMS) for p in p_values)
        minutes = max(minutes, len(background.highest) / 60)
    return {"null": {"flags": flags, "minutes": minutes}}


def _grid(planted: _Planted) -> dict[str, Any]:
    """Return how near the grid search comes to the best parameters, by detector."""
    view = build_views(planted.table, None)[EXPRESSION]
    return {"grid": searched(view, planted.table.time_s, planted.truths)}


#: What is found, the most telling first.
PARTS: dict[str, Callable[[_Planted], dict[str, Any]]] = {
    "ranking": _ranking,
    "reference": _reference,
    "others": _others,
    "null": _null,
    "grid": _grid,
}


def _components(table: FeatureTable) -> npt.NDArray[np.float32]:
    return umap_components(table.embedding, choose_components(table.embedding), 1)


def _peaks(time_s: Array, score: Array) -> list[int]:
    return [each.peak for each in find_events(time_s, score, num_anomalies=_MOST_EVENTS)]


def _stands_out(views: Mapping[str, View], row: int) -> bool:
    """The analysis lists no event without a measure that stands out."""
    return any(
        float(np.max(np.abs(view.matrix[row]))) >= LEAST_SIGMA
        for name, view in views.items()
        if name in {EXPRESSION, "emotions"} and view.mask[row]
    )


def _losers(
    planted: _Planted, view: View, fused: Array, moments: Sequence[int], hits: Sequence[bool]
) -> dict[str, list[str]]:
    """Say of each moment that the ranking did not find why, and what outranks it."""
    series, truths, time_s = planted.series, planted.truths, planted.table.time_s
    false_rows = [row for row in moments if place_of(float(time_s[row]), truths) is None]

    def named(row: int) -> str:
        sigma = np.nan_to_num(view.matrix[row])
        most = np.argsort(-np.abs(sigma))[:2]
        return ", ".join(f"{label_of(view.columns[k])} {sigma[k]:+.0f} σ" for k in most)

    missed = []
    for number, (truth, found) in enumerate(zip(truths, hits, strict=True)):
        if found:
            continue
        own = [row for row in moments if place_of(float(time_s[row]), truths) == number]
        if own:
            above = sum(fused[row] > fused[own[0]] for row in false_rows)
            why = f"scores {fused[own[0]]:.1f}, {above} natural moments score higher; there {named(own[0])}"
        else:
            inside = (time_s >= truth.start_s) & (time_s <= truth.end_s)
            best = float(np.nanmax(np.where(inside, fused, np.nan), initial=-np.inf))
            near = [row for row in moments if abs(time_s[row] - truth.start_s) < 3]
            why = (
                f"scores {best:.1f} within a movement that peaks elsewhere: {named(near[0])}"
                if near
                else f"scores {best:.1f}, no peak"
            )
        missed.append(f"{truth}: {why}")
    natural = [
        f"{series.clip.time_s[series.row_of[row]]:.1f} s of the clip scores {fused[row]:.1f}: {named(row)}"
        for row in false_rows[: int(FALSE_ALARMS * planted.minutes) + 1]
    ]
    return {"missed": missed, "natural": natural}
