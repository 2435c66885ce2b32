"""Sound lies on the clock of the pictures."""

import av
import numpy as np
import pytest

from fead_desktop.video.audio import AudioReader, has_audio, read_audio
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.data import data_file, needs_data
from tests.helpers.recordings import make_audio_only, make_block_recording


def clicks(samples, rate_hz=48_000):
    """Seconds at which a loud click begins."""
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.4)
    starts = loud[np.diff(loud, prepend=-rate_hz) > rate_hz // 10]
    return starts / rate_hz


@pytest.fixture(scope="module", params=["a.mp4", "a.mkv"])
def path(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return make_block_recording(folder / request.param, 150, sound=True)


def test_sound_is_known_to_be_there_or_not(path, tmp_path):
    assert has_audio(path)
    assert not has_audio(make_block_recording(tmp_path / "silent.mp4", 5))


def test_each_second_clicks(path):
    samples = read_audio(path, 0, 5, channels=1)
    assert samples.shape == (240_000, 1)
    assert samples.dtype == np.float32
    assert clicks(samples) == pytest.approx(range(5), abs=0.002)


@pytest.mark.parametrize("start_s", [0.5, 1.0301, 2.75])
def test_a_range_begins_where_it_was_asked_for(path, start_s):
    part = read_audio(path, start_s, start_s + 2, channels=1)
    expected = [second for second in range(5) if start_s <= second < start_s + 2]
    assert clicks(part) + start_s == pytest.approx(expected, abs=0.002)


def test_a_range_equals_its_part_of_the_whole(path):
    whole = read_audio(path, 0, 5)
    # Matroska's clock counts milliseconds: a seek may move the sound by half of one.
    shifts = range(-24, 25) if path.suffix == ".mkv" else (0,)
    part = read_audio(path, 1.5, 2.5)
    least = min(np.abs(part - whole[72_000 + s : 120_000 + s]).max() for s in shifts)
    assert least < 0.02


def test_other_rates_keep_the_time(path):
    samples = read_audio(path, 0, 5, rate_hz=16_000, channels=2)
    assert samples.shape == (80_000, 2)
    assert clicks(samples, 16_000) == pytest.approx(range(5), abs=0.002)


def test_before_and_behind_the_sound_is_silence(path):
    early = read_audio(path, -0.5, 0.5, channels=1)
    assert not early[:23_900].any()
    assert clicks(early) == pytest.approx([0.5], abs=0.002)
    assert not read_audio(path, 6, 7).any()


def test_a_silent_recording_gives_silence(tmp_path):
    samples = read_audio(make_block_recording(tmp_path / "a.mp4", 30), 0, 1)
    assert samples.shape == (48_000, 2)
    assert not samples.any()


def test_blocks_follow_one_another_without_a_gap(path):
    with AudioReader(path, channels=1) as reader:
        blocks = list(reader.blocks(1.0, block_s=0.1))
        assert all(block.shape == (4800, 1) for block in blocks[:-1])
        assert clicks(np.concatenate(blocks)) + 1.0 == pytest.approx(range(1, 5), abs=0.002)
        again = next(reader.blocks(2.75, block_s=0.5))
    assert clicks(again) + 2.75 == pytest.approx([3.0], abs=0.002)


def test_a_hole_in_the_sound_is_silence_and_what_follows_stays_in_place(tmp_path, path):
    holed = tmp_path / f"holed{path.suffix}"
    with av.open(str(path)) as source, av.open(str(holed), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.pts is not None and not 1.2 < packet.pts * packet.time_base < 2.4:
                packet.stream = stream
                target.mux(packet)
    samples = read_audio(holed, 0, 5, channels=1)
    assert clicks(samples) == pytest.approx([0, 1, 3, 4], abs=0.03)
    assert not samples[62_000:110_000].any()


def test_the_first_shown_frame_is_the_zero_of_the_sound(tmp_path):
    path = make_block_recording(tmp_path / "a.ts", 90, sound=True)
    index = build_frame_index(path)
    assert index.pts[0] > 0  # transport streams begin late
    assert clicks(read_audio(path, 0, 3, channels=1)) == pytest.approx(range(3), abs=0.025)
    origin = float(index.pts[0] * index.time_base)
    with AudioReader(path, channels=1, first_pts_s=origin) as reader:
        sound = np.concatenate(list(reader.blocks(0.0)))
    assert np.abs(sound[:96_000] - read_audio(path, 0, 2, channels=1)).max() < 0.02


def test_sound_without_pictures_can_be_read(tmp_path):
    path = make_audio_only(tmp_path / "a.m4a")
    assert clicks(read_audio(path, 0, 1, channels=1)) == pytest.approx([0.0], abs=0.05)


@needs_data
def test_a_real_recording_sounds():
    samples = read_audio(data_file("video/face_noface.mov"), 0, 3)
    assert 0.001 < samples.std() < 0.5
