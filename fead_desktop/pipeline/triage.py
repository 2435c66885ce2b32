"""Looks at the pictures and the sound around each event, for the artefact triage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.anomalies.artefacts import (
    NEAR_PEAK_S,
    SPEECH_S,
    Floats,
    Looks,
    Sound,
    Surroundings,
    artefact_of,
)
from fead_desktop.anomalies.events import AnomalyEvent, Artefact
from fead_desktop.arrays import arrays_from_bytes
from fead_desktop.case.store import CROPS_STAGE
from fead_desktop.faces.appearance import Blocks, blocks_of, difference, gaze_of
from fead_desktop.faces.face import BoundingBox, Picture
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline.run import CHUNK_S, Run
from fead_desktop.video.audio import has_audio, read_audio

#: What is usual is taken from this far around an event, not nearer than the second, from so many rows.
_USUAL_S, _APART_S, _USUAL_ROWS = 20.0, 1.0, 24
#: Every so many of these rows, and every other one near the peak, the irises are looked for too: the mesh costs
#: more than everything else here.
_GAZE_EVERY = 4
#: With fewer rows nothing is known of what is usual.
_LEAST_ROWS = 5
#: Rows around an event beyond what speech needs.
_MARGIN_S = 0.5

_AUDIO_HZ, _LEVEL_S, _SOUND_S = 8000, 0.05, 3.0


@dataclass(frozen=True)
class Material:
    """What the case holds about an event's surroundings: the rows near it, usual rows, and the saved faces of both."""

    event: AnomalyEvent
    table: FeatureTable
    near: FeatureTable
    usual: FeatureTable
    crops: dict[tuple[int, int], npt.NDArray[Any]]


