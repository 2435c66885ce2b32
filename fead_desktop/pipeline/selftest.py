"""The self-test: plants moments into a case's own recording and counts how many would have been flagged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.calibration import Background
from fead_desktop.anomalies.crossfit import FittedModels
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.anomalies.explanation import LEAST_SIGMA, event_at, find_moments
from fead_desktop.anomalies.scoring import (
    EDGE_S,
    FUSION,
    RANKING_VIEWS,
    score_ranking,
)
from fead_desktop.anomalies.threshold import count_at, ranked_peaks
from fead_desktop.anomalies.views import View, build_views, one_face_a_frame
from fead_desktop.case.case import Person
from fead_desktop.case.edits import Marks
from fead_desktop.case.lock import WorkerLock
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.selftest import Cell, PersonSelftest, Selftest
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError
from fead_desktop.features import expression as measures
from fead_desktop.features.table import FeatureTable, FloatArray
from fead_desktop.models.device import shared_thread_count
from fead_desktop.pipeline.flagging import (
    baseline_rows,
    flagged,
    ordinary_seconds,
    without_excluded,
)
from fead_desktop.pipeline.picture_plants import RESPONSE_FACES, PicturePlanter, Rows
from fead_desktop.pipeline.recording import recording_of
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS, PlantedExpression
from fead_desktop.planting.plants import (
    DURATIONS_S,
    MAGNITUDES,
    Placed,
    Plant,
    Response,
    place,
    with_plants,
)
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video.frame_index import build_frame_index

#: Moments of each kind in each cell; six kinds make 72 a cell.
A_KIND = 12
#: The moment that the sentence speaks of is planted this often.
EXAMPLE_TRIES = 100
#: Moments of each cell that are warped into the pictures.
IN_PICTURES = 4

#: A moment counts as flagged where an event peaks in it or this near to it: as the analyst would see it.
NEAR_S = 0.3
#: "Ordinary": this far from every event of the case.
ORDINARY_S = 1.5
#: Fewer seconds of ordinary behaviour than this leave no room.
LEAST_ORDINARY_S = 6.0

_VARIANTS = tuple(variant for kind in PLANTED_EXPRESSIONS for variant in kind)
_SMILE = PLANTED_EXPRESSIONS[0][0]

SELFTEST = "selftest"

PREPARING, MEASURING, PLANTING = "preparing", "pictures", "planting"
_TITLES = {
    PREPARING: "Learning what is usual for {name}",
    MEASURING: "Warping {name}'s face in the pictures",
    PLANTING: "Planting moments into {name}'s series",
}


def selftest(case_path: Path, *, seed: int = 1, progress: Progress | None = None) -> Selftest:
    """Plant moments into a case, count the flagged ones, and keep the result in the case.

    Most are added to the stored measures at random ordinary places: what the expression does to this person's
    face, as measured by warping it in some of the recording's own pictures. A sample is warped into the pictures
    frame by frame. The scores are those of the analysis, by models that were fitted once, without moments: in a
    cross-fit a moment is scored by models that never saw its block, so for a moment that is the only one these
    are the very models that an analysis would fit. Several can therefore be scored at once without hiding each
    other, as long as they stand apart and are too few to move a median
    (:func:`fead_desktop.planting.plants.place`), and each is judged as if it were the only one.

    Raises
    ------
    CaseError
        Without results, or when the recording is not where it was or is another one.
    CancelledError
        If the analyst cancelled; an earlier self-test stays.
    """
    watch = progress or NoProgress()
    with WorkerLock(case_path), Case.open(case_path) as case:
        parameters = case.parameters
        persons = case.persons()
        if parameters is None or not case.has_results or not persons:
            raise CaseError("There are no results to test yet; analyse the recording first.")
        recording = recording_of(case, "The self-test", watch)
        index = build_frame_index(recording, stream_number=parameters.video_stream)
        features, events = case.features(), case.events()
        setting = Setting(parameters, tuple(events), case.marks())
        found = []
        with PicturePlanter(recording, index, shared_thread_count()) as planter:
            for k, person in enumerate(persons):
                table = one_face_a_frame(features.of_person(person.person))
                report = _PersonProgress(watch, person.name, k, len(persons))
                rng = np.random.default_rng([seed, person.person])
                found.append(
                    plant_person(person, table, setting, planter, rng=rng, progress=report)
                )
        result = Selftest(setting.words, seed, tuple(found))
        case.put_selftest(result)
    return result


@dataclass(frozen=True)
class Setting:
    """What counts as flagged: the analysis' parameters, the events it listed, and the analyst's ranges."""

    parameters: AnalysisParameters
    events: tuple[AnomalyEvent, ...]
    marks: Marks

    @property
    def words(self) -> str:
        """The setting for the analyst."""
        dial, listed = self.parameters.false_alarms_per_minute, self.parameters.num_anomalies
        return (
            f"at most {dial:g} expected false alarms a minute; for persons who are seen too briefly for that, "
            f"among the {listed} most unusual events"
        )


def is_flagged(event: AnomalyEvent, ordinary: Background, setting: Setting) -> bool:
    """Tell whether an event would be flagged in this case.

    By its p-value against the person's ordinary seconds; where they are too few for one, by its rank among the
    events of the case.
    """
    [judged] = flagged([event], ordinary, setting.parameters.false_alarms_per_minute)
    if judged.p_value is not None:
        return judged.flagged
    higher = sum(other.score >= event.score for other in setting.events)
    return higher < setting.parameters.num_anomalies


@dataclass
class Scorer:
    """Scores one person's rows as the analysis does, by models fitted on the first rows it is given."""

    person: int
    seed: int
    marks: Marks = field(default_factory=Marks)
    models: FittedModels = field(default_factory=FittedModels)

    def score(
        self, table: FeatureTable, progress: Progress
    ) -> tuple[dict[str, View], dict[str, FloatArray]]:
        """Return the ranking views and their scores."""
        bare = FeatureTable(table.columns)  # identity embeddings don't rank
        bare = without_excluded(bare, self.marks, self.person)
        usual = baseline_rows(bare, self.marks, self.person)
        every = build_views(bare, None, usual)
        views = {name: view for name, view in every.items() if name in RANKING_VIEWS}
        scores = score_ranking(
            views, bare.time_s, seed=self.seed, progress=progress, models=self.models
        )
        return views, scores


