"""The persons stage: tracks joined over the chunks' borders, then clustered into persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fead_desktop.case.store import ASSIGNMENT_STAGE, FACES_STAGE, arrays_from_bytes, arrays_to_bytes
from fead_desktop.faces.tracking import join_chunks
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.pipeline.face_stage import FRAMES_STAGE
from fead_desktop.pipeline.run import Run


class PersonStage:
    """Tell the persons apart, over the whole recording at once."""

    name = ASSIGNMENT_STAGE
    title = "Telling the persons apart"
    version = 1
    weight = 3.0
    makes = (ASSIGNMENT_STAGE,)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the one chunk of a global stage."""
        return [0]

    def inputs(self, run: Run, number: int) -> Any:
        """Return the faces."""
        return run.digest(FACES_STAGE)

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Number shots, tracks and persons over the whole recording."""
        tables = [FeatureTable.from_bytes(run.chunk(FACES_STAGE, k)) for k in run.frames_by_chunk]
        shots = [
            arrays_from_bytes(run.chunk(FRAMES_STAGE, k))["shot"] for k in run.frames_by_chunk
        ]
        tables = _number_shots(tables, [int(part[-1]) if len(part) else 0 for part in shots])
        tables = _join_tracks(tables, run)
        table = FeatureTable.concatenate(tables)
        person = cluster_tracks(table) if len(table) else table.person
        return {
            self.name: arrays_to_bytes(
                {"track": table["track"], "shot": table["shot"], "person": person}
            )
        }


def _number_shots(tables: list[FeatureTable], last_shot: list[int]) -> list[FeatureTable]:
    """Count shots over the chunks; a cut on a border has been counted as the new chunk's shot 1."""
    numbered, offset = [], 0
    for table, last in zip(tables, last_shot, strict=True):
        numbered.append(table.with_columns(shot=table["shot"].astype(np.int64) + offset))
        offset += last
    return numbered
