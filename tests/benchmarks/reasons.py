"""Do the reasons of an event explain it, do seeds and outliers leave the events alone, what do embeddings score."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.crossfit import FittedModels
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.explanation import lost_share, person_events
from fead_desktop.anomalies.scoring import FUSION, is_short, score_ranking
from fead_desktop.anomalies.views import EXPRESSION, View, build_views, one_face_a_frame
from fead_desktop.case.store import Case
from fead_desktop.features.expression import baseline
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from tests.benchmarks.table import Figure
from tests.helpers.analyses import analyse, fead
from tests.helpers.data import data_file
from tests.helpers.demos import TOLERANCE_S
from tests.helpers.series import bump, table_of, talking

RECORDINGS = ("WolfgangLanger_Pexels", "liveportrait_d9", "liveportrait_d13", "liveportrait_d19")
DEMO_SEEDS = (1, 2, 3)
#: Planted at feature level: one measure each, so many robust σ for so long.
PLANT_SIGMA, PLANT_S = 8.0, 0.8
TALKERS = 5
#: Peaks nearer than a second are one movement to the program: an outlier there takes another's place rightly.
ALONE_S = 1.2
#: What other than identity may move an embedding.
POSE, PICTURE = ("yaw_deg", "pitch_deg", "roll_deg"), ("sharpness", "brightness")

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """One person's rows, ranked."""

    name: str
    table: FeatureTable
    views: dict[str, View]
    scores: Mapping[str, npt.NDArray[np.float32]]
    models: FittedModels
    events: list[AnomalyEvent]


def run() -> list[Figure]:
    """Analyse the demo recordings and the shared ones, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        cases = {}
        for seed in DEMO_SEEDS:
            recording = Path(folder) / f"demo{seed}.mp4"
            assert fead("demo", "-o", recording, "--seed", str(seed)).code == 0
            cases[recording] = Path(folder) / f"demo{seed}"
        for name in RECORDINGS:
            cases[data_file(f"video/{name}.mp4")] = Path(folder) / name
        for recording, output in cases.items():
            analyse(recording, output)
        return measure({out / f"{rec.stem}.fead": rec for rec, out in cases.items()})


def measure(cases: Mapping[Path, Path]) -> list[Figure]:
    """Return all figures of analysed cases, by case file and recording."""
    scored = [each for case in cases for each in ranked_persons(case)]
    truths = {
        recording.stem: json.loads(recording.with_suffix(".truth.json").read_text())["events"]
        for recording in cases.values()
        if recording.with_suffix(".truth.json").exists()
    }
    return [
        replacement(scored),
        planted_in_first_three(scored, truths),
        shared_by_seeds(scored),
        outlier(scored),
        *embedding_share(cases),
    ]


def ranked(name: str, table: FeatureTable, seed: int = 1, most: int = 10) -> Scored | None:
    """Rank one person's rows; None where they are too short for anything but the robust score."""
    views = build_views(table, None)
    if EXPRESSION not in views or is_short(views[EXPRESSION], table.time_s):
        return None
    models = FittedModels()
    scores = score_ranking(views, table.time_s, seed=seed, models=models)
    return Scored(name, table, views, scores, models, person_events(table, views, scores, 0, most))


def ranked_persons(path: Path) -> Iterator[Scored]:
    """Rank the persons of a case."""
    for _, table in tables_of(path):
        found = ranked(path.stem, table)
        if found is not None:
            yield found


def tables_of(path: Path) -> Iterator[tuple[int, FeatureTable]]:
    """Yield the persons of a case with their rows."""
    with Case.open(path) as case:
        features = case.features()
    for person in np.unique(features.person):
        if person != UNASSIGNED:
            yield int(person), one_face_a_frame(features.of_person(int(person)))


