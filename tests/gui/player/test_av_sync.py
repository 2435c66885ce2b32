"""Picture and sound stay together: on a device that keeps its own time, and on a null sink where there is one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fead_desktop.gui.jobs.sound_reader import FRAME_BYTES, RATE_HZ
from fead_desktop.gui.player import audio_out
from tests.helpers import av_sync

pytestmark = [
    pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"),
    pytest.mark.real_time,
]


class RealTimeSink:
    """A sound device that begins late, runs a little fast and tells its place in steps of 20 ms."""

    BEGINS_S, PACE, STEP_S, BUFFER_S = 0.3, 1.002, 0.02, 0.1

    def __init__(self) -> None:
        self.written = bytearray()
        self._started = 0.0

    def start(self) -> RealTimeSink:
        self._started = time.monotonic() + self.BEGINS_S
        return self

    def played_s(self) -> float:
        """What comes out of it now."""
        passed = max(time.monotonic() - self._started, 0.0) * self.PACE
        return min(passed, len(self.written) / FRAME_BYTES / RATE_HZ)

    def processedUSecs(self) -> int:
        return int(self.played_s() // self.STEP_S * self.STEP_S * 1e6)

    def bytesFree(self) -> int:
        waiting_s = len(self.written) / FRAME_BYTES / RATE_HZ - self.played_s()
        return max(int((self.BUFFER_S - waiting_s) * RATE_HZ), 0) * FRAME_BYTES

    def write(self, data: bytes) -> None:
        self.written += data

    def setVolume(self, _volume: float) -> None: ...
    def reset(self) -> None: ...
    def stop(self) -> None: ...
    def deleteLater(self) -> None: ...


def test_pictures_follow_a_device_that_keeps_its_own_time(bench, recording, monkeypatch):
    sink = RealTimeSink()
    monkeypatch.setattr(audio_out, "_open_sink", lambda _parent: sink)
    bench.open(recording("device.mp4", frames=150, sound=True))
    bench.qtbot.waitUntil(bench.panel.transport.mute_button.isEnabled)
    apart: list[float] = []

    def note(frame: int, _shows: str) -> None:
        if bench.panel.is_playing and frame > 0:
            apart.append(bench.session.index.time_of(frame) - sink.played_s())

    bench.panel.view.painted.connect(note)
    bench.panel.toggle_play()
    bench.qtbot.waitUntil(lambda: bench.session.frame >= 75, timeout=15_000)
    bench.panel.toggle_play()
    assert len(apart) > 40
    # A frame is painted up to one interval after its time has come.
    assert np.mean(np.abs(apart) <= av_sync.LIMIT_S) >= 0.95
    sound = np.frombuffer(bytes(sink.written), np.float32)[::2]
    click = int(np.flatnonzero(np.abs(sound) > 0.4)[0])
    assert click / RATE_HZ < 0.003, "the sound begins where the pictures begin"


@pytest.mark.endurance
@pytest.mark.skipif(bool(av_sync.why_not()), reason=av_sync.why_not())
def test_clicks_are_seen_when_they_are_heard(tmp_path):
    offsets = av_sync.picture_minus_sound(tmp_path, 22)
    assert len(offsets) >= 18
    assert np.mean(np.abs(offsets) <= av_sync.LIMIT_S) >= 0.95
