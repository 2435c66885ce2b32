"""Of several pictures and sounds the chosen ones are shown, heard and analysed; results stay with their picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import Case
from fead_desktop.gui.dialogs.streams import StreamsDialog
from fead_desktop.gui.timeline.timeline_panel import TimelinePanel
from fead_desktop.pipeline.protocol import AnalysisOutcome
from fead_desktop.video.audio import AudioReader
from fead_desktop.video.container import describe_streams
from tests.helpers.cases import make_case
from tests.helpers.recordings import block_picture, tone_with_clicks
from tests.helpers.supervise import FakeSupervise, finds_events

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

#: The second picture's numbers begin here.
OTHER = 1000
FRAMES = 60


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """Two cameras in one file, and two sounds: clicks on full seconds, and a quarter of a second later."""
    made = tmp_path_factory.mktemp("streams") / "cameras.mkv"
    with av.open(str(made), "w") as out:
        videos = []
        for size, title in (((320, 240), "room"), ((160, 120), "face")):
            stream = out.add_stream("libx264", rate=30, options={"g": "15"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, 30)
            stream.metadata["title"] = title
            videos.append((stream, size))
        sounds = [out.add_stream("pcm_s16le", rate=48000, layout="mono") for _ in range(2)]
        for n in range(FRAMES):
            for k, (stream, size) in enumerate(videos):
                frame = av.VideoFrame.from_ndarray(block_picture(n + k * OTHER, size), "rgb24")
                frame.pts, frame.time_base = n, Fraction(1, 30)
                out.mux(stream.encode(frame))
        for stream, _ in videos:
            out.mux(stream.encode(None))
        wave = tone_with_clicks(FRAMES / 30 + 1)
        for k, stream in enumerate(sounds):
            part = np.roll(wave, 12_000 * k)[: 48_000 * FRAMES // 30]
            block = av.AudioFrame.from_ndarray(
                (part[None] * 32767).astype(np.int16), format="s16", layout="mono"
            )
            block.sample_rate, block.pts, block.time_base = 48000, 0, Fraction(1, 48000)
            out.mux(stream.encode(block))
            out.mux(stream.encode(None))
    return made


@pytest.fixture(scope="module")
def late_path(tmp_path_factory) -> Path:
    """Two cameras: 30 pictures a second, and 15 from one second later on."""
    made = tmp_path_factory.mktemp("streams") / "late.mkv"
    with av.open(str(made), "w") as out:
        cameras = []
        for rate, begins in ((30, 0), (15, 15)):
            stream = out.add_stream("libx264", rate=rate, options={"g": "15"})
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
            stream.codec_context.time_base = Fraction(1, rate)
            cameras.append((stream, rate, begins))
        for stream, rate, begins in cameras:
            for n in range(3 * rate - begins):
                frame = av.VideoFrame.from_ndarray(block_picture(n, (160, 120)), "rgb24")
                frame.pts, frame.time_base = n + begins, Fraction(1, rate)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return made


def choose(bench, *, video: int | None = None, audio: int | None = None) -> None:
    bench.panel.choose_streams()
    dialog = bench.panel.findChild(StreamsDialog)
    for box, number in ((dialog.video, video), (dialog.audio, audio)):
        if number is not None:
            box.setCurrentIndex(number)
    dialog.accept()
    QApplication.processEvents()


def test_the_streams_are_named_in_words(path):
    streams = describe_streams(path)
    assert streams.video == (
        "room · h264 · 320 × 240 · 30 frames/s",
        "face · h264 · 160 × 120 · 30 frames/s",
    )
    assert streams.audio == ("pcm_s16le · 1 channel · 48000 Hz",) * 2
    assert streams.best == 0


@pytest.mark.parametrize(("number", "click_s"), [(0, 1.0), (1, 1.25)])
def test_the_chosen_sound_is_read(path, number, click_s):
    with AudioReader(path, channels=1, stream_number=number) as reader:
        sound = np.concatenate(list(reader.blocks(0.5)))[:, 0]
    assert 0.5 + np.flatnonzero(np.abs(sound) > 0.4)[0] / 48000 == pytest.approx(click_s, abs=0.002)


def test_the_chosen_picture_is_shown_and_the_chosen_sound_stays_with_it(bench, path):
    bench.open(path)
    bench.go_to(17)
    assert bench.number() == 17
    choose(bench, video=1, audio=1)
    bench.qtbot.waitUntil(lambda: bench.session.index.stream == 1, timeout=10_000)
    bench.qtbot.waitUntil(lambda: bench.number() == OTHER + 17, timeout=10_000)
    bench.wait_for(17)  # the same moment
    assert bench.panel.controller.audio_stream == 1
    bench.panel.choose_streams()
    dialog = bench.panel.findChild(StreamsDialog)
    assert (dialog.video.currentIndex(), dialog.audio.currentIndex()) == (1, 1)
    dialog.reject()


def test_the_shown_picture_is_what_is_analysed(bench, path):
    supervise = FakeSupervise(finds_events)
    supervise.go_on.set()
    bench.session.supervise = supervise
    bench.open(path)
    choose(bench, video=1)
    bench.qtbot.waitUntil(lambda: bench.session.index.stream == 1, timeout=10_000)
    with bench.qtbot.waitSignal(bench.session.analysis_ended, timeout=10_000):
        bench.session.start_analysis(AnalysisParameters())
    assert [each.parameters.video_stream for each in supervise.requests] == [1]


@pytest.mark.parametrize("analysed", [0, 1])
def test_results_are_shown_with_their_own_picture_only(bench, path, tmp_path, analysed):
    case = make_case(tmp_path / "cameras.fead", path)
    with Case.open(case) as opened:
        opened.parameters = AnalysisParameters(video_stream=analysed)
    bench.session.open_path(case)
    bench.qtbot.waitUntil(lambda: bench.session.index is not None, timeout=10_000)
    assert bench.session.index.stream == analysed
    events = len(bench.session.events)
    assert events > 0
    bench.session.use_video_stream(1 - analysed)
    bench.qtbot.waitUntil(lambda: bench.session.index.stream == 1 - analysed, timeout=10_000)
    assert bench.session.events == []
    assert len(bench.session.table) == 0
    bench.session.use_video_stream(analysed)
    bench.qtbot.waitUntil(lambda: bench.session.index.stream == analysed, timeout=10_000)
    assert len(bench.session.events) == events


def switch(bench, number: int) -> None:
    bench.session.use_video_stream(number)
    bench.qtbot.waitUntil(lambda: bench.session.index.stream == number, timeout=10_000)


def places(bench) -> list[tuple[int, int]]:
    marks = bench.session.editing.marks
    return [(each.start_frame, each.end_frame) for each in (*marks.markers, *marks.ranges)]


def test_markers_and_ranges_stay_at_their_moments_when_another_picture_is_shown(
    bench, late_path, tmp_path
):
    case = make_case(tmp_path / "late.fead", late_path)
    bench.session.open_path(case)
    bench.qtbot.waitUntil(lambda: bench.session.index is not None, timeout=10_000)
    editing = bench.session.editing
    editing.add_marker(46)
    editing.add_range("excluded", 30, 60)
    switch(bench, 1)
    # The second camera begins a second late and takes half as many frames.
    assert places(bench) == [(8, 8), (0, 15)]
    editing.add_marker(10)
    editing.edit_marker(1, end_frame=12)
    assert places(bench) == [(8, 12), (10, 10), (0, 15)]
    with Case.open(case) as kept:
        assert [each.start_frame for each in kept.marks().markers] == [46, 50]
        assert kept.marks().markers[0].end_frame == 54
    switch(bench, 0)
    assert places(bench) == [(46, 54), (50, 50), (30, 60)]
    editing.undo()
    editing.undo()
    assert places(bench) == [(46, 46), (30, 60)]


def test_marks_count_in_the_picture_that_was_analysed_last(bench, late_path, tmp_path):
    case = make_case(tmp_path / "late.fead", late_path)
    supervise = FakeSupervise(_analyses_the_other)
    supervise.go_on.set()
    bench.session.supervise = supervise
    bench.session.open_path(case)
    bench.qtbot.waitUntil(lambda: bench.session.index is not None, timeout=10_000)
    bench.session.editing.add_marker(46)
    switch(bench, 1)
    with bench.qtbot.waitSignal(bench.session.analysis_ended, timeout=10_000):
        bench.session.start_analysis(AnalysisParameters())
    assert bench.session.other_stream is None
    with Case.open(case) as kept:
        assert [each.start_frame for each in kept.marks().markers] == [8]
    assert places(bench) == [(8, 8)]


def _analyses_the_other(request):
    with Case.open(request.case) as case:
        case.parameters = request.parameters
    return AnalysisOutcome(request.case, None, 0, 0)


def test_the_waveform_is_that_of_the_chosen_sound(qtbot, bench, path):
    timeline = TimelinePanel(bench.session)
    qtbot.addWidget(timeline)
    timeline.set_lane_layout(timeline.lane_layout.with_shown("waveform", shown=True))
    bench.open(path)

    def loudest() -> float:
        sound = timeline._content.sound
        return -1.0 if sound is None else float(sound.x[int(np.argmax(np.abs(sound.y)))]) % 1.0

    qtbot.waitUntil(lambda: loudest() == pytest.approx(0.0, abs=0.02), timeout=10_000)
    choose(bench, audio=1)
    qtbot.waitUntil(lambda: loudest() == pytest.approx(0.25, abs=0.02), timeout=10_000)
    assert bench.panel.controller.audio_stream == 1
