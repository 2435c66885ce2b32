"""Suggestions name who may be one and who may be several; another threshold tells them apart as the clustering does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.features.table import FeatureTable
from fead_desktop.persons.clustering import cluster_tracks
from fead_desktop.persons.suggestions import Reclustering, merge_suggestions, split_suggestion
from tests.helpers.crowds import crowd

#: Three people in six shots.
TABLE = crowd([1, 2, 3] * 2, faces_each=10)
PREPARED = Reclustering(TABLE)


def labelled(*of_tracks: int) -> FeatureTable:
    return TABLE.with_columns(person=np.array(of_tracks)[TABLE["track"].astype(int)])


@settings(max_examples=30, deadline=None)
@given(threshold=st.floats(0.01, 2.0))
def test_a_threshold_gives_what_the_clustering_gives(threshold: float) -> None:
    assert (PREPARED.labels(threshold) == cluster_tracks(TABLE, threshold)).all()


def test_the_usual_threshold_is_in_the_middle() -> None:
    assert PREPARED.similarity(PREPARED.threshold(0.3)) == pytest.approx(0.3)
    assert (PREPARED.labels(PREPARED.threshold(0.5)) == PREPARED.labels()).all()
    assert len(np.unique(PREPARED.labels(PREPARED.threshold(0.95)))) > 3
    assert len(np.unique(PREPARED.labels(PREPARED.threshold(0.1)))) == 1


def test_one_person_taken_for_two_is_suggested_and_nobody_else() -> None:
    (found,) = merge_suggestions(labelled(1, 2, 3, 4, 2, 3))
    assert (found.one, found.other) == (1, 4)
    assert found.similarity > 0.6
    assert merge_suggestions(TABLE) == []


def test_the_most_similar_pair_comes_first() -> None:
    found = merge_suggestions(labelled(1, 2, 3, 4, 5, 6))
    assert {(each.one, each.other) for each in found} == {(1, 4), (2, 5), (3, 6)}
    similarities = [each.similarity for each in found]
    assert similarities == sorted(similarities, reverse=True)
    assert [each.similarity for each in found] == [
        pytest.approx(PREPARED.similarity(each.distance)) for each in found
    ]


def test_a_track_cut_in_two_is_suggested() -> None:
    half = np.where(np.arange(len(TABLE)) < 5, 7, TABLE.person)
    first = merge_suggestions(TABLE.with_columns(person=half))[0]
    assert (first.one, first.other) == (1, 7)


def test_a_suggestion_shows_the_two_most_similar_faces() -> None:
    table = labelled(1, 2, 3, 4, 2, 3)
    first = merge_suggestions(table)[0]
    assert (table.person[first.row_of_one], table.person[first.row_of_other]) == (1, 4)
    shown = np.linalg.norm(table.embedding[first.row_of_one] - table.embedding[first.row_of_other])
    of_one, of_other = table.of_person(1).embedding, table.of_person(4).embedding
    every = np.linalg.norm(of_one[:, None] - of_other[None], axis=2)
    assert shown == pytest.approx(every.min(), abs=1e-5)


def test_pairs_kept_apart_and_pairs_seen_together_are_not_suggested() -> None:
    table = labelled(1, 2, 3, 4, 2, 3)
    assert (1, 4) not in {(s.one, s.other) for s in merge_suggestions(table, {(1, 4)})}
    beside = table.of_person(1).with_columns(
        person=np.full(10, 9), face=np.ones(10), track=np.full(10, 9), box_x=np.full(10, 300.0)
    )
    both = FeatureTable.concatenate([table, beside])
    both = both.select(np.lexsort((both["face"], both.frame_number)))
    pairs = {(s.one, s.other) for s in merge_suggestions(both)}
    assert (1, 9) not in pairs
    assert (4, 9) in pairs


def test_two_people_taken_for_one_are_two_parts() -> None:
    table = labelled(1, 2, 1, 1, 2, 1)
    larger, smaller = split_suggestion(table, 1)
    assert {frozenset(TABLE.person[larger]), frozenset(TABLE.person[smaller])} == {
        frozenset({1}), frozenset({3}),
    }  # fmt: skip
    assert len(larger) >= len(smaller)
    assert sorted([*larger, *smaller]) == np.flatnonzero(table.person == 1).tolist()


def test_one_person_is_one_part_and_nobody_is_none() -> None:
    assert split_suggestion(TABLE, 2) == []
    assert split_suggestion(TABLE, 77) == []
    assert merge_suggestions(FeatureTable({})) == []


def test_a_face_without_an_embedding_stays_with_its_track() -> None:
    table = labelled(1, 2, 1, 1, 2, 1)
    gap = FeatureTable(table.columns, table.embedding.copy())
    gap.embedding[[3, 24]] = np.nan
    parts = split_suggestion(gap, 1)
    assert {frozenset(TABLE.person[part]) for part in parts} == {frozenset({1}), frozenset({3})}
