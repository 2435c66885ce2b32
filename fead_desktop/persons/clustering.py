"""Tracks to persons: average linkage of the tracks' mean embeddings; -1 = unassigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.features.table import UNASSIGNED, FeatureTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: A cluster that is seen for less, or on fewer faces, is noise.
LEAST_PERSON_S = 0.5
LEAST_PERSON_FACES = 3

#: Tracks linked at once; more are linked block by block and the blocks' clusters again. The distance matrix of
#: a block takes 64 MB.
MOST_LINKED = 4000

#: A face is good if it is turned or nodded away by less than this, not smaller and not more covered. The
#: better half of the good faces makes a track's mean.
_MOST_TURNED_DEG = 40.0
_LEAST_SIZE_PX = 10.0
_MOST_COVERED = 0.5

#: Good faces that make a track reliable. Others join a cluster of reliable ones that is at most this much
#: further away than the threshold and nearer than any other by a tenth of it.
_RELIABLE_FACES = 3
POOR_REACH = 1.2
_POOR_LEAD = 0.1

#: Poor tracks that join nobody are linked among themselves; a person must last this long on them.
_LEAST_POOR_S = 2.0

#: Faces on either side of a place where a track may have jumped to another person.
_JUMP_FACES = 5
_JUMPS_AT_ONCE = 4096
_JUMP_SHARE = 0.9

#: Added to the distance of two tracks that are in the picture together: they can't be one person.
_TOGETHER = 2.0
_LEAST_TOGETHER_FRAMES = 3


@dataclass(frozen=True)
class IdentitySpace:
    """How far apart two embeddings of one person may be.

    unit_length : embeddings are compared by angle: they are brought to length 1 first.
    threshold : Euclidean distance of track means up to which two clusters are linked.
    """

    unit_length: bool
    threshold: float


#: By length of the embedding. dlib (128): its own limit for two single faces is 0.6; means of tracks lie nearer,
#: and different persons of the shared recordings lie 0.48 to 0.94 apart, one person's shots up to 0.2.
#: InceptionResnetV1 (512): a cosine distance of 0.4.
SPACES = {
    128: IdentitySpace(unit_length=False, threshold=0.5),
    512: IdentitySpace(unit_length=True, threshold=float(np.sqrt(2 * 0.4))),
}


@dataclass(frozen=True)
class Piece:
    """A track, or the part of one between two jumps: its rows in time, mean and number of good faces."""

    rows: IntArray
    mean: FloatArray
    good: int


def cluster_tracks(table: FeatureTable, threshold: float | None = None) -> npt.NDArray[np.int32]:
    """Return the person of every row, (n,) int32: 1 = longest on screen, -1 = unassigned.

    A track's mean is the median embedding of its best good faces (large, sharp, frontal, uncovered). A track
    that jumps from one person to another is cut there. Tracks are joined by average linkage (UPGMA, Sokal &
    Michener 1958) up to ``threshold``; two tracks that are in the picture together are kept apart.
    A track with fewer than three good faces is poor: it joins the nearest cluster; those that are near none
    are persons of their own from 2 s on and else noise. A cluster that lasts under 0.5 s or has under three
    faces is noise, unless nobody lasts longer: then the longest one is the person. Rows without a track, and
    tracks without any embedding, stay unassigned. A face without embedding belongs to the person of its track.

    Parameters
    ----------
    table : FeatureTable
        Whole recording; ``track`` is unique across it.
    threshold : float, optional
        Euclidean distance, replacing the one of :data:`SPACES` that belongs to the embedding's length.
    """
    return PreparedTracks(table).cluster(threshold)


class PreparedTracks:
    """The tracks of a table, ready to be clustered at one threshold after another: what does not depend on it is kept.

    Attributes: ``space``, and by row: ``embedding`` (n, d) comparable by Euclidean distance, ``measured`` (n,) where
    there is one, ``merit`` (n,) of the face for its person, 0 = not good enough.
    """

    def __init__(self, table: FeatureTable):
        self._table = table
        self.space = SPACES.get(table.embedding.shape[1], SPACES[128])
        self.measured = np.isfinite(table.embedding).all(axis=1) & (table.embedding.shape[1] > 0)
        self.embedding = _comparable(table.embedding, self.space)
        self.merit = _merit(table)
        self._tracks = [
            _Track(rows, self.measured, self.embedding, self.merit, self.space)
            for rows in _rows_by_track(table)
        ]
        self._linked: dict[bytes, FloatArray] = {}

    def pieces(self, threshold: float | None = None) -> list[Piece]:
        """Return the tracks, cut where they jump to another person at a threshold (None = the usual one)."""
        limit = self.space.threshold if threshold is None else threshold
        return [piece for track in self._tracks for piece in track.pieces(limit)]

    def cluster(self, threshold: float | None = None) -> npt.NDArray[np.int32]:
        """Return what :func:`cluster_tracks` does."""
        person = np.full(len(self._table), UNASSIGNED, np.int32)
        limit = self.space.threshold if threshold is None else threshold
        pieces = self.pieces(limit)
        if not pieces:
            return person
        labels = _cluster_pieces(self._table, pieces, limit, self._linked)
        for piece, label in zip(pieces, labels, strict=True):
            person[piece.rows] = label
        return _number_by_screen_time(self._table, person)


class _Track:
    """One track; the mean and the jump of each part of it that was asked for."""

    def __init__(
        self,
        rows: IntArray,
        measured: npt.NDArray[np.bool_],
        embedding: FloatArray,
        merit: FloatArray,
        space: IdentitySpace,
    ):
        self._rows, self._space = rows, space
        self._seen = rows[measured[rows]]
        self._place = np.flatnonzero(measured[rows])
        self._values, self._merit = embedding[self._seen], merit[self._seen]
        self._jumps: dict[tuple[int, int], tuple[int, float]] = {}
        self._means: dict[tuple[int, int], tuple[FloatArray, int]] = {}

    def pieces(self, limit: float) -> list[Piece]:
        """Cut the track where its embeddings jump to another person.

        A jump: two faces in a row, and the means of the five before and after, lie almost ``limit`` apart. A head
        that turns away or a hand before the face changes gradually (at most 0.40 in the shared recordings, with
        dlib) and is not cut.
        """
        if not len(self._seen):
            return []
        parts, waiting = [], [(0, len(self._seen))]
        while waiting:
            start, stop = waiting.pop()
            cut, strength = self._jump(start, stop)
            if strength > _JUMP_SHARE * limit:
                waiting += [(start, start + cut), (start + cut, stop)]
            else:
                parts.append((start, stop))
        parts.sort()
        # A face without embedding stays with the faces before it.
        starts = [0] + [int(self._place[start]) for start, _ in parts[1:]]
        stops = [*starts[1:], len(self._rows)]
        return [
            Piece(self._rows[first:last], *self._mean(part))
            for first, last, part in zip(starts, stops, parts, strict=True)
        ]

    def _jump(self, start: int, stop: int) -> tuple[int, float]:
        if (start, stop) not in self._jumps:
            self._jumps[start, stop] = _jump(self._values[start:stop])
        return self._jumps[start, stop]

    def _mean(self, part: tuple[int, int]) -> tuple[FloatArray, int]:
        if part not in self._means:
            inside = slice(*part)
            mean, good = _mean(self._values[inside], self._merit[inside])
            self._means[part] = _comparable(mean[None], self._space)[0], good
        return self._means[part]


def screen_time_s(table: FeatureTable) -> FloatArray:
    """Return the seconds each row stands for, (n,): the time to the next analysed frame with a face.

    Where the next is further than one and a half usual steps away (nobody was seen in between), the usual
    step counts. A single frame counts as 0.
    """
    if not len(table):
        return np.zeros(0)
    times, inverse = np.unique(table.time_s, return_inverse=True)
    steps = np.diff(times)
    if not len(steps):
        return np.zeros(len(table))
    usual = float(np.median(steps))
    steps = np.append(np.where(steps > 1.5 * usual, usual, steps), usual)
    return np.asarray(steps[inverse], np.float64)


def _rows_by_track(table: FeatureTable) -> list[IntArray]:
    """Rows of every track in the order of time; rows without a track are left out."""
    tracks = np.asarray(table["track"])
    rows = np.lexsort((table.frame_number, tracks))
    rows = rows[tracks[rows] >= 0]
    borders = np.flatnonzero(np.diff(tracks[rows])) + 1
    return [part for part in np.split(rows, borders) if len(part)]


def _merit(table: FeatureTable) -> FloatArray:
    """How well each face shows its person, (n,); 0 = not good enough, NaN-free."""
    size = np.nan_to_num(np.asarray(table["size_px"], np.float64))
    sharp = np.nan_to_num(np.asarray(table["sharpness"], np.float64))
    turned = np.hypot(table["yaw_deg"].astype(np.float64), table["pitch_deg"].astype(np.float64))
    turned = np.nan_to_num(turned, nan=90.0).clip(0, 90)
    covered = np.nan_to_num(np.asarray(table["occlusion"], np.float64)).clip(0, 1)
    good = (size >= _LEAST_SIZE_PX) & (turned <= _MOST_TURNED_DEG) & (covered < _MOST_COVERED)
    # Size and sharpness help less and less; a frontal, uncovered face matters most.
    merit = np.log1p(size) * np.log1p(sharp + 1) * np.cos(np.radians(turned)) * (1 - covered)
    return np.where(good, merit, 0.0)


def _mean(embedding: FloatArray, merit: FloatArray) -> tuple[FloatArray, int]:
    """Median embedding of the better half of the good faces, and how many faces were good."""
    good = merit > 0
    if not good.any():
        return np.median(embedding, axis=0), 0
    chosen = good & (merit >= np.median(merit[good]))
    return np.median(embedding[chosen], axis=0), int(good.sum())


def _comparable(embedding: npt.NDArray[np.floating[Any]], space: IdentitySpace) -> FloatArray:
    values = embedding.astype(np.float64)
    if space.unit_length:
        lengths = np.linalg.norm(values, axis=1, keepdims=True)
        values /= np.where(lengths > 0, lengths, 1)
    return values


def _jump(values: FloatArray) -> tuple[int, float]:
    """Return where another person may begin, and how far the embeddings jump there; 0 where they are too few."""
    if len(values) < 2 * _JUMP_FACES:
        return 0, 0.0
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])
    cuts = np.arange(_JUMP_FACES, len(values) - _JUMP_FACES + 1)
    jumps = np.empty(len(cuts))
    for first in range(
        0, len(cuts), _JUMPS_AT_ONCE
    ):  # an hour on one track would be held five more times
        part = cuts[first : first + _JUMPS_AT_ONCE]
        before = (sums[part] - sums[part - _JUMP_FACES]) / _JUMP_FACES
        after = (sums[part + _JUMP_FACES] - sums[part]) / _JUMP_FACES
        means_apart = np.linalg.norm(after - before, axis=1)
        faces_apart = np.linalg.norm(values[part] - values[part - 1], axis=1)
        jumps[first : first + _JUMPS_AT_ONCE] = np.minimum(means_apart, faces_apart)
    best = int(np.argmax(jumps))
    return int(cuts[best]), float(jumps[best])


def _cluster_pieces(
    table: FeatureTable, pieces: Sequence[Piece], limit: float, linked: dict[bytes, FloatArray]
) -> IntArray:
    """Return a cluster for every piece, or -1: reliable ones first, then the poor ones.

    ``linked`` keeps the trees of sets of pieces that were linked before.
    """
    means = np.stack([piece.mean for piece in pieces])
    reliable = np.array([piece.good >= _RELIABLE_FACES for piece in pieces])
    labels = np.full(len(pieces), UNASSIGNED, np.int64)
    chosen = np.flatnonzero(reliable)
    if len(chosen):
        labels[chosen] = _link_pieces(table, pieces, means, chosen, limit, linked=linked)
        _attach_poor(means, labels, np.flatnonzero(~reliable), limit)
    left = np.flatnonzero(labels < 0)
    if len(left):
        groups = _link_pieces(table, pieces, means, left, limit, linked=linked)
        lasting = _lasting_groups(table, [pieces[index].rows for index in left], groups)
        if not len(chosen) and not lasting.any():
            lasting[:] = True  # nobody can be seen well; the general rule for noise decides
        free = labels.max() + 1
        labels[left] = np.where(lasting[groups], groups + free, UNASSIGNED)
    return labels


def _attach_poor(means: FloatArray, labels: IntArray, poor: IntArray, limit: float) -> None:
    """Give poor pieces the label of the nearest cluster, if it is near enough and clearly the nearest."""
    centres = np.stack(
        [np.median(means[labels == label], axis=0) for label in range(labels.max() + 1)]
    )
    for index in poor:
        distances = np.linalg.norm(centres - means[index], axis=1)
        nearest = int(np.argmin(distances))
        next_best = np.delete(distances, nearest).min(initial=np.inf)
        clearly = next_best - distances[nearest] >= _POOR_LEAD * limit
        if distances[nearest] <= POOR_REACH * limit and clearly:
            labels[index] = nearest


def _lasting_groups(
    table: FeatureTable, parts: Sequence[IntArray], groups: IntArray
) -> npt.NDArray[np.bool_]:
    """Return for each group of parts whether it is on screen long enough for a person."""
    seconds = screen_time_s(table)
    lasting = np.bincount(groups, [seconds[rows].sum() for rows in parts])
    return np.asarray(lasting >= _LEAST_POOR_S)


def _link_pieces(
    table: FeatureTable,
    pieces: Sequence[Piece],
    means: FloatArray,
    chosen: IntArray,
    limit: float,
    *,
    linked: dict[bytes, FloatArray],
) -> IntArray:
    parts = [pieces[index].rows for index in chosen]
    if len(parts) > MOST_LINKED:
        return _link(means[chosen], pairs_together(table, parts), limit)
    key = np.array([(part[0], len(part)) for part in parts], np.int64).tobytes()
    if key not in linked:
        linked[key] = _tree(means[chosen], pairs_together(table, parts))
    return _clusters(linked[key], limit)


def _link(means: FloatArray, apart: set[tuple[int, int]], limit: float) -> IntArray:
    """Return clusters 0, 1, … of track means by average linkage, in blocks if there are many."""
    if len(means) <= MOST_LINKED:
        return _link_block(means, apart, limit)
    labels = np.empty(len(means), np.int64)
    count = 0
    for start in range(0, len(means), MOST_LINKED):
        stop = min(start + MOST_LINKED, len(means))
        inside = {(i - start, j - start) for i, j in apart if start <= i and j < stop}
        labels[start:stop] = _link_block(means[start:stop], inside, limit) + count
        count = int(labels[start:stop].max()) + 1
    if count == len(means):
        # Nothing could be joined inside any block; a coarser pass would not end either.
        return labels
    centres = np.stack([means[labels == label].mean(axis=0) for label in range(count)])
    pairs = {(int(labels[i]), int(labels[j])) for i, j in apart}
    joined = _link(centres, {(min(p), max(p)) for p in pairs if p[0] != p[1]}, limit)
    return joined[labels]


def _link_block(means: FloatArray, apart: set[tuple[int, int]], limit: float) -> IntArray:
    return _clusters(_tree(means, apart), limit)


def _tree(means: FloatArray, apart: set[tuple[int, int]]) -> FloatArray:
    """Return the linkage tree of track means, (n - 1, 4), as scipy writes it."""
    if len(means) == 1:
        return np.empty((0, 4))
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    distances = pdist(means)
    n = len(means)
    for i, j in apart:
        distances[n * i - i * (i + 1) // 2 + (j - i - 1)] += _TOGETHER
    return np.asarray(linkage(distances, method="average"), np.float64)


def _clusters(tree: FloatArray, limit: float) -> IntArray:
    if not len(tree):
        return np.zeros(1, np.int64)
    from scipy.cluster.hierarchy import fcluster

    return np.asarray(fcluster(tree, limit, criterion="distance"), np.int64) - 1


def pairs_together(table: FeatureTable, parts: Sequence[IntArray]) -> set[tuple[int, int]]:
    """Pairs (i < j) of parts that share at least three frames at different places."""
    rows = np.concatenate(list(parts))
    part_of_row = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    order = np.argsort(table.frame_number[rows], kind="stable")
    rows, part_of_row = rows[order], part_of_row[order]
    frames = table.frame_number[rows]
    counts: dict[tuple[int, int], int] = {}
    shift = 1
    # Rows of one frame are neighbours now: comparing with the next, the one after, … finds all pairs.
    while shift < len(rows) and (same := frames[shift:] == frames[:-shift]).any():
        at = np.flatnonzero(same)
        distinct = ~_overlap(table, rows[at], rows[at + shift])
        for i, j in zip(part_of_row[at][distinct], part_of_row[at + shift][distinct], strict=True):
            pair = (int(min(i, j)), int(max(i, j)))
            counts[pair] = counts.get(pair, 0) + 1
        shift += 1
    return {
        pair for pair, n in counts.items() if n >= _LEAST_TOGETHER_FRAMES and pair[0] != pair[1]
    }


def _overlap(table: FeatureTable, first: IntArray, second: IntArray) -> npt.NDArray[np.bool_]:
    """Return whether two boxes may hold the same face: their centres are nearer than half a width."""
    columns = {name: np.asarray(table[name], np.float64) for name in _BOX}
    x, y, width, height = (columns[name] for name in _BOX)
    across = x[first] + width[first] / 2 - x[second] - width[second] / 2
    down = y[first] + height[first] / 2 - y[second] - height[second] / 2
    return np.asarray(np.hypot(across, down) < np.maximum(width[first], width[second]) / 2)


_BOX = ("box_x", "box_y", "box_width", "box_height")


def _number_by_screen_time(
    table: FeatureTable, cluster: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Number clusters from 1 by screen time (equal: who comes first) and drop the noise."""
    seconds = screen_time_s(table)
    known = cluster >= 0
    labels = np.unique(cluster[known])
    faces = {label: int((cluster == label).sum()) for label in labels}
    lasting = {label: float(seconds[cluster == label].sum()) for label in labels}
    first = {label: float(table.time_s[cluster == label].min()) for label in labels}
    ranked = sorted(labels, key=lambda label: (-lasting[label], -faces[label], first[label]))
    # A hair of tolerance: five frames at 10 a second last 0.4999….
    persons = [
        label
        for label in ranked
        if lasting[label] >= LEAST_PERSON_S - 1e-3 and faces[label] >= LEAST_PERSON_FACES
    ] or ranked[:1]
    result = np.full(len(cluster), UNASSIGNED, np.int32)
    for number, label in enumerate(persons, start=1):
        result[cluster == label] = number
    return result
