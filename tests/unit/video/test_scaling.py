"""Shrinking keeps what a mean of areas keeps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.video.scaling import shrink

SIZE = (48, 36)


@given(st.integers(0, 255), st.integers(36, 300), st.integers(48, 300))
def test_an_even_grey_stays_what_it_is(level: int, height: int, width: int) -> None:
    picture = np.full((height, width, 3), level, np.uint8)
    small = shrink(picture, SIZE)
    assert small.shape == (SIZE[1], SIZE[0], 3)
    assert (small == level).all()


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_whole_factors_give_the_mean_of_each_area(factor: int) -> None:
    rng = np.random.default_rng(factor)
    picture = rng.integers(0, 256, (SIZE[1] * factor, SIZE[0] * factor, 3), np.uint8)
    areas = picture.reshape(SIZE[1], factor, SIZE[0], factor, 3).mean(axis=(1, 3))
    # Each halving rounds once.
    assert np.abs(shrink(picture, SIZE) - areas).max() <= 0.5 * np.log2(factor) + 0.5


@pytest.mark.parametrize("shape", [(360, 640), (1080, 1920), (361, 641), (100, 77)])
def test_other_factors_are_near_one_step_of_averaging(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    rough = rng.integers(0, 256, (9, 16, 3), np.uint8)
    picture = cv2.resize(rough, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    expected = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    apart = np.abs(shrink(picture, SIZE).astype(int) - expected)
    assert apart.mean() < 4  # of 255, between patches of any colour


def test_a_picture_of_the_size_is_returned_and_a_smaller_one_grows() -> None:
    picture = np.arange(36 * 48 * 3, dtype=np.uint8).reshape(36, 48, 3)
    np.testing.assert_array_equal(shrink(picture, SIZE), picture)
    assert shrink(picture[:20, :20], SIZE).shape == (36, 48, 3)
