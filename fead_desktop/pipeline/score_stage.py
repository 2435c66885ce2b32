"""The ranking, networks, components and scores stages: one chunk per person."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.scoring import (
    FRAME_DETECTORS,
    NETWORKS,
    score_comparison,
    score_ranking,
)
from fead_desktop.anomalies.views import COMPONENT_VIEWS, View, build_views, one_face_a_frame
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.edits import RANGE_KINDS
from fead_desktop.case.store import ASSIGNMENT_STAGE, SCORES_STAGE
from fead_desktop.features.components import choose_components, umap_components
from fead_desktop.features.table import UNASSIGNED, FeatureTable, FloatArray
from fead_desktop.pipeline.companion import result_of
from fead_desktop.pipeline.flagging import baseline_rows, spans_as_values, without_excluded
from fead_desktop.pipeline.meter import Expected
from fead_desktop.pipeline.run import Run, Stage

RANKING_STAGE = "ranking"
NETWORKS_STAGE = "networks"
COMPONENTS_STAGE = "components"

#: Frames of a person from which on the ranking's networks are not trained any longer.
_TRAINING_FRAMES = 550


class RankingStage(Stage):
    """The scores that rank events, for each person: they need neither components nor comparisons."""

    name = RANKING_STAGE
    title = "Scoring each person against their own baseline"
    version = 2
    weight = 0.2
    frame_weight = 0.006
    makes = (RANKING_STAGE,)

    def usual_s(self, frames: int, persons: int) -> Expected:
        """Return the usual seconds: a person's first minute sets how long the networks are trained."""
        learned = min(frames, _TRAINING_FRAMES * persons)
        return Expected(self.weight * persons + self.frame_weight * learned + 0.0002 * frames)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the person's rows, the seed, and the person's ranges if there are any."""
        ranges = spans_as_values(run.case.marks(), number, *RANGE_KINDS)
        return [run.digest_of_person(number), run.request.parameters.seed, *ranges]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Score one person's rows by the detectors that vote in the ranking."""
        table, ordinary = rows_to_score(run, number)
        views = build_views(table, None, ordinary)
        scores = score_ranking(
            views, table.time_s, seed=run.request.parameters.seed, progress=run.progress
        )
        return {self.name: arrays_to_bytes(scores)}


class NetworkStage(Stage):
    """The networks that don't vote, on the views that need no components; a companion fits these meanwhile."""

    name = NETWORKS_STAGE
    title = "Training networks to compare with"
    version = 1
    weight = 3.2
    frame_weight = 0.0004
    makes = (NETWORKS_STAGE,)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return what the ranking depends on, and the parameters that a grid search found."""
        return [RankingStage().inputs(run, number), *_tuned(run, number)]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Score one person's rows by networks."""
        table, ordinary = rows_to_score(run, number)
        views = build_views(table, None, ordinary)
        return {self.name: arrays_to_bytes(_score_networks(run, number, views, table))}


