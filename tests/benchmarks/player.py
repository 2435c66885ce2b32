"""The player: exact seeks and steps read back from its pixels, what they cost, and play beside an analysis."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.table import Figure
from tests.helpers import av_sync
from tests.helpers.data import data_file
from tests.helpers.recordings import make_block_recording, read_block_code

FRAMES = 600
SEEKS = STEPS = 200
PLAYED_S = 10.0
CLICKS_S = 22
LATE_S = 0.050
_WAIT_S = 20.0

#: Name -> file, how it is made, frames from one keyframe to the next.
KINDS: dict[str, tuple[str, dict[str, Any], int]] = {
    "H.264 360p, GOP 30": ("a.mp4", {"size": (640, 360), "gop": 30, "bframes": 3}, 30),
    "H.264 360p, GOP 250": ("b.mp4", {"size": (640, 360), "gop": 250, "bframes": 3}, 250),
    "H.264 1080p, GOP 30": ("c.mp4", {"size": (1920, 1080), "gop": 30, "bframes": 3}, 30),
    "H.264 1080p, GOP 250": ("d.mp4", {"size": (1920, 1080), "gop": 250, "bframes": 3}, 250),
    "29.97": ("e.mp4", {"rate": Fraction(30_000, 1001), "gop": 250, "bframes": 3}, 250),
    "variable rate": ("f.mp4", {"vfr": True, "gop": 250, "bframes": 3}, 250),
    "HEVC": ("g.mp4", {"codec": "libx265", "gop": 60, "bframes": 3}, 60),
    "VP9": ("h.webm", {"codec": "libvpx-vp9", "gop": 60}, 60),
    "Matroska": ("i.mkv", {"gop": 250, "bframes": 3}, 250),
    "edit list": ("j.mp4", {"edit_list": 45, "gop": 30}, 30),
    "turned phone clip": ("k.mov", {"rotation": 90, "gop": 30}, 30),
}


@dataclass
class Seen:
    """What one kind of recording gave."""

    kind: str
    seek_wrong: int
    step_wrong: int
    decoded_over_gop: float
    step_p95_frames: float
    steps_over_frame: int
    cached_decoded: int


@dataclass
class Played:
    """What ten seconds of play gave: share of frames left out, ticks of a 10 ms timer that came late."""

    skipped: float
    late_ticks: int


class Window:
    """A player panel with a recording, and eyes."""

    def __init__(self) -> None:
        from PySide6.QtWidgets import QApplication

        from fead_desktop.gui.player.player_panel import PlayerPanel
        from fead_desktop.gui.session import Session

        self.app = QApplication.instance() or QApplication([])
        self.session = Session()
        self.panel = PlayerPanel(self.session)
        self.panel.resize(960, 640)
        self.panel.show()
        self.shown: list[int] = []
        self.session.frame_shown.connect(self.shown.append)

    def open(self, path: Path) -> None:
        """Open a recording and wait for its first frame."""
        self.shown.clear()
        self.session.open_path(path)
        self.until(lambda: self.shown == [0])

    def until(self, is_done: Callable[[], bool], seconds: float = _WAIT_S) -> None:
        """Let the window work until something has happened."""
        from PySide6.QtCore import QEventLoop

        end = time.perf_counter() + seconds
        while not is_done():
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
            if time.perf_counter() > end:
                raise TimeoutError("the player did not get there")

    def number(self) -> int | None:
        """Read the frame number from the pixels of the view."""
        from PySide6.QtGui import QImage

        view = self.panel.view
        grabbed = view.grab(view.picture_rect()).toImage()
        image = grabbed.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        wide = rows[:, : 3 * image.width()]
        return read_block_code(wide.reshape(image.height(), image.width(), 3))

    def close(self) -> None:
        """Stop all threads, and let Qt delete what is its own.

        Left to Python's search for garbage, panel and session are deleted in any order, which ends the process.
        """
        from PySide6.QtCore import QCoreApplication, QEvent

        self.panel.shutdown()
        self.session.shutdown()
        self.panel.close()
        for mine in (self.panel, self.session):
            mine.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[call-overload]


def run() -> list[Figure]:
    """Measure every kind of recording, then play beside an analysis."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CONFIG", "DATA", "LOGS"):
            os.environ[f"FEAD_{what}_DIR"] = str(folder / what.lower())
        seen = [measure(kind, folder) for kind in KINDS]
        alone, beside = (play(folder, 30, analyse=analyse) for analyse in (False, True))
        faster = play(folder, 60, analyse=False)
    dearest = max(seen, key=lambda one: one.decoded_over_gop)
    slowest = max(seen, key=lambda one: one.step_p95_frames)
    wrong = [one.kind for one in seen if one.seek_wrong or one.step_wrong]
    of = f"{len(seen)} kinds of recordings" + (f"; wrong in {', '.join(wrong)}" if wrong else "")
    over = max(seen, key=lambda one: one.steps_over_frame)
    return [
        Figure("player.seek_wrong", sum(one.seek_wrong for one in seen), "frames",
               note=f"of {SEEKS} random seeks in each of {of}; read from the pixels"),
        Figure("player.step_wrong", sum(one.step_wrong for one in seen), "frames",
               note=f"of {STEPS} steps on and {STEPS} back in each of {len(seen)} kinds"),
        Figure("player.decoded_per_seek_over_gop", dearest.decoded_over_gop, "ratio",
               note=f"mean of {SEEKS} seeks without a cache; the dearest: {dearest.kind}"),
        Figure("player.step_p95_frames", slowest.step_p95_frames, "frames",
               note=f"from request to paint, both ways; the slowest: {slowest.kind}"),
        Figure("player.steps_over_frame", over.steps_over_frame, "steps",
               note=f"of {STEPS} on or {STEPS} back that took longer than one frame interval; most: {over.kind}"),
        Figure("player.cached_seek_decoded", sum(one.cached_decoded for one in seen), "frames",
               note=f"decoded by going back to a frame that was just shown, all {len(seen)} kinds"),
        Figure("player.skipped_share_with_analysis", beside.skipped, "share", beside.skipped, alone.skipped,
               f"{PLAYED_S:.0f} s of 1080p30; reference: the same with nothing beside it"),
        Figure("player.late_ticks_with_analysis", beside.late_ticks, "ticks", beside.late_ticks, alone.late_ticks,
               f"of a 10 ms timer, late by > {LATE_S * 1000:.0f} ms during that play; reference: nothing beside it"),
        Figure("player.skipped_share_1080p60", faster.skipped, "share",
               note=f"{PLAYED_S:.0f} s of 1080p60 with nothing beside it"),
        *sync(),
    ]  # fmt: skip


