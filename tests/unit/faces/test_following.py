"""Faces are followed between searches, and what comes, goes or jumps is seen as by searching every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from fead_desktop.faces.analysis import FaceFinder, FoundFace
from fead_desktop.faces.detector import FaceDetector, make_detector
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.faces.following import MOST_STEP_S, SEARCH_EVERY, FaceFollower, Sight
from fead_desktop.faces.landmarks import FaceMesh
from tests.helpers.data import needs_data
from tests.helpers.frames import frames_at, scene


class Counting(FaceDetector):
    """The real detector, and how many pictures it has seen."""

    name = "blazeface"

    def __init__(self) -> None:
        self.detector = make_detector("blazeface")
        self.searched = 0

    def detect(self, pictures: Sequence[Picture]) -> list[list[BoundingBox]]:
        self.searched += len(pictures)
        return self.detector.detect(pictures)

    def searcher(self) -> Callable[[Picture], list[BoundingBox]]:
        search = self.detector.searcher()

        def counted(picture: Picture) -> list[BoundingBox]:
            self.searched += 1
            return search(picture)

        return counted


@cache
def finder() -> FaceFinder:
    return FaceFinder(Counting(), FaceMesh())


def follow(
    pictures: Sequence[Picture], step_s: float = 0.1, cuts: Sequence[int] = ()
) -> tuple[list[list[FoundFace]], int]:
    """Return the faces of each picture, and how many pictures the detector saw."""
    counting = finder().detector
    assert isinstance(counting, Counting)
    before = counting.searched
    sights = [Sight(3 * k, k * step_s, p, k in cuts) for k, p in enumerate(pictures)]
    seen = list(FaceFollower(finder()).follow(iter(sights)))
    assert [sight.frame_number for sight, _ in seen] == [3 * k for k in range(len(pictures))]
    return [faces for _, faces in seen], counting.searched - before


def moving(count: int, *others: tuple[int, int, float]) -> list[Picture]:
    return [scene((20 + 4 * k, 30, 90), *others)[0] for k in range(count)]


EMPTY: Picture = np.full((360, 640, 3), 90, np.uint8)


def test_a_moving_face_is_followed_where_searching_every_frame_finds_it() -> None:
    pictures = moving(2 * SEARCH_EVERY + 1)
    followed, searched = follow(pictures)
    assert searched == 3
    for picture, faces in zip(pictures, followed, strict=True):
        ((alone,),) = finder().find([picture], [0])
        (face,) = faces
        assert face.box.intersection_over_union(alone.box) > 0.85
        assert face.landmarks is not None
        assert alone.landmarks is not None
        apart = np.linalg.norm((face.landmarks - alone.landmarks)[:, :2], axis=1).mean()
        assert apart < 0.03 * alone.quality.size_px


def test_a_face_that_comes_between_two_searches_is_seen_in_its_first_frame() -> None:
    second = (400, 100, 80)
    pictures = moving(2) + moving(2 * SEARCH_EVERY, second)[2:]
    followed, _ = follow(pictures)
    assert [len(faces) for faces in followed] == [1, 1] + [2] * (len(pictures) - 2)


def test_a_face_that_goes_is_seen_up_to_its_last_frame_and_no_longer() -> None:
    pictures = moving(SEARCH_EVERY + 2) + [EMPTY] * 3
    followed, _ = follow(pictures)
    assert [len(faces) for faces in followed] == [1] * (SEARCH_EVERY + 2) + [0] * 3


def test_a_face_that_comes_in_the_last_frames_is_seen() -> None:
    pictures = [*moving(2), moving(3, (400, 100, 80))[2]]
    followed, _ = follow(pictures)
    assert [len(faces) for faces in followed] == [1, 1, 2]


def test_as_long_as_there_is_no_face_every_frame_is_searched() -> None:
    followed, searched = follow([EMPTY] * 7)
    assert searched == 7
    assert not any(followed)


def test_nothing_is_followed_across_a_cut_or_a_long_step() -> None:
    pictures = moving(4)
    _, at_once = follow(pictures)
    _, with_cut = follow(pictures, cuts=[2])
    _, slow = follow(pictures, step_s=MOST_STEP_S * 1.1)
    assert at_once == 2  # the first and the last
    assert with_cut == 4  # the last before the cut and the first behind it too
    assert slow == 4


def test_a_face_that_jumps_is_searched_for_at_once() -> None:
    pictures = [scene((20, 30, 90))[0]] * 2 + [scene((420, 120, 90))[0]] * 2
    followed, _ = follow(pictures)
    assert [round(faces[0].box.x / 100) for faces in followed] == [1, 1, 5, 5]


@needs_data
def test_persons_on_screen_are_the_same_as_by_searching_every_frame() -> None:
    pictures = frames_at("video/synth_split2.mp4", [3.2 + 0.1 * k for k in range(16)])
    followed, searched = follow(pictures)
    alone = finder().find(pictures, range(len(pictures)))
    assert [len(faces) for faces in followed] == [len(faces) for faces in alone]
    assert searched < len(pictures)
