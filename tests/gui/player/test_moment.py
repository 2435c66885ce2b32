"""The frames around a moment and its baseline twin."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetricsF, QImage, QKeySequence
from PySide6.QtTest import QTest

from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.baseline import baseline_frame
from fead_desktop.case.case import FUSION, Person, PersonScores
from fead_desktop.case.eye_lines import EyeLines
from fead_desktop.faces.alignment import align_by_eyes, eye_line_square, eye_middles
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui import theme
from fead_desktop.gui.jobs.pictures import Still, still_image
from tests.helpers.meshes import made_landmarks
from tests.helpers.portraits import portrait
from tests.helpers.recordings import read_block_code

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

FRAMES = 300


def number_in(image: QImage) -> int | None:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return read_block_code(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3))


def event(rank: int, peak: int) -> AnomalyEvent:
    return AnomalyEvent(
        event=rank, person=1, view="expression", detector="mahalanobis",
        onset_s=(peak - 5) / 30, peak_s=peak / 30, offset_s=(peak + 5) / 30,
        onset_frame=peak - 5, peak_frame=peak, offset_frame=peak + 5, score=9.0,
    )  # fmt: skip


def faces(frames, yaw, **more) -> FeatureTable:
    n = len(frames)
    return FeatureTable(
        {
            "frame_number": frames, "time_s": frames / 30, "track": np.zeros(n), "person": np.ones(n),
            "box_x": np.full(n, 26.67), "box_y": np.full(n, 20.0), "box_width": np.full(n, 106.67),
            "box_height": np.full(n, 80.0), "yaw_deg": yaw, "pitch_deg": np.zeros(n),
            "roll_deg": np.zeros(n), **more,
        }
    )  # fmt: skip


@pytest.fixture
def reviewed(bench, recording):
    """A recording with a face whose head turns; the score is high at frame 150 only."""
    bench.open(recording("moment.mp4", frames=FRAMES, gop=60))
    frames = np.arange(0, FRAMES, 3)
    bench.session.table = faces(frames, np.abs(frames - 150.0) % 45)
    score = np.where(np.abs(frames - 150) < 10, 9.0, 0.5 + 0.4 * (frames % 2))
    bench.session._scores = {
        1: PersonScores(1, frames, frames / 30, {FUSION: score.astype(np.float32)})
    }
    bench.session.persons = [Person(1, "Anna", len(frames), 0.0, 10.0, 10.0)]
    bench.session.events = [event(1, 150), event(2, 4)]
    bench.session.results_changed.emit()
    return bench


def test_the_strip_shows_the_frames_around_the_peak(bench, recording):
    bench.open(recording("moment.mp4", frames=FRAMES, gop=60))
    bench.session.events = [event(1, 150), event(2, 4)]
    bench.session.results_changed.emit()
    strip = bench.panel.filmstrip
    assert strip.isHidden()
    bench.session.choose_event(1)
    bench.qtbot.waitUntil(lambda: len(strip.images) == 17)
    assert strip.isVisible()
    assert {frame: number_in(image) for frame, image in strip.images.items()} == {
        n: n for n in range(142, 159)
    }
    bench.session.choose_event(2)
    bench.qtbot.waitUntil(lambda: sorted(strip.images) == list(range(13)))
    assert number_in(strip.images[0]) == 0


def test_a_click_on_the_strip_goes_to_the_frame(bench, recording):
    bench.open(recording("moment.mp4", frames=FRAMES, gop=60))
    bench.session.events = [event(1, 150)]
    bench.session.results_changed.emit()
    bench.session.choose_event(1)
    bench.wait_for(150)
    strip = bench.panel.filmstrip
    cell = strip.cell(155)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=cell.center().toPoint())
    bench.wait_for(155)
    assert bench.number() == 155


def test_the_latest_event_wins_on_the_strip_and_the_player_goes_first(bench, recording):
    bench.open(recording("moment.mp4", frames=FRAMES, gop=60))
    bench.session.events = [event(k + 1, 20 + 10 * k) for k in range(20)]
    bench.session.results_changed.emit()
    told = []
    bench.panel.controller.stills_ready.connect(lambda tag, images: told.append(sorted(images)))
    for rank in range(1, 21):
        bench.session.choose_event(rank)
    bench.wait_for(210)
    strip = bench.panel.filmstrip
    bench.qtbot.waitUntil(lambda: sorted(strip.images) == list(range(202, 219)))
    assert len(told) < 20
    assert number_in(strip.images[210]) == 210


def test_the_strip_shows_the_face_when_it_is_known(reviewed):
    reviewed.session.choose_event(1)
    strip = reviewed.panel.filmstrip
    reviewed.qtbot.waitUntil(lambda: len(strip.images) == 17)
    image = strip.images[150]
    assert image.width() == image.height(), "a square around the face"


def test_the_strip_shows_faces_upright_where_their_eyes_are_known_and_marks_the_others(reviewed):
    known = np.arange(142, 151)
    eyes = np.array([[70.0, 50.0, 90.0, 60.0]])  # tilted by 27 degrees, about the middle of the box
    reviewed.session.eye_lines = EyeLines(known, np.repeat(eyes, len(known), axis=0))
    reviewed.session.choose_event(1)
    strip = reviewed.panel.filmstrip
    reviewed.qtbot.waitUntil(lambda: len(strip.images) == 17)
    assert strip.aligned == set(known.tolist())
    assert "8 of 17" in strip.accessibleDescription()
    assert strip.images[150].size() == strip.images[151].size()
    reviewed.panel.resize(900, 420)
    reviewed.panel.step(-20)
    reviewed.qtbot.waitUntil(lambda: reviewed.session.frame == 130)

    def edge(frame):
        cell = strip.cell(frame).toRect()
        image = strip.grab(cell).toImage()
        row = {image.pixelColor(x, 0).name() for x in range(2, cell.width() - 2)}
        return theme.colours().warning.lower() in row

    assert edge(151)
    assert not edge(150)


def test_a_turned_still_is_the_aligned_face():
    angle = np.radians(24.0)
    height, width = portrait().shape[:2]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width, height]) / 2
    matrix = np.column_stack([turn, middle - turn @ middle])
    picture = cv2.warpAffine(portrait(), matrix, (width, height))
    mesh = made_landmarks()
    mesh[:, :2] = mesh[:, :2] @ turn.T + matrix[:, 2]
    x, y, side, turn_deg = eye_line_square(eye_middles(mesh))
    image = still_image(picture, Still(0, (x, y, side), turn_deg), 160)
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(160, -1)[:, :480]
    away = np.abs(rows.reshape(160, 160, 3).astype(int) - align_by_eyes(picture, mesh))
    assert np.median(away) <= 3
    assert np.mean(away) <= 6


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_captions_of_the_strip_do_not_cover_each_other(reviewed, qapp, scale):
    reviewed.session.choose_event(1)
    strip = reviewed.panel.filmstrip
    font = strip.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    strip.setFont(font)
    metrics = QFontMetricsF(strip._caption_font())
    spans = [
        (strip.cell(n).center().x(), metrics.horizontalAdvance(words) / 2)
        for n, words in strip.captioned()
    ]
    assert "peak" in [words for _, words in strip.captioned()]
    for (one, half), (other, other_half) in itertools.pairwise(spans):
        assert one + half < other - other_half
    assert strip.height() >= strip.cell(150).bottom() + metrics.height() - 1


def test_the_twin_stands_beside_the_moment_and_flickers_into_its_place(reviewed):
    reviewed.session.choose_event(1)
    reviewed.wait_for(150)
    reviewed.panel.toggle_twin()
    twin = reviewed.panel.twin
    reviewed.qtbot.waitUntil(
        lambda: twin._moment[0] == "frame 150" and twin._usual[0] == "usual · frame 60"
    )
    left = twin.left_place().toRect()
    right = twin.right_place().toRect()

    def place(rect):
        return twin.grab(rect).toImage()

    moment, usual = place(left), place(right)
    assert moment != usual
    action = QAction(reviewed.panel)
    action.setShortcut(QKeySequence("X"))
    action.triggered.connect(reviewed.panel.flicker)
    reviewed.panel.addAction(action)
    reviewed.panel.activateWindow()
    QTest.keyPress(reviewed.panel, "X")
    assert place(left) == usual
    QTest.keyRelease(reviewed.panel, "X")
    assert place(left) == moment
    reviewed.panel.step(3)
    reviewed.qtbot.waitUntil(lambda: twin._moment[0] == "frame 153")
    reviewed.panel.toggle_twin()
    assert reviewed.number() == 153


def test_without_a_measured_pose_the_twin_says_so(reviewed):
    table = reviewed.session.table
    reviewed.session.table = faces(table.frame_number, np.full(len(table), np.nan))
    reviewed.session.results_changed.emit()
    reviewed.session.choose_event(1)
    reviewed.panel.toggle_twin()
    assert "no usual frame" in reviewed.panel.twin._message


def test_the_twin_is_the_nearest_pose_among_usual_frames_away_from_the_moment():
    frames = np.arange(0, 300, 3)
    yaw = np.full(100, 40.0)
    yaw[50] = 10.0  # the moment, frame 150
    yaw[52] = 10.0  # same pose, but part of the moment
    yaw[80] = 11.0  # nearly the pose, but unusual itself
    yaw[90] = 14.0
    score = np.tile([0.5, 0.6], 50).astype(np.float32)
    score[[50, 80]] = 9.0
    table = faces(frames, yaw)
    scores = PersonScores(1, frames, frames / 30, {FUSION: score})
    assert baseline_frame(table, scores, 1, 151) == 270
    assert baseline_frame(table, None, 1, 151) is None
    assert baseline_frame(table, scores, 2, 151) is None
