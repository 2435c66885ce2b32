"""Clips: the frame over the burnt-in timecode is that frame, and the sound stays with the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError, RecordingError
from fead_desktop.progress import NoProgress
from fead_desktop.report.clips import Boxes, clip_names, timecode_of, write_clips
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.overlays import Layout, text_row
from fead_desktop.report.source import open_source
from fead_desktop.video.audio import has_audio, read_audio
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording, read_block_code

EVENTS = 2
MARGIN_S = 1.0
OPTIONS = ReportOptions(clip_margin_s=MARGIN_S)


def sounding_case(folder: Path, *, variable: bool) -> Path:
    frames = 60 if variable else 120
    recording = make_block_recording(folder / "made.mp4", frames, sound=True, vfr=variable)
    return make_case(folder / "made.fead", recording, names=("Zoë", "Person 2"), events=EVENTS)


@pytest.fixture(scope="module", params=["constant", "variable"])
def sounding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"clips-{request.param}")
    return sounding_case(folder, variable=request.param == "variable")


@pytest.fixture
def case(sounding: Path) -> Iterator[Case]:
    with Case.open(sounding) as opened:
        yield opened


@pytest.fixture(scope="module")
def written(sounding: Path) -> list[Path]:
    """Both events with everything burnt in and a second before and after."""
    with Case.open(sounding) as case:
        return write_clips(case, sounding.parent, OPTIONS, NoProgress())


@pytest.fixture(scope="module")
def plain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sounding_case(tmp_path_factory.mktemp("clips-plain"), variable=False)


@pytest.fixture
def plain(plain_file: Path) -> Iterator[Case]:
    """A case at a constant rate, where the rate makes no difference."""
    with Case.open(plain_file) as opened:
        yield opened


def read_back(path: Path, layout: Layout) -> tuple[FrameIndex, list[int | None], list[np.ndarray]]:
    """Return the clip's index, the block codes of its pictures, and its timecode rows."""
    index = build_frame_index(path)
    x, y, width, height = layout.picture
    top = height + layout.title_px
    codes, rows = [], []
    with Decoder(path, index) as decoder:
        for _, frame in decoder.stream(range(len(index))):
            assert frame is not None
            codes.append(read_block_code(frame[y : y + height, x : x + width]))
            rows.append(frame[top : top + layout.timecode_px])
    return index, codes, rows


def number_said(row: np.ndarray, case: Case, near: int) -> int:
    """Return which frame's timecode the row shows, out of those around ``near``."""
    source = open_source(case, ReportOptions())
    numbers = range(max(near - 4, 0), min(near + 5, len(source.index)))
    away = [
        np.abs(
            text_row(timecode_of(source, n), row.shape[1], row.shape[0]).astype(int) - row
        ).mean()
        for n in numbers
    ]
    return numbers[int(np.argmin(away))]


def clicks_s(path: Path, seconds: float) -> np.ndarray:
    heard = read_audio(path, 0, seconds)
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.4)
    return loud[np.diff(loud, prepend=-48_000) > 4800] / 48_000


def stretch_of(source: FrameIndex, event: AnomalyEvent, margin_s: float) -> tuple[int, int, float]:
    """Return the first and last frame of an event's clip, and when it ends, in the recording."""
    first = source.frame_at(max(event.onset_s - margin_s, 0.0))
    last = source.frame_at(event.offset_s + margin_s)
    end_s = source.time_of(last + 1) if last + 1 < len(source) else source.duration_s
    return first, last, end_s


def test_the_frame_over_the_timecode_is_that_frame_and_at_its_time(case, written) -> None:
    assert [f"{p.parent.name}/{p.name}" for p in written] == clip_names(case, OPTIONS)
    source = open_source(case, OPTIONS).index
    layout = Layout.of(source.width, source.height, OPTIONS.overlays)
    for path, event in zip(written, case.events(), strict=True):
        first, last, _ = stretch_of(source, event, MARGIN_S)
        index, codes, rows = read_back(path, layout)
        assert codes == list(range(first, last + 1))
        times = source.times_s[first : last + 1]
        assert index.times_s == pytest.approx(times - times[0], abs=1e-4)
        assert [number_said(row, case, n) for n, row in zip(codes, rows, strict=True)] == codes


def test_the_sound_stays_with_the_pictures(case, written) -> None:
    source = open_source(case, OPTIONS).index
    clicks = 0
    for path, event in zip(written, case.events(), strict=True):
        first, _, end_s = stretch_of(source, event, MARGIN_S)
        start_s = source.time_of(first)
        found = clicks_s(path, end_s - start_s)
        expected = np.arange(np.ceil(start_s - 1e-6), end_s - 0.01) - start_s
        assert found == pytest.approx(expected, abs=0.005)  # far less than a frame
        clicks += len(expected)
        ends = read_audio(path, end_s - start_s - 0.1, end_s - start_s)
        assert np.abs(ends[:2400]).max() > 0.02  # the tone is there until the end
    assert clicks >= 4