def replacement(scored: list[Scored]) -> Figure:
    """Share of the events that lose half of their score once what they name is back at the baseline."""
    lost = [lost_of(each, event) for each in scored for event in each.events]
    named = [len(event.reasons) for each in scored for event in each.events]
    return Figure(
        "detection.replacement_share",
        float(np.mean(np.array(lost) >= 0.5)),
        f"of {len(lost)}",
        note=f"median loss {np.median(lost):.0%}, {np.mean(named):.1f} measures named on average; "
        "all models fixed; back to the baseline that goes with the rest of the face",
    )


def lost_of(each: Scored, event: AnomalyEvent) -> float:
    """Return the share of an event's score that is lost, by the models that ranked it."""

    def rescore(views: Mapping[str, View]) -> npt.NDArray[np.floating[Any]]:
        return score_ranking(views, each.table.time_s, models=each.models)[FUSION]

    return lost_share(event, each.table, each.views, each.scores[FUSION], rescore)


def planted_in_first_three(
    scored: list[Scored], truths: Mapping[str, list[dict[str, Any]]]
) -> Figure:
    """Share of the planted events whose planted measure is among the first three named."""
    pixel = [
        bool(set(moment["measures"]) & named)
        for each in scored
        for moment in truths.get(each.name, ())
        for named in first_three(each.events, moment["start_s"], moment["end_s"])
    ]
    tables = [table_of(*talking(seed=seed)) for seed in range(TALKERS)]
    tables += [each.table for each in scored if each.name not in truths]
    feature, planted = [], 0
    for number, table in enumerate(tables):
        changed, moments = plant(table, number)
        found = ranked("planted", changed)
        assert found is not None
        planted += len(moments)
        for measure, start_s in moments:
            named = first_three(found.events, start_s, start_s + PLANT_S)
            feature += [measure in each for each in named]
    both = [*pixel, *feature]
    return Figure(
        "detection.planted_in_first_three",
        float(np.mean(both)),
        f"of {len(both)}",
        note=f"demo (pixels) {sum(pixel)} of {len(pixel)}; one measure moved by {PLANT_SIGMA:g} σ for "
        f"{PLANT_S:g} s: {sum(feature)} of {len(feature)} events at {planted} plants",
    )


def first_three(events: list[AnomalyEvent], start_s: float, end_s: float) -> Iterator[set[str]]:
    """Yield the first three measures named by the most unusual event in an interval, if there is one."""
    for event in events:
        if start_s - TOLERANCE_S <= event.peak_s <= end_s + TOLERANCE_S:
            yield {reason.measure for reason in event.reasons[:3]}
            return


def plant(table: FeatureTable, seed: int) -> tuple[FeatureTable, list[tuple[str, float]]]:
    """Move one measure after another, one every eight seconds, at places and of measures drawn by the seed."""
    rng = np.random.default_rng(seed)
    values = table.expression.astype(np.float64)
    spread = baseline(values).spread
    starts = np.arange(3.0, float(table.time_s[-1]) - 3.0, 8.0) + rng.uniform(0, 2)
    chosen = rng.permutation(len(MEASURE_NAMES))[: len(starts)]
    for start, column in zip(starts, chosen, strict=True):
        values[:, column] += (
            PLANT_SIGMA * spread[column] * bump(table.time_s, start, start + PLANT_S)
        )
    changed = table.with_columns(**{name: values[:, k] for k, name in enumerate(MEASURE_NAMES)})
    return changed, [(MEASURE_NAMES[k], float(s)) for k, s in zip(chosen, starts, strict=True)]


def shared(ones: list[AnomalyEvent], others: list[AnomalyEvent]) -> int:
    """Count the events that have a partner of their own within half a second."""
    free = [event.peak_s for event in others]
    count = 0
    for event in ones:
        near = min(free, key=lambda peak: abs(peak - event.peak_s), default=np.inf)
        if abs(near - event.peak_s) <= 0.5:
            free.remove(near)
            count += 1
    return count


def shared_by_seeds(scored: list[Scored]) -> Figure:
    """Events that a second seed lists too: the least of all full lists; shorter lists in the note."""
    full, notes = [], []
    for each in scored:
        other = ranked(each.name, each.table, seed=2)
        assert other is not None
        both = shared(each.events, other.events)
        full += [both] if len(each.events) == 10 else []
        notes.append(f"{each.name} {both} of {len(each.events)}")
    return Figure("detection.top10_shared", min(full), "of 10", note="; ".join(notes))


