"""The faces stage: decoded frames to one row per face, chunk by chunk of the recording."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, FRAMES_STAGE, arrays_to_bytes
from fead_desktop.faces.face import Face, Picture
from fead_desktop.faces.tracking import Tracker
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable, FloatArray
from fead_desktop.pipeline.crops import aligned_face, jpeg_of
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.video.shots import ShotDetector

#: Frames in flight: at most this many bytes of pictures in a batch, so that 8K recordings fit too.
_BATCH_BYTES = 192 << 20


@dataclass(frozen=True)
class _Looks:
    """What the networks say of a batch's faces, and their crops."""

    embedding: FloatArray
    emotions: FloatArray
    crops: list[bytes]


class FaceStage(Stage):
    """Detect, mesh, track, measure, embed and classify. Everything starts anew at each chunk's border."""

    name = FACES_STAGE
    title = "Finding and measuring faces"
    version = 1
    weight = 70.0
    makes = (FACES_STAGE, CROPS_STAGE, FRAMES_STAGE)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the chunks that hold frames to analyse."""
        return sorted(run.frames_by_chunk)

    def inputs(self, run: Run, number: int) -> Any:
        """Return frames and models."""
        frames = run.frames_by_chunk[number]
        return {"frames": [int(n) for n in frames], "models": run.model_hashes}

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Analyse the frames of a chunk."""
        frames = run.frames_by_chunk[number]
        builder = _ChunkBuilder(run, frames)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="looks") as executor:
            executor.submit(_load_networks, run)  # while the first batch is searched for faces
            for numbers, pictures in _batches(run, frames):
                run.progress.raise_if_cancelled()
                builder.add(numbers, pictures, executor)
        return builder.products()


class _ChunkBuilder:
    """Collects the rows of a chunk; the networks look at one batch while the next is searched for faces."""

    def __init__(self, run: Run, frames: npt.NDArray[np.int64]):
        self._run = run
        self._tracker = Tracker(1.0 / max(run.index.median_interval_s, 1e-6))
        self._shots = ShotDetector(self._picture_before(int(frames[0])))
        self._shot = 0
        self._frame_numbers = frames
        self._shot_of_frame: list[int] = []
        self._decoded: list[bool] = []
        self._faces: list[Face] = []
        self._places: list[tuple[int, int, int]] = []
        self._looks: list[Future[_Looks]] = []

    def add(
        self, numbers: list[int], pictures: list[Picture | None], executor: ThreadPoolExecutor
    ) -> None:
        """Take a batch of frames; None = could not be decoded."""
        seen = [(n, p) for n, p in zip(numbers, pictures, strict=True) if p is not None]
        found = self._run.finder.find([p for _, p in seen], [n for n, _ in seen])
        by_frame = {n: faces for (n, _), faces in zip(seen, found, strict=True)}
        batch: list[tuple[Picture, Face]] = []
        for n, picture in zip(numbers, pictures, strict=True):
            cut = picture is not None and self._shots.is_cut(picture)
            self._shot += cut
            self._shot_of_frame.append(self._shot)
            self._decoded.append(picture is not None)
            if picture is None:
                continue
            faces = by_frame[n]
            tracks = self._tracker.update(n, [face.box for face in faces], cut)
            for k, (face, track) in enumerate(zip(faces, tracks, strict=True)):
                self._faces.append(face)
                self._places.append((k, track, self._shot))
                batch.append((picture, face))
        if batch:
            if self._looks:
                self._looks[-1].result()  # never more than two batches of pictures in memory
            self._looks.append(executor.submit(_look, self._run, batch))

    def products(self) -> dict[str, bytes]:
        """Return the table, the crops and the frames."""
        looks = [future.result() for future in self._looks]
        times = self._run.index.times_s
        table = FeatureTable({})
        crops = [jpeg for look in looks for jpeg in look.crops]
        if self._faces:
            columns = _columns(self._faces, self._places, times)
            emotions = np.concatenate([look.emotions for look in looks])
            columns |= {name: emotions[:, k] for k, name in enumerate(EMOTIONS)}
            table = FeatureTable(columns, np.concatenate([look.embedding for look in looks]))
        frames = {
            "frame_number": self._frame_numbers,
            "time_s": times[self._frame_numbers],
            "shot": np.array(self._shot_of_frame, np.int32),
            "decoded": np.array(self._decoded, bool),
        }
        return {
            FRAMES_STAGE: arrays_to_bytes(frames),
            CROPS_STAGE: arrays_to_bytes(
                {
                    "frame_number": table.frame_number,
                    "face": table["face"],
                    "jpeg": np.frombuffer(b"".join(crops), np.uint8),
                    "end": np.cumsum([len(jpeg) for jpeg in crops], dtype=np.int64),
                }
            ),
            FACES_STAGE: table.to_bytes(),
        }

    def _picture_before(self, first: int) -> Picture | None:
        """Return the analysed frame before the chunk, so that a cut on the border is seen."""
        at = int(np.searchsorted(self._run.frame_numbers, first))
        return self._run.decoder.read(int(self._run.frame_numbers[at - 1])) if at > 0 else None