def sync() -> list[Figure]:
    """Measure picture against sound, where a null sink can be had."""
    reason = av_sync.why_not()
    if reason:
        print(f"player.av_within_45ms is not measured: {reason}")
        return []
    with tempfile.TemporaryDirectory() as name:
        offsets = np.array(av_sync.picture_minus_sound(Path(name), CLICKS_S))
    share = float(np.mean(np.abs(offsets) <= av_sync.LIMIT_S)) if len(offsets) else 0.0
    mean_ms, sd_ms = 1e3 * offsets.mean(), 1e3 * offsets.std()
    note = f"of {len(offsets)} clicks; picture minus sound {mean_ms:.1f} ms, sd {sd_ms:.1f} ms"
    return [Figure("player.av_within_45ms", share, "share", note=note)]


def measure(kind: str, folder: Path) -> Seen:
    """Seek and step through one recording."""
    name, how, gop = KINDS[kind]
    path = make_block_recording(folder / name, FRAMES, **how)
    offset = how.get("edit_list", 0)
    window = Window()
    try:
        window.open(path)
        frames = len(window.session.index)
        wrong = 0
        for n in random.Random(1).choices(range(frames), k=SEEKS):
            go_to(window, n)
            wrong += window.number() != n + offset
        cached = decoded_when_cached(window, frames)
        step_wrong, took_s = step_through(window, frames, offset)
        interval_s = window.session.index.median_interval_s
    finally:
        window.close()
    shares = np.array(took_s) / interval_s
    return Seen(
        kind, wrong, step_wrong, decoded_per_seek(path, gop),
        float(np.percentile(shares, 95)), max(int((way > 1).sum()) for way in (shares[:STEPS], shares[STEPS:])),
        cached,
    )  # fmt: skip


def go_to(window: Window, frame: int) -> None:
    """Ask for a frame and wait for it."""
    window.session.request_frame(frame)
    window.until(lambda: window.session.frame == frame)


def decoded_when_cached(window: Window, frames: int) -> int:
    """Return how many frames are decoded by going back to a frame whose picture lies ready."""
    total = 0
    for n in random.Random(3).choices(range(1, frames - 1), k=20):
        go_to(window, n)
        go_to(window, n + 1)
        go_to(window, n)
        shown = window.panel.view.shown
        assert shown is not None
        assert shown.frame == n
        total += shown.decoded
    return total


def step_through(window: Window, frames: int, offset: int) -> tuple[int, list[float]]:
    """Step on and back as somebody does who looks at each frame; return the wrong ones and the seconds."""
    wrong, took_s = 0, []
    go_to(window, frames // 2 - STEPS // 2)
    for step in [1] * STEPS + [-1] * STEPS:
        wanted = window.session.frame + step
        began = time.perf_counter()
        window.panel.step(step)
        window.until(lambda wanted=wanted: window.session.frame == wanted)
        took_s.append(time.perf_counter() - began)
        wrong += window.number() != wanted + offset
    return wrong, took_s


def decoded_per_seek(path: Path, gop: int) -> float:
    """Return the frames decoded per random seek, over the length of a group of pictures."""
    from fead_desktop.video.decoder import Decoder
    from fead_desktop.video.frame_index import build_frame_index

    index = build_frame_index(path)
    with Decoder(path, index, cache_bytes=0) as decoder:
        for n in random.Random(2).choices(range(len(index)), k=SEEKS):
            decoder.read(n, (64, 48))
        return decoder.frames_decoded / SEEKS / gop


def play(folder: Path, rate: int, *, analyse: bool) -> Played:
    """Play ten seconds."""
    from PySide6.QtCore import Qt, QTimer

    path = folder / f"played{rate}.mp4"
    if not path.exists():
        make_block_recording(path, 14 * rate, rate, size=(1920, 1080), gop=rate, bframes=3)
    analysis = None
    if analyse:
        command = [
            sys.executable,
            "-m",
            "fead_desktop",
            "analyze",
            "--progress",
            "none",
            "--restart",
        ]
        source = data_file("video/WolfgangLanger_Pexels.mp4")
        analysis = subprocess.Popen(
            [*command, "--fps", "0", str(source), "-o", str(folder / "out")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    window = Window()
    ticks: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    try:
        window.open(path)
        window.shown.clear()
        timer.start(10)
        window.panel.toggle_play()
        window.until(lambda: window.session.frame >= PLAYED_S * rate, PLAYED_S * 4)
        timer.stop()
        beside = analysis is None or analysis.poll() is None
        window.panel.toggle_play()
    finally:
        window.close()
        if analysis is not None:
            analysis.terminate()
            analysis.wait()
    assert beside, "the analysis ended before the play"
    shown = set(window.shown)
    late = int((np.diff(ticks) > 0.010 + LATE_S).sum())
    return Played(1 - len(shown) / (max(shown) - min(shown) + 1), late)
