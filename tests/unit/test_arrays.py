"""Arrays survive being bytes, and many threads may read at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes

ARRAYS = {f"column {k}": np.arange(k + 1, dtype=np.float32) for k in range(20)}


def test_arrays_come_back_as_they_were() -> None:
    given = {"words": np.array(["a", "bc"]), "empty": np.empty((0, 3), np.int16), **ARRAYS}
    for compressed in (True, False):
        back = arrays_from_bytes(arrays_to_bytes(given, compressed=compressed))
        assert list(back) == list(given)
        for name, values in given.items():
            assert back[name].dtype == values.dtype
            np.testing.assert_array_equal(back[name], values)


def test_some_of_them_can_be_read_alone() -> None:
    back = arrays_from_bytes(arrays_to_bytes(ARRAYS), ["column 3"])
    assert list(back) == ["column 3"]


def test_many_threads_read_at_once() -> None:
    data = arrays_to_bytes(ARRAYS)
    with ThreadPoolExecutor(8) as pool:
        for back in pool.map(lambda _: arrays_from_bytes(data), range(200)):
            assert len(back) == len(ARRAYS)
