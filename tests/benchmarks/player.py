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
from tests.helpers.data import data_file
from tests.helpers.recordings import make_block_recording, read_block_code

FRAMES = 600
SEEKS = STEPS = 200
PLAYED_S = 10.0
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
        """Stop all threads."""
        self.panel.shutdown()
        self.session.shutdown()
        self.panel.close()


def run() -> list[Figure]:
    """Measure every kind of recording, then play beside an analysis."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CONFIG", "DATA", "LOGS"):
            os.environ[f"FEAD_{what}_DIR"] = str(folder / what.lower())
        seen = [measure(kind, folder) for kind in KINDS]
        alone, beside = skipped(folder, analyse=False), skipped(folder, analyse=True)
    dearest = max(seen, key=lambda one: one.decoded_over_gop)
    slowest = max(seen, key=lambda one: one.step_p95_frames)
    wrong = [one.kind for one in seen if one.seek_wrong or one.step_wrong]
    of = f"{len(seen)} kinds of recordings" + (f"; wrong in {', '.join(wrong)}" if wrong else "")
    over = max(one.steps_over_frame for one in seen)
    return [
        Figure("player.seek_wrong", sum(one.seek_wrong for one in seen), "frames",
               note=f"of {SEEKS} random seeks in each of {of}; read from the pixels"),
        Figure("player.step_wrong", sum(one.step_wrong for one in seen), "frames",
               note=f"of {STEPS} steps on and {STEPS} back in each of {len(seen)} kinds"),
        Figure("player.decoded_per_seek_over_gop", dearest.decoded_over_gop, "ratio",
               note=f"mean of {SEEKS} seeks without a cache; the dearest: {dearest.kind}"),
        Figure("player.step_p95_frames", slowest.step_p95_frames, "frames",
               note=f"from request to paint, both ways; the slowest: {slowest.kind}; "
                    f"at most {over} of {2 * STEPS} steps over one frame interval"),
        Figure("player.skipped_share_with_analysis", beside, "share", beside, alone,
               f"{PLAYED_S:.0f} s of 1080p30; reference: the same with nothing beside it"),
    ]  # fmt: skip


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
        step_wrong, took_s = step_through(window, frames, offset)
        interval_s = window.session.index.median_interval_s
    finally:
        window.close()
    shares = np.array(took_s) / interval_s
    return Seen(
        kind, wrong, step_wrong, decoded_per_seek(path, gop),
        float(np.percentile(shares, 95)), int((shares > 1).sum()),
    )  # fmt: skip


def go_to(window: Window, frame: int) -> None:
    """Ask for a frame and wait for it."""
    window.session.request_frame(frame)
    window.until(lambda: window.session.frame == frame)


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


def skipped(folder: Path, *, analyse: bool) -> float:
    """Return the share of frames left out in ten seconds of play."""
    path = folder / "played.mp4"
    if not path.exists():
        make_block_recording(path, 420, size=(1920, 1080), gop=30, bframes=3)
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
    try:
        window.open(path)
        window.shown.clear()
        window.panel.toggle_play()
        window.until(lambda: window.session.frame >= PLAYED_S * 30, PLAYED_S * 4)
        beside = analysis is None or analysis.poll() is None
        window.panel.toggle_play()
    finally:
        window.close()
        if analysis is not None:
            analysis.terminate()
            analysis.wait()
    assert beside, "the analysis ended before the play"
    shown = set(window.shown)
    return 1 - len(shown) / (max(shown) - min(shown) + 1)
