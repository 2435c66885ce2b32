"""The player's decoder thread: the latest request wins, and little is decoded twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from fead_desktop.gui.jobs.frame_reader import AHEAD, FrameReader, ReadFrame
from fead_desktop.gui.jobs.programme import straight
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.recordings import make_block_recording, read_block_code

SIZE = (160, 120)
GOP = 120
FRAMES = 480


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_block_recording(
        tmp_path_factory.mktemp("reader") / "long.mp4", FRAMES, gop=GOP, bframes=2
    )


@pytest.fixture
def reader(qtbot: QtBot, path: Path) -> Iterator[FrameReader]:
    made = FrameReader(path, build_frame_index(path))
    made.start()
    yield made
    made.stop()


def number(image: QImage) -> int | None:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return read_block_code(rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3))


def answer(qtbot: QtBot, reader: FrameReader, ask: Callable[[], int]) -> ReadFrame:
    """Ask, and wait for the answer to that very request."""
    got: list[ReadFrame] = []
    serial = ask()

    def arrived() -> bool:
        taken = reader.take()
        if taken is not None:
            got.append(taken)
        return bool(got) and got[-1].serial == serial

    qtbot.waitUntil(arrived, timeout=10_000)
    return got[-1]


def wait_until_ready(qtbot: QtBot, reader: FrameReader, frames: range) -> None:
    """Wait until all these frames lie ready without decoding."""
    qtbot.waitUntil(lambda: all((n, SIZE) in reader._pictures for n in frames), timeout=10_000)


def test_a_frame_comes_in_the_size_that_was_asked_for(qtbot, reader):
    got = answer(qtbot, reader, lambda: reader.show(77, (401, 301)))
    assert (got.frame, got.exact) == (77, True)
    assert (got.image.width(), got.image.height()) == (401, 301)
    assert number(got.image) == 77


def test_a_seek_decodes_hardly_more_than_a_group_of_pictures(qtbot, reader):
    counts = []
    for n in random.Random(3).sample(range(FRAMES), 20):
        got = answer(qtbot, reader, lambda n=n: reader.show(n, SIZE))
        counts.append(got.decoded)
        assert number(got.image) == n
    assert max(counts) <= 1.2 * GOP
    assert max(counts) > 0


def test_a_frame_that_was_shown_is_not_decoded_again(qtbot, reader):
    answer(qtbot, reader, lambda: reader.show(300, SIZE))
    answer(qtbot, reader, lambda: reader.show(310, SIZE))
    wait_until_ready(qtbot, reader, range(286, 312))
    before = reader.frames_decoded
    got = answer(qtbot, reader, lambda: reader.show(300, SIZE))
    assert number(got.image) == 300
    wait_until_ready(qtbot, reader, range(276, 302))
    assert reader.frames_decoded == before


def test_a_frame_that_is_asked_for_twice_is_decoded_once(qtbot, reader):
    serials: list[int] = []

    def ask() -> int:
        serials[:] = [reader.show(3 * GOP - 1, SIZE) for _ in range(2)]
        return serials[-1]

    got = answer(qtbot, reader, ask)
    assert serials[0] == serials[1]
    assert number(got.image) == 3 * GOP - 1
    again = answer(qtbot, reader, lambda: reader.show(3 * GOP - 1, SIZE))
    assert again.serial > got.serial  # it was answered: this is a new question
    assert again.decoded == 0


def test_a_jump_leaves_out_what_nothing_leans_on_and_a_step_back_does_not(qtbot, reader):
    last = 3 * GOP - 1
    got = answer(qtbot, reader, lambda: reader.show(last, SIZE))
    assert number(got.image) == last
    assert got.decoded < 0.85 * GOP
    wait_until_ready(qtbot, reader, range(last - 20, last))
    decoded = []
    for n in range(last - 1, last - 80, -1):
        step = answer(qtbot, reader, lambda n=n: reader.show(n, SIZE))
        assert number(step.image) == n
        decoded.append(step.decoded)
    # Once the group is decoded whole, in a step or before it, there is nothing left to decode.
    assert sum(decoded) <= 1.2 * GOP
    assert sum(count > 0 for count in decoded) <= 2


def test_the_frames_before_the_shown_one_are_made_ready_across_a_keyframe(qtbot, reader):
    answer(qtbot, reader, lambda: reader.show(2 * GOP + 2, SIZE))
    wait_until_ready(qtbot, reader, range(2 * GOP - 20, 2 * GOP + 2))
    got = answer(qtbot, reader, lambda: reader.show(2 * GOP - 1, SIZE))
    assert number(got.image) == 2 * GOP - 1
    assert got.decoded == 0


def test_a_preview_is_a_near_frame_and_says_which(qtbot, path):
    reader = FrameReader(path, build_frame_index(path))
    reader._seconds_per_frame = 1.0  # a recording that decodes slowly
    reader.start()
    got = answer(qtbot, reader, lambda: reader.show(200, SIZE, preview=True))
    reader.stop()
    assert (got.frame, got.exact) == (2 * GOP, False)
    assert number(got.image) == 2 * GOP


def test_a_preview_of_frames_that_decode_fast_is_exact(qtbot, path):
    reader = FrameReader(path, build_frame_index(path))
    reader._seconds_per_frame = 0.0001
    reader.start()
    got = answer(qtbot, reader, lambda: reader.show(200, SIZE, preview=True))
    reader.stop()
    assert (got.frame, got.exact) == (200, True)


def test_only_the_latest_of_many_requests_is_answered(qtbot, reader):
    numbers = random.Random(9).sample(range(FRAMES), 100)
    answers = []
    reader.answered.connect(lambda: answers.append(1))
    for n in numbers[:-1]:
        reader.show(n, SIZE)
    got = answer(qtbot, reader, lambda: reader.show(numbers[-1], SIZE))
    assert got.frame == numbers[-1]
    assert len(answers) < 50


def test_play_waits_when_its_queue_is_full(qtbot, reader):
    reader.play(straight(0, FRAMES - 1), SIZE, 1.0)
    qtbot.waitUntil(lambda: reader.is_ready(AHEAD))
    assert len(reader._queue) == AHEAD
    frame, skipped = reader.take_due(reader._index.time_of(2))
    assert (frame.frame, skipped) == (2, 2)
    qtbot.waitUntil(lambda: reader.is_ready(AHEAD))
    assert [read.frame for read in reader._queue] == list(range(3, 3 + AHEAD))


def test_play_leaves_out_what_a_screen_cannot_show(qtbot, reader):
    reader.play(straight(0, FRAMES - 1), SIZE, 4.0)
    qtbot.waitUntil(lambda: reader.is_ready(AHEAD))
    frames = [read.frame for read in reader._queue]
    assert frames == list(range(0, 2 * AHEAD, 2))


def test_play_that_fell_behind_catches_up(qtbot, reader):
    reader.play(straight(0, FRAMES - 1), SIZE, 1.0)
    qtbot.waitUntil(lambda: reader.is_ready(AHEAD))
    reader.take_due(reader._index.time_of(200))
    qtbot.waitUntil(lambda: bool(reader._queue) and reader._queue[-1].frame >= 200)
    assert reader.frames_decoded < 200, "whole groups of pictures are left out"


def test_play_ends_with_the_last_frame(qtbot, reader):
    reader.play(straight(FRAMES - 3, FRAMES - 1), SIZE, 1.0)
    qtbot.waitUntil(reader.is_ready)
    qtbot.waitUntil(lambda: len(reader._queue) == 3)
    assert not reader.is_played_out()
    frame, _ = reader.take_due(1e9)
    assert frame.frame == FRAMES - 1
    qtbot.waitUntil(reader.is_played_out)


def test_it_stops_in_the_middle_of_play(qtbot, reader):
    reader.play(straight(0, FRAMES - 1), SIZE, 1.0)
    qtbot.waitUntil(reader.is_ready)
    reader.stop()
    assert reader.isFinished()
