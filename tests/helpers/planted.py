"""Plants artefacts and expressions, pixel by pixel, into real clips that are played forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fead_desktop.faces.analysis import FaceFinder
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import Landmarks, Picture
from fead_desktop.faces.landmarks import FaceMesh
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.movements import head_movement, movement_fields
from fead_desktop.planting.warp import MeshWarp
from fead_desktop.video.audio import has_audio, read_audio
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index
from fead_desktop.video.writer import VideoWriter

RATE_FPS = 15.0
AUDIO_RATE_HZ = 16_000
#: The names that ``fead_desktop.anomalies.artefacts`` gives to what is planted here.
ARTEFACTS = ("blur", "light change", "head turn", "occlusion")
EXPRESSION = "expression"
RISE_S = 0.15


@dataclass(frozen=True)
class Clip:
    """A stretch of a recording with one person; ``height`` in pixels after shrinking."""

    path: Path
    start_s: float
    end_s: float
    height: int


@dataclass(frozen=True)
class Plant:
    """A planted moment: one of :data:`ARTEFACTS` or :data:`EXPRESSION`, with its number of that kind."""

    kind: str
    variant: int
    start_s: float
    end_s: float

    def amount(self, time_s: float) -> float:
        """Return how much of it is there, 0 to 1."""
        rise = (time_s - self.start_s) / RISE_S
        fall = (self.end_s - time_s) / RISE_S
        return float(np.clip(min(rise, fall), 0, 1))


def places(kinds: list[str], first_s: float = 4.0, every_s: float = 4.0) -> list[Plant]:
    """Put moments of 0.8 to 1.4 s one after another."""
    seen: dict[str, int] = {}
    plants = []
    for k, kind in enumerate(kinds):
        start = first_s + every_s * k
        seen[kind] = seen.get(kind, -1) + 1
        plants.append(Plant(kind, seen[kind], start, start + (0.8, 1.0, 1.2, 1.4)[k % 4]))
    return plants


def write_planted(path: Path, clip: Clip, plants: list[Plant]) -> Path:
    """Write the clip, forwards and backwards until the last moment is over, with the moments in it."""
    pictures, finder = pictures_of(clip), FaceFinder(make_detector("blazeface"), FaceMesh())
    order = to_and_fro(len(pictures), round((plants[-1].end_s + 4.0) * RATE_FPS))
    height, width = pictures[0].shape[:2]
    sound = _sound(clip, len(pictures), order)
    rate = None if sound is None else AUDIO_RATE_HZ
    with VideoWriter(path, width, height, RATE_FPS, audio_rate_hz=rate) as writer:
        if sound is not None:
            writer.write_audio(sound)
        for n, place in enumerate(order):
            picture = pictures[place]
            for plant in plants:
                amount = plant.amount(n / RATE_FPS)
                if amount > 0:
                    face = finder.find([picture], [n])[0][0]
                    assert face.landmarks is not None
                    picture = planted(picture, face.landmarks, plant, amount)
            writer.write(picture)
    finder.mesh.close()
    return path


def planted(picture: Picture, landmarks: Landmarks, plant: Plant, amount: float) -> Picture:
    """Return the picture with the moment in it."""
    make = {
        "blur": _blurred,
        "light change": _lit,
        "head turn": _turned,
        "occlusion": _covered,
        EXPRESSION: _expressed,
    }[plant.kind]
    return np.asarray(make(picture, landmarks, plant.variant, amount))


def _unit(landmarks: Landmarks) -> float:
    return float(np.linalg.norm(landmarks[33, :2] - landmarks[263, :2]))


def _blurred(picture: Picture, landmarks: Landmarks, variant: int, amount: float) -> Picture:
    import cv2

    sigma = (0.05, 0.035, 0.025)[variant % 3] * _unit(landmarks) * amount
    return (
        picture if sigma < 0.2 else np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    )


def _lit(picture: Picture, landmarks: Landmarks, variant: int, amount: float) -> Picture:
    gain = (0.6, 1.45, 0.45)[variant % 3]
    return np.asarray(np.clip(picture * gain**amount, 0, 255), np.uint8)


def _turned(picture: Picture, landmarks: Landmarks, variant: int, amount: float) -> Picture:
    yaw, pitch = ((16.0, 0.0), (-16.0, 0.0), (0.0, 13.0))[variant % 3]
    shift = head_movement(landmarks, yaw_deg=yaw * amount, pitch_deg=pitch * amount, roll_deg=0.0)
    return MeshWarp(picture, landmarks).render(shift)


def _covered(picture: Picture, landmarks: Landmarks, variant: int, amount: float) -> Picture:
    """A hand-like, a dark and a patterned object come in from below or the side."""
    import cv2

    unit = _unit(landmarks)
    height, width = picture.shape[:2]
    at, (across, down), from_px = (
        (landmarks[13, :2], (0.5, 0.42), (0.0, 1.5)),
        (landmarks[205, :2], (0.36, 0.6), (-1.5, 0.3)),
        (landmarks[17, :2], (0.6, 0.5), (0.0, 1.5)),
    )[variant % 3]
    x, y = at + np.array(from_px) * unit * (1 - amount)
    mask = np.zeros((height, width), np.uint8)
    axes = (round(across * unit), round(down * unit))
    cv2.ellipse(mask, (round(x), round(y)), axes, 10, 0, 360, 255, -1, cv2.LINE_AA)
    rows, columns = np.mgrid[:height, :width]
    stripes = np.sin((columns - x) / unit * 18)[..., None]
    skin = picture[round(landmarks[50, 1]), round(landmarks[50, 0])].astype(float)
    checks = np.sign(np.sin((columns - x) / unit * 14) * np.sin((rows - y) / unit * 14))[..., None]
    colour = (
        0.82 * skin + 14 * stripes,
        np.array([38.0, 40.0, 46.0]) + 6 * stripes,
        np.array([150.0, 120.0, 60.0]) + 70 * checks,
    )[variant % 3]
    alpha = cv2.GaussianBlur(mask, (0, 0), 0.012 * unit)[..., None] / 255.0
    return np.asarray(np.clip(picture * (1 - alpha) + colour * alpha, 0, 255), np.uint8)


def _expressed(picture: Picture, landmarks: Landmarks, variant: int, amount: float) -> Picture:
    kinds = PLANTED_EXPRESSIONS[variant % len(PLANTED_EXPRESSIONS)]
    expression = kinds[variant // len(PLANTED_EXPRESSIONS) % len(kinds)]
    fields = movement_fields(landmarks)
    scale = 0.8 * expression.most * amount
    shift = sum(scale * share * fields[name] for name, share in expression.movements.items())
    return MeshWarp(picture, landmarks).render(np.asarray(shift))


def pictures_of(clip: Clip) -> list[Picture]:
    """Return the clip's pictures, :data:`RATE_FPS` a second."""
    import cv2

    index = build_frame_index(clip.path)
    times = np.arange(clip.start_s, clip.end_s, 1 / RATE_FPS)
    wanted = np.unique([index.frame_at(float(t)) for t in times])
    pictures = []
    with Decoder(clip.path, index) as decoder:
        for _, picture in decoder.stream(wanted):
            if picture is not None:
                height, width = picture.shape[:2]
                size = (round(width * clip.height / height / 2) * 2, clip.height)
                pictures.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return pictures


def to_and_fro(count: int, frames: int) -> list[int]:
    """Return which of ``count`` pictures each of so many frames shows, forwards and backwards."""

    def turns() -> Iterator[int]:
        while True:
            yield from range(count)
            yield from range(count - 2, 0, -1)

    return [place for _, place in zip(range(frames), turns(), strict=False)]


def _sound(clip: Clip, count: int, order: list[int]) -> npt.NDArray[np.float32] | None:
    """Return the clip's sound, played forwards and backwards as the pictures are, (n, 1)."""
    if not has_audio(clip.path):
        return None
    sound = read_audio(clip.path, clip.start_s, clip.end_s, AUDIO_RATE_HZ, 1)
    block = len(sound) // count
    blocks = sound[: block * count].reshape(count, block, 1)
    steps = [1, *np.diff(order)]
    told = [
        blocks[n] if step > 0 else blocks[n][::-1] for n, step in zip(order, steps, strict=True)
    ]
    made = np.concatenate(told)
    # A block lasts one picture, so that both keep together.
    at = np.linspace(0, len(made) - 1, round(len(order) / RATE_FPS * AUDIO_RATE_HZ))
    return np.interp(at, np.arange(len(made)), made[:, 0]).astype(np.float32)[:, None]
