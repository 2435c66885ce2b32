"""A search over pictures in order passes over tiles that stay empty, and sees whatever comes into them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fead_desktop.faces.blazeface import BlazeFaceDetector
from fead_desktop.faces.face import BoundingBox, Picture
from tests.helpers.frames import scene

#: A head in the left one of two tiles.
HEAD = (20, 60, 150.0)
#: A face that only the other tile's network finds.
SMALL = (560, 40, 26.0)


@cache
def detector() -> BlazeFaceDetector:
    return BlazeFaceDetector()


@pytest.fixture
def tiles(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """The tiles that were searched."""
    searched = []
    search = detector()._in_tile

    def counted(picture: Picture, tile: tuple[int, int, int]) -> list[BoundingBox]:
        searched.append(tile)
        return search(picture, tile)

    monkeypatch.setattr(detector(), "_in_tile", counted)
    return searched


def noisy(picture: Picture, seed: int) -> Picture:
    """Return the picture as another frame of a camera that stands still would show it."""
    noise = np.random.default_rng(seed).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def furnished(*faces: tuple[int, int, float]) -> Picture:
    """Return a scene in which every tile has contrast."""
    picture, _ = scene(*faces)
    picture[300:330, 250:630] = 200
    return picture


def test_a_tile_without_a_face_of_its_own_is_searched_once(
    tiles: list[tuple[int, int, int]],
) -> None:
    search = detector().searcher()
    for seed in range(5):
        assert len(search(noisy(furnished(HEAD), seed))) == 1
    assert len(tiles) == 2
    detector().detect([noisy(furnished(HEAD), seed) for seed in range(3)])
    assert len(tiles) == 8


def test_a_face_that_comes_into_an_empty_tile_is_seen_at_once() -> None:
    search = detector().searcher()
    assert len(search(furnished(HEAD))) == 1
    with_small = furnished(HEAD, SMALL)
    assert len(detector().detect([with_small])[0]) == 2
    assert len(search(with_small)) == 2
    assert len(search(with_small)) == 2
    assert len(search(furnished(HEAD))) == 1


def test_a_face_behind_a_head_that_moves_away_is_seen() -> None:
    """The small face stands still: only the head before it moves."""
    search = detector().searcher()
    for left in range(400, 100, -30):
        picture = furnished(SMALL)
        head, _ = scene((left, 30, 120.0))
        covered = head != 90
        picture[covered] = head[covered]
        assert len(search(picture)) == len(detector().detect([picture])[0])


def test_each_search_begins_anew(tiles: list[tuple[int, int, int]]) -> None:
    for _ in range(2):
        detector().searcher()(furnished(HEAD))
    assert len(tiles) == 4
