"""The face map: a point a face, a click shows its frame, and no score while the reviewer is blind."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import qGray

from fead_desktop.gui.persons.face_map import BY_SCORE, FaceMap
from fead_desktop.gui.persons.point_cloud import SHADES


@pytest.fixture
def face_map(qtbot, session):
    made = FaceMap(session)
    qtbot.addWidget(made)
    made.resize(420, 380)
    made.show()
    session.choose_person(2)
    qtbot.waitUntil(lambda: not made.empty.isVisible(), timeout=10_000)
    return made


def test_without_a_person_it_says_what_to_do(face_map, session) -> None:
    session.choose_person(None)
    assert "Choose a person" in face_map.empty.text


def test_a_click_shows_the_frame_of_the_face(qtbot, face_map, session) -> None:
    rows = np.flatnonzero(session.table.person == 2)
    place = len(rows) // 2
    # A face may lie under another one: the nearest point to a click is the one that is meant.
    where = face_map.points.position(place)
    found = face_map.points.place_at(face_map.points.mapToScene(where.toPoint()))
    with qtbot.waitSignal(session.frame_requested) as asked:
        qtbot.mouseClick(face_map.points.viewport(), Qt.MouseButton.LeftButton, pos=where.toPoint())
    assert np.hypot(*(face_map.points.position(found) - where).toTuple()) < 2
    assert asked.args[0] == session.table.frame_number[rows[face_map.points.marked]]


def test_faces_that_look_alike_lie_together(face_map, session) -> None:
    rows = np.flatnonzero(session.table.person == 2)
    embedding = session.case.features().of_person(2).embedding.astype(float)
    drawn = np.array([face_map.points.position(k).toTuple() for k in range(len(rows))])
    apart = np.linalg.norm(embedding - embedding[0], axis=1)
    shown = np.linalg.norm(drawn - drawn[0], axis=1)
    near, far = np.argsort(apart)[1:6], np.argsort(apart)[-5:]
    assert shown[near].mean() < shown[far].mean()


def test_arrow_keys_go_from_face_to_face(qtbot, face_map, session) -> None:
    frames = session.table.frame_number[session.table.person == 2]
    face_map.points.mark(4)
    with qtbot.waitSignal(session.frame_requested) as asked:
        qtbot.keyClick(face_map.points, Qt.Key.Key_Right)
    assert asked.args[0] == frames[5]


def test_a_blind_reviewer_is_offered_no_scores(face_map, session) -> None:
    session.reviewing.set_blind(False)
    assert face_map.colour_box.findText(BY_SCORE) >= 0
    by_time = face_map.legend.text()
    face_map.colour_box.setCurrentText(BY_SCORE)
    assert face_map.legend.text() != by_time
    session.reviewing.set_blind(True)
    assert face_map.colour_box.findText(BY_SCORE) < 0
    assert face_map.legend.text() == by_time


def test_the_scale_grows_lighter() -> None:
    light = [qGray(*shade) for shade in SHADES.tolist()]
    assert light == sorted(light)
