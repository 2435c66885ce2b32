"""What takes too long beside the window when persons are edited: questions to the embeddings, and new scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from fead_desktop.case.store import Case
from fead_desktop.features.measures import EMOTIONS
from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.jobs.analysis_job import SupervisedJob
from fead_desktop.gui.jobs.job import Job
from fead_desktop.gui.jobs.open_job import Results, read_results
from fead_desktop.persons.roster import Faces, RosterEntry, make_persons
from fead_desktop.pipeline.protocol import AnalysisProgress

if TYPE_CHECKING:
    from fead_desktop.persons.suggestions import MergeSuggestion, Reclustering

#: Pairs less alike than this are not worth a look; from 0.5 on faces are joined by themselves.
LEAST_SIMILARITY = 0.35

Labels = npt.NDArray[np.int32]

#: Signature of :func:`fead_desktop.pipeline.supervisor.supervise_rescore`.
SuperviseRescore = Callable[
    [
        Path,
        Callable[[AnalysisProgress], None],
        Callable[[], bool],
        Callable[[], float],
    ],
    tuple[int, ...],
]


@dataclass(frozen=True)
class Preview:
    """The persons as another similarity would have them.

    labels : (n,) the person of each face then.
    persons : these persons, longest on screen first.
    made_of : for each of them the persons of now that most of its faces come from, most first.
    """

    similarity: float
    threshold: float
    labels: Labels
    persons: tuple[RosterEntry, ...]
    made_of: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Prepared:
    """What every clustering of a case shares."""

    faces: Faces
    reclustering: Reclustering


class AskJob(Job):
    """Asks a case something that needs the embeddings; ends with the answer."""

    def __init__(
        self, case_path: Path, question: Callable[[Case], Any], parent: QObject | None = None
    ):
        super().__init__(parent)
        self._case_path, self._question = case_path, question

    def work(self) -> Any:
        with Case.open(self._case_path, check=False) as case:
            return self._question(case)


#: More points than this hide each other; they are thinned evenly.
_MOST_POINTS = 20_000


@dataclass(frozen=True)
class FacePlane:
    """One person's faces where they lie by likeness.

    place : (n, 2) the first two principal components of their embeddings.
    frame_number, time_s : (n,) of each face; ``emotions`` (n, 7).
    """

    person: int
    place: npt.NDArray[np.float32]
    frame_number: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    emotions: npt.NDArray[np.float32]


def ask_face_plane(case: Case, person: int) -> FacePlane:
    """Return where a person's faces lie; without rows where there are fewer than three."""
    from fead_desktop.features.components import pca_components

    table = case.features().of_person(person)
    rows = np.flatnonzero(np.isfinite(table.embedding).all(axis=1))
    rows = rows[:: max(1, -(-len(rows) // _MOST_POINTS))] if len(rows) > 2 else rows[:0]
    chosen = table.select(rows)
    return FacePlane(
        person,
        pca_components(chosen.embedding, 2),
        chosen.frame_number,
        chosen.time_s,
        chosen.matrix(EMOTIONS),
    )


class PreviewJob(Job):
    """Clusters anew at a similarity; ends with the Preview. The first one prepares what the others share."""

    def __init__(
        self,
        case_path: Path,
        similarity: float,
        prepared: Prepared | None,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._case_path, self._similarity = case_path, similarity
        self.prepared = prepared

    def work(self) -> Preview:
        from fead_desktop.persons.suggestions import Reclustering

        with Case.open(self._case_path, check=False) as case:
            if self.prepared is None:
                self.prepared = Prepared(case.faces(), Reclustering(case.features()))
            now = case.assignment().person
        reclustering = self.prepared.reclustering
        threshold = reclustering.threshold(self._similarity)
        labels = reclustering.labels(threshold)
        persons = tuple(make_persons(self.prepared.faces, labels))
        made_of = tuple(_made_of(now[labels == each.person]) for each in persons)
        return Preview(self._similarity, threshold, labels, persons, made_of)


class RescoreJob(SupervisedJob):
    """Scores edited persons again in a child process; ends with the results that the case holds then."""

    def __init__(self, case: Path, supervise: SuperviseRescore, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._supervise = case, supervise

    def work(self) -> Results:
        self._supervise(self._case, self.relay, self.is_cancelled, self.grace_s)
        with Case.open(self._case, check=False) as case:
            return read_results(case)


class WriteFacesJob(Job):
    """Writes the aligned faces sorted by person as they are told apart now; ends with a sentence."""

    def __init__(self, case: Path, folder: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._case, self._folder = case, folder

    def work(self) -> str:
        from fead_desktop.pipeline.results import check_folder
        from fead_desktop.report.faces import export_faces

        with Case.open(self._case, check=False) as case:
            facts = case.recording
            if facts is not None:
                check_folder(self._folder, facts.sha256)
            count = export_faces(case, self._folder)
        return f"Wrote {count:,} faces to {self._folder / 'organized_faces'}."


def ask_merge_suggestions(case: Case) -> Sequence[MergeSuggestion]:
    """Return who may be one person, likeliest first."""
    from fead_desktop.persons.suggestions import merge_suggestions

    found = merge_suggestions(case.features(), case.assignment().apart)
    return [each for each in found if each.similarity >= LEAST_SIMILARITY]


def _made_of(now: Labels) -> tuple[int, ...]:
    numbers, counts = np.unique(now[now != UNASSIGNED], return_counts=True)
    most = np.argsort(-counts, kind="stable")
    # A handful of stray faces says nothing about who this is.
    return tuple(int(numbers[k]) for k in most if counts[k] >= max(3, 0.05 * len(now)))