def outlier(scored: list[Scored]) -> Figure:
    """Events of which nothing is listed any more once one frame becomes an enormous outlier."""
    lost, total, left_out = 0, 0, []
    for each in scored:
        table = with_outlier(each)
        if table is None:
            left_out.append(each.name)
            continue
        changed = ranked(each.name, table, most=11)
        assert changed is not None
        total += len(each.events)
        lost += sum(
            not any(
                other.onset_s <= event.offset_s and other.offset_s >= event.onset_s
                for other in changed.events
            )
            for event in each.events
        )
    note = f"1000 σ in one frame, {ALONE_S:g} s or more from every event; no such frame in "
    return Figure(
        "detection.lost_to_outlier",
        lost,
        f"of {total}",
        note=note + (", ".join(left_out) or "none"),
    )


def with_outlier(each: Scored) -> FeatureTable | None:
    """Move all measures of one usable frame by 1000 σ, as far from every event as can be; None if too near one."""
    time_s = each.table.time_s
    away = np.full(len(time_s), np.inf)
    for event in each.events:
        away = np.minimum(
            away, np.maximum(np.maximum(event.onset_s - time_s, time_s - event.offset_s), 0.0)
        )
    away[~np.isfinite(each.scores[FUSION])] = 0.0
    row = int(away.argmax())
    if away[row] < ALONE_S:
        return None
    values = each.table.expression.astype(np.float64)
    values[row] += 1000 * baseline(values).spread
    return each.table.with_columns(**{name: values[:, k] for k, name in enumerate(MEASURE_NAMES)})


def embedding_share(cases: Mapping[Path, Path]) -> list[Figure]:
    """How much of the embedding views' scores is head pose, blur and light; the expression view beside them."""
    explained: dict[str, list[float]] = {}
    of_pose: dict[str, list[float]] = {}
    for path in cases:
        for person, table in tables_of(path):
            with Case.open(path) as case:
                lanes = case.person_scores(person)
            if lanes is None:
                continue
            for view in ("embedding", "components", "expression"):
                lane = lanes.scores.get(f"{view}/mahalanobis")
                if lane is not None and len(lane) == len(table):
                    explained.setdefault(view, []).append(share_of(table, lane, POSE + PICTURE))
                    of_pose.setdefault(view, []).append(share_of(table, lane, POSE))
    return [
        Figure(
            f"detection.{view}_score_is_pose_blur_light",
            float(np.median(explained[view])),
            "R2",
            note=f"median of {len(explained[view])} persons, {min(explained[view]):.2f} to "
            f"{max(explained[view]):.2f}; head pose alone {np.median(of_pose[view]):.2f}",
        )
        for view in explained
    ]


def share_of(
    table: FeatureTable, lane: npt.NDArray[np.floating[Any]], columns: tuple[str, ...]
) -> float:
    """Return the adjusted R2 of the score's ranks on the quantities, their squares and products."""
    causes = table.matrix(columns).astype(np.float64)
    known = np.isfinite(causes).all(axis=1) & np.isfinite(lane)
    causes, score = causes[known], np.asarray(lane, np.float64)[known]
    causes = (causes - causes.mean(axis=0)) / np.maximum(causes.std(axis=0), 1e-9)
    pairs = [(i, j) for i in range(len(columns)) for j in range(i, len(columns))]
    products = [causes[:, i] * causes[:, j] for i, j in pairs]
    design = np.column_stack([np.ones(len(causes)), causes, *products])
    ranks = np.argsort(np.argsort(score)).astype(float)
    fitted = design @ np.linalg.lstsq(design, ranks, rcond=None)[0]
    rest = float(((ranks - fitted) ** 2).sum() / ((ranks - ranks.mean()) ** 2).sum())
    n, p = len(ranks), design.shape[1] - 1
    return 1 - rest * (n - 1) / max(n - p - 1, 1)
