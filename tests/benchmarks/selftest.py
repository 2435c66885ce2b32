"""What the self-test predicts against moments warped into the pictures, each analysed anew as the only one."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fead_desktop.anomalies.crossfit import FittedModels
from fead_desktop.case.selftest import Cell, wilson
from fead_desktop.case.store import Case
from fead_desktop.models.device import prepare_process, shared_thread_count
from fead_desktop.pipeline import selftest
from fead_desktop.pipeline.picture_plants import RESPONSE_FACES, PicturePlanter
from fead_desktop.planting.demo import make_demo
from fead_desktop.planting.plants import DURATIONS_S, MAGNITUDES
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.benchmarks.table import Figure
from tests.helpers.analyses import analyse

#: Moments of each cell in the suite. Each costs a whole scoring with models of its own.
TRIES = 10
#: In a minute ordinary behaviour says too little of what is rare: nearly nothing is flagged, and to agree on that is
#: easy.
LENGTH_S = 180.0
#: The suite draws other places and faces than the self-test.
SUITE_SEED = 77


@dataclass
class FreshScorer(selftest.Scorer):
    """Fits every model again for every moment, as an analysis of that recording would."""

    def score(self, table, progress):  # type: ignore[no-untyped-def]
        self.models = FittedModels()
        return super().score(table, progress)


def run() -> list[Figure]:
    """Predict, measure, and count the cells in which the two agree."""
    prepare_process()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = folder / "demo.mp4"
        make_demo(recording, seed=2, duration_s=LENGTH_S)
        analyse(recording, folder / "out")
        case = folder / "out" / "demo.fead"
        predicted = selftest.selftest(case).persons[0]
        measured = planted_suite(case, recording)
    agreeing, notes, apart = 0, [], []
    for size in measured:
        planted, found = (sum(each) for each in zip(*measured[size].values(), strict=True))
        said = expected(predicted.cells, size, {kind: n for kind, (n, _) in measured[size].items()})
        low, high = wilson(found, planted)
        agrees = low <= said <= high
        agreeing += agrees
        apart.append(abs(said - found / planted))
        notes.append(
            f"{size[0]:g} σ {size[1]:g} s: {said:.2f} predicted, {found} of {planted}"
            + ("" if agrees else " (apart)")
        )
    note = f"mean difference {np.mean(apart):.2f}; {predicted.sentence}"
    return [
        Figure(
            "detection.selftest_agreement",
            agreeing / len(measured),
            f"of {len(measured)}",
            note="; ".join([note, *notes]),
        )
    ]


#: (magnitude in robust σ, duration in s) to the moments planted and flagged, by kind of expression.
Suite = dict[tuple[float, float], dict[str, tuple[int, int]]]


def expected(cells: Sequence[Cell], size: tuple[float, float], tried: Mapping[str, int]) -> float:
    """Return the recall that the cells of a size predict for so many moments of each kind.

    Not all kinds can be warped into the pictures at every strength, so the suite's mixture is not the self-test's.
    """
    recall = {cell.kind: cell.recall for cell in cells if (cell.magnitude, cell.duration_s) == size}
    return sum(recall[kind] * number for kind, number in tried.items()) / sum(tried.values())


def planted_suite(case_path: Path, recording: Path) -> Suite:
    """Plant moments of every size and return how many were flagged; each is alone in its recording."""
    rng = np.random.default_rng(SUITE_SEED)
    index, watch = build_frame_index(recording), NoProgress()
    totals: Suite = defaultdict(dict)
    with (
        Case.open(case_path) as case,
        PicturePlanter(recording, index, shared_thread_count()) as planter,
    ):
        parameters = case.parameters
        assert parameters is not None
        setting = selftest.Setting(parameters, tuple(case.events()), case.marks())
        person = case.persons()[0].person
        table = selftest.one_face_a_frame(case.features().of_person(person))
        ground = selftest.ground_of(table, setting, FreshScorer(person, parameters.seed), watch)
        faces = np.sort(rng.choice(np.flatnonzero(ground.free), RESPONSE_FACES, replace=False))
        amounts = selftest.amounts_of(table, faces, planter, watch)
        for magnitude in MAGNITUDES:
            for length in DURATIONS_S:
                for plant in selftest.drawn(rng, amounts, magnitude, length, TRIES, possible=True):
                    counts = selftest.count_flagged(
                        ground, amounts, [plant], rng=rng, progress=watch, planter=planter
                    )
                    kinds = totals[magnitude, length]
                    for planted, found in counts.values():
                        before = kinds.get(plant.expression.kind, (0, 0))
                        kinds[plant.expression.kind] = (before[0] + planted, before[1] + found)
    return totals
