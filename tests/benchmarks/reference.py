"""The ancestor's pipeline, written the straightforward way: one frame after another, one face at a time.

Reads at the analysis rate; MTCNN on one picture, largest face; face mesh in video mode on the cut; eyes level;
160 x 160; InceptionResnetV1 with batch 1; FER through its own API; then UMAP to three components and a
two-layer LSTM over the whole series, 100 epochs, mean squared error per frame. No plots. Colour stays RGB.
Run as ``python -m tests.benchmarks.reference RECORDING [SECONDS]``; prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import numpy as np

RATE_FPS = 10.0

#: Both sides look at the first second once before the faces are timed, so that kernels and buffers are there.
WARM_UP_S = 1.0


def main() -> None:
    """Time the stages of one recording."""
    began = time.perf_counter()
    models = load_models()
    loaded = time.perf_counter()
    face_stage(sys.argv[1], models, WARM_UP_S)
    warm = time.perf_counter()
    frames, rows = face_stage(
        sys.argv[1], models, float(sys.argv[2]) if len(sys.argv) > 2 else np.inf
    )
    faces_done = time.perf_counter()
    components = reduce([row[0] for row in rows])
    reduced = time.perf_counter()
    emotions = np.array([row[1] for row in rows], np.float32)
    error = detect(np.concatenate([components, emotions], axis=1))
    done = time.perf_counter()
    seconds = {
        "load": loaded - began,
        "warm_up": warm - loaded,
        "faces": faces_done - warm,
        "umap": reduced - faces_done,
        "detector": done - reduced,
    }
    print(json.dumps({"frames": frames, "kept": len(error), **seconds}))


def load_models() -> dict[str, Any]:
    """Load what the ancestor loads, as its packages offer it."""
    from fead_desktop.models.torchvision_compat import import_torchvision

    import_torchvision()
    import mediapipe as mp
    import torch
    from facenet_pytorch import MTCNN, InceptionResnetV1
    from fer.fer import FER

    from fead_desktop.models import registry

    network = InceptionResnetV1(pretrained=None, classify=False).eval()
    if registry.is_available("facenet_vggface2"):
        state = torch.load(registry.locate("facenet_vggface2"), map_location="cpu")
        network.load_state_dict(state, strict=False)
    return {
        "mtcnn": MTCNN(
            keep_all=False, select_largest=True, thresholds=[0.98, 0.98, 0.98], min_face_size=100
        ),
        "mesh": mp.solutions.face_mesh.FaceMesh(static_image_mode=False, max_num_faces=1),
        "embedder": network,
        "fer": FER(mtcnn=False),
    }


def face_stage(path: str, models: dict[str, Any], seconds: float) -> tuple[int, list[Any]]:
    """Return the number of frames looked at and (embedding, emotions) of those with a face."""
    import cv2

    capture = cv2.VideoCapture(path)
    rate = capture.get(cv2.CAP_PROP_FPS)
    rows: list[Any] = []
    frames = number = 0
    due_s = 0.0
    while number / rate < seconds:
        read, picture = capture.read()
        if not read:
            break
        if number / rate >= due_s:
            frames += 1
            due_s += 1 / RATE_FPS
            row = one_frame(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), models)
            if row is not None:
                rows.append(row)
        number += 1
    capture.release()
    return frames, rows


def one_frame(picture: Any, models: dict[str, Any]) -> tuple[Any, list[float]] | None:
    """Detect, mesh, align, embed and classify one frame."""
    import cv2
    import torch

    boxes, confidence = models["mtcnn"].detect(picture)
    if boxes is None or confidence[0] < 0.99:
        return None
    left, top, right, bottom = (int(max(0, side)) for side in boxes[0])
    cut = np.ascontiguousarray(picture[top:bottom, left:right])
    if cut.size == 0:
        return None
    found = models["mesh"].process(cut).multi_face_landmarks
    if not found:
        return None
    points = np.array([(p.x * cut.shape[1], p.y * cut.shape[0]) for p in found[0].landmark])
    eye_right = points[[33, 160, 158, 133, 153, 144]].mean(axis=0)
    eye_left = points[[362, 385, 387, 263, 373, 380]].mean(axis=0)
    dx, dy = eye_left - eye_right
    turn = cv2.getRotationMatrix2D(
        (cut.shape[1] / 2, cut.shape[0] / 2), float(np.degrees(np.arctan2(dy, dx))), 1
    )
    level = cv2.warpAffine(cut, turn, (cut.shape[1], cut.shape[0]), flags=cv2.INTER_CUBIC)
    face = cv2.resize(level, (160, 160))
    cv2.imencode(".jpg", face)
    tensor = torch.from_numpy(face).permute(2, 0, 1).float().div(255).sub(0.5).div(0.5)
    with torch.no_grad():
        embedding = models["embedder"](tensor[None])[0].numpy()
    scores = models["fer"].detect_emotions(face)
    names = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    emotions = [scores[0]["emotions"][name] if scores else 0.0 for name in names]
    return embedding, emotions


def reduce(embeddings: list[Any]) -> Any:
    """UMAP to three components, min-max to [0, 1]."""
    import umap

    values = umap.UMAP(n_components=3, random_state=1).fit_transform(np.array(embeddings))
    low, high = values.min(axis=0), values.max(axis=0)
    return (values - low) / np.maximum(high - low, 1e-9)


def detect(features: Any, epochs: int = 100) -> Any:
    """Two-layer LSTM over the whole series, trained and scored on the same frames."""
    import torch
    from torch import nn

    torch.manual_seed(1)

    class Network(nn.Module):
        def __init__(self, width: int):
            super().__init__()
            self.lstm = nn.LSTM(width, 128, num_layers=2, batch_first=True)
            self.out = nn.Linear(128, width)

        def forward(self, series: Any) -> Any:
            return self.out(self.lstm(series)[0])

    series = torch.from_numpy(np.asarray(features, np.float32))[None]
    network = Network(series.shape[2])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(series), series)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return ((network(series) - series) ** 2).mean(dim=2)[0].numpy()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
