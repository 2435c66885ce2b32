"""Zoom, follow, levels, overlays and snapshots, read back from the pixels of the view."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QImageReader, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fead_desktop.case.case import Person
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.player.overlay import FaceOverlay
from fead_desktop.gui.player.overlay_painter import OverlaySwitches, pose_axes
from fead_desktop.gui.player.picture_adjust import PictureAdjust
from fead_desktop.gui.player.viewport import FACE_SHARE
from tests.helpers.recordings import block_picture, read_block_code

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

FRAMES = 120


@pytest.fixture
def shown(bench, recording):
    bench.open(recording("wide.mp4", frames=FRAMES, size=(640, 480)))
    return bench


def whole_view(bench):
    image = bench.panel.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def turn_wheel(view, point, notches):
    at = QPointF(point)
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def wait_for_own_size(bench):
    view = bench.panel.view
    bench.qtbot.waitUntil(
        lambda: (view.shown.image.width(), view.shown.image.height()) == view.wanted_size()
    )


def expected_view(bench, frame):
    """Return what the view must show, by going from each of its pixels to the picture's."""
    view = bench.panel.view
    picture = block_picture(frame, (640, 480)).astype(int)
    scale, x, y = view.viewport.look((view.width(), view.height()), (640, 480))
    columns = (x + (np.arange(view.width()) + 0.5 - view.width() / 2) / scale).astype(int)
    rows = (y + (np.arange(view.height()) + 0.5 - view.height() / 2) / scale).astype(int)
    return picture[rows.clip(0, 479)][:, columns.clip(0, 639)]


def test_the_wheel_enlarges_about_the_pointer_and_shows_the_right_part(shown):
    shown.go_to(77)
    turn_wheel(shown.panel.view, QPoint(100, 80), 8)
    wait_for_own_size(shown)
    assert shown.panel.view.scale > 2.5
    off = np.abs(whole_view(shown) - expected_view(shown, 77)).max(axis=2) > 60
    assert off.mean() < 0.03, "only edges of blocks may differ by a pixel"
    assert "%" in shown.panel.picture_state
    turn_wheel(shown.panel.view, QPoint(400, 200), -12)
    wait_for_own_size(shown)
    assert shown.panel.picture_state == ""
    assert shown.number() == 77


def test_a_drag_moves_the_enlarged_picture(shown):
    shown.go_to(40)
    shown.panel.zoom(4.0)
    wait_for_own_size(shown)
    before = shown.panel.view.viewport
    view = shown.panel.view
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(230, 130))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(230, 130))
    assert (view.viewport.x, view.viewport.y) == pytest.approx(
        (before.x - 30 / before.scale, before.y + 20 / before.scale)
    )
    off = np.abs(whole_view(shown) - expected_view(shown, 40)).max(axis=2) > 60
    assert off.mean() < 0.03


def test_steps_while_enlarged_show_the_exact_frame(shown):
    shown.panel.show_actual_size()
    for frame in (51, 52, 51, 90):
        shown.go_to(frame)
        wait_for_own_size(shown)
        off = np.abs(whole_view(shown) - expected_view(shown, frame)).max(axis=2) > 60
        assert off.mean() < 0.03


def give_face(bench, **more):
    frames = np.arange(0, FRAMES, 3)
    n = len(frames)
    rows = {
        "frame_number": frames, "time_s": bench.session.index.times_s[frames], "track": np.zeros(n),
        "person": np.ones(n), "box_x": 230.0 + frames, "box_y": np.full(n, 180.0),
        "box_width": np.full(n, 60.0), "box_height": np.full(n, 80.0), **more,
    }  # fmt: skip
    bench.session.table = FeatureTable(rows)
    bench.session.persons = [Person(1, "Anna", n, 0.0, 4.0, 4.0)]
    bench.session.results_changed.emit()
    return frames


def test_the_view_follows_the_face(shown):
    give_face(shown)
    shown.panel.set_overlay(False)
    shown.panel.toggle_follow()
    for frame in (30, 90):
        shown.go_to(frame)
        wait_for_own_size(shown)
        view = shown.panel.view
        scale, x, y = view.viewport.look((view.width(), view.height()), (640, 480), view._focus)
        assert (x, y) == pytest.approx((260 + frame, 220), abs=1.5)
        assert scale * 80 == pytest.approx(FACE_SHARE * view.height(), rel=0.01)
    assert shown.panel.picture_state == "follows the face"
    shown.panel.toggle_follow()
    assert shown.panel.view.viewport.mode == "fit"


def test_without_a_person_nothing_is_followed_and_it_is_said(shown):
    said = []
    shown.session.said.connect(said.append)
    shown.panel.toggle_follow()
    assert not shown.panel.follows_face
    assert said == ["Choose a person first; then the view can follow the face."]


def test_a_followed_face_depends_on_the_time_alone_and_is_lost_in_a_gap():
    frames = np.r_[0:30, 60:90]
    table = FeatureTable(
        {
            "frame_number": frames, "time_s": frames / 10, "track": (frames > 40).astype(int),
            "person": np.ones(60), "box_x": np.where(frames > 40, 400.0, 10.0), "box_y": np.zeros(60),
            "box_width": np.full(60, 20.0), "box_height": np.full(60, 30.0),
        }
    )  # fmt: skip
    overlay = FaceOverlay(table, {})
    assert overlay.focus_of(1, 1.0).x == pytest.approx(20)
    assert overlay.focus_of(1, 6.0).x == pytest.approx(410), "another track does not pull"
    assert overlay.focus_of(1, 4.5) is None
    assert overlay.focus_of(2, 1.0) is None


