"""The labels over the picture, in the words and the font they are painted in."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.faces.face import BoundingBox
from fead_desktop.gui.player.overlay import OverlayBox
from fead_desktop.gui.player.overlay_painter import labels_of

SEEN = QRectF(0, 0, 640, 360)


def face(person: int, name: str) -> OverlayBox:
    box = BoundingBox(0, 0, 1, 1)
    return OverlayBox(box, person, person, name, "happy", interpolated=False)


def test_two_faces_far_apart_have_all_their_words(qtbot: QtBot) -> None:
    boxes = [(face(k, f"Person {k}"), QRectF(40 + 320 * k, 100, 50, 60)) for k in range(2)]
    labels = labels_of(QFontMetrics(QApplication.font()), boxes, SEEN)
    assert [text for _, text, _ in labels] == [each.label for each, _ in boxes]


def test_twelve_faces_in_a_row_are_told_apart(qtbot: QtBot) -> None:
    names = ["Dr. Maria-Magdalena von und zu Hohenstein", *(f"Person {k}" for k in range(2, 13))]
    boxes = [(face(k, name), QRectF(10 + 52 * k, 150, 40, 70)) for k, name in enumerate(names)]
    labels = labels_of(QFontMetrics(QApplication.font()), boxes, SEEN)
    assert [each.name for each, _, _ in labels] == names
    texts = [text for _, text, _ in labels]
    assert len(set(texts)) == 12
    assert "…" in texts[0]
    assert not any("apparent" in text for text in texts)
    for (_, _, one), (_, _, other) in itertools.combinations(labels, 2):
        assert not one.rect.intersects(other.rect)
