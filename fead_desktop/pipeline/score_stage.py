"""The ranking, components and scores stages: one chunk per person."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from fead_desktop.anomalies.scoring import score_comparison, score_ranking
from fead_desktop.anomalies.views import build_views, one_face_a_frame
from fead_desktop.case.store import (
    ASSIGNMENT_STAGE,
    SCORES_STAGE,
    arrays_from_bytes,
    arrays_to_bytes,
)
from fead_desktop.features.components import choose_components, import_umap, umap_components
from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.pipeline.run import Run, Stage

RANKING_STAGE = "ranking"
COMPONENTS_STAGE = "components"


class RankingStage(Stage):
    """The scores that rank events, for each person: they need neither components nor comparisons."""

    name = RANKING_STAGE
    title = "Scoring each person against their own baseline"
    version = 2
    weight = 8.0
    makes = (RANKING_STAGE,)

    def prepare(self) -> None:
        """Import the detectors."""
        for name in ("ensemble", "covariance", "neighbors", "svm"):
            importlib.import_module(f"sklearn.{name}")

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the assignment and the seed."""
        return [run.digest(ASSIGNMENT_STAGE), run.request.parameters.seed]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Score one person's rows by the detectors that vote in the ranking."""
        table = rows_of(run, number)
        views = build_views(table, None)
        scores = score_ranking(views, table.time_s, seed=run.request.parameters.seed)
        return {self.name: arrays_to_bytes(scores)}


class ComponentStage(Stage):
    """Embeddings to a few components, for each person."""

    name = COMPONENTS_STAGE
    title = "Reducing the embeddings to components"
    version = 2
    weight = 4.0
    makes = (COMPONENTS_STAGE,)

    def prepare(self) -> None:
        """Import UMAP."""
        import_umap()

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the assignment, the number of components and the seed."""
        p = run.request.parameters
        return [run.digest(ASSIGNMENT_STAGE), p.num_components, p.seed]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Fit one person's components."""
        p = run.request.parameters
        embedding = rows_of(run, number).embedding
        count = p.num_components or choose_components(embedding)
        components = umap_components(embedding, count, p.seed)
        return {self.name: arrays_to_bytes({"components": components.astype(np.float32)})}


class ScoreStage(Stage):
    """Every view and detector, for each person: what ranks, and what is there to compare with."""

    name = SCORES_STAGE
    title = "Scoring by the other detectors, to compare with"
    version = 3
    weight = 6.0
    makes = (SCORES_STAGE,)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the persons."""
        return persons_of(run)

    def inputs(self, run: Run, number: int) -> Any:
        """Return the ranking scores, the components and the seed."""
        p = run.request.parameters
        return [run.digest(RANKING_STAGE), run.digest(COMPONENTS_STAGE), p.seed]

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Score one person's rows by the rest of the detectors and put all scores together."""
        table = rows_of(run, number)
        components = arrays_from_bytes(run.chunk(COMPONENTS_STAGE, number))["components"]
        views = build_views(table, components)
        scores = arrays_from_bytes(run.chunk(RANKING_STAGE, number))
        scores |= score_comparison(views, table.time_s, seed=run.request.parameters.seed)
        arrays = {"frame_number": table.frame_number, "time_s": table.time_s, **scores}
        return {self.name: arrays_to_bytes(arrays)}


def persons_of(run: Run) -> list[int]:
    """Return the numbers of the persons, without the unassigned."""
    present = np.unique(run.features().person)
    return [int(person) for person in present if person != UNASSIGNED]


def rows_of(run: Run, person: int) -> FeatureTable:
    """Return one person's rows, one for each frame."""
    return one_face_a_frame(run.features().of_person(person))