def plant_person(
    person: Person,
    table: FeatureTable,
    setting: Setting,
    planter: PicturePlanter,
    *,
    rng: np.random.Generator,
    progress: Progress,
) -> PersonSelftest:
    """Plant every cell's moments for one person and count the flagged ones."""
    progress.report(PREPARING, 0, 1)
    scorer = Scorer(person.person, setting.parameters.seed, setting.marks)
    ground = ground_of(table, setting, scorer, progress)
    interval = float(np.median(np.diff(table.time_s))) if len(table) > 1 else 0.0
    if ground.free.sum() * interval < LEAST_ORDINARY_S:
        remark = f"{person.name} is seen well for too short a time to plant moments."
        return PersonSelftest(person.person, person.name, remark=remark)
    ordinary = np.flatnonzero(ground.free)
    faces = np.sort(rng.choice(ordinary, min(RESPONSE_FACES, len(ordinary)), replace=False))
    progress.report(MEASURING, 0, 1)
    amounts = amounts_of(table, faces, planter, progress)
    counts = count_flagged(ground, amounts, all_plants(rng, amounts), rng=rng, progress=progress)
    sample = [
        plant
        for magnitude in MAGNITUDES
        for length in DURATIONS_S
        for plant in drawn(rng, amounts, magnitude, length, IN_PICTURES, possible=True)
    ]
    in_pictures = count_flagged(
        ground, amounts, sample, rng=rng, progress=progress, planter=planter
    )
    return PersonSelftest(person.person, person.name, _cells(counts, in_pictures))


def amounts_of(
    table: FeatureTable, faces: Rows, planter: PicturePlanter, progress: Progress
) -> Amounts:
    """Measure what the expressions do to a person's face on some rows of the table."""
    measured = planter.responses(table, faces, _VARIANTS, progress)
    return Amounts(dict(zip(_VARIANTS, measured, strict=True)), usual_spread(table))


