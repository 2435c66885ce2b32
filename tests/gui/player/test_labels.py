"""The labels over the picture, in the words and the font they are painted in."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fead_desktop.faces.face import BoundingBox
from fead_desktop.gui.player.overlay import OverlayBox
from fead_desktop.gui.player.overlay_painter import OverlaySwitches, labels_of, paint_overlay

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


def values_of(count: int, size: tuple[int, int] = (640, 360)) -> QImage:
    """Paint faces in a row with their emotion bars."""
    scores = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4)
    wide = size[0] / count
    boxes = [
        OverlayBox(
            BoundingBox(wide * (k + 0.1), 100, wide * 0.3, 90), k, k, f"P{k}", "neutral",
            interpolated=False, emotions=scores,
        )
        for k in range(count)
    ]  # fmt: skip
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    switches = OverlaySwitches(box=False, name=False, emotions=True)
    paint_overlay(painter, boxes, QRectF(image.rect()), 1.0, switches)
    painter.end()
    return image


def is_dark(image: QImage, rect: QRect) -> bool:
    part = image.copy(rect)
    return all(
        part.pixelColor(x, y).lightness() < 20
        for x in range(part.width())
        for y in range(part.height())
    )


def test_values_stand_beside_their_own_face_or_nowhere(qtbot: QtBot) -> None:
    few, many = values_of(2), values_of(12)
    corner = QRect(0, 340, 200, 18)
    assert not is_dark(few, QRect(150, 100, 120, 90))
    assert is_dark(few, QRect(40, 100, 80, 90)), "the face itself is free"
    assert is_dark(few, corner)
    for k in range(12):
        face_at = QRect(round(640 / 12 * (k + 0.1)) + 1, 101, 14, 88)
        assert is_dark(many, face_at), "none is written over a neighbour"
    assert not is_dark(many, corner), "and that is said"


def test_values_of_a_close_up_stand_beside_the_picture_rather_than_over_the_face(
    qtbot: QtBot,
) -> None:
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    close = OverlayBox(
        BoundingBox(10, 20, 200, 320), 1, 1, "P", "neutral", interpolated=False,
        emotions=(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4),
    )  # fmt: skip
    painter = QPainter(image)
    switches = OverlaySwitches(box=False, name=False, emotions=True)
    paint_overlay(painter, [close], QRectF(210, 0, 220, 360), 1.0, switches)
    painter.end()
    assert is_dark(image, QRect(220, 20, 200, 320)), "the face is free"
    assert not is_dark(image, QRect(421, 20, 219, 320))