def _columns(
    faces: list[Face], places: list[tuple[int, int, int]], times: npt.NDArray[np.float64]
) -> dict[str, Any]:
    place = np.array(places, np.int64)
    numbers = np.array([face.frame_number for face in faces], np.int64)
    poses = [face.pose for face in faces]
    columns: dict[str, Any] = {
        "frame_number": numbers,
        "time_s": times[numbers],
        "face": place[:, 0],
        "track": place[:, 1],
        "shot": place[:, 2],
        "box_x": [face.box.x for face in faces],
        "box_y": [face.box.y for face in faces],
        "box_width": [face.box.width for face in faces],
        "box_height": [face.box.height for face in faces],
        "confidence": [face.box.confidence for face in faces],
        "size_px": [face.quality.size_px for face in faces],
        "sharpness": [face.quality.sharpness for face in faces],
        "brightness": [face.quality.brightness for face in faces],
        "occlusion": [face.quality.occlusion for face in faces],
        "yaw_deg": [np.nan if pose is None else pose.yaw_deg for pose in poses],
        "pitch_deg": [np.nan if pose is None else pose.pitch_deg for pose in poses],
        "roll_deg": [np.nan if pose is None else pose.roll_deg for pose in poses],
    }
    meshes = np.full((len(faces), 478, 3), np.nan, np.float32)
    for row, face in enumerate(faces):
        if face.landmarks is not None:
            meshes[row] = face.landmarks
    measures = np.full((len(faces), len(MEASURE_NAMES)), np.nan, np.float32)
    have = ~np.isnan(meshes[:, 0, 0])
    if have.any():
        measures[have] = measure_expression(meshes[have])
    return columns | {name: measures[:, k] for k, name in enumerate(MEASURE_NAMES)}


def _load_networks(run: Run) -> None:
    # An error is raised again where the networks are used.
    with contextlib.suppress(Exception):
        _ = run.embedder, run.classifier


def _look(run: Run, batch: list[tuple[Picture, Face]]) -> _Looks:
    pictures = [picture for picture, _ in batch]
    landmarks = [face.landmarks for _, face in batch]
    return _Looks(
        run.embedder.embed(pictures, landmarks),
        run.classifier.classify(pictures, landmarks),
        [jpeg_of(aligned_face(picture, face.box, face.landmarks)) for picture, face in batch],
    )


def _batches(
    run: Run, frames: npt.NDArray[np.int64]
) -> Iterator[tuple[list[int], list[Picture | None]]]:
    """Yield batches of decoded frames; a thread decodes one batch ahead."""
    frame_bytes = run.index.width * run.index.height * 3
    size = max(1, min(run.request.parameters.batch_size, _BATCH_BYTES // max(frame_bytes, 1)))
    ready: queue.Queue[tuple[list[int], list[Picture | None]] | BaseException | None]
    ready = queue.Queue(maxsize=1)
    stop = threading.Event()
    thread = threading.Thread(target=_decode, args=(run, frames, size, ready, stop), name="decode")
    thread.start()
    try:
        while (batch := ready.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stop.set()
        while thread.is_alive():
            try:
                ready.get(timeout=0.05)
            except queue.Empty:
                continue
        thread.join()


def _decode(
    run: Run,
    frames: npt.NDArray[np.int64],
    size: int,
    ready: queue.Queue[Any],
    stop: threading.Event,
) -> None:
    try:
        numbers: list[int] = []
        pictures: list[Picture | None] = []
        for n, picture in run.decoder.stream(frames):
            if stop.is_set():
                return
            numbers.append(int(n))
            pictures.append(picture)
            if len(numbers) == size:
                ready.put((numbers, pictures))
                numbers, pictures = [], []
        if numbers:
            ready.put((numbers, pictures))
        ready.put(None)
    except BaseException as error:
        ready.put(error)
