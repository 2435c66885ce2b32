"""The emotion classifier says what FER's own API says, in FER's order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.features.emotion import FerClassifier, fer_matrix
from fead_desktop.features.measures import EMOTIONS
from tests.helpers.portraits import portrait, portrait_mesh

#: Haar-like boxes (x, y, width, height): square, tall, wide, and two that reach over the picture's edge.
BOXES = [
    (80, 60, 90, 90),
    (85, 50, 80, 100),
    (70, 60, 110, 90),
    (-15, -10, 120, 120),
    (240, 230, 80, 90),
]

# FER imports tensorflow, which other tests keep out of this process.
FERS_OWN_API = """
import json, sys
import numpy as np
from fer.fer import FER
picture = np.load(sys.argv[1])[..., ::-1].copy()
found = FER(mtcnn=False).detect_emotions(picture, face_rectangles=json.loads(sys.argv[2]))
print("RESULT" + json.dumps([one["emotions"] for one in found]))
print("LABELS" + json.dumps(FER._get_labels()))
"""


@pytest.fixture(scope="module")
def classifier() -> FerClassifier:
    return FerClassifier(batch_size=2)


def test_scores_and_their_order_agree_with_fers_own_api_to_its_rounding(
    classifier: FerClassifier, tmp_path: Path
) -> None:
    np.save(tmp_path / "picture.npy", portrait())
    done = subprocess.run(
        [sys.executable, "-c", FERS_OWN_API, str(tmp_path / "picture.npy"), json.dumps(BOXES)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    lines = {line[:6]: json.loads(line[6:]) for line in done.stdout.splitlines() if line[0] in "RL"}
    assert tuple(lines["LABELS"][str(k)] for k in range(7)) == EMOTIONS
    expected = np.array([[one[emotion] for emotion in EMOTIONS] for one in lines["RESULT"]])
    found = FerClassifier(fers_kernels=True).classify_boxes([portrait()] * len(BOXES), BOXES)
    assert expected.shape == found.shape
    assert np.abs(found - expected).max() < 0.0052  # two decimals
    faster = classifier.classify_boxes([portrait()] * len(BOXES), BOXES)
    assert np.abs(faster - found).max() < 0.05
    assert np.abs(faster - found).mean() < 0.01


def test_a_smiling_portrait_looks_happy(classifier: FerClassifier) -> None:
    (scores,) = classifier.classify([portrait()], [portrait_mesh()])
    assert EMOTIONS[int(np.argmax(scores))] == "happy"
    assert scores.sum() == pytest.approx(1, abs=1e-5)


def test_the_mesh_cuts_nearly_the_box_that_fers_detector_finds(classifier: FerClassifier) -> None:
    import cv2

    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    grey = cv2.cvtColor(np.array(portrait()), cv2.COLOR_RGB2GRAY)
    boxes = cascade.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5, minSize=(50, 50))
    x, y, side, _ = max(boxes, key=lambda box: box[2])
    corners = cv2.invertAffineTransform(fer_matrix(portrait_mesh())) @ [[0, 64], [0, 64], [1, 1]]
    centre = corners.mean(axis=1)
    assert np.abs(centre - (x + side / 2, y + side / 2)).max() < 0.12 * side
    across = np.linalg.norm(corners[:, 1] - corners[:, 0]) / np.sqrt(2)
    assert across == pytest.approx(side * 14 / 12, rel=0.15)


def test_scores_hardly_change_when_the_picture_is_tilted_or_resized(
    classifier: FerClassifier,
) -> None:
    import cv2

    turn = cv2.getRotationMatrix2D((150, 150), 20, 0.8)
    tilted = cv2.warpAffine(np.array(portrait()), turn, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    mesh = portrait_mesh().copy()
    mesh[:, :2] = mesh[:, :2] @ turn[:, :2].T + turn[:, 2]
    upright, level = classifier.classify([portrait(), tilted], [portrait_mesh(), mesh])
    assert np.abs(upright - level).max() < 0.15


def test_a_face_that_could_not_be_classified_is_nan_not_zero(classifier: FerClassifier) -> None:
    mesh = portrait_mesh()
    broken = mesh.copy()
    broken[3, 0] = np.nan
    found = classifier.classify([portrait()] * 4, [None, mesh, broken, mesh])
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True, False]
    assert np.array_equal(found[1], found[3])
    outside = classifier.classify_boxes([portrait()], [(900, 900, 50, 50)])
    assert np.isnan(outside).all()


def test_the_batch_size_does_not_change_a_score() -> None:
    mesh = portrait_mesh()
    meshes = [mesh + np.float32((k, -k, 0)) for k in range(5)]
    one, five = (FerClassifier(size).classify([portrait()] * 5, meshes) for size in (1, 5))
    assert np.abs(one - five).max() < 1e-5