def test_a_reel_joins_the_events_in_the_order_of_the_recording(case, tmp_path) -> None:
    options = ReportOptions(clip_margin_s=0.6, clip_reel=True)
    (path,) = write_clips(case, tmp_path, options, NoProgress())
    source = open_source(case, options).index
    layout = Layout.of(source.width, source.height, options.overlays)
    index, codes, _ = read_back(path, layout)
    expected, clicks, begins_s = [], [], 0.0
    for event in sorted(case.events(), key=lambda each: each.onset_frame):
        first, last, end_s = stretch_of(source, event, 0.6)
        expected += range(first, last + 1)
        start_s = source.time_of(first)
        clicks += [begins_s + t - start_s for t in np.arange(np.ceil(start_s), end_s - 0.01)]
        begins_s += end_s - start_s
    assert codes == expected
    # A tone of a second stretch that begins inside a click is heard from there on.
    found = clicks_s(path, index.duration_s)
    assert all(np.abs(found - click).min() < 0.005 for click in clicks)


def test_a_slowed_clip_takes_longer_and_is_silent(case, tmp_path) -> None:
    options = ReportOptions(clip_margin_s=0.2, clip_speed=0.5, events="all")
    (path, *_) = write_clips(case, tmp_path, options, NoProgress())
    source = open_source(case, options).index
    index, codes, _ = read_back(path, Layout.of(source.width, source.height, options.overlays))
    times = source.times_s[codes[0] : codes[-1] + 1]
    assert index.times_s == pytest.approx(2 * (times - times[0]), abs=1e-4)
    assert not has_audio(path)


def test_a_clip_with_replaced_names_is_silent(plain, tmp_path) -> None:
    options = ReportOptions(clip_margin_s=0, replace_names=True)
    (path, *_) = write_clips(plain, tmp_path, options, NoProgress())
    assert not has_audio(path)


def test_a_clip_without_overlays_is_the_picture_alone(plain, tmp_path) -> None:
    options = ReportOptions(clip_margin_s=0, overlays=())
    (path, *_) = write_clips(plain, tmp_path, options, NoProgress())
    index = build_frame_index(path)
    assert (index.width, index.height) == (480, 360)


def test_the_cursor_moves_over_the_stretch_of_the_event(case, written) -> None:
    source = open_source(case, OPTIONS).index
    layout = Layout.of(source.width, source.height, OPTIONS.overlays)
    first, _, end_s = stretch_of(source, case.events()[0], MARGIN_S)
    index = build_frame_index(written[0])
    with Decoder(written[0], index) as decoder:
        for n in (0, len(index) // 2, len(index) - 1):
            frame = decoder.read(n)
            assert frame is not None
            row = frame[-layout.curve_px // 4 :].astype(int)
            yellow = (row[..., 0] - row[..., 2]).mean(axis=0)
            expected = index.time_of(n) / (end_s - source.time_of(first)) * (layout.width - 1)
            assert abs(int(yellow.argmax()) - expected) <= 2


@pytest.mark.parametrize("size", [(1920, 1080), (720, 1280), (161, 99), (64, 2000), (3000, 50)])
def test_every_size_of_recording_gives_a_clip_that_players_show(size) -> None:
    layout = Layout.of(*size, ("title", "timecode", "curve"))
    x, _, width, height = layout.picture
    assert layout.width % 2 == layout.height % 2 == 0
    assert min(width, height) >= 2
    assert x + width <= layout.width <= 1280
    assert height <= 960
    assert width / height == pytest.approx(size[0] / size[1], rel=0.1)


def test_boxes_lie_between_rows_of_one_track_only(plain) -> None:
    table = plain.features().of_person(1)
    boxes = Boxes(table)
    frames, times = table.frame_number, table.time_s
    measured = boxes.at(1, int(frames[1]), float(times[1]))
    assert measured is not None
    assert measured.x == pytest.approx(float(table["box_x"][1]))
    middle_s = (times[1] + times[2]) / 2
    if frames[2] - frames[1] > 1:
        between = boxes.at(1, int(frames[1]) + 1, float(middle_s))
        assert between is not None
        assert between.x == pytest.approx(float(table["box_x"][1:3].mean()), abs=1e-3)
    assert boxes.at(1, int(frames[-1]) + 1, float(times[-1]) + 0.1) is None
    assert boxes.at(9, 0, 0.0) is None


def test_a_person_of_two_tracks_has_a_box_between_the_rows_of_one(plain) -> None:
    table = plain.features()
    both = table.with_columns(person=np.ones(len(table), int))
    n = int(both.frame_number[2]) + 1
    found = Boxes(both).at(1, n, float(both.time_s[2]) + 0.03)
    assert n not in both.frame_number
    assert found is not None
    assert min(abs(found.x - float(x)) for x in both["box_x"][2:4]) < 3


class _CancelsAt(NoProgress):
    def __init__(self, share: float):
        self.share, self.at = share, 0.0

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self.at = done / total if stage == "clips" else 0.0

    def raise_if_cancelled(self) -> None:
        if self.at >= self.share:
            raise CancelledError("cancelled")


def test_a_cancelled_export_keeps_whole_clips_only(plain, tmp_path) -> None:
    with pytest.raises(CancelledError):
        write_clips(plain, tmp_path, ReportOptions(clip_margin_s=0.3), _CancelsAt(0.5))
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    assert path.name == "event_01_person_1.mp4"
    assert len(build_frame_index(path)) > 5


def test_another_recording_is_refused(plain, tmp_path) -> None:
    other = make_block_recording(tmp_path / "other.mp4", 10)
    with pytest.raises(CaseError, match="not the recording"):
        write_clips(plain, tmp_path, ReportOptions(recording=other), NoProgress())
    gone = replace(ReportOptions(), recording=tmp_path / "gone.mp4")
    with pytest.raises(RecordingError, match="no recording"):
        write_clips(plain, tmp_path, gone, NoProgress())