class Triage:
    """Gives events their artefact, from the aligned faces of the case; decodes no frame of the recording.

    :meth:`gather` reads the case, in the thread that has it open; :meth:`judge` may run in another.
    """

    def __init__(self, run: Run):
        self._run = run
        self._features = run.features()
        self._crops = lru_cache(maxsize=8)(self._read_crops)
        frames = run.case.analysed_frames()
        self._cuts_s: Floats = frames.time_s[frames.cut]

    def look(self, event: AnomalyEvent, table: FeatureTable) -> Artefact:
        """Return the artefact of an event; ``table`` holds the person's rows."""
        return self.judge(self.gather(event, table))

    def gather(self, event: AnomalyEvent, table: FeatureTable) -> Material:
        """Read what :meth:`judge` needs."""
        near = self._rows_near(event, table)
        apart = np.maximum(event.onset_s - table.time_s, table.time_s - event.offset_s)
        others = np.flatnonzero((apart > _APART_S) & (apart <= _USUAL_S))
        chosen = others[np.linspace(0, len(others) - 1, min(len(others), _USUAL_ROWS)).astype(int)]
        usual = table.select(chosen)
        rows = FeatureTable.concatenate([near, usual])
        crops = {}
        for frame, face, time_s in zip(
            rows.frame_number, rows["face"].astype(int), rows.time_s, strict=True
        ):
            jpeg = self._crops(int(time_s // CHUNK_S)).get((int(frame), int(face)))
            if jpeg is not None:
                crops[int(frame), int(face)] = jpeg
        return Material(event, table, near, usual, crops)

    def judge(self, material: Material) -> Artefact:
        """Return the artefact of the event."""
        event, near, usual = material.event, material.near, material.usual
        pictures = _pictures(material, usual)
        blocks = [blocks_of(picture) for picture in pictures if picture is not None]
        near_looks, usual_looks = Looks.unknown(len(near)), Looks.unknown(len(usual))
        if len(blocks) >= _LEAST_ROWS:
            middle = np.median(np.stack(blocks), axis=0)
            looked = np.arange(len(usual)) % _GAZE_EVERY == 0
            usual_looks = self._looks(pictures, middle, looked)
            beside = np.abs(near.time_s - event.peak_s) <= NEAR_PEAK_S
            looked = beside & (np.arange(len(near)) % 2 == 0)
            near_looks = self._looks(_pictures(material, near, beside), middle, looked)
        around = Surroundings(near, near_looks, usual_looks, self._cuts_s, self._sound(event))
        return artefact_of(event, material.table, around)

    def _rows_near(self, event: AnomalyEvent, table: FeatureTable) -> FeatureTable:
        """Return the rows of the event's face, whoever it was taken for, one for each frame."""
        rows = self._features
        reach = SPEECH_S + _MARGIN_S
        begin = min(event.onset_s, event.peak_s - reach)
        end = max(event.offset_s, event.peak_s + reach)
        inside = (rows.time_s >= begin) & (rows.time_s <= end)
        mine = table.select((table.time_s >= begin) & (table.time_s <= end))
        own = np.isin(rows.frame_number, mine.frame_number)
        wanted = inside & ~own & np.isin(rows["track"], np.unique(mine["track"]))
        joined = FeatureTable.concatenate([mine, rows.select(wanted)])
        order = np.argsort(joined.frame_number, kind="stable")
        first = np.append(True, np.diff(joined.frame_number[order]) > 0)[: len(order)]
        return joined.select(order[first])

    def _read_crops(self, number: int) -> dict[tuple[int, int], npt.NDArray[Any]]:
        stored = arrays_from_bytes(self._run.chunk(CROPS_STAGE, number))
        jpegs = np.split(stored["jpeg"], stored["end"][:-1]) if len(stored["end"]) else []
        keys = zip(stored["frame_number"].tolist(), stored["face"].tolist(), strict=True)
        return dict(zip(keys, jpegs, strict=True))

    def _looks(
        self, pictures: list[Picture | None], usual: Blocks, looked: npt.NDArray[np.bool_]
    ) -> Looks:
        looks = Looks.unknown(len(pictures))
        for row, picture in enumerate(pictures):
            if picture is None:
                continue
            looks.light[row], looks.changed[row] = difference(blocks_of(picture), usual)
            if looked[row]:
                looks.gaze[row] = self._gaze(picture)
        return looks

    def _gaze(self, picture: Picture) -> tuple[float, float]:
        height, width = picture.shape[:2]
        box = BoundingBox(0.1 * width, 0.1 * height, 0.8 * width, 0.9 * height)
        landmarks = self._run.finder.mesh.landmarks_where(picture, box, 0.0)
        return (np.nan, np.nan) if landmarks is None else gaze_of(landmarks)

    @cached_property
    def _has_audio(self) -> bool:
        return has_audio(self._run.request.recording)

    def _sound(self, event: AnomalyEvent) -> Sound | None:
        if not self._has_audio:
            return None
        begin = max(event.peak_s - _SOUND_S, 0.0)
        end = min(event.peak_s + _SOUND_S, float(self._run.index.duration_s))
        samples = read_audio(self._run.request.recording, begin, end, _AUDIO_HZ, 1)[:, 0]
        step = round(_LEVEL_S * _AUDIO_HZ)
        blocks = samples[: len(samples) // step * step].reshape(-1, step)
        power = np.mean(blocks.astype(np.float64) ** 2, axis=1)
        times = begin + (np.arange(len(blocks)) + 0.5) * _LEVEL_S
        return Sound(times, 10 * np.log10(power + 1e-12))


def _pictures(
    material: Material, rows: FeatureTable, wanted: npt.NDArray[np.bool_] | None = None
) -> list[Picture | None]:
    """Return the saved faces of rows; None where nothing was measured, saved or wanted."""
    measured = np.isfinite(rows.expression).any(axis=1)
    measured &= True if wanted is None else wanted
    return [
        _picture(material.crops.get((int(frame), int(face)))) if there else None
        for frame, face, there in zip(
            rows.frame_number, rows["face"].astype(int), measured, strict=True
        )
    ]


def _picture(jpeg: npt.NDArray[Any] | None) -> Picture | None:
    import cv2

    bgr = None if jpeg is None else cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return None if bgr is None else np.asarray(bgr[..., ::-1], np.uint8)
