"""The demo recording: a photograph that breathes, blinks and talks, with six moments planted in it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from fead_desktop.errors import OutputError, UsageError
from fead_desktop.faces.face import BoundingBox, Landmarks, Picture
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.planting.behaviour import Behaviour, Moment, natural_behaviour, place_moments
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS, PlantedExpression
from fead_desktop.planting.movements import head_movement, movement_fields
from fead_desktop.planting.sound import room_tone
from fead_desktop.planting.warp import MeshWarp
from fead_desktop.progress import NoProgress, Progress

Floats = npt.NDArray[np.float64]

SCHEMA = 1
AUDIO_RATE_HZ = 22_050

#: Part of scikit-image's photograph that is shown (left, top, height) and where the face lies in the
#: whole one; the photograph is public domain (NASA, Eileen Collins).
_SHOWN = (225.0, 2.0, 225.0)
_FACE = BoundingBox(165.0, 60.0, 120.0, 125.0)
#: The photograph smiles with open lips; a calm face is the rest from which everything moves.
_REST = {
    "close_mouth": 0.96, "smile_l": -0.08, "smile_r": -0.08, "widen_l": -0.035, "widen_r": -0.035,
}  # fmt: skip
#: Measured times a second for the truth, and for the spread that strengths are set by.
_TRUTH_RATE_FPS = 10.0
_SPREAD_RATE_FPS = 2.5
_TRIALS = (0.3, 0.55, 0.8, 1.0)
#: Strengths aimed at, in robust sigma; and how far a moment stands above natural behaviour at least.
_STRENGTHS = (6.5, 8.5)
_ABOVE_NATURAL = 1.5
_QUEUE = 8


@dataclass(frozen=True)
class _Plan:
    """A planted moment: when, what, and how far it moves the face."""

    moment: Moment
    expression: PlantedExpression
    amount: float


class _Puppet:
    """The face of the photograph, at rest and moved."""

    def __init__(self, size: tuple[int, int]):
        from fead_desktop.faces.landmarks import FaceMesh

        picture, box = demo_photograph(size)
        self._mesh = FaceMesh()
        self.size = size
        self._box = box.scaled(1.15)
        landmarks = self._mesh.landmarks(picture, self._box)
        if landmarks is None:
            raise UsageError(f"At {size[0]} x {size[1]} the demo's face is too small to be moved.")
        self._landmarks: Landmarks = landmarks
        self._warp = MeshWarp(picture, landmarks)
        self._fields = movement_fields(landmarks)
        self._rest = self._shift(_REST)

    def picture(self, behaviour: Behaviour, frame: int, planted: dict[str, float]) -> Picture:
        """Render one frame of the behaviour with planted amounts added."""
        amounts = {name: float(values[frame]) for name, values in behaviour.amounts.items()}
        for name, amount in planted.items():
            amounts[name] = amounts.get(name, 0.0) + amount
        face = self._rest + self._shift(amounts)
        yaw, pitch, roll, across, down, scale = behaviour.head[frame]
        moved = self._landmarks.copy()
        moved[:, :2] += face
        unit = self._warp.eye_distance
        head = head_movement(
            moved, yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll,
            shift_px=(across * unit, down * unit), scale=scale,
        )  # fmt: skip
        return self._warp.render(face + head)

    def measures(self, pictures: Sequence[Picture]) -> Floats:
        """Expression measures of rendered pictures by the real face mesh, (n, m); NaN where it fails."""
        from fead_desktop.features.expression import measure_expression

        meshes = np.full((len(pictures), *self._landmarks.shape), np.nan)
        for number, picture in enumerate(pictures):
            found = self._mesh.landmarks(picture, self._box)
            if found is not None:
                meshes[number] = found
        return measure_expression(meshes).astype(np.float64)

    def close(self) -> None:
        """Free the face mesh."""
        self._mesh.close()

    def _shift(self, amounts: dict[str, float]) -> Floats:
        total = np.zeros((len(self._landmarks), 2))
        for name, amount in amounts.items():
            total += amount * self._fields[name]
        return total


def demo_photograph(size: tuple[int, int] = (640, 480)) -> tuple[Picture, BoundingBox]:
    """Return the part of scikit-image's photograph that the demo shows, and the face's box in it.

    Parameters
    ----------
    size : width and height in pixels; at most twice as wide as high.
    """
    import cv2
    from skimage import data

    width, height = size
    if width < 2 or height < 2 or width % 2 or height % 2:
        raise UsageError(f"The demo can't be {width} x {height}: both numbers must be even.")
    middle, top, shown_height = _SHOWN
    scale = height / shown_height
    left = round(middle - width / scale / 2)
    right = round(middle + width / scale / 2)
    whole = data.astronaut()
    if left < 0 or right > whole.shape[1] or right <= left:
        raise UsageError(f"The demo can't be {width} x {height}: at most twice as wide as high.")
    part = whole[round(top) : round(top + shown_height), left:right]
    picture = cv2.resize(part, size, interpolation=cv2.INTER_LANCZOS4)
    box = BoundingBox(
        (_FACE.x - left) * scale, (_FACE.y - top) * scale, _FACE.width * scale, _FACE.height * scale
    )
    return cast("Picture", picture), box


def make_demo(
    path: Path, *, seed: int = 1, duration_s: float = 60.0, rate_fps: float = 30.0,
    size: tuple[int, int] = (640, 480), progress: Progress | None = None,
) -> Path:  # fmt: skip
    """Make the demo recording and, beside it, ``<stem>.truth.json`` with what was planted.

    A photograph is animated by a mesh-triangle warp: natural behaviour (head, blinks, talk, drift), and
    planted moments whose strength is set by what the real face mesh measures. The same seed gives the
    same pictures. The strengths in the truth are measured on the finished series at 10 frames a second:
    robust sigma of the person's own spread, blinks closed.

    Parameters
    ----------
    path : the video to write.
    seed : draws behaviour, order, places and strengths of the moments.
    duration_s : seconds; six moments need about 34, a shorter demo holds fewer.
    rate_fps : frames a second.
    size : width and height in pixels, both even.

    Returns
    -------
    Path of the video.

    Raises
    ------
    OutputError
        If the files can't be written.
    UsageError
        If the size or duration can't be made.
    CancelledError
        If the analyst cancelled; nothing is left behind.
    """
    watch = progress or NoProgress()
    frames = round(duration_s * rate_fps)
    if frames < 1:
        raise UsageError("The demo must be at least one frame long.")
    rng = np.random.default_rng(seed)
    moments = place_moments(rng, duration_s, len(PLANTED_EXPRESSIONS))
    kinds = [PLANTED_EXPRESSIONS[n] for n in rng.permutation(len(PLANTED_EXPRESSIONS))]
    chosen = [variants[rng.integers(len(variants))] for variants in kinds[: len(moments)]]
    behaviour = natural_behaviour(rng, np.arange(frames) / rate_fps, moments)
    aims = rng.uniform(*_STRENGTHS, len(moments))
    sound = room_tone(rng, behaviour.time_s, behaviour.breath, AUDIO_RATE_HZ)
    with closing(_Puppet(size)) as puppet:
        wanted = list(zip(moments, chosen, aims, strict=True))
        plans = _set_strengths(puppet, behaviour, wanted, watch)
        measured_frames, measures = _record(
            path, puppet, behaviour, plans, sound, rate_fps=rate_fps, progress=watch
        )
    strengths = _robust_sigma(behaviour.time_s[measured_frames], measures)
    truth = {
        "schema": SCHEMA,
        "seed": seed,
        "rate_fps": rate_fps,
        "persons": [{"person": 1, "name": "demo"}],
        "events": [_told(plan, behaviour.time_s[measured_frames], strengths) for plan in plans],
    }
    _write_truth(path.with_name(f"{path.stem}.truth.json"), truth)
    return path


def _set_strengths(
    puppet: _Puppet, behaviour: Behaviour, wanted: Sequence[tuple[Moment, PlantedExpression, float]],
    progress: Progress,
) -> list[_Plan]:  # fmt: skip
    """Find for each moment the amount whose measured response is the strength aimed at."""
    from fead_desktop.features import expression

    natural = _natural_measures(puppet, behaviour, progress)
    usual = expression.baseline(natural)
    usually = expression.deviations(natural, usual)
    plans = []
    for moment, planted, aim in wanted:
        progress.raise_if_cancelled()
        columns = [MEASURE_NAMES.index(name) for name in planted.measures]
        frame = int(np.argmin(np.abs(behaviour.time_s - moment.peak_s)))
        trials = [
            puppet.picture(behaviour, frame, _scaled(planted, share * planted.most))
            for share in _TRIALS
        ]
        response = expression.deviations(puppet.measures(trials), usual)[:, columns].max(axis=1)
        rising = np.maximum.accumulate(np.concatenate([[0.0], np.nan_to_num(response)]))
        natural_most = float(np.nanpercentile(usually[:, columns], 99.5))
        target = max(aim, _ABOVE_NATURAL * natural_most)
        share = float(np.interp(target, rising, (0.0, *_TRIALS)))
        plans.append(_Plan(moment, planted, share * planted.most))
    return plans


def _natural_measures(puppet: _Puppet, behaviour: Behaviour, progress: Progress) -> Floats:
    """Measures of the behaviour without anything planted, a few times a second."""
    step = max(1, round(1 / _SPREAD_RATE_FPS / _interval_s(behaviour.time_s)))
    rows = range(0, len(behaviour.time_s), step)
    values = []
    for number, row in enumerate(rows):
        if number % 10 == 0:
            progress.raise_if_cancelled()
            progress.report("preparing the demo", number, len(rows))
        values.append(puppet.measures([puppet.picture(behaviour, row, {})]))
    return np.concatenate(values)


def _record(
    path: Path, puppet: _Puppet, behaviour: Behaviour, plans: Sequence[_Plan],
    sound: npt.NDArray[np.float32], *, rate_fps: float, progress: Progress,
) -> tuple[npt.NDArray[np.intp], Floats]:  # fmt: skip
    """Render and encode all frames; return which were measured, and their measures."""
    from fead_desktop.video.writer import VideoWriter

    total = len(behaviour.time_s)
    step = max(1, round(rate_fps / _TRUTH_RATE_FPS))
    measured: list[Future[Floats]] = []
    with (
        VideoWriter(path, *puppet.size, rate_fps, audio_rate_hz=AUDIO_RATE_HZ) as writer,
        ThreadPoolExecutor(1) as encoding,
        ThreadPoolExecutor(1) as measuring,
    ):
        writer.write_audio(sound)
        written: deque[Future[None]] = deque()
        for frame, picture in enumerate(_pictures(puppet, behaviour, plans)):
            if frame % round(max(rate_fps, 1)) == 0:
                progress.raise_if_cancelled()
                progress.report("making the demo", frame, total)
            written.append(encoding.submit(writer.write, picture))
            if frame % step == 0:
                measured.append(measuring.submit(puppet.measures, [picture]))
            if len(written) > _QUEUE:
                written.popleft().result()
            if len(measured) > _QUEUE:
                measured[-_QUEUE].result()
        for future in written:
            future.result()
        values = np.concatenate([future.result() for future in measured])
    progress.report("making the demo", total, total)
    return np.arange(0, total, step), values


def _pictures(puppet: _Puppet, behaviour: Behaviour, plans: Sequence[_Plan]) -> Iterator[Picture]:
    envelopes = [plan.moment.envelope(behaviour.time_s) * plan.amount for plan in plans]
    for frame in range(len(behaviour.time_s)):
        planted: dict[str, float] = {}
        for plan, envelope in zip(plans, envelopes, strict=True):
            if envelope[frame] > 0:
                planted = _scaled(plan.expression, float(envelope[frame]))
        yield puppet.picture(behaviour, frame, planted)


def _scaled(expression: PlantedExpression, amount: float) -> dict[str, float]:
    return {name: share * amount for name, share in expression.movements.items()}


def _robust_sigma(time_s: Floats, measures: Floats) -> Floats:
    from fead_desktop.features import expression

    closed = expression.close_blinks(time_s, measures)
    return expression.deviations(closed, expression.baseline(closed)).astype(np.float64)


def _told(plan: _Plan, time_s: Floats, sigma: Floats) -> dict[str, Any]:
    """One planted moment as the truth file tells it; NaN strengths become null."""
    moment = plan.moment
    columns = [MEASURE_NAMES.index(name) for name in plan.expression.measures]
    inside = (time_s >= moment.start_s) & (time_s <= moment.end_s)
    strongest = np.nan_to_num(sigma[inside][:, columns], nan=-np.inf).max(axis=0, initial=-np.inf)
    best = int(np.argmax(strongest))
    strength = float(strongest[best])
    return {
        "kind": plan.expression.kind,
        "measure": plan.expression.measures[best],
        "measures": [*plan.expression.measures, *plan.expression.also],
        "start_s": round(moment.start_s, 3),
        "end_s": round(moment.end_s, 3),
        "peak_s": round(moment.peak_s, 3),
        "strength": round(strength, 2) if np.isfinite(strength) else None,
    }


def _write_truth(path: Path, truth: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"'{path}' could not be written: {error.strerror}.") from error


def _interval_s(time_s: Floats) -> float:
    return float(time_s[1] - time_s[0]) if len(time_s) > 1 else 1.0