def test_levels_change_the_view_and_not_the_recording(shown):
    shown.go_to(33)
    plain = shown.picture()
    shown.panel.set_adjust(PictureAdjust(brightness=-0.4, contrast=-0.5, gamma=1.0))
    dimmed = shown.picture()
    assert dimmed[plain > 200].mean() < 160
    assert shown.panel.picture_state == "view adjusted"
    shown.panel.set_adjust(PictureAdjust())
    assert (shown.picture() == plain).all()
    assert shown.panel.picture_state == ""


def test_gamma_and_contrast_keep_black_and_white():
    assert PictureAdjust().table.tolist() == list(range(256))
    lighter = PictureAdjust(gamma=2.0).table
    assert (lighter[0], lighter[255]) == (0, 255)
    assert lighter[64] == round(255 * (64 / 255) ** 0.5)
    assert (np.diff(PictureAdjust(contrast=0.6).table.astype(int)) >= 0).all()
    assert (
        PictureAdjust(contrast=0.6).table[200] > 200 > 100 > PictureAdjust(contrast=0.6).table[100]
    )


def test_each_overlay_has_a_switch_of_its_own(shown):
    n = FRAMES // 3
    give_face(
        shown,
        **dict.fromkeys(EMOTIONS, np.full(n, 0.5)),
        **{name: np.linspace(0, 1, n) for name in MEASURE_NAMES},
        yaw_deg=np.full(n, 20.0), pitch_deg=np.full(n, 5.0), roll_deg=np.zeros(n),
    )  # fmt: skip
    shown.go_to(60)
    nothing = OverlaySwitches(box=False, name=False)
    shown.panel.set_switches(nothing)
    bare = shown.picture()
    painted = {}
    for name in ("box", "name", "emotions", "measures", "pose"):
        shown.panel.toggle_switch(name)
        painted[name] = (shown.picture() != bare).any(axis=2)
        assert painted[name].sum() > 50, name
        shown.panel.toggle_switch(name)
        assert (shown.picture() == bare).all()
    assert len({mask.tobytes() for mask in painted.values()}) == 5
    shown.panel.toggle_switch("pose")
    shown.panel.set_overlay(False)
    assert (shown.picture() == bare).all()
    shown.panel.toggle_switch("pose")  # asked for while all is hidden: it is shown
    assert shown.panel.overlay_on
    assert ((shown.picture() != bare).any(axis=2) == painted["pose"]).all()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_box_of_switches_and_levels_works_the_panel(shown):
    box = shown.panel.picture_box
    shown.panel.set_overlay(False)
    shown.panel.open_picture_box()
    box.boxes["emotions"].click()
    assert shown.panel.switches == OverlaySwitches(emotions=True)
    assert shown.panel.overlay_on, "what is chosen is to be seen"
    box.gamma.setValue(50)
    assert shown.panel.view._adjust.gamma == pytest.approx(2.0)
    QTest.mouseClick(box.reset_button, Qt.MouseButton.LeftButton)
    assert shown.panel.picture_state == ""
    assert box.gamma.value() == 0
    box.hide()


def test_the_measures_shown_are_those_furthest_from_the_persons_median():
    n = 50
    values = {name: np.full(n, 0.2) for name in MEASURE_NAMES}
    values["jaw_drop"][25] = 0.5
    values["lip_pucker"][25] = 0.1
    table = FeatureTable(
        {"frame_number": np.arange(n), "time_s": np.arange(n) / 10, "person": np.ones(n), **values}
    )
    overlay = FaceOverlay(table, {})
    overlay.with_measures = True
    (box,) = overlay.boxes_at(25, 2.5)
    assert [title for title, _ in box.measures[:2]] == ["jaw drop (AU26)", "lip pucker (AU18)"]
    assert box.measures[0][1] > 0 > box.measures[1][1]


def test_head_axes_point_where_the_head_does():
    left, up, forward = pose_axes(0, 0, 0)
    assert (left, up, forward) == (
        pytest.approx((1, 0)),
        pytest.approx((0, -1)),
        pytest.approx((0, 0)),
    )
    assert pose_axes(30, 0, 0)[2][0] > 0.4, "turned to the picture's right"
    assert pose_axes(0, 30, 0)[2][1] < -0.4, "looking up"
    assert pose_axes(0, 0, 30)[1][0] > 0.4, "tilted clockwise"


def test_a_snapshot_is_the_whole_frame_and_says_where_it_comes_from(shown, tmp_path):
    shown.panel.snapshots.folder = tmp_path / "shots"
    shown.go_to(66)
    shown.panel.zoom(4.0)
    for _ in range(2):
        with shown.qtbot.waitSignal(
            shown.session.said, check_params_cb=lambda s: s.startswith("Wrote")
        ):
            shown.panel.take_snapshot()
    written = sorted((tmp_path / "shots").iterdir())
    assert [path.name for path in written] == [
        "wide_frame-000066_00-00-02.200.png", "wide_frame-000066_00-00-02.200_2.png",
    ]  # fmt: skip
    reader = QImageReader(str(written[0]))
    image = reader.read().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(480, -1)
    assert read_block_code(rows[:, : 3 * 640].reshape(480, 640, 3)) == 66
    facts = {key: image.text(key) for key in image.textKeys()}
    recording = shown.session.recording
    assert facts["SHA-256"] == hashlib.sha256(recording.read_bytes()).hexdigest()
    assert (facts["Recording"], facts["Frame"]) == ("wide.mp4", "66")
    assert facts["PTS"].startswith(str(shown.session.index.pts[66]))


def test_a_snapshot_that_cannot_be_written_ends_in_a_sentence(shown, tmp_path):
    (tmp_path / "file").write_text("in the way")
    shown.panel.snapshots.folder = tmp_path / "file"
    with shown.qtbot.waitSignal(shown.session.refused) as refused:
        shown.panel.take_snapshot()
    assert refused.args[0].endswith(".")
