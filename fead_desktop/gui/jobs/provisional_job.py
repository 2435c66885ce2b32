"""ProvisionalJob: reads the rows of a running analysis from its case, and puts them beside what was told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from fead_desktop.case.case import FUSION, AnalysedFrames, Person, PersonScores
from fead_desktop.case.store import FACES_STAGE, Case
from fead_desktop.errors import CaseError
from fead_desktop.features.table import COLUMN_NAMES, FeatureTable, columns_from_bytes
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.nearest_face import nearest_face
from fead_desktop.gui.jobs.open_job import Results
from fead_desktop.pipeline.protocol import SoFar


@dataclass(frozen=True)
class ProvisionalResults:
    """What can be shown. ``tables`` by chunk, to be handed to the next job; ``thumbnails`` by event."""

    results: Results
    thumbnails: Mapping[int, bytes]
    tables: dict[int, FeatureTable]
    until_s: float


class ProvisionalJob(Job):
    """Reads the chunks that ``tables`` lacks; a chunk is not made twice while an analysis runs."""

    def __init__(
        self,
        case: Path,
        so_far: SoFar,
        tables: Mapping[int, FeatureTable],
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._case, self._so_far = case, so_far
        self._tables = dict(tables)

    def work(self) -> ProvisionalResults:
        so_far = self._so_far
        with Case.open(self._case, check=False) as case:
            lacking = set(so_far.chunks) - set(self._tables)
            for number, data in case.chunks(FACES_STAGE, lacking):
                self._tables[number] = FeatureTable(columns_from_bytes(data, COLUMN_NAMES))
            parts = [self._tables[k] for k in so_far.chunks if k in self._tables]
            table = FeatureTable.concatenate(parts)
            if len(table) != len(so_far.rows["person"]):
                raise CaseError("The rows in the case are not those that were told of.")
            table = table.with_columns(person=so_far.rows["person"])
            thumbnails = {
                each.event: nearest_face(case, table, each.person, each.peak_s)
                for each in so_far.events
            }
            results = Results(
                table,
                tuple(self._with_portraits(case, table)),
                so_far.events,
                {each.person: self._scores(table, each.person) for each in so_far.persons},
                _until(case.analysed_frames(), so_far.until_s),
            )
        return ProvisionalResults(results, thumbnails, self._tables, so_far.until_s)

    def _with_portraits(self, case: Case, table: FeatureTable) -> list[Person]:
        found = zip(self._so_far.persons, self._so_far.portrait_rows, strict=True)
        return [
            replace(
                person, portrait=nearest_face(case, table, person.person, float(table.time_s[row]))
            )
            for person, row in found
        ]

    def _scores(self, table: FeatureTable, person: int) -> PersonScores:
        rows = np.flatnonzero((table.person == person) & self._so_far.rows["best"].astype(bool))
        score = self._so_far.rows["score"][rows].astype(np.float32)
        return PersonScores(person, table.frame_number[rows], table.time_s[rows], {FUSION: score})


def _until(frames: AnalysedFrames, time_s: float) -> AnalysedFrames:
    """Return the frames up to a time; later ones are of an earlier analysis."""
    kept = frames.time_s <= time_s
    return AnalysedFrames(
        frames.frame_number[kept], frames.time_s[kept], frames.decoded[kept], frames.cut[kept]
    )
