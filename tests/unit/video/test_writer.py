"""Clips: what was written can be read, and half a clip never appears."""

import sys
from fractions import Fraction

import numpy as np
import pytest

from fead_desktop.errors import OutputError
from fead_desktop.video.audio import has_audio, read_audio
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index
from fead_desktop.video.writer import VideoWriter
from tests.helpers.recordings import block_picture, read_block_code, tone_with_clicks


def test_pictures_come_back_in_order_at_their_rate(tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, 160, 120, Fraction(30_000, 1001)) as writer:
        for n in range(100):
            writer.write(block_picture(n))
        assert writer.frames_written == 100
    index = build_frame_index(path)
    assert len(index) == 100
    assert index.times_s == pytest.approx(np.arange(100) * 1001 / 30_000, abs=1e-6)
    assert not has_audio(path)
    with Decoder(path, index) as decoder:
        assert [read_block_code(p) for _, p in decoder.stream(range(100))] == list(range(100))


def test_pictures_keep_times_of_their_own(tmp_path):
    path = tmp_path / "clip.mp4"
    times = np.random.default_rng(5).integers(1, 90, 60).cumsum() / 1000
    times -= times[0]
    with VideoWriter(path, 160, 120, 20, own_times=True) as writer:
        for n, time_s in enumerate(times):
            writer.write(block_picture(n), time_s)
    index = build_frame_index(path)
    assert index.times_s == pytest.approx(times, abs=1e-5)
    with Decoder(path, index) as decoder:
        assert [read_block_code(p) for _, p in decoder.stream(range(60))] == list(range(60))


@pytest.mark.parametrize("channels", [0, 1, 2])
def test_sound_stays_with_the_pictures(tmp_path, channels):
    path = tmp_path / "clip.mp4"
    samples = tone_with_clicks(3.0)
    if channels:
        samples = np.repeat(samples[:, None], channels, axis=1)
    with VideoWriter(path, 160, 120, 30, audio_rate_hz=48_000) as writer:
        for n in range(90):
            writer.write(block_picture(n))
        writer.write_audio(samples[:50_001])
        writer.write_audio(samples[50_001:])
    heard = read_audio(path, 0, 3)
    loud = np.flatnonzero(np.abs(heard[:, 1]) > 0.4)
    starts = loud[np.diff(loud, prepend=-48_000) > 4800] / 48_000
    assert starts == pytest.approx([0, 1, 2], abs=0.002)


def test_the_clip_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"the older clip")
    with VideoWriter(path, 160, 120, 30) as writer:
        writer.write(block_picture(0))
        assert path.read_bytes() == b"the older clip"
    assert len(build_frame_index(path)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_nothing_behind(tmp_path):
    def interrupted():
        with VideoWriter(tmp_path / "clip.mp4", 160, 120, 30) as writer:
            writer.write(block_picture(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(OutputError, match="There is no folder"):
        VideoWriter(tmp_path / "none" / "clip.mp4", 160, 120, 30)


def test_a_folder_without_right_to_write_is_said(tmp_path, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.touch", refuse)
    with pytest.raises(OutputError, match="no right to write to the folder"):
        VideoWriter(tmp_path / "clip.mp4", 160, 120, 30)


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a thing of POSIX")
def test_a_disk_that_takes_no_more_is_said_and_nothing_stays(tmp_path):
    import resource

    noise = np.random.default_rng(1)

    def write():
        with VideoWriter(tmp_path / "clip.mp4", 320, 240, 30) as writer:
            for _ in range(60):
                writer.write(noise.integers(0, 256, (240, 320, 3), np.uint8))

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OutputError, match="larger than its disk"):
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    writer = VideoWriter(tmp_path / "clip.mp4", 160, 120, 30)
    writer.write(block_picture(0))

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="The disk is full"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_size_are_refused(tmp_path):
    with VideoWriter(tmp_path / "clip.mp4", 160, 120, 30) as writer:
        writer.write(block_picture(0))
        with pytest.raises(ValueError, match="shape"):
            writer.write(block_picture(0, (80, 60)))
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "odd.mp4", 161, 120, 30)
