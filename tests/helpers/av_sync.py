"""Plays clicks into a null sink of a sound server of its own and tells how far picture and sound lie apart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.helpers.recordings import make_block_recording

RATE_HZ = 48000
#: A click in every second, on the picture whose number is a multiple of this.
FRAMES_PER_CLICK = 30
#: Sound ahead of its picture is noticed from here on (ITU-R BT.1359).
LIMIT_S = 0.045

_PLAYER = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.session import Session

app = QApplication([])
session = Session()
panel = PlayerPanel(session)
panel.resize(480, 420)
panel.show()
painted = {}
ready = set()

def note(frame, _shows):
    if panel.is_playing:
        painted.setdefault(frame, time.monotonic())

def begin(what):
    ready.add(what)
    if ready == {"sound", "picture"} and not panel.is_playing:
        panel.toggle_play()

def playing(on):
    if not on:
        app.quit()

panel.view.painted.connect(note, Qt.ConnectionType.DirectConnection)
panel.controller.sound_found.connect(lambda has: begin("sound" if has else "silence"))
session.frame_shown.connect(lambda _frame: begin("picture"))
panel.controller.playing_changed.connect(playing)
session.open_path(Path(sys.argv[1]))
app.exec()
panel.shutdown()
session.shutdown()
print(json.dumps(painted))
"""


def why_not() -> str:
    """Return why there can be no null sink here; empty where there can."""
    missing = [name for name in ("pulseaudio", "parec") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed: no null sink" if missing else ""


def picture_minus_sound(folder: Path, seconds: int) -> list[float]:
    """Return for each click how much later than the sound its picture was painted, in seconds.

    Sound counts as heard when the null sink's monitor gives it out; picture counts as seen when its painting has
    ended.
    """
    path = make_block_recording(
        folder / "clicks.mp4", FRAMES_PER_CLICK * seconds, FRAMES_PER_CLICK, sound=True
    )
    with _null_sink(folder) as environment:
        monitor = _Monitor(environment)
        try:
            played = subprocess.run(
                [sys.executable, "-c", _PLAYER, str(path)],
                env=environment, capture_output=True, text=True, check=True, timeout=60 + 3 * seconds,
                cwd=Path(__file__).resolve().parents[2],
            )  # fmt: skip
        finally:
            heard = monitor.stop()
    painted = {int(k): at for k, at in json.loads(played.stdout.splitlines()[-1]).items()}
    offsets = []
    # The last second is left out: the sound of its end may still lie in the device's buffer.
    for click in range(1, seconds - 1):
        seen = painted.get(click * FRAMES_PER_CLICK)
        near = [] if seen is None else [at for at in heard if abs(at - seen) < 0.5]
        if seen is not None and near:
            offsets.append(seen - min(near, key=lambda at: abs(at - seen)))
    return offsets


@contextmanager
def _null_sink(folder: Path) -> Iterator[dict[str, str]]:
    """Run a sound server of our own; gives the environment in which programs find it."""
    home = folder / "pulse"
    home.mkdir(mode=0o700)
    socket = home / "native"
    environment = {
        **os.environ, "PULSE_SERVER": f"unix:{socket}", "XDG_RUNTIME_DIR": str(home), "HOME": str(home),
        "QT_QPA_PLATFORM": "offscreen", "FEAD_DATA_DIR": str(folder / "data"),
    }  # fmt: skip
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
         "-L", "module-null-sink sink_name=clicks",
         "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"],
        env={**environment, "PULSE_SERVER": ""}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 10
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the sound server did not start")
            time.sleep(0.05)
        yield environment
    finally:
        server.terminate()
        server.wait()


class _Monitor:
    """Records what the null sink plays, and when."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["parec", "--device=clicks.monitor", "--raw", "--format=s16le", f"--rate={RATE_HZ}",
             "--channels=1", "--latency-msec=5"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._blocks: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while data := os.read(descriptor, 1 << 16):
            self._blocks.append((time.monotonic(), data))

    def stop(self) -> list[float]:
        """Return when clicks began, in seconds of the monotonic clock."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        samples = np.frombuffer(b"".join(data for _, data in self._blocks), np.int16)
        ends = np.cumsum([len(data) // 2 for _, data in self._blocks])
        # Blocks arrive late but never early: the earliest of them tells when sample 0 was played.
        began = min(at - end / RATE_HZ for (at, _), end in zip(self._blocks, ends, strict=True))
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 0.4 * 32768)
        first = loud[np.diff(loud, prepend=-RATE_HZ) > RATE_HZ // 4]
        return [began + int(at) / RATE_HZ for at in first]
