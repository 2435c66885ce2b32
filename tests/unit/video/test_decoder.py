"""The decoder: the frame that is asked for, upright, and nothing else."""

import random
from fractions import Fraction

import numpy as np
import pytest

from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index, sample_frames
from tests.helpers.data import data_file, needs_data
from tests.helpers.recordings import (
    block_picture,
    make_block_recording,
    make_corrupt,
    make_one_frame,
    make_truncated,
    read_block_code,
)

KINDS = {
    "H.264 GOP 30": ("a.mp4", {"gop": 30, "bframes": 2}),
    "H.264 GOP 250": ("a.mp4", {"gop": 250, "bframes": 3}),
    "29.97": ("a.mp4", {"rate": Fraction(30_000, 1001), "gop": 250, "bframes": 3}),
    "variable rate": ("a.mp4", {"vfr": True, "gop": 250, "bframes": 3}),
    "HEVC": ("a.mp4", {"codec": "libx265", "gop": 60, "bframes": 4}),
    "VP9": ("a.webm", {"codec": "libvpx-vp9", "gop": 60}),
    "Matroska": ("a.mkv", {"gop": 250, "bframes": 3}),
    "transport stream": ("a.ts", {"gop": 30, "bframes": 2}),
    "MPEG-4 in AVI": ("a.avi", {"codec": "mpeg4", "bframes": 0}),
    "H.264 in AVI": ("a.avi", {"gop": 30, "bframes": 3}),
    "edit list": ("a.mp4", {"edit_list": 45, "gop": 30}),
    "edit list, long GOP": ("a.mov", {"edit_list": 45, "gop": 250}),
}


@pytest.fixture(scope="module", params=KINDS, ids=str)
def made(request, tmp_path_factory):
    name, options = KINDS[request.param]
    path = make_block_recording(tmp_path_factory.mktemp("video") / name, 300, **options)
    return path, build_frame_index(path), options.get("edit_list", 0)


def test_random_seeks_give_the_exact_frame(made):
    path, index, offset = made
    assert len(index) == 300 - offset
    numbers = random.Random(5).choices(range(len(index)), k=40)
    with Decoder(path, index, cache_bytes=0) as decoder:
        assert [read_block_code(decoder.read(n)) for n in numbers] == [n + offset for n in numbers]


def test_one_pass_gives_every_wanted_frame(made):
    path, index, offset = made
    numbers = sample_frames(index, 7)
    with Decoder(path, index) as decoder:
        seen = [(n, read_block_code(picture)) for n, picture in decoder.stream(numbers)]
        assert decoder.frames_decoded <= len(index) + 4
    assert seen == [(n, n + offset) for n in numbers]


def test_steps_forward_and_back_give_the_exact_frame(made):
    path, index, offset = made
    numbers = [*range(100, 130), *range(130, 60, -1)]
    with Decoder(path, index) as decoder:
        assert [read_block_code(decoder.read(n)) for n in numbers] == [n + offset for n in numbers]


def test_the_first_and_the_last_frame_can_be_read(made):
    path, index, offset = made
    with Decoder(path, index) as decoder:
        last = len(index) - 1
        assert read_block_code(decoder.read(last)) == last + offset
        assert read_block_code(decoder.read(0)) == offset
        for outside in (-1, last + 1):
            with pytest.raises(IndexError):
                decoder.read(outside)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = make_block_recording(tmp_path_factory.mktemp("video") / "a.mp4", 300, gop=30)
    return path, build_frame_index(path)


@pytest.mark.parametrize("kind", ["H.264 GOP 30", "variable rate", "HEVC", "edit list"])
def test_a_seek_decodes_about_one_group_of_pictures(kind, tmp_path):
    name, options = KINDS[kind]
    options = {**options, "gop": 50}
    path = make_block_recording(tmp_path / name, 600, **options)
    index = build_frame_index(path)
    numbers = random.Random(5).choices(range(100, len(index)), k=40)
    with Decoder(path, index, cache_bytes=0) as decoder:
        for n in numbers:
            assert read_block_code(decoder.read(n)) == n + options.get("edit_list", 0)
        assert decoder.frames_decoded / len(numbers) <= 0.7 * 50


