"""What to merge and what to split, and persons told apart at another threshold: from the stored embeddings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fead_desktop.features.table import UNASSIGNED, FeatureTable
from fead_desktop.persons.clustering import POOR_REACH, PreparedTracks, pairs_together
from fead_desktop.persons.roster import IntArray, PersonArray

#: Faces of a person that are compared one by one, the best ones, to find the two most similar.
_MOST_EXEMPLARS = 150
#: A person is tried at tighter and tighter thresholds, as shares of the program's own, until two parts show.
_TIGHTER = (1.0, 0.9, 0.8, 0.7, 0.6)


@dataclass(frozen=True)
class MergeSuggestion:
    """Two persons that may be one.

    distance : between the mean embeddings of their tracks, on the average; in the embedder's own unit.
    similarity : 1 = the same, 0.5 = as far apart as the program itself would still join, 0 = twice as far.
    row_of_one, row_of_other : their two most similar faces, as rows of the table.
    """

    one: int
    other: int
    distance: float
    similarity: float
    row_of_one: int
    row_of_other: int


class Reclustering:
    """Tells the persons of a table apart at one threshold after another; what does not depend on it is made once.

    Parameters
    ----------
    table : FeatureTable
        Whole recording, with its embeddings.
    """

    def __init__(self, table: FeatureTable):
        self._tracks = PreparedTracks(table)

    def threshold(self, similarity: float) -> float:
        """Return the distance that belongs to a similarity."""
        return 2 * self._tracks.space.threshold * (1 - similarity)

    def similarity(self, threshold: float) -> float:
        """Return the similarity that belongs to a distance, 0 to 1."""
        return float(np.clip(1 - threshold / (2 * self._tracks.space.threshold), 0, 1))

    def labels(self, threshold: float | None = None) -> PersonArray:
        """Return the person of every row, as :func:`fead_desktop.persons.clustering.cluster_tracks` does."""
        return self._tracks.cluster(threshold)


def merge_suggestions(
    table: FeatureTable, apart: Collection[tuple[int, int]] = ()
) -> list[MergeSuggestion]:
    """Return pairs of persons, the most similar first.

    The distance of two persons is the average distance of their tracks (average linkage, as in the clustering). Only
    pairs are named that are hardly farther apart than the program would join: as far as it reaches for a track that
    shows its person badly. Persons who are in the picture together, and the pairs in ``apart`` (lower number first),
    are left out.
    """
    tracks = PreparedTracks(table.with_columns(track=_tracks_of_persons(table)))
    pieces = tracks.pieces()
    owners = np.array([table.person[piece.rows[0]] for piece in pieces], np.int64)
    means = np.stack([piece.mean for piece in pieces]) if pieces else np.empty((0, 0))
    persons = np.unique(owners).tolist()
    refused = set(apart) | _seen_together(table, persons)
    found = []
    for place, one in enumerate(persons):
        for other in persons[place + 1 :]:
            if (one, other) in refused:
                continue
            distance = float(_distances(means[owners == one], means[owners == other]).mean())
            if distance <= POOR_REACH * tracks.space.threshold:
                found.append((distance, one, other))
    found.sort()
    exemplars = {person: _exemplars(tracks, table, person) for person in persons}
    suggestions = []
    for distance, one, other in found:
        mine, theirs = exemplars[one], exemplars[other]
        between = _distances(tracks.embedding[mine], tracks.embedding[theirs])
        k, j = np.unravel_index(int(np.argmin(between)), between.shape)
        similarity = 1 - distance / (2 * tracks.space.threshold)
        suggestions.append(
            MergeSuggestion(one, other, distance, similarity, int(mine[k]), int(theirs[j]))
        )
    return suggestions


def split_suggestion(table: FeatureTable, person: int) -> list[IntArray]:
    """Return the parts that a person may consist of, as rows of the table, largest first; empty = looks like one.

    The person's tracks are clustered alone, at the program's threshold and, while one part shows, at tighter ones.
    Faces that no part has are with the part that most of their track, or else of the person, is in.
    """
    rows = np.flatnonzero(table.person == person).astype(np.int64)
    if not len(rows):
        return []
    tracks = PreparedTracks(table.select(rows))
    for share in _TIGHTER:
        labels = tracks.cluster(share * tracks.space.threshold)
        if len(np.unique(labels[labels != UNASSIGNED])) > 1:
            whole = _completed(labels, np.asarray(table["track"])[rows])
            parts = [rows[whole == part] for part in np.unique(whole)]
            return sorted(parts, key=lambda part: (-len(part), int(part[0])))
    return []


def _completed(labels: PersonArray, track: npt.NDArray[np.generic]) -> PersonArray:
    whole = labels.copy()
    for missing in np.flatnonzero(labels == UNASSIGNED).tolist():
        beside = labels[(track == track[missing]) & (labels != UNASSIGNED)]
        whole[missing] = _most(beside if len(beside) else labels[labels != UNASSIGNED])
    return whole


def _tracks_of_persons(table: FeatureTable) -> npt.NDArray[np.int64]:
    """Number the tracks so that each belongs to one person; -1 where there is no track or nobody."""
    pairs = np.stack([np.asarray(table["track"], np.int64), table.person.astype(np.int64)])
    _, numbers = np.unique(pairs, axis=1, return_inverse=True)
    return np.where((pairs >= 0).all(axis=0), numbers.ravel(), -1)


def _most(values: PersonArray) -> int:
    numbers, counts = np.unique(values, return_counts=True)
    return int(numbers[np.argmax(counts)])


def _seen_together(table: FeatureTable, persons: list[int]) -> set[tuple[int, int]]:
    parts = [np.flatnonzero(table.person == person).astype(np.int64) for person in persons]
    found = pairs_together(table, parts) if parts else set()
    return {(persons[i], persons[j]) for i, j in found}


def _exemplars(tracks: PreparedTracks, table: FeatureTable, person: int) -> IntArray:
    rows = np.flatnonzero((table.person == person) & tracks.measured)
    best = np.argsort(-tracks.merit[rows], kind="stable")[:_MOST_EXEMPLARS]
    return np.sort(rows[best]).astype(np.int64)


def _distances(
    some: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    squared = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * some @ others.T
    return np.asarray(np.sqrt(squared.clip(min=0)))
