"""The review: how long the next event's exact frame takes after a verdict, all given by keys."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.table import Figure
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

EVENTS = 50
#: Somebody who judges looks at least so long; without a pause the next frame can't have been made ready.
PAUSES_S = {"at once": 0.0, "after a look of 1 s": 1.0}
KINDS: dict[str, dict[str, Any]] = {
    "640x360, a keyframe a second": {"size": (640, 360), "gop": 30, "bframes": 3},
    "1920x1080, a keyframe every 8 s": {"size": (1920, 1080), "gop": 250, "bframes": 3},
}
_FRAMES = 3000
_WAIT_S = 20.0


def run() -> list[Figure]:
    """Judge fifty events of each kind of recording, with and without a look at them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    took: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CONFIG", "DATA", "CACHE", "LOGS"):
            os.environ[f"FEAD_{what}_DIR"] = str(folder / what.lower())
        for k, (kind, how) in enumerate(KINDS.items()):
            recording = make_block_recording(folder / f"{k}.mp4", _FRAMES, **how)
            for n, (words, pause_s) in enumerate(PAUSES_S.items()):
                case = make_case(folder / f"{k}{n}.fead", recording, events=EVENTS)
                took[f"{kind}, {words}"] = judge_all(case, pause_s)
    told = "; ".join(
        f"{kind}: median {np.median(each):.0f}, 95 % within {np.percentile(each, 95):.0f} ms"
        for kind, each in took.items()
    )
    slowest = max(float(np.median(each)) for each in took.values())
    return [
        Figure("review.next_event_ms", slowest, "ms",
               note=f"median from a verdict's key to the next event's exact frame painted, the slowest of: {told}"),
    ]  # fmt: skip


def judge_all(case: Path, pause_s: float) -> np.ndarray:
    """Judge every event by keys in the whole window; return the milliseconds from key to painted frame."""
    from PySide6.QtCore import QEvent, QEventLoop, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from fead_desktop.gui.main_window import MainWindow

    app = QApplication.instance() or QApplication([])

    def until(is_done: Callable[[], bool]) -> None:
        end = time.perf_counter() + _WAIT_S
        while not is_done():
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
            if time.perf_counter() > end:
                raise TimeoutError("the next event was not shown")

    window = MainWindow()
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    session = window.session
    shown: list[str] = []
    window.player.view.shows_changed.connect(shown.append)
    took_ms: list[float] = []
    try:
        session.open_path(case)
        until(lambda: bool(session.events) and session.index is not None)
        QTest.keyClick(window, Qt.Key.Key_V)
        first = session.event_by_rank(session.chosen_event)
        assert first is not None
        until(lambda: session.frame == first.peak_frame)
        while session.reviewing.left:
            rest = time.perf_counter() + pause_s
            while time.perf_counter() < rest:
                app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
            until(window.actions_by_id["confirm"].isEnabled)
            began, before = time.perf_counter(), session.chosen_event
            QTest.keyClick(window, (Qt.Key.Key_A, Qt.Key.Key_R)[len(took_ms) % 2])
            event = session.event_by_rank(session.chosen_event)
            if event is None or event.event == before:
                break
            until(lambda event=event: session.frame == event.peak_frame)
            shows = window.player.view.shown
            assert shows is not None
            assert shows.exact
            assert shows.frame == event.peak_frame
            took_ms.append(1000 * (time.perf_counter() - began))
    finally:
        window.close()
        # Gone before the next one: the collector must not meet it in another thread.
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert len(took_ms) >= EVENTS - 1
    return np.array(took_ms)
