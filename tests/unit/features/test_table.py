"""The feature table keeps shapes, dtypes and missing values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.features.table import COLUMN_NAMES, FeatureTable


def table_of(n: int, d: int = 4) -> FeatureTable:
    rng = np.random.default_rng(n)
    return FeatureTable(
        {"frame_number": np.arange(n), "time_s": np.arange(n) / 10, "happy": rng.random(n)},
        rng.random((n, d)).astype(np.float32),
    )


def test_what_was_not_measured_is_missing_never_zero() -> None:
    table = table_of(3)
    assert np.isnan(table["jaw_drop"]).all()
    assert table.person.tolist() == [-1, -1, -1]


def test_unknown_columns_and_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        FeatureTable({"frame_number": [1], "mood": [1]})
    with pytest.raises(ValueError, match="shape"):
        FeatureTable({"frame_number": [1], "happy": [1, 2]})
    with pytest.raises(ValueError, match="embedding"):
        FeatureTable({"frame_number": [1]}, np.zeros((2, 3), np.float32))


def test_bytes_give_the_same_table_back() -> None:
    table = table_of(5)
    again = FeatureTable.from_bytes(table.to_bytes())
    for name in COLUMN_NAMES:
        assert again[name].dtype == table[name].dtype
        np.testing.assert_equal(again[name], table[name])
    np.testing.assert_equal(again.embedding, table.embedding)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_joined_chunks_are_the_whole(sizes: list[int]) -> None:
    whole = table_of(sum(sizes))
    ends = np.cumsum(sizes)
    parts = [whole.select(slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    joined = FeatureTable.concatenate(parts)
    np.testing.assert_equal(joined.frame_number, whole.frame_number)
    np.testing.assert_equal(joined["happy"], whole["happy"])


def test_selecting_a_person_keeps_rows_together() -> None:
    table = table_of(4).with_columns(person=[1, 2, 1, -1])
    one = table.of_person(1)
    assert one.frame_number.tolist() == [0, 2]
    np.testing.assert_equal(one.embedding, table.embedding[[0, 2]])
