"""What can be told while faces are still being found: told to the window, never kept and never exported."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.classical import RobustZ
from fead_desktop.anomalies.events import AnomalyEvent, rank_events
from fead_desktop.anomalies.explanation import person_events
from fead_desktop.anomalies.scoring import FUSION, RANKING_VIEWS, ROBUST, fuse
from fead_desktop.anomalies.views import build_views, one_face_a_frame
from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.case import Person
from fead_desktop.case.store import FACES_STAGE, FRAMES_STAGE
from fead_desktop.features.table import UNASSIGNED, FeatureTable, FloatArray
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.persons.roster import Faces, make_persons
from fead_desktop.pipeline.person_stage import join_tracks, number_shots
from fead_desktop.pipeline.protocol import SoFar
from fead_desktop.pipeline.run import Run

#: About this share of the time goes into what is thrown away at the end.
MOST_SHARE = 0.025

#: What was found done by so many chunks at most is told at once; it takes a few tenths of a second.
FIRST_CHUNKS = 8

#: Seconds to read a chunk that an earlier run left in the case, at a guess.
_READING_S = 0.006


class Provisional:
    """Collects the chunks of the faces stage, and tells now and then what they would come to.

    Persons are clustered as in the end, and each person's moments ranked by the plain robust deviation alone
    (:class:`~fead_desktop.anomalies.classical.RobustZ`). All that is there is looked at each time, so the cost
    grows with the recording and the telling gets rarer: it takes :data:`MOST_SHARE` of the time, and memory for the
    rows alone, which the persons stage needs as well.
    """

    def __init__(
        self, tell: Callable[[SoFar], None], clock: Callable[[], float] = time.perf_counter
    ):
        self._tell, self._clock = tell, clock
        self._began = clock()
        self._spent = self._last_s = 0.0
        self._told = 0
        self._waiting: list[int] = []
        self._numbers: list[int] = []
        self._tables: list[FeatureTable] = []
        self._shots: list[npt.NDArray[np.int32]] = []
        self._until_s = 0.0

    def take(self, run: Run, number: int, made: bool) -> None:
        """Take a chunk that is in the case now; ``made`` in this run, so that there is something new to tell."""
        self._waiting.append(number)
        if made and self._can_afford():
            began = self._clock()
            self._read(run)
            self._tell(self._so_far(run.request.parameters.num_anomalies))
            self._told = len(self._numbers)
            self._last_s = self._clock() - began
            self._spent += self._last_s

    def _can_afford(self) -> bool:
        if not self._told:
            return len(self._waiting) <= FIRST_CHUNKS or self._is_within(
                2 * _READING_S * len(self._waiting)
            )
        # It may cost more, as there are more rows now; then the next one is told later.
        return self._is_within(self._last_s)

    def _is_within(self, cost_s: float) -> bool:
        return self._spent + cost_s <= MOST_SHARE * (self._clock() - self._began)

    def _read(self, run: Run) -> None:
        for number in self._waiting:
            self._tables.append(FeatureTable.from_bytes(run.chunk(FACES_STAGE, number)))
            frames = arrays_from_bytes(run.chunk(FRAMES_STAGE, number))
            self._shots.append(frames["shot"])
            self._until_s = float(frames["time_s"][-1])
        self._numbers += self._waiting
        self._waiting = []

    def _so_far(self, num_anomalies: int) -> SoFar:
        cuts = [int(part[0]) > 0 for part in self._shots]
        shots = [int(part[-1]) for part in self._shots]
        table = FeatureTable.concatenate(join_tracks(number_shots(self._tables, shots), cuts))
        person = cluster_tracks(table) if len(table) else table.person
        # Without the embeddings, which nothing needs any more.
        return provisional_results(
            FeatureTable({**table.columns, "person": person}),
            tuple(self._numbers),
            self._until_s,
            num_anomalies,
        )


def provisional_results(
    table: FeatureTable, chunks: tuple[int, ...], until_s: float, num_anomalies: int
) -> SoFar:
    """Return persons, robust scores and events of the rows that are there, persons assigned."""
    best = np.zeros(len(table), bool)
    score = np.full(len(table), np.nan, np.float32)
    events: list[AnomalyEvent] = []
    persons = make_persons(Faces.of(table), table.person) if len(table) else []
    for entry in persons:
        rows = one_face_a_frame(table.of_person(entry.person))
        at = _rows_of(table, entry.person, rows)
        best[at] = True
        views = build_views(rows, None)
        scores = _robust_scores(views, len(rows))
        fused = fuse(scores, rows.time_s).total.astype(np.float32)
        score[at] = fused
        found = person_events(rows, views, {**scores, FUSION: fused}, entry.person, num_anomalies)
        events += found
    return SoFar(
        chunks=chunks,
        until_s=until_s,
        persons=tuple(
            Person(e.person, e.name, e.faces, e.first_s, e.last_s, e.screen_time_s) for e in persons
        ),
        portrait_rows=tuple(entry.portrait_row for entry in persons),
        events=tuple(rank_events(events, num_anomalies)),
        rows={"person": table.person, "best": best, "score": score},
    )


def _robust_scores(views: Any, count: int) -> dict[str, FloatArray]:
    scores = {}
    for name in RANKING_VIEWS:
        if name in views:
            values = np.full(count, np.nan, np.float32)
            values[views[name].mask] = RobustZ().score_samples(views[name].usable)
            scores[f"{name}/{ROBUST}"] = values
    return scores


def _rows_of(table: FeatureTable, person: int, kept: FeatureTable) -> npt.NDArray[np.int64]:
    """Return where the rows that were kept of a person are in the whole table."""
    rows = np.flatnonzero((table.person == person) & (table.person != UNASSIGNED))
    if len(rows) == len(kept):
        return rows
    name = table.frame_number[rows] * 4096 + table["face"][rows].astype(np.int64)
    wanted = kept.frame_number * 4096 + kept["face"].astype(np.int64)
    return rows[np.isin(name, wanted)]