def test_a_step_back_comes_from_the_cache(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        decoder.read(88)
        decoded = decoder.frames_decoded
        for n in range(87, 60, -1):
            decoder.read(n)
        assert decoder.frames_decoded == decoded


def test_the_cache_stays_within_its_bytes(plain):
    path, index = plain
    with Decoder(path, index, cache_bytes=200_000) as decoder:
        for _ in decoder.stream(range(200)):
            assert decoder._cache._bytes <= 200_000


def test_far_frames_are_reached_by_a_seek_and_near_ones_by_decoding_on(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        list(decoder.stream([0, 280]))
        assert decoder.frames_decoded < 40
        decoded = decoder.frames_decoded
        list(decoder.stream(range(281, 300)))
        assert decoder.frames_decoded == decoded + 19


def test_a_pass_leaves_out_what_no_wanted_frame_needs_and_reads_after_it_are_exact(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        seen = [(n, read_block_code(picture)) for n, picture in decoder.stream(range(0, 200, 5))]
        assert seen == [(n, n) for n in range(0, 200, 5)]
        assert decoder.frames_decoded < 150
        assert not decoder.undecodable
        assert [read_block_code(decoder.read(n)) for n in range(190, 215)] == [*range(190, 215)]


def test_what_a_pass_left_out_before_a_frame_that_lay_ready_is_decoded_when_it_is_asked_for(
    tmp_path,
):
    path = make_block_recording(tmp_path / "b.mp4", 100, gop=30, bframes=3)
    index = build_frame_index(path)
    for first in range(40, 48):  # wherever it lies between two frames that others lean on
        with Decoder(path, index) as decoder:
            decoder.read(60)  # a keyframe: nothing else lies ready then
            assert [n for n, _ in decoder.stream([first, 60])] == [first, 60]
            between = range(first + 1, 60)
            seen = [decoder.read(n) for n in between]
            assert not decoder.undecodable
            assert [read_block_code(picture) for picture in seen] == list(between)


def test_pictures_are_scaled_while_decoding(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        picture = decoder.read(77, size=(80, 60))
        assert picture.shape == (60, 80, 3)
        assert picture.dtype == np.uint8
        assert read_block_code(picture) == 77
        assert [p.shape for _, p in decoder.stream([3, 9], size=(320, 100))] == [(100, 320, 3)] * 2


def test_colours_come_out_as_they_were(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        error = np.abs(decoder.read(5).astype(int) - block_picture(5))
        assert np.median(error) <= 3


def test_the_preview_while_dragging_is_the_nearest_keyframe(plain):
    path, index = plain
    with Decoder(path, index) as decoder:
        assert decoder.keyframe_before(59) == 30
        for wanted, key in ((31, 30), (58, 60), (299, 270)):
            n, picture = decoder.read_nearest_keyframe(wanted)
            assert n == key
            assert read_block_code(picture) == key
        assert decoder.frames_decoded == 3


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_recordings_come_out_upright(tmp_path, rotation):
    path = make_block_recording(tmp_path / "a.mp4", 20, rotation=rotation)
    index = build_frame_index(path)
    assert (index.rotation_deg, index.width, index.height) == (rotation, 160, 120)
    with Decoder(path, index) as decoder:
        assert read_block_code(decoder.read(13)) == 13
        small = decoder.read(13, size=(96, 72))
        assert small.shape == (72, 96, 3)
        assert read_block_code(small) == 13


def test_oblong_pixels_are_widened(tmp_path):
    path = make_block_recording(tmp_path / "a.mp4", 10, sample_aspect=Fraction(4, 3))
    index = build_frame_index(path)
    assert (index.width, index.height) == (213, 120)
    with Decoder(path, index) as decoder:
        assert decoder.read(4).shape == (120, 213, 3)


def test_an_8k_recording_works(tmp_path):
    path = make_one_frame(tmp_path / "a.mp4", size=(7680, 4320))
    index = build_frame_index(path)
    with Decoder(path, index) as decoder:
        assert decoder.read(0).shape == (4320, 7680, 3)
        assert read_block_code(decoder.read(0, size=(640, 360))) == 0


def test_a_recording_of_one_frame_works(tmp_path):
    path = make_one_frame(tmp_path / "a.mp4")
    with Decoder(path, build_frame_index(path)) as decoder:
        assert read_block_code(decoder.read(0)) == 0


def test_frames_of_damaged_packets_are_none_and_the_others_exact(tmp_path):
    path = make_corrupt(tmp_path / "a.mp4", damaged=range(120, 128))
    index = build_frame_index(path)
    with Decoder(path, index) as decoder:
        seen = dict(decoder.stream(range(len(index))))
        assert sorted(seen) == list(range(300))
        missing = {n for n, picture in seen.items() if picture is None}
        assert missing
        assert missing == decoder.undecodable
        assert missing <= set(range(115, 150))
        assert all(read_block_code(seen[n]) == n for n in (*range(115), *range(150, 300)))
        assert decoder.frames_decoded < 450
    with Decoder(path, index) as decoder:
        assert decoder.read(min(missing)) is None
        assert read_block_code(decoder.read(200)) == 200
        assert read_block_code(decoder.read(100)) == 100


def test_the_lost_end_of_a_truncated_recording_is_none(tmp_path):
    path = make_truncated(tmp_path / "a.mp4")
    index = build_frame_index(path)
    with Decoder(path, index) as decoder:
        seen = dict(decoder.stream(range(len(index))))
    lost = [n for n, picture in seen.items() if picture is None]
    assert len(lost) <= 5
    assert all(n >= len(index) - 5 for n in lost)
    assert all(read_block_code(seen[n]) == n for n in range(len(index) - 5))


@needs_data
@pytest.mark.parametrize("name", ["face_noface.mov", "WolfgangLanger_Pexels.mp4"])
def test_a_seek_in_a_real_recording_gives_the_picture_of_the_pass(name):
    path = data_file(f"video/{name}")
    index = build_frame_index(path)
    with Decoder(path, index, cache_bytes=0) as decoder:
        passed = dict(decoder.stream(range(len(index)), size=(160, 90)))
        for n in random.Random(2).sample(range(len(index)), 20):
            assert np.array_equal(decoder.read(n, size=(160, 90)), passed[n])
