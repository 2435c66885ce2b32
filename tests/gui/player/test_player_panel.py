"""The player panel shows exactly the frame that was asked for, read back from its own pixels."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import Person
from fead_desktop.features.table import FeatureTable
from tests.helpers.recordings import make_corrupt

# The off-screen platform says this once for each window.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

LONG_GOP = {"frames": 600, "gop": 250, "bframes": 3}
KINDS = {
    "constant rate, long GOP, B-frames": ("long.mp4", LONG_GOP),
    "variable rate": ("variable.mp4", {"frames": 400, "gop": 250, "bframes": 2, "vfr": True}),
    "HEVC": ("hevc.mp4", {"frames": 300, "codec": "libx265", "gop": 60}),
    "matroska": ("short.mkv", {"frames": 300}),
    "turned phone clip": ("turned.mov", {"frames": 200, "rotation": 90}),
}


def event(rank: int, peak: int, person: int = 1) -> AnomalyEvent:
    return AnomalyEvent(
        event=rank, person=person, view="expression", detector="mahalanobis",
        onset_s=(peak - 5) / 30, peak_s=peak / 30, offset_s=(peak + 5) / 30,
        onset_frame=peak - 5, peak_frame=peak, offset_frame=peak + 5, score=9.0,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_seek_shows_the_exact_frame(bench, recording, kind):
    name, how = KINDS[kind]
    bench.open(recording(name, **how))
    numbers = random.Random(4).sample(range(how["frames"]), 30)
    read = []
    for n in numbers:
        bench.go_to(n)
        read.append(bench.number())
    assert read == numbers


@pytest.mark.parametrize("kind", ["constant rate, long GOP, B-frames", "variable rate"])
def test_every_step_shows_the_neighbour(bench, recording, kind):
    name, how = KINDS[kind]
    bench.open(recording(name, **how))
    bench.go_to(270)
    wanted, read = [], []
    for step in [-1] * 40 + [1] * 40:
        wanted.append(bench.session.frame + step)
        bench.panel.step(step)
        bench.wait_for(wanted[-1])
        read.append(bench.number())
    assert read == wanted


def test_steps_count_from_the_frame_that_was_asked_for_last(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.go_to(100)
    for _ in range(10):
        bench.panel.step(1)
    bench.wait_for(110)
    assert bench.number() == 110


def test_steps_stop_at_both_ends(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.step(-5)
    bench.panel.step(1)
    bench.wait_for(1)
    bench.panel.step(10_000)
    bench.wait_for(599)
    assert bench.number() == 599


def test_a_burst_of_requests_ends_on_the_last_one(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    numbers = random.Random(5).sample(range(600), 100)
    bench.shown.clear()
    for n in numbers:
        bench.session.request_frame(n)
    bench.wait_for(numbers[-1])
    assert bench.number() == numbers[-1]
    assert len(bench.shown) < 100
    assert bench.shown[-1] == numbers[-1]


def test_a_click_on_the_bar_shows_the_frame_of_that_time(bench, recording):
    bench.open(recording("variable.mp4", **KINDS["variable rate"][1]))
    bar = bench.panel.transport.seek_bar
    for x in (60, 333, 201):
        wanted = bench.session.index.frame_at(bar.time_at(x))
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(x, bar.height() // 2))
        bench.wait_for(wanted)
        assert bench.number() == wanted


def test_dragging_shows_near_frames_and_the_release_the_exact_one(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bar = bench.panel.transport.seek_bar
    bench.shown.clear()
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(40, 8))
    for x in (90, 140, 190):
        told = len(bench.shown)
        QTest.mouseMove(bar, QPoint(x, 8))
        bench.qtbot.waitUntil(lambda told=told: len(bench.shown) > told)
        assert bench.number() == bench.shown[-1]
    wanted = bench.session.index.frame_at(bar.time_at(300))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(300, 8))
    bench.wait_for(wanted)
    assert bench.number() == wanted


def test_time_and_number_follow_the_shown_frame_by_its_pts(bench, recording):
    bench.open(recording("variable.mp4", **KINDS["variable rate"][1]))
    bench.go_to(123)
    transport = bench.panel.transport
    from fead_desktop.video.timebase import format_timecode

    expected = format_timecode(bench.session.index.time_of(123))
    assert transport.time_label.text().startswith(expected)
    assert transport.frame_label.text() == "frame 123"


def test_the_sources_clock_stands_beside_the_frame_number(bench, recording):
    bench.open(recording("short.mkv", **KINDS["matroska"][1]))
    index = bench.session.index
    clocked = replace(index, start_timecode="00:59:59:00", clock_rate=Fraction(30))
    bench.session.index = clocked
    bench.session.recording_opened.emit()
    bench.session.request_frame(45)
    bench.wait_for(45)
    assert bench.panel.transport.frame_label.text() == "frame 45 · 01:00:00:15"


@pytest.mark.real_time
def test_play_shows_rising_frames_and_leaves_few_out(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.go_to(30)
    bench.shown.clear()
    pixels = []
    bench.session.frame_shown.connect(
        lambda _n: pixels.append((bench.panel.view.shown.frame, bench.number()))
    )
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 90, timeout=15_000)
    bench.panel.toggle_play()
    assert bench.shown == sorted(set(bench.shown))
    assert all(frame == number for frame, number in pixels)
    assert len(bench.shown) >= 45
    assert bench.panel.controller.frames_skipped <= 9


def test_a_pause_stays_on_the_frame_that_is_shown(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 10)
    bench.panel.toggle_play()
    bench.qtbot.wait(50)
    assert not bench.panel.is_playing
    stays = bench.panel.view.shown.frame
    assert bench.session.frame == stays
    assert bench.number() == stays
    bench.panel.step(1)
    bench.wait_for(stays + 1)


def test_play_ends_on_the_last_frame_and_begins_anew(bench, recording):
    bench.open(recording("short.mkv", **KINDS["matroska"][1]))
    bench.go_to(290)
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: not bench.panel.is_playing)
    bench.wait_for(299)
    assert bench.number() == 299
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: 0 < bench.session.frame < 100)


def test_fast_play_reaches_the_end_in_order(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.set_rate(4.0)
    bench.go_to(360)
    bench.shown.clear()
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: not bench.panel.is_playing, timeout=15_000)
    bench.wait_for(599)
    assert bench.shown == sorted(set(bench.shown))


def test_an_event_stops_play_and_shows_its_peak(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.session.events = [event(1, 400), event(2, 120)]
    bench.session.results_changed.emit()
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 5)
    bench.session.choose_event(1)
    bench.wait_for(400)
    bench.qtbot.wait(100)
    assert not bench.panel.is_playing
    assert bench.session.frame == 400
    assert bench.number() == 400


def test_a_seek_during_play_goes_on_from_there(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 3)
    bench.shown.clear()
    bench.session.request_frame(300)
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 310)
    after = [n for n in bench.shown if n >= 100]
    assert after[0] == 300
    assert bench.panel.is_playing


def test_a_frame_that_cannot_be_decoded_keeps_its_number(bench, tmp_path):
    bench.open(make_corrupt(tmp_path / "corrupt.mp4", damaged=range(120, 140)))
    bench.session.request_frame(130)
    bench.wait_for(130)
    assert bench.panel.view.shown.image is None
    assert bench.number() is None
    assert len(np.unique(bench.picture())) > 2, "the placeholder says why"
    bench.go_to(200)
    assert bench.number() == 200


def test_a_resized_view_gets_pictures_of_its_own_size(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.go_to(77)
    told = len(bench.shown)
    bench.panel.resize(701, 533)
    view = bench.panel.view
    bench.qtbot.waitUntil(
        lambda: (view.shown.image.width(), view.shown.image.height()) == view.wanted_size()
    )
    assert bench.number() == 77
    assert len(bench.shown) == told, "the same frame in another size is no news"


def test_boxes_are_drawn_over_the_picture_and_can_be_switched_off(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    rows = {
        "frame_number": [10, 13], "time_s": bench.session.index.times_s[[10, 13]], "track": [0, 0],
        "person": [1, 1], "box_x": [40.0, 40.0], "box_y": [40.0, 40.0],
        "box_width": [60.0, 60.0], "box_height": [60.0, 60.0],
    }  # fmt: skip
    bench.session.table = FeatureTable(rows)
    bench.session.persons = [Person(1, "Anna", 2, 0.3, 0.4, 0.1)]
    bench.session.results_changed.emit()
    bench.panel.set_overlay(False)
    bench.go_to(10)
    bare = bench.picture()
    bench.panel.set_overlay(True)
    boxed = bench.picture()
    coloured = np.ptp(boxed.astype(int), axis=2) > 60
    assert coloured.sum() > 300
    scale = boxed.shape[1] / 160
    columns = np.flatnonzero(coloured[int(70 * scale)])
    assert columns.min() == pytest.approx(40 * scale, abs=2)
    assert columns.max() == pytest.approx(100 * scale, abs=2)
    bench.go_to(11)
    between = np.ptp(bench.picture().astype(int), axis=2) > 60
    assert 0 < between.sum() < 0.8 * coloured.sum(), "interpolated boxes are thinner and dashed"
    bench.panel.transport.overlay_button.click()
    bench.go_to(10)
    assert (bench.picture() == bare).all()


@pytest.mark.qt_log_level_fail("CRITICAL")  # the sound system has words of its own
def test_a_recording_with_sound_plays_with_or_without_a_device(bench, recording):
    bench.open(recording("sound.mp4", frames=90, sound=True))
    transport = bench.panel.transport
    bench.qtbot.waitUntil(transport.volume_slider.isEnabled)
    transport.mute_button.click()
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: not bench.panel.is_playing, timeout=20_000)
    bench.wait_for(89)
    assert bench.number() == 89


def test_a_narrow_row_leaves_out_what_can_be_read_elsewhere(bench, recording):
    bench.open(recording("sound.mp4", frames=90, sound=True))
    transport = bench.panel.transport
    bench.qtbot.waitUntil(transport.volume_slider.isEnabled)

    def shown_at(width):
        bench.panel.resize(width, 420)
        QApplication.processEvents()
        assert transport.width() == width, "it never asks for more"
        parts = [each for each in transport.findChildren(QWidget) if each.isVisible()]
        beside = [each for each in parts if each.parent() is transport and each.height() < 60]
        row = [
            each.geometry() for each in beside if each is not transport.seek_bar and each.width()
        ]
        assert not any(a.intersects(b) for a, b in itertools.combinations(row, 2))
        return (
            "/" in transport.time_label.text(),
            transport.volume_slider.isVisible(),
            transport.frame_label.isVisible(),
        )

    assert shown_at(900) == (True, True, True)
    least = transport.minimumWidth()
    seen = [shown_at(width) for width in range(900, least, -20)] + [shown_at(least)]
    order = [(True, True, True), (False, True, True), (False, False, True), (False, False, False)]
    assert list(dict.fromkeys(seen)) == order
    assert transport.time_label.text() == "00:00:00.000"
    assert shown_at(900) == (True, True, True)
    # Nothing else says what play keeps to: others make room.
    bench.panel.range.toggle_mode("highlights")
    wide = transport.fontMetrics().horizontalAdvance(transport.mode_label.text())
    for width in range(900, least + wide, -20):
        shown_at(width)
        assert transport.mode_label.width() >= wide
    shown_at(least)


def test_sound_is_greyed_out_where_there_is_none(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    assert not bench.panel.transport.volume_slider.isEnabled()


def test_closing_the_recording_empties_the_player(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.toggle_play()
    bench.session.close()
    assert bench.panel.view.shown is None
    assert not bench.panel.transport.isEnabled()
    assert not bench.panel.is_playing


def test_shutdown_during_play_leaves_no_thread(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 3)
    threads = bench.panel.controller.findChildren(QThread)
    assert any(thread.isRunning() for thread in threads)
    bench.panel.shutdown()
    assert not any(thread.isRunning() for thread in threads)


def test_a_recording_that_vanishes_ends_in_a_sentence(bench, recording, tmp_path):
    path = tmp_path / "gone.mp4"
    path.write_bytes(recording("long.mp4", **LONG_GOP).read_bytes())
    # It must be gone before the panel opens it.
    bench.session.recording_opened.disconnect(bench.panel._open)
    bench.session.recording_opened.connect(lambda: path.unlink(missing_ok=False))
    bench.session.recording_opened.connect(bench.panel._open)
    refused: list[str] = []
    bench.session.refused.connect(refused.append)
    bench.session.open_path(path)
    bench.qtbot.waitUntil(lambda: bool(refused))
    assert "no recording" in refused[0]
    assert bench.panel.view.shown is None


CLOSES_DURING_PLAY = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.session import Session

app = QApplication([])
session = Session()


class Window(PlayerPanel):
    def closeEvent(self, event):
        self.shutdown()
        session.shutdown()


panel = Window(session)
panel.show()


def shown(frame):
    if frame == 0 and not panel.is_playing:
        panel.toggle_play()
    if frame >= 12:
        panel.close()


session.frame_shown.connect(shown)
session.open_path(Path(sys.argv[1]))
sys.exit(app.exec())
"""


