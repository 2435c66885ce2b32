"""Recordings as analysts get them: interlaced, several streams, old and odd formats, with a clock of their own."""

from __future__ import annotations

import random
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import UsageError
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from tests.helpers.recordings import block_picture, make_block_recording, read_block_code

SIZE = (160, 120)
FORMATS = {
    "MPEG-2 in a transport stream": ("a.ts", "mpeg2video", "yuv420p"),
    "MPEG-2 in a program stream": ("a.mpg", "mpeg2video", "yuv420p"),
    "Windows Media": ("a.wmv", "wmv2", "yuv420p"),
    "Motion JPEG in AVI": ("a.avi", "mjpeg", "yuvj420p"),
    "10-bit H.264": ("a.mp4", "libx264", "yuv420p10le"),
    "10-bit HEVC": ("a.mkv", "libx265", "yuv420p10le"),
    "10-bit ProRes 4:2:2": ("a.mov", "prores_ks", "yuv422p10le"),
}


def write(path: Path, pictures, codec="libx264", pix_fmt="yuv420p", rate=30, options=None) -> Path:
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *SIZE, pix_fmt
        stream.codec_context.gop_size = 15
        if codec not in {"libx265", "prores_ks", "mjpeg"}:
            stream.codec_context.bit_rate = 4_000_000
        for n, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = n, 1 / Fraction(rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_frame_is_exact_in(kind, tmp_path):
    name, codec, pix_fmt = FORMATS[kind]
    options = {"x265-params": "log-level=none:pools=1"} if codec == "libx265" else None
    pictures = (block_picture(n, SIZE) for n in range(90))
    path = write(tmp_path / name, pictures, codec, pix_fmt, options=options)
    index = build_frame_index(path)
    assert len(index) == 90
    assert np.diff(index.times_s) == pytest.approx(1 / 30, abs=0.002)
    numbers = random.Random(3).sample(range(90), 25)
    with Decoder(path, index, cache_bytes=0) as decoder:
        assert [read_block_code(decoder.read(n)) for n in numbers] == numbers


def woven(n: int):
    """Return a picture whose even lines show 2n and whose odd lines show 2n + 1."""
    picture = block_picture(2 * n, SIZE).copy()
    picture[1::2] = block_picture(2 * n + 1, SIZE)[1::2]
    return picture


@pytest.fixture(scope="module", params=["yuv420p", "yuv422p10le"])
def interlaced(request, tmp_path_factory) -> tuple[Path, FrameIndex]:
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1", "crf": "8", "preset": "ultrafast"}
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    write(path, (woven(n) for n in range(60)), pix_fmt=request.param, options=options)
    return path, build_frame_index(path)


def test_an_interlaced_recording_shows_whole_pictures_of_one_time(interlaced):
    path, index = interlaced
    assert index.interlaced
    assert any("interlaced" in remark for remark in index.remarks)
    numbers = random.Random(4).sample(range(60), 20)
    with Decoder(path, index) as decoder:
        assert [read_block_code(decoder.read(n)) for n in numbers] == [2 * n for n in numbers]
        picture = decoder.read(31).astype(int)
    combed = np.abs(picture[1:-1] - (picture[:-2] + picture[2:]) // 2)
    assert combed.mean() < 3, "no line stands out from its neighbours"


def test_a_deinterlaced_frame_looks_the_same_whichever_way_it_was_reached(interlaced):
    path, index = interlaced
    with Decoder(path, index) as passing, Decoder(path, index, cache_bytes=0) as seeking:
        passed = dict(passing.stream(range(60)))
        for n in (50, 7, 33, 8):
            assert np.array_equal(seeking.read(n), passed[n])


def test_a_progressive_recording_is_left_as_it_is(tmp_path):
    path = make_block_recording(tmp_path / "a.mp4", 10)
    index = build_frame_index(path)
    assert not index.interlaced
    assert index.remarks == ()
    assert (index.stream, index.start_timecode, index.source_timecode(5)) == (0, "", "")


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("the ffmpeg command that joins streams is not here")
    return found


@pytest.fixture(scope="module")
def two_streams(tmp_path_factory, ffmpeg) -> Path:
    folder = tmp_path_factory.mktemp("video")
    small = make_block_recording(folder / "small.mp4", 40, size=(80, 60))
    large = make_block_recording(folder / "large.mp4", 60, size=SIZE)
    path = folder / "two.ts"
    command = [
        ffmpeg,
        "-v",
        "error",
        "-i",
        small,
        "-i",
        large,
        "-map",
        "0:v",
        "-map",
        "1:v",
        "-c",
        "copy",
        path,
    ]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.mark.parametrize(
    ("number", "frames", "width"), [(0, 40, 80), (1, 60, 160), (None, 60, 160)]
)
def test_of_several_streams_the_chosen_one_is_read_and_the_largest_by_default(
    two_streams, number, frames, width
):
    index = build_frame_index(two_streams, stream_number=number)
    assert (len(index), index.width) == (frames, width)
    assert "2 video streams" in index.remarks[0]
    with Decoder(two_streams, index) as decoder:
        assert [read_block_code(decoder.read(n)) for n in (30, 3)] == [30, 3]


def test_a_stream_that_is_not_there_is_refused_in_a_sentence(two_streams):
    with pytest.raises(UsageError, match="has no video stream 2"):
        build_frame_index(two_streams, stream_number=2)


@pytest.mark.parametrize(
    ("rate", "start", "later"),
    [("25", "10:00:00:00", "10:00:02:00"), ("30000/1001", "00:59:59;28", "01:00:01;18")],
)
def test_the_sources_clock_is_read(tmp_path, ffmpeg, rate, start, later):
    source = make_block_recording(tmp_path / "a.mp4", 60, Fraction(rate))
    path = tmp_path / "b.mov"
    command = [ffmpeg, "-v", "error", "-i", source, "-c", "copy", "-timecode", start, path]
    subprocess.run(command, check=True, timeout=60)
    index = build_frame_index(path)
    assert index.source_timecode(0) == start
    assert index.source_timecode(50) == later
    again = FrameIndex.from_bytes(index.to_bytes())
    assert again.source_timecode(50) == later
    assert vars(again).keys() >= {"stream", "interlaced"}
