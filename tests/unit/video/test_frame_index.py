"""The frame index: numbers, times, ranges and bad files."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fead_desktop.errors import CancelledError, RecordingError, UsageError
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import FrameIndex, build_frame_index, sample_frames
from fead_desktop.video.timebase import format_timecode, parse_timecode
from tests.helpers import recordings
from tests.helpers.data import data_file, needs_data


def index_of(pts, time_base=Fraction(1, 90_000), seek_points=None):
    pts = np.asarray(pts, np.int64)
    return FrameIndex(
        pts=pts,
        time_base=time_base,
        seek_points=np.asarray(pts[:1] if seek_points is None else seek_points, np.int64),
        width=160,
        height=120,
        rotation_deg=0,
        duration_s=float((pts[-1] - pts[0] + 1) * time_base),
        variable_frame_rate=False,
    )


steps = st.lists(st.integers(1, 50_000), min_size=0, max_size=60)
indexes = st.builds(
    lambda first, gaps: index_of(first + np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)),
    st.integers(-100_000, 10**12),
    steps,
)


@given(indexes)
def test_number_and_pts_and_time_name_the_same_frame(index):
    for n in range(len(index)):
        assert index.frame_of_pts(int(index.pts[n])) == n
        assert index.frame_at(index.time_of(n)) == n


@given(indexes)
def test_the_frame_shown_between_two_frames_is_the_earlier_one(index):
    for n in range(len(index) - 1):
        middle = (index.time_of(n) + index.time_of(n + 1)) / 2
        assert index.frame_at(middle) == n


@given(st.lists(st.integers(100, 5000), min_size=1, max_size=60))
def test_the_timecode_of_a_frame_finds_the_frame(gaps):
    index = index_of(np.cumsum(gaps), Fraction(1, 30_000))  # at least 3.3 ms apart
    for n in range(len(index)):
        assert index.frame_at(parse_timecode(format_timecode(index.time_of(n)))) == n


@given(indexes)
@settings(max_examples=30)
def test_an_index_comes_back_from_its_bytes(index):
    again = FrameIndex.from_bytes(index.to_bytes())
    assert np.array_equal(again.pts, index.pts)
    assert again.pts.dtype == np.int64
    assert np.array_equal(again.seek_points, index.seek_points)
    assert again.time_base == index.time_base
    assert (again.width, again.height, again.rotation_deg) == (160, 120, 0)
    assert again.duration_s == index.duration_s


def test_remarks_come_back_from_the_bytes():
    index = index_of([0, 1])
    index = FrameIndex(**{**vars(index), "remarks": ("It breaks off.", "Zwei – ü")})
    assert FrameIndex.from_bytes(index.to_bytes()).remarks == ("It breaks off.", "Zwei – ü")


def test_times_outside_the_recording_give_its_first_and_last_frame():
    index = index_of([500, 3500, 6500], Fraction(1, 30_000))
    assert index.frame_at(-3.0) == 0
    assert index.frame_at(99.0) == 2
    assert index.frame_of_pts(501) is None


@given(indexes, st.floats(0.5, 60))
def test_sampled_frames_rise_and_a_range_gives_a_part_of_them(index, rate):
    whole = sample_frames(index, rate)
    assert len(whole)
    assert (np.diff(whole) > 0).all()
    start, end = index.times_s[-1] * 0.3, index.times_s[-1] * 0.7
    part = sample_frames(index, rate, start, end)
    assert set(part) <= set(whole)
    before, after = sample_frames(index, rate, 0, start), sample_frames(index, rate, end, None)
    assert sorted([*before, *part, *after]) == list(whole)


def test_sampled_frames_are_the_nearest_to_the_grid():
    index = index_of(np.arange(300) * 1001, Fraction(1, 30_000))
    assert list(sample_frames(index, 10)[:5]) == [0, 3, 6, 9, 12]
    assert len(sample_frames(index, 10)) == 100
    assert len(sample_frames(index, 0)) == 300
    assert len(sample_frames(index, 1000)) == 300
    assert list(sample_frames(index, 0, 1.001, 1.1)) == [30, 31, 32]
    with pytest.raises(UsageError):
        sample_frames(index, -1)


def test_every_made_frame_is_indexed(tmp_path):
    index = build_frame_index(recordings.make_block_recording(tmp_path / "a.mp4", 90))
    assert len(index) == 90
    assert (index.width, index.height) == (160, 120)
    assert index.duration_s == pytest.approx(3.0, abs=1e-6)
    assert index.median_interval_s == pytest.approx(1 / 30)
    assert not index.variable_frame_rate
    assert index.remarks == ()


def test_a_variable_frame_rate_is_seen_and_times_are_those_of_the_pictures(tmp_path):
    path = recordings.make_block_recording(tmp_path / "a.mp4", 60, vfr=True)
    index = build_frame_index(path)
    assert index.variable_frame_rate
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert index.times_s == pytest.approx(np.array(times) - times[0], abs=1e-9)


def test_clock_rounding_is_not_a_variable_frame_rate(tmp_path):
    path = recordings.make_block_recording(
        tmp_path / "a.mkv", 60, Fraction(30_000, 1001)
    )  # written in milliseconds
    assert not build_frame_index(path).variable_frame_rate


@needs_data
@pytest.mark.parametrize(
    "name", ["face_noface.mov", "noface_face.mov", "no_face.mp4", "WolfgangLanger_Pexels.mp4"]
)
def test_times_of_real_recordings_are_the_decoders(name):
    path = data_file(f"video/{name}")
    index = build_frame_index(path)
    with av.open(str(path)) as container:
        pts = [frame.pts for frame in container.decode(video=0)]
    assert list(index.pts) == pts
    assert index.variable_frame_rate == name.endswith(".mov")


def fails(path) -> str:
    with pytest.raises(RecordingError) as caught:
        build_frame_index(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_missing_file_is_named(tmp_path):
    assert "no recording at" in fails(tmp_path / "none.mp4")
    assert "none.mp4" in fails(tmp_path / "none.mp4")


def test_a_folder_is_refused(tmp_path):
    assert "is a folder" in fails(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    assert "is empty" in fails(recordings.make_empty(tmp_path / "a.mp4"))


@pytest.mark.parametrize("name", ["a.mp4", "a.txt", "a.mkv"])
def test_a_text_is_refused_whatever_its_name(tmp_path, name):
    assert "text file" in fails(recordings.make_text(tmp_path / name))


def test_noise_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_bytes(np.random.default_rng(1).bytes(50_000))
    assert "not a recording" in fails(tmp_path / "a.mp4")


def test_a_recording_without_video_is_refused(tmp_path):
    assert "sound but no video" in fails(recordings.make_audio_only(tmp_path / "a.mp4"))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_recording_without_frames_is_refused(tmp_path, suffix):
    assert "holds no" in fails(recordings.make_zero_frames(tmp_path / f"a{suffix}"))


def test_a_recording_without_table_of_contents_is_refused(tmp_path):
    assert "never finished" in fails(recordings.make_unfinished(tmp_path / "a.mp4"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_right_to_read_is_refused(tmp_path):
    path = recordings.make_one_frame(tmp_path / "a.mp4")
    path.chmod(0)
    assert "no right to read" in fails(path)


def test_a_refused_right_to_read_is_said(tmp_path, monkeypatch):
    path = recordings.make_one_frame(tmp_path / "a.mp4")

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "no right to read" in fails(path)


def test_a_packet_marked_as_damaged_is_remarked(tmp_path):
    path = recordings.make_block_recording(tmp_path / "a.ts", 120)
    data = bytearray(path.read_bytes())
    video = [at for at in range(0, len(data), 188) if data[at + 1 : at + 3] in (b"\1\0", b"A\0")]
    data[video[len(video) // 2] + 1] |= 0x80  # the transport error indicator
    path.write_bytes(data)
    assert any("Damaged packets" in remark for remark in build_frame_index(path).remarks)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_truncated_recording_gives_what_is_there_and_a_remark(tmp_path, suffix):
    path = recordings.make_truncated(tmp_path / f"a{suffix}")
    index = build_frame_index(path)
    assert 60 < len(index) < 200
    assert len(index.remarks) == 1
    assert "breaks off" in index.remarks[0]
    assert format_timecode(10.0)[:-3] in index.remarks[0]


def test_sound_longer_than_the_video_is_no_truncation(tmp_path):
    path = tmp_path / "a.mkv"
    recordings.make_block_recording(path, 60, sound=True)
    assert build_frame_index(path).remarks == ()


def test_damaged_packets_leave_the_numbers_alone(tmp_path):
    assert len(build_frame_index(recordings.make_corrupt(tmp_path / "a.mp4"))) == 300


def test_one_frame_is_a_recording(tmp_path):
    index = build_frame_index(recordings.make_one_frame(tmp_path / "a.mp4"))
    assert len(index) == 1
    assert index.duration_s > 0
    assert index.frame_at(5.0) == 0
    assert list(sample_frames(index, 10)) == [0]


def test_indexing_can_be_cancelled(tmp_path):
    class Cancelled(NoProgress):
        def raise_if_cancelled(self):
            raise CancelledError("Cancelled.")

    path = recordings.make_one_frame(tmp_path / "a.mp4")
    with pytest.raises(CancelledError):
        build_frame_index(path, Cancelled())


def test_progress_rises_to_the_end(tmp_path):
    class Watch(NoProgress):
        def __init__(self):
            self.done = []

        def report(self, stage, done, total, message=""):
            self.done.append((stage, done / total))

    watch = Watch()
    build_frame_index(recordings.make_one_frame(tmp_path / "a.mp4"), watch)
    assert watch.done[-1] == ("index", 1.0)
    assert watch.done == sorted(watch.done)