def test_closing_the_window_during_play_exits_with_zero(recording, tmp_path):
    path = recording("long.mp4", **LONG_GOP)
    done = subprocess.run(
        [sys.executable, "-c", CLOSES_DURING_PLAY, path],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "FEAD_DATA_DIR": str(tmp_path)},
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.real_time
def test_play_that_leaves_frames_out_says_so(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    told: list[tuple[int, str]] = []
    bench.panel.view.painted.connect(lambda frame, shows: told.append((frame, shows)))
    bench.panel.set_rate(4.0)  # 120 pictures a second, more than a screen shows
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame > 60, timeout=10_000)
    bench.panel.toggle_play()
    frames = [frame for frame, _ in told]
    assert {b - a for a, b in pairwise(frames)} - {0, 1}
    assert told[-1][1] == "decimated"
    bench.qtbot.waitUntil(lambda: bench.panel.view.shown.shows == "exact")
    assert bench.panel.view.shown.frame == bench.session.frame


@pytest.mark.real_time
def test_play_of_every_frame_is_exact(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    told: list[str] = []
    bench.panel.view.painted.connect(lambda _frame, shows: told.append(shows))
    bench.panel.set_rate(0.5)  # slow enough for a busy machine
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame > 8, timeout=10_000)
    assert bench.panel.controller.frames_skipped or set(told) == {"exact"}
