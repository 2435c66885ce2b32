"""Aligned faces are read from the case beside the window: what is in sight first, and no more than is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fead_desktop.gui.jobs import face_pictures
from fead_desktop.gui.session import Session
from tests.helpers.person_cases import make_person_case

FRAMES = range(0, 30, 3)


@pytest.fixture
def session(qtbot: QtBot, session: Session, recording: Path, tmp_path: Path) -> Session:
    with qtbot.waitSignal(session.results_changed, timeout=15_000):
        session.open_path(make_person_case(tmp_path / "faces.fead", recording))
    return session


def read(qtbot: QtBot, session: Session, frame: int) -> None:
    session.face_pictures.get((frame, 0))
    qtbot.waitUntil(lambda: (frame, 0) in session.face_pictures._kept, timeout=5_000)


def test_a_face_comes_a_moment_later_and_is_the_one_of_the_case(
    qtbot: QtBot, session: Session
) -> None:
    pictures = session.face_pictures
    assert pictures.get((0, 0)) is None
    with qtbot.waitSignal(pictures.arrived, timeout=5_000):
        pictures.get((90, 0))
    qtbot.waitUntil(lambda: pictures.get((90, 0)) is not None, timeout=5_000)
    one, other = pictures.get((0, 0)), pictures.get((90, 0))
    assert one is not None
    assert other is not None
    assert one.pixelColor(80, 80) != other.pixelColor(80, 80)  # two persons


def test_only_so_many_are_kept_and_the_last_ones_stay(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_pictures, "_MOST_KEPT", 4)
    for frame in FRAMES:
        read(qtbot, session, frame)
    assert list(session.face_pictures._kept) == [(frame, 0) for frame in FRAMES[-4:]]


def test_what_was_scrolled_past_is_not_read(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_pictures, "_MOST_WANTED", 5)
    for frame in FRAMES:
        session.face_pictures.get((frame, 0))
    assert list(session.face_pictures._wanted) == [(frame, 0) for frame in FRAMES[-5:]]


def test_another_case_has_other_faces(qtbot: QtBot, session: Session) -> None:
    read(qtbot, session, 0)
    session.close()
    assert session.face_pictures.get((0, 0)) is None
    assert not session.face_pictures._kept
