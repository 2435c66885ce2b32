"""Shot cuts: found where they are, and nowhere else."""

import json

import numpy as np
import pytest

from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index, sample_frames
from fead_desktop.video.shots import ShotDetector
from tests.helpers.data import data_file, needs_data


def cuts_of(path, rate_fps=10.0):
    index = build_frame_index(path)
    detector = ShotDetector()
    with Decoder(path, index) as decoder:
        return [
            index.time_of(n)
            for n, picture in decoder.stream(sample_frames(index, rate_fps))
            if picture is not None and detector.is_cut(picture)
        ]


@needs_data
@pytest.mark.parametrize("rate_fps", [10.0, 2.0, 0.0])
def test_the_twelve_shots_of_the_cut_recording_are_found(rate_fps):
    truth = json.loads(data_file("video/synth7_cuts.json").read_text())
    borders = [segment["start"] for segment in truth["segments"]][1:]
    assert len(borders) == 11
    assert cuts_of(data_file("video/synth7_cuts.mp4"), rate_fps) == pytest.approx(borders, abs=1e-3)


@needs_data
@pytest.mark.parametrize(
    "name",
    [
        "WolfgangLanger_Pexels.mp4", "liveportrait_d9.mp4", "liveportrait_d13.mp4", "liveportrait_d19.mp4",
        "single_face.mp4", "no_face.mp4",
    ],
)  # fmt: skip
def test_recordings_of_one_shot_have_no_cut(name):
    assert cuts_of(data_file(f"video/{name}")) == []


def scene(seed, size=(120, 160)):
    grid = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.kron(grid, np.ones((size[0] // 6, size[1] // 8, 1), np.uint8))


def test_another_scene_is_a_cut_and_the_same_one_is_not():
    detector = ShotDetector()
    assert [detector.is_cut(scene(seed)) for seed in (1, 1, 2, 2, 1)] == [
        False,
        False,
        True,
        False,
        True,
    ]


def test_work_can_begin_in_the_middle():
    assert not ShotDetector(previous=scene(1)).is_cut(scene(1))
    assert ShotDetector(previous=scene(1)).is_cut(scene(2))


def test_light_switched_on_is_no_cut():
    bright = scene(3) // 2 + 100
    dark = bright // 3
    assert not ShotDetector(previous=dark).is_cut(bright)


def test_black_between_two_shots_is_a_shot_of_its_own():
    black = np.zeros_like(scene(1))
    detector = ShotDetector()
    assert [detector.is_cut(picture) for picture in (scene(1), black, black, scene(1))] == [
        False, True, False, True,
    ]  # fmt: skip
