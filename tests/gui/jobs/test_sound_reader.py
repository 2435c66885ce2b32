"""The sound's thread delivers what belongs to a position."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.gui.jobs.sound_reader import CHANNELS, FRAME_BYTES, RATE_HZ, SoundReader
from tests.helpers.recordings import make_block_recording


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_block_recording(tmp_path_factory.mktemp("sound") / "clicks.mp4", 90, sound=True)


@pytest.fixture
def started(qtbot: QtBot, request: pytest.FixtureRequest) -> Callable[[Path], SoundReader]:
    def start(path: Path) -> SoundReader:
        reader = SoundReader(path, 0.0)
        request.addfinalizer(reader.stop)
        with qtbot.waitSignal(reader.found):
            reader.start()
        return reader

    return start


def collect(qtbot: QtBot, reader: SoundReader, seconds: float) -> np.ndarray:
    """Take this much sound; returns (n, channels)."""
    wanted = int(seconds * RATE_HZ) * FRAME_BYTES
    data = bytearray()

    def full() -> bool:
        data.extend(reader.take(wanted - len(data)))
        return len(data) == wanted

    qtbot.waitUntil(full)
    return np.frombuffer(bytes(data), np.float32).reshape(-1, CHANNELS)


@pytest.mark.parametrize("position_s", [0.5, 1.9, 0.98])
def test_sound_from_a_position_has_its_click_at_the_full_second(qtbot, started, path, position_s):
    reader = started(path)
    reader.play(iter([(position_s, 3.0)]))
    sound = collect(qtbot, reader, 0.6)
    first_loud = int(np.flatnonzero(np.abs(sound[:, 0]) > 0.4)[0])
    assert position_s + first_loud / RATE_HZ == pytest.approx(np.ceil(position_s), abs=0.003)


def test_a_new_position_drops_what_was_decoded_for_the_old_one(qtbot, started, path):
    reader = started(path)
    reader.play(iter([(0.0, 3.0)]))
    collect(qtbot, reader, 0.2)
    reader.play(iter([(1.5, 1.5)]))
    sound = collect(qtbot, reader, 0.6)
    loud = np.flatnonzero(np.abs(sound[:, 0]) > 0.4)
    assert 1.5 + loud[0] / RATE_HZ == pytest.approx(2.0, abs=0.003)


def test_silence_follows_the_end(qtbot, started, path):
    reader = started(path)
    reader.play(iter([(2.9, 0.1)]))
    sound = collect(qtbot, reader, 1.0)
    assert np.abs(sound[: RATE_HZ // 20]).max() > 0.01
    assert np.abs(sound[RATE_HZ // 2 :]).max() == 0.0


def test_a_recording_without_sound_says_so(qtbot, started, tmp_path):
    reader = started(make_block_recording(tmp_path / "mute.mp4", 10))
    assert not reader.has_sound


def test_stretches_follow_one_another_without_a_gap(qtbot, started, path):
    reader = started(path)
    reader.play(iter([(0.9, 0.2), (1.9, 0.2), (0.9, 0.2)]))
    sound = np.abs(collect(qtbot, reader, 0.6)[:, 0])
    for begin in (0, 0.2, 0.4):
        loud = np.flatnonzero(sound[round(begin * RATE_HZ) : round((begin + 0.2) * RATE_HZ)] > 0.4)
        assert loud[0] / RATE_HZ == pytest.approx(0.1, abs=0.003)
