"""The persons stage: tracks joined over the chunks' borders, then clustered into persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.store import ASSIGNMENT_STAGE, FACES_STAGE, FRAMES_STAGE
from fead_desktop.faces.face import BoundingBox
from fead_desktop.faces.tracking import Sighting, link_tracks
from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.pipeline.run import Run, Stage


class PersonStage(Stage):
    """Tell the persons apart, over the whole recording at once."""

    name = ASSIGNMENT_STAGE
    title = "Telling the persons apart"
    version = 1
    weight = 0.1
    frame_weight = 0.0001
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
        shots = [arrays_from_bytes(run.chunk(FRAMES_STAGE, k))["shot"] for k in run.frames_by_chunk]
        begins_with_cut = [bool(len(part)) and int(part[0]) > 0 for part in shots]
        last_shots = [int(part[-1]) if len(part) else 0 for part in shots]
        table = FeatureTable.concatenate(
            join_tracks(number_shots(tables, last_shots), begins_with_cut)
        )
        person = cluster_tracks(table) if len(table) else table.person
        return {
            self.name: arrays_to_bytes(
                {"track": table["track"], "shot": table["shot"], "person": person}
            )
        }


def number_shots(tables: list[FeatureTable], last_shots: list[int]) -> list[FeatureTable]:
    """Count shots on over the chunks; a cut on a border was counted as shot 1 of the later chunk."""
    numbered, offset = [], 0
    for table, last in zip(tables, last_shots, strict=True):
        numbered.append(table.with_columns(shot=table["shot"].astype(np.int64) + offset))
        offset += last
    return numbered


def join_tracks(tables: list[FeatureTable], begins_with_cut: list[bool]) -> list[FeatureTable]:
    """Number tracks over the chunks; a track that goes on over a border keeps its number."""
    joined: list[FeatureTable] = []
    ended: list[Sighting] = []
    count = 0
    for table, cut in zip(tables, begins_with_cut, strict=True):
        links = link_tracks(ended, _sightings(table, 0), cut)
        number_of: dict[int, int] = {}
        for track in np.unique(table["track"]):
            number_of[int(track)] = links.get(int(track), count)
            count += int(track) not in links
        tracks = np.array([number_of[int(track)] for track in table["track"]], np.int32)
        joined.append(table.with_columns(track=tracks))
        ended = _sightings(joined[-1], -1)
    return joined


def _sightings(table: FeatureTable, which: int) -> list[Sighting]:
    """Return the first (0) or last (-1) sighting of every track."""
    sightings = []
    for track in np.unique(table["track"]):
        row = int(np.flatnonzero(table["track"] == track)[which])
        sides = (float(table[name][row]) for name in ("box_x", "box_y", "box_width", "box_height"))
        sightings.append(Sighting(int(track), float(table.time_s[row]), BoundingBox(*sides)))
    return sightings
