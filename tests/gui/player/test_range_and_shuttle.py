"""Loops, highlights, backward play and the J, K and L keys, read back from the pixels of the view."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fead_desktop.anomalies.events import AnomalyEvent

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

LONG_GOP = {"frames": 600, "gop": 250, "bframes": 3}


def event(rank: int, peak: int) -> AnomalyEvent:
    return AnomalyEvent(
        event=rank, person=1, view="expression", detector="mahalanobis",
        onset_s=(peak - 5) / 30, peak_s=peak / 30, offset_s=(peak + 5) / 30,
        onset_frame=peak - 5, peak_frame=peak, offset_frame=peak + 5, score=9.0,
    )  # fmt: skip


@pytest.fixture
def long(bench, recording):
    bench.open(recording("long.mp4", **LONG_GOP))
    bench.pixels = []
    bench.session.frame_shown.connect(
        lambda _n: bench.pixels.append((bench.panel.view.shown.frame, bench.number()))
    )
    return bench


def give_keys(bench) -> None:
    """Give the panel the keys that the window gives it."""
    for key, do in (
        ("J", partial(bench.panel.press_shuttle, -1)),
        ("K", bench.panel.stop_shuttle),
        ("L", partial(bench.panel.press_shuttle, 1)),
    ):
        action = QAction(bench.panel)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(do)
        bench.panel.addAction(action)
    bench.panel.activateWindow()


def wait_for_pause(bench) -> None:
    bench.qtbot.waitUntil(lambda: not bench.panel.is_playing, timeout=20_000)


def test_backward_play_shows_every_frame_in_falling_order(long):
    long.go_to(300)
    long.shown.clear()
    long.panel.press_shuttle(-1)
    long.qtbot.waitUntil(lambda: long.session.frame <= 240, timeout=20_000)
    long.panel.stop_shuttle()
    assert long.shown == sorted(set(long.shown), reverse=True)
    assert len(long.shown) >= 0.9 * (300 - long.shown[-1])
    assert all(frame == number for frame, number in long.pixels)


def test_backward_play_ends_on_the_first_frame(long):
    long.go_to(12)
    long.panel.press_shuttle(-1)
    wait_for_pause(long)
    long.wait_for(0)
    assert long.number() == 0
    assert long.panel.controller.rate == 1.0


def test_a_loop_stays_between_in_and_out_and_starts_again(long):
    long.go_to(40)
    long.panel.range.mark_in()
    long.go_to(48)
    long.panel.range.mark_out()
    long.panel.range.toggle_mode("range")
    long.shown.clear()
    long.pixels.clear()
    long.panel.set_rate(2.0)
    long.panel.toggle_play()
    long.qtbot.waitUntil(
        lambda: sum(b < a for a, b in zip(long.shown, long.shown[1:], strict=False)) >= 3
    )
    long.panel.toggle_play()
    assert set(long.shown) <= set(range(40, 49))
    assert {40, 48} <= set(long.shown)
    assert all(frame == number for frame, number in long.pixels)
    assert long.panel.transport.mode_label.text() == "loop in–out"


def test_an_in_behind_the_out_drops_the_out(long):
    long.go_to(40)
    long.panel.range.mark_out()
    long.go_to(60)
    long.panel.range.mark_in()
    assert (long.panel.play_range.in_frame, long.panel.play_range.out_frame) == (60, None)
    long.panel.range.go_to_out()
    long.wait_for(599)
    long.panel.range.go_to_in()
    long.wait_for(60)
    long.panel.range.clear()
    assert not long.panel.play_range.is_marked


def test_the_event_loop_keeps_to_the_event_and_its_margin(long):
    long.session.events = [event(1, 400), event(2, 120)]
    long.session.results_changed.emit()
    long.session.choose_event(2)
    long.wait_for(120)
    long.panel.range.toggle_mode("event")
    long.panel.set_rate(4.0)
    long.shown.clear()
    long.panel.toggle_play()
    long.qtbot.waitUntil(
        lambda: sum(b < a for a, b in zip(long.shown, long.shown[1:], strict=False)) >= 2
    )
    assert min(long.shown) == 100
    assert max(long.shown) == 140
    long.shown.clear()
    long.session.choose_event(1)
    long.qtbot.waitUntil(lambda: 380 in long.shown)
    assert long.panel.is_playing, "the next event is looped in its turn"
    long.panel.toggle_play()
    assert next(n for n in long.shown if n > 200) == 400


@pytest.mark.real_time
def test_highlights_play_the_flagged_moments_and_nothing_else(long):
    long.session.events = [event(1, 400), event(2, 120), event(3, 150)]
    long.session.results_changed.emit()
    long.panel.set_rate(4.0)
    long.shown.clear()
    long.panel.range.play_highlights()
    long.qtbot.waitUntil(lambda: 100 in long.shown)
    wait_for_pause(long)
    long.wait_for(420)
    played = long.shown[long.shown.index(100) :]
    assert set(played) <= {*range(100, 171), *range(380, 421)}
    assert played == sorted(set(played))
    assert 380 in played


def test_the_keys_double_stop_and_turn_round(long):
    give_keys(long)
    long.go_to(300)
    rates = []
    long.panel.controller.rate_changed.connect(rates.append)
    for key in "LLLJ":
        QTest.keyClick(long.panel, key)
    assert rates == [2.0, 4.0, -1.0]
    assert long.panel.is_playing
    assert long.panel.transport.rate_box.placeholderText() == "\u22121×"
    QTest.keyClick(long.panel, "K")
    assert not long.panel.is_playing
    QTest.keyClick(long.panel, "L")
    assert long.panel.controller.rate == 1.0
    QTest.keyClick(long.panel, "K")


def test_a_key_that_repeats_itself_is_one_press(long):
    give_keys(long)
    for _ in range(5):
        QTest.keyPress(long.panel, "L")
    assert long.panel.controller.rate == 1.0
    QTest.keyRelease(long.panel, "L")
    QTest.keyClick(long.panel, "L")
    assert long.panel.controller.rate == 2.0
    QTest.keyClick(long.panel, "K")


def test_k_with_a_tap_steps_and_with_a_held_key_plays_slowly(long):
    give_keys(long)
    long.go_to(100)
    QTest.keyPress(long.panel, "K")
    QTest.keyClick(long.panel, "L")
    long.wait_for(101)
    QTest.keyClick(long.panel, "J")
    long.wait_for(100)
    assert not long.panel.is_playing
    QTest.keyPress(long.panel, "L")
    long.qtbot.waitUntil(lambda: long.session.frame >= 104)
    assert long.panel.controller.rate == 0.25
    QTest.keyRelease(long.panel, "L")
    assert not long.panel.is_playing
    QTest.keyRelease(long.panel, Qt.Key.Key_K)
    stays = long.panel.view.shown.frame
    QTest.keyClick(long.panel, "L")
    assert long.panel.controller.rate == 1.0
    long.panel.controller.pause()
    assert long.number() >= stays


def send_key(widget, kind, key, time_ms):
    """Send what the system sends: a time, and each release to the window and the widget in turn."""
    for receiver in (widget.window().windowHandle(), widget):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
        event.setTimestamp(time_ms)
        QApplication.sendEvent(receiver, event)


def test_k_stays_held_through_taps_and_through_x11_repeating_it(long):
    down, up, key = QEvent.Type.ShortcutOverride, QEvent.Type.KeyRelease, Qt.Key
    panel, shuttle = long.panel, long.panel.shuttle
    steps, stops = [], []
    shuttle.step_wanted.connect(steps.append)
    shuttle.stop_wanted.connect(lambda: stops.append(1))
    shuttle.stop()
    # X11 tells a key that repeats itself as one that came up and went down at one time.
    for time_ms in (660, 700):
        send_key(panel, up, key.Key_K, time_ms)
        send_key(panel, down, key.Key_K, time_ms)
        shuttle.stop()
    for time_ms in (1000, 1200):
        send_key(panel, down, key.Key_L, time_ms)
        shuttle.press(1)
        send_key(panel, up, key.Key_L, time_ms + 50)
        long.qtbot.waitUntil(lambda: not shuttle._slow_direction)
    assert steps == [1, 1]
    assert stops == [1]
    send_key(panel, down, key.Key_S, 1300)
    send_key(panel, up, key.Key_S, 1350)
    send_key(panel, down, key.Key_L, 1400)
    shuttle.press(1)
    assert steps == [1, 1, 1], "another key came up, not K"
    send_key(panel, up, key.Key_L, 1450)
    send_key(panel, up, key.Key_K, 1500)
    long.qtbot.waitUntil(lambda: "stop" not in shuttle._keys)
    shuttle.press(1)
    assert panel.controller.rate == 1.0
    send_key(panel, up, key.Key_L, 1600)
    panel.controller.pause()


def test_a_typed_place_is_gone_to_and_a_wrong_one_is_said(long):
    entry = long.panel.transport.go_to
    give_keys(long)
    before = long.panel.transport.rate_box
    before.setFocus()
    long.panel.ask_place()
    assert entry.hasFocus()
    QTest.keyClicks(entry, "0:10.5")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    long.wait_for(315)
    assert long.number() == 315
    assert entry.isHidden()
    assert QApplication.focusWidget() is before, "the next button would take Space"
    said = []
    long.session.said.connect(said.append)
    long.panel.ask_place()
    QTest.keyClicks(entry, "9000")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert said == ["The recording ends with frame 599."]
    assert not entry.isHidden()
    QTest.keyClick(entry, Qt.Key.Key_Escape)
    assert entry.isHidden()
