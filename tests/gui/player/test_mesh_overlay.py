"""Meshes are made in a pause, for the faces of the shown frame, and only while somebody wants to see them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import ModelError
from fead_desktop.faces.face import BoundingBox
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.jobs import mesh_maker
from fead_desktop.gui.player.overlay_painter import OverlaySwitches
from tests.helpers.data import data_file

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

FRAMES = 120
BOX = BoundingBox(40.0, 30.0, 60.0, 70.0)
ONLY_MESH = OverlaySwitches(box=False, name=False, mesh=True)


def face_rows() -> FeatureTable:
    """One face in every second frame, always at the same place."""
    frames = np.arange(0, FRAMES, 2)
    columns = {
        "frame_number": frames, "time_s": frames / 30, "track": np.ones(len(frames), np.int64),
        "person": np.ones(len(frames), np.int64), "roll_deg": np.full(len(frames), 4.0),
        "yaw_deg": np.zeros(len(frames)), "pitch_deg": np.zeros(len(frames)),
        "box_x": np.full(len(frames), BOX.x), "box_y": np.full(len(frames), BOX.y),
        "box_width": np.full(len(frames), BOX.width), "box_height": np.full(len(frames), BOX.height),
    }  # fmt: skip
    return FeatureTable(columns)


def made_up(picture, faces):
    """Points on a grid inside the box, and the mean grey of the picture to tell frames apart by."""
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 20), np.linspace(0, 1, 20)), -1).reshape(-1, 2)
    return tuple(
        np.column_stack(
            [
                each.box.x + grid[:, 0] * each.box.width,
                each.box.y + grid[:, 1] * each.box.height,
                np.full(len(grid), float(picture.mean())),
            ]
        ).astype(np.float32)
        for each in faces
    )


@pytest.fixture
def asked(monkeypatch):
    """What was asked of the network, which is not loaded."""
    calls = []

    class Mesh:
        def close(self):
            calls.append("closed")

    def meshes(_mesh, picture, faces):
        calls.append(faces)
        return made_up(picture, faces)

    monkeypatch.setattr(mesh_maker, "load_mesh", Mesh)
    monkeypatch.setattr(mesh_maker, "meshes_of", meshes)
    return calls


@pytest.fixture
def shown(bench, recording):
    bench.open(recording("mesh.mp4", frames=FRAMES))
    bench.session.table = face_rows()
    bench.session.results_changed.emit()
    return bench


def wait_for_mesh(bench):
    bench.qtbot.waitUntil(lambda: len(bench.panel.view.meshes) == 1, timeout=10_000)


def test_a_mesh_comes_for_each_shown_face_and_changes_with_the_frame(shown, asked):
    shown.go_to(10)
    assert asked == []
    bare = shown.picture()
    shown.panel.set_switches(OverlaySwitches(box=False, name=False))
    without = shown.picture()
    shown.panel.set_switches(ONLY_MESH)
    wait_for_mesh(shown)
    assert [(each.box, each.roll_deg) for each in asked[-1]] == [(BOX, 4.0)]
    with_mesh = shown.picture()
    changed = np.abs(with_mesh.astype(int) - without).max(axis=2) > 20
    assert changed.sum() > 300
    scale = with_mesh.shape[1] / 160
    rows, columns = np.nonzero(changed)
    assert columns.min() / scale > BOX.x - 3
    assert columns.max() / scale < BOX.x + BOX.width + 3
    assert rows.min() / scale > BOX.y - 3
    assert bare.shape == with_mesh.shape
    first = shown.panel.view.meshes[0]
    shown.go_to(11)  # between two analysed frames
    shown.qtbot.waitUntil(
        lambda: (
            len(shown.panel.view.meshes) == 1 and shown.panel.view.meshes[0][0, 2] != first[0, 2]
        )
    )
    shown.panel.set_switches(OverlaySwitches(box=False, name=False))
    assert shown.panel.view.meshes == ()


def test_no_mesh_is_made_during_play(shown, asked):
    shown.go_to(10)
    shown.panel.set_switches(ONLY_MESH)
    wait_for_mesh(shown)
    shown.panel.toggle_play()
    shown.qtbot.waitUntil(lambda: shown.session.frame > 20, timeout=10_000)
    assert shown.panel.view.meshes == ()
    assert len(asked) == 1
    shown.panel.toggle_play()
    wait_for_mesh(shown)
    assert len(asked) == 2


def test_a_network_that_does_not_load_is_a_sentence_and_the_switch_goes_off(shown, monkeypatch):
    def fail():
        raise ModelError("No such file.")

    monkeypatch.setattr(mesh_maker, "load_mesh", fail)
    refused: list[str] = []
    shown.session.refused.connect(refused.append)
    shown.panel.set_switches(ONLY_MESH)
    shown.qtbot.waitUntil(lambda: bool(refused))
    assert refused == ["The face mesh can't be shown; the log file says more."]
    assert not shown.panel.switches.mesh
    shown.go_to(30)
    assert shown.number() == 30


REAL = """
import sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.player.player_panel import PlayerPanel
from fead_desktop.gui.session import Session

app = QApplication([])
session = Session()
panel = PlayerPanel(session)
panel.resize(800, 600)
panel.show()
x, y, width, height = (float(value) for value in sys.argv[2:])

def opened(frame):
    assert "mediapipe" not in sys.modules and "cv2" not in sys.modules
    panel.set_switches(replace(panel.switches, mesh=True))

def look():
    if panel.view.meshes:
        (mesh,) = panel.view.meshes
        assert "mediapipe" in sys.modules and "torch" not in sys.modules
        assert mesh.shape == (478, 3), mesh.shape
        nose = mesh[1]
        print(nose[0], nose[1])
        panel.shutdown()
        session.shutdown()
        app.quit()

def results():
    one = {"frame_number": 0, "time_s": 0.0, "track": 1, "person": 1, "box_x": x, "box_y": y,
           "box_width": width, "box_height": height}
    session.table = FeatureTable({name: np.array([value]) for name, value in one.items()})
    session.results_changed.disconnect(results)
    session.results_changed.emit()

session.results_changed.connect(results)
session.frame_shown.connect(opened)
timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
session.open_path(Path(sys.argv[1]))
app.exec()
"""


def test_the_real_mesh_lies_on_the_face_and_is_loaded_only_for_it(tmp_path):
    recording = data_file("video/WolfgangLanger_Pexels.mp4")
    box = (330.0, 70.0, 205.0, 270.0)
    done = subprocess.run(
        [sys.executable, "-c", REAL, str(recording), *map(str, box)],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "FEAD_DATA_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    x, y = (float(word) for word in done.stdout.split()[-2:])
    assert 400 < x < 450  # the tip of the nose
    assert 205 < y < 250


def test_frames_go_on_while_the_network_loads(shown, monkeypatch):
    loaded = threading.Event()

    class Mesh:
        def close(self): ...

    def load():
        loaded.wait(20)
        return Mesh()

    monkeypatch.setattr(mesh_maker, "load_mesh", load)
    monkeypatch.setattr(
        mesh_maker, "meshes_of", lambda _mesh, picture, faces: made_up(picture, faces)
    )
    shown.panel.set_switches(ONLY_MESH)
    for frame in (40, 80, 12):
        shown.go_to(frame)
        assert shown.number() == frame
    assert shown.panel.view.meshes == ()
    loaded.set()
    wait_for_mesh(shown)
    shown.qtbot.waitUntil(lambda: shown.panel.view.shown.frame == 12)