# What is planted -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Amounts:
    """How far each expression must go on a person's face: its response, and the person's own spread."""

    responses: Mapping[PlantedExpression, Response]
    spread: npt.NDArray[np.float64]

    def of(self, plant: Plant) -> float:
        """Return the amount that moves the plant's own measure by its magnitude; NaN where nothing does."""
        response = self.responses[plant.expression]
        if len(response.amount) < 2:
            return float("nan")
        return response.amount_for(plant.expression, self.spread, plant.magnitude)


def all_plants(rng: np.random.Generator, amounts: Amounts) -> list[Plant]:
    """Return the moments of every cell, shuffled: each kind :data:`A_KIND` times, the example more often."""
    plants = [
        Plant(kind[rng.integers(len(kind))], magnitude, length)
        for magnitude in MAGNITUDES
        for length in DURATIONS_S
        for kind in PLANTED_EXPRESSIONS
        for _ in range(A_KIND)
    ]
    plants += [Plant(_SMILE, 5.0, 0.5)] * (EXAMPLE_TRIES - A_KIND)
    plants = [plant for plant in plants if np.isfinite(amounts.of(plant))]
    return [plants[k] for k in rng.permutation(len(plants))]


def drawn(
    rng: np.random.Generator,
    amounts: Amounts,
    magnitude: float,
    length: float,
    count: int,
    *,
    possible: bool,
) -> list[Plant]:
    """Return moments of one cell, of the kinds in turn; ``possible`` = none that would tear the picture."""
    plants = []
    for variant in _VARIANTS:
        plant = Plant(variant, magnitude, length)
        amount = amounts.of(plant)
        if np.isfinite(amount) and (not possible or amount <= variant.most):
            plants.append(plant)
    if not plants:
        return []
    order = rng.permutation(len(plants))
    return [plants[order[k % len(order)]] for k in range(count)]


def ordinary_rows(
    table: FeatureTable, views: Mapping[str, View], events: Sequence[AnomalyEvent]
) -> npt.NDArray[np.bool_]:
    """Return the rows at which a moment may stand, (n,): usable, not at an end, not at an event."""
    time_s = table.time_s
    usable = np.zeros(len(table), bool)
    if not views:
        return usable
    usable |= views[RANKING_VIEWS[0]].mask if RANKING_VIEWS[0] in views else False
    free = usable.copy()
    edges = np.concatenate([time_s[~usable], time_s[:1], time_s[-1:], _gap_edges(time_s)])
    for edge in edges:
        free &= np.abs(time_s - edge) > EDGE_S + NEAR_S
    for event in events:
        free &= (time_s < event.onset_s - ORDINARY_S) | (time_s > event.offset_s + ORDINARY_S)
    return free