class ComponentStage(Stage):
    """Embeddings to a few components, for each person; a companion fits them beside the ranking."""

    name = COMPONENTS_STAGE
    title = "Reducing the embeddings to components"
    version = 2
    weight = 0.2
    frame_weight = 0.0007
    waits = True
    makes = (COMPONENTS_STAGE,)
    begins_after = ASSIGNMENT_STAGE

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the person's rows, the number of components, the seed, and what the analyst left out."""
        p = run.request.parameters
        excluded = spans_as_values(run.case.marks(), number, "excluded")
        return [run.digest_of_person(number), p.num_components, p.seed, *excluded]

    def begin(self, run: Run) -> None:
        """Give the embeddings to the companion."""
        p = run.request.parameters
        for number in self.chunks(run):
            if run.is_stale(self, number):
                embedding = rows_to_score(run, number)[0].embedding
                run.begun[self.name, number] = run.companion.submit(
                    fit_components, embedding, p.num_components, p.seed
                )

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Return what was begun."""
        components = result_of(run.begun.pop((self.name, number)), run.progress)
        return {self.name: arrays_to_bytes({"components": components})}


class ScoreStage(Stage):
    """Every view and detector, for each person: what ranks, and what is there to compare with.

    The companion lets scikit-learn's detectors score, beside the ranking where a view needs no components, while
    the networks that read components are trained here.
    """

    name = SCORES_STAGE
    title = "Scoring by the other detectors, to compare with"
    version = 5
    weight = 1.4
    frame_weight = 0.00015
    makes = (SCORES_STAGE,)
    begins_after = ASSIGNMENT_STAGE

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return all that decides the ranking scores and the components."""
        p = run.request.parameters
        versions = [RankingStage.version, NetworkStage.version, ComponentStage.version]
        ranges = spans_as_values(run.case.marks(), number, *RANGE_KINDS)
        decides = [run.digest_of_person(number), versions, p.num_components, p.seed]
        return [*decides, *ranges, *_tuned(run, number)]

    def begin(self, run: Run) -> None:
        """Give the views without components to the companion."""
        for number in self.chunks(run):
            if run.is_stale(self, number):
                table, ordinary = rows_to_score(run, number)
                views = build_views(table, None, ordinary)
                run.begun[self.name, number] = _score_frames(run, number, views, table)

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Put all scores of a person together."""
        table, ordinary = rows_to_score(run, number)
        components = arrays_from_bytes(run.chunk(COMPONENTS_STAGE, number))["components"]
        views = build_views(table, components, ordinary)
        late = {name: view for name, view in views.items() if name in COMPONENT_VIEWS}
        begun: Sequence[Future[dict[str, FloatArray]]] = (
            run.begun.pop((self.name, number)),
            _score_frames(run, number, late, table),
        )
        arrays: dict[str, Any] = {"frame_number": table.frame_number, "time_s": table.time_s}
        arrays |= arrays_from_bytes(run.chunk(RANKING_STAGE, number))
        arrays |= arrays_from_bytes(run.chunk(NETWORKS_STAGE, number))
        arrays |= _score_networks(run, number, late, table)
        for future in begun:
            scores = result_of(future, run.progress)
            arrays |= scores
        return {self.name: arrays_to_bytes(arrays)}


def _score_networks(
    run: Run, person: int, views: dict[str, View], table: FeatureTable
) -> dict[str, FloatArray]:
    return score_comparison(
        views,
        table.time_s,
        detectors=NETWORKS,
        seed=run.request.parameters.seed,
        progress=run.progress,
        tuned=run.case.tuning.get(person, ()),
    )


def _score_frames(
    run: Run, person: int, views: dict[str, View], table: FeatureTable
) -> Future[dict[str, FloatArray]]:
    return run.companion.submit(
        score_comparison,
        views,
        table.time_s,
        detectors=FRAME_DETECTORS,
        seed=run.request.parameters.seed,
        tuned=run.case.tuning.get(person, ()),
    )


def _tuned(run: Run, person: int) -> list[Any]:
    return [each.to_dict() for each in run.case.tuning.get(person, ())]


def fit_components(embedding: FloatArray, count: int, seed: int) -> FloatArray:
    """Return ``count`` components of the embeddings, as many as describe them if 0; (n, count) float32."""
    return umap_components(embedding, count or choose_components(embedding), seed)


def persons_of(run: Run) -> list[int]:
    """Return the numbers of the persons, without the unassigned."""
    present = np.unique(run.features().person)
    return [int(person) for person in present if person != UNASSIGNED]


def rows_of(run: Run, person: int) -> FeatureTable:
    """Return one person's rows, one for each frame."""
    return one_face_a_frame(run.features().of_person(person))


def rows_to_score(run: Run, person: int) -> tuple[FeatureTable, npt.NDArray[np.bool_] | None]:
    """Return one person's rows without what the analyst left out, and which of them are usual behaviour."""
    marks = run.case.marks()
    table = without_excluded(rows_of(run, person), marks, person)
    return table, baseline_rows(table, marks, person)