def _gap_edges(time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    after = np.flatnonzero(np.diff(time_s) > 1.0)
    return np.concatenate([time_s[after], time_s[after + 1]])


def usual_spread(table: FeatureTable) -> npt.NDArray[np.float64]:
    """Return the person's robust spread of each measure, blinks and pose taken out, (m,)."""
    closed = measures.close_blinks(table.time_s, table.expression)
    free = measures.remove_pose(
        table.time_s, closed, table["yaw_deg"], table["pitch_deg"], table["roll_deg"]
    )
    return np.asarray(measures.baseline(free).spread, np.float64)


# Counting --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """Where moments are planted: a person's rows, the ordinary ones among them, and how they are judged."""

    table: FeatureTable
    free: npt.NDArray[np.bool_]
    scorer: Scorer
    ordinary: Background
    setting: Setting


def ground_of(table: FeatureTable, setting: Setting, scorer: Scorer, progress: Progress) -> Ground:
    """Score a person's rows as they are, and find the ordinary ones."""
    views, scores = scorer.score(table, progress)
    own = [event for event in setting.events if event.person == scorer.person]
    free = ordinary_rows(table, views, own) & np.isfinite(scores[FUSION])
    ordinary = ordinary_seconds(scores, table, setting.marks, scorer.person)
    return Ground(table, free, scorer, ordinary, setting)


Counts = Mapping[Plant, tuple[int, int]]


def count_flagged(
    ground: Ground,
    amounts: Amounts,
    plants: Sequence[Plant],
    *,
    rng: np.random.Generator,
    progress: Progress,
    planter: PicturePlanter | None = None,
) -> Counts:
    """Plant all moments, a few at a time, and return (planted, flagged) of each kind of moment.

    With a ``planter`` they are warped into the pictures, else added to the measures.
    """
    stage = PLANTING if planter is None else MEASURING
    counts: dict[Plant, tuple[int, int]] = defaultdict(lambda: (0, 0))
    waiting = list(plants)
    while waiting:
        progress.raise_if_cancelled()
        progress.report(stage, len(plants) - len(waiting), len(plants))
        moments = place(rng, waiting, ground.table.time_s, ground.free)
        if not moments:
            waiting.pop(0)  # no stretch is long enough for this one
            continue
        placed = [
            Placed(plant, moment, amounts.of(plant))
            for plant, moment in zip(waiting, moments, strict=False)
        ]
        waiting = waiting[len(placed) :]
        if planter is None:
            table = with_plants(
                ground.table, [(each, amounts.responses[each.plant.expression]) for each in placed]
            )
        else:
            table = planter.with_plants(ground.table, placed, progress)
        for each, found in zip(placed, _judge(ground, table, placed, progress), strict=True):
            planted, before = counts[each.plant]
            counts[each.plant] = (planted + 1, before + found)
    return dict(counts)


def _judge(
    ground: Ground, table: FeatureTable, placed: Sequence[Placed], progress: Progress
) -> list[bool]:
    """Tell for each moment whether an event that peaks in it would be flagged."""
    views, scores = ground.scorer.score(table, progress)
    # The other moments of this round may rank higher without taking a place from this one.
    most = ground.setting.parameters.num_anomalies + len(placed)
    dial = ground.setting.parameters.false_alarms_per_minute
    threshold = ground.ordinary.threshold(dial)
    if threshold is not None:
        peaks = ranked_peaks(table.time_s, scores[FUSION].astype(np.float64))
        most = max(most, count_at(peaks, threshold))
    moments = [
        event_at(table, found, ground.scorer.person)
        for found in find_moments(table, views, scores, most)
        if _stands_out(views, found.peak)
    ]
    return [
        any(
            each.moment.start_s - NEAR_S <= event.peak_s <= each.moment.end_s + NEAR_S
            and is_flagged(event, ground.ordinary, ground.setting)
            for event in moments
        )
        for each in placed
    ]


def _stands_out(views: Mapping[str, View], row: int) -> bool:
    """Tell whether a measure is far enough from the baseline to be a reason; the analysis lists no event without."""
    return any(
        bool(np.max(np.abs(view.matrix[row])) >= LEAST_SIGMA)
        for view in views.values()
        if view.mask[row]
    )


def _cells(series: Counts, pictures: Counts) -> tuple[Cell, ...]:
    totals: dict[tuple[str, float, float], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for first, counts in ((0, series), (2, pictures)):
        for plant, (planted, found) in counts.items():
            cell = totals[plant.expression.kind, plant.magnitude, plant.duration_s]
            cell[first] += planted
            cell[first + 1] += found
    return tuple(Cell(*key, *numbers) for key, numbers in sorted(totals.items()))


# Inside ----------------------------------------------------------------------------------------------


class _PersonProgress:
    """Reports one person's part of the whole."""

    def __init__(self, watch: Progress, name: str, number: int, of: int):
        self._watch, self._name, self._number, self._of = watch, name, number, of

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        begin, part = {PREPARING: (0.0, 0.05), PLANTING: (0.1, 0.55)}.get(stage, (0.65, 0.35))
        if stage == MEASURING and total <= 1:
            begin, part = 0.05, 0.05
        share = begin + part * done / max(total, 1)
        self._watch.report(
            SELFTEST, self._number + share, self._of, _TITLES[stage].format(name=self._name)
        )

    def raise_if_cancelled(self) -> None:
        self._watch.raise_if_cancelled()
