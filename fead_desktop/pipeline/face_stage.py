"""The faces stage: decoded frames to one row per face, chunk by chunk of the recording."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, FRAMES_STAGE
from fead_desktop.faces.analysis import FoundFace, measure_face
from fead_desktop.faces.face import Face, Picture
from fead_desktop.faces.following import FaceFollower, Sight
from fead_desktop.faces.hand_watch import HandWatch, occlusion_between
from fead_desktop.faces.quality import may_hide_a_hand
from fead_desktop.faces.tracking import Tracker
from fead_desktop.features.embedding import EMBEDDERS
from fead_desktop.features.expression import measure_expression
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable, FloatArray
from fead_desktop.models.device import shared_thread_count, torch_threads
from fead_desktop.pipeline.crops import aligned_face, jpeg_of
from fead_desktop.pipeline.meter import Expected
from fead_desktop.pipeline.model_choice import embedder_of
from fead_desktop.pipeline.run import Run, Stage
from fead_desktop.video.shots import ShotDetector

Item = TypeVar("Item")
Result = TypeVar("Result")

#: At most this many bytes of pictures in a batch and as many decoded ahead, so that 8K recordings fit too.
_BATCH_BYTES = 192 << 20
_MOST_AHEAD = 16

#: Rows at once: more gain little, and leave a longer tail when the search of a chunk is done.
_EMBEDDED_AT_ONCE, _MEASURED_AT_ONCE = 16, 8

_FRAMES_PER_REPORT = 20

#: So many cut faces may wait (35 MB): the search goes on while the embedder's network is being loaded.
_CROPS_AHEAD = 512

_NO_PICTURE: Picture = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True)
class _Row:
    """A found face and its place."""

    sight: Sight
    found: FoundFace
    number: int
    track: int
    shot: int


@dataclass(frozen=True)
class _Measured:
    """A batch's pose, quality, emotions and crops; ``left_open`` where no hand was looked for."""

    faces: list[Face]
    left_open: list[bool]
    emotions: FloatArray
    crops: list[bytes]


class FaceStage(Stage):
    """Detect, mesh, track, measure, embed and classify. Everything starts anew at each chunk's border."""

    name = FACES_STAGE
    title = "Finding and measuring faces"
    version = 5
    makes = (FACES_STAGE, CROPS_STAGE, FRAMES_STAGE)

    def usual_s(self, frames: int, persons: int) -> Expected:
        """Return the usual seconds: networks are loaded first, and the companion imports its packages meanwhile."""
        return Expected(0.0095 * frames + min(2.5, 0.005 * frames), start=1.4)

    def chunks(self, run: Run) -> Sequence[int]:
        """Return the chunks that hold frames to analyse."""
        return sorted(run.frames_by_chunk)

    def inputs(self, run: Run, number: int) -> Any:
        """Return frames and models; the region, where there is one; and where a range begins inside the recording."""
        frames = run.frames_by_chunk[number]
        decides: dict[str, Any] = {
            "frames": [int(n) for n in frames],
            "models": run.model_hashes,
        }
        if run.region is not None:
            decides["region"] = run.region
        if int(frames[0]) == int(run.frame_numbers[0]) > 0:
            # No frame before tells whether a shot begins here: a range that begins earlier may find one.
            decides["first"] = True
        return decides

    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Analyse the frames of a chunk."""
        frames = run.frames_by_chunk[number]
        # First of all: the search begins with it, while the other networks are being loaded.
        follower = FaceFollower(run.finder)
        with ExitStack() as stack:
            builder = _ChunkBuilder(run, frames, stack)
            for done, (sight, found) in enumerate(follower.follow(builder.sights(stack)), start=1):
                run.progress.raise_if_cancelled()
                builder.add(sight, found)
                if done % _FRAMES_PER_REPORT == 0:
                    run.steps.report(done / len(frames))
            return builder.products()


class _ChunkBuilder:
    """Collects the rows of a chunk; batches of found faces are measured while the search goes on."""

    def __init__(self, run: Run, frames: npt.NDArray[np.int64], stack: ExitStack):
        self._run = run
        self._tracker = Tracker(1.0 / max(run.index.median_interval_s, 1e-6))
        self._shot = 0
        self._frame_numbers = frames
        self._shot_of_frame: list[int] = []
        self._decoded: list[bool] = []
        self._rows: list[_Row] = []
        size = _batch_size(run)
        self._measuring: _Lane[_Row, _Measured] = _Lane(
            "measure", min(size, _MEASURED_AT_ONCE), _Measurer(run).measure, stack
        )
        self._crop = EMBEDDERS[embedder_of(run.request.parameters)].crop
        self._embedding: _Lane[Picture | None, FloatArray] = _Lane(
            "embed", size, partial(_embed, run), stack, _CROPS_AHEAD // size
        )
        self._embedding.prepare(partial(_load_networks, run))

    def sights(self, stack: ExitStack) -> Iterator[Sight]:
        """Yield the frames that could be decoded, with their shot cuts."""
        times = self._run.index.times_s
        shots = ShotDetector(self._picture_before(int(self._frame_numbers[0])))
        for n, picture in stack.enter_context(closing(_decoded(self._run, self._frame_numbers))):
            cut = picture is not None and shots.is_cut(picture)
            self._shot += cut
            self._shot_of_frame.append(self._shot)
            self._decoded.append(picture is not None)
            if picture is not None:
                yield Sight(n, float(times[n]), picture, cut)

    def add(self, sight: Sight, found: list[FoundFace]) -> None:
        """Take the faces of the next frame."""
        tracks = self._tracker.update(sight.frame_number, [face.box for face in found], sight.cut)
        shot = self._shot_of_frame[int(np.searchsorted(self._frame_numbers, sight.frame_number))]
        for k, (face, track) in enumerate(zip(found, tracks, strict=True)):
            row = _Row(sight, face, k, track, shot)
            self._measuring.add(row)
            self._embedding.add(self._crop(sight.picture, face.landmarks))
            # What is kept of a row for the whole chunk holds no picture.
            self._rows.append(replace(row, sight=replace(sight, picture=_NO_PICTURE)))

    def products(self) -> dict[str, bytes]:
        """Return the table, the crops and the frames."""
        embedded, measured = self._embedding.results(), self._measuring.results()
        times = self._run.index.times_s
        table = FeatureTable({})
        crops = [jpeg for batch in measured for jpeg in batch.crops]
        if crops:
            faces = [face for batch in measured for face in batch.faces]
            columns = _columns(faces, self._rows, times)
            left_open = np.array([still for batch in measured for still in batch.left_open], bool)
            columns["occlusion"] = occlusion_between(
                columns["time_s"], columns["track"], np.array(columns["occlusion"]), left_open
            )
            emotions = np.concatenate([batch.emotions for batch in measured])
            columns |= {name: emotions[:, k] for k, name in enumerate(EMOTIONS)}
            table = FeatureTable(columns, np.concatenate(embedded))
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
                },
                compressed=False,
            ),
            FACES_STAGE: table.to_bytes(),
        }

    def _picture_before(self, first: int) -> Picture | None:
        """Return the analysed frame before the chunk, so that a cut on the border is seen."""
        at = int(np.searchsorted(self._run.frame_numbers, first))
        return self._run.decoder.read(int(self._run.frame_numbers[at - 1])) if at > 0 else None


class _Measurer:
    """Measures batches of rows in a thread of its own; it knows nothing of the chunk's builder.

    As a part of the builder it would hold it in a circle, with the pictures of all faces, until garbage is looked
    for, and that is rarely.
    """

    def __init__(self, run: Run):
        self._run, self._watch = run, HandWatch(run.finder.hands)

    def measure(self, batch: list[_Row]) -> _Measured:
        """Measure pose, quality, hands and emotions, and cut the faces; batches come in order."""
        faces, left_open, crops = [], [], []
        for row in batch:
            picture, found = row.sight.picture, row.found
            crop = aligned_face(picture, found.box, found.landmarks)
            crops.append(jpeg_of(crop))
            face = measure_face(picture, row.sight.frame_number, found, None, crop)
            asks = may_hide_a_hand(face.quality)
            due = self._watch.is_due(row.track, row.sight.time_s)
            if asks and due and face.landmarks is not None:
                share = self._watch.share(row.track, row.sight.time_s, picture, face.landmarks)
                face = replace(face, quality=replace(face.quality, occlusion=share))
            faces.append(face)
            left_open.append(asks and not due)
        pictures = [row.sight.picture for row in batch]
        emotions = self._run.classifier.classify(pictures, [face.landmarks for face in faces])
        return _Measured(faces, left_open, emotions, crops)


class _Lane(Generic[Item, Result]):
    """A thread that works on items, ``size`` at a time and in their order; at most ``ahead`` batches wait."""

    def __init__(
        self,
        name: str,
        size: int,
        work: Callable[[list[Item]], Result],
        stack: ExitStack,
        ahead: int = 2,
    ) -> None:
        self._size, self._work, self._ahead = size, work, ahead
        # One thread for each: the networks keep their buffers from call to call.
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._executor = stack.enter_context(executor)
        self._waiting: list[Item] = []
        self._results: list[Future[Result]] = []

    def prepare(self, work: Callable[[], None]) -> None:
        """Do something before the first items come."""
        self._executor.submit(work)

    def add(self, item: Item) -> None:
        """Take an item; waits while too many batches are in hand, so that pictures don't pile up in memory."""
        self._waiting.append(item)
        if len(self._waiting) >= self._size:
            self._send()

    def results(self) -> list[Result]:
        """Work on what is left and return all results in order."""
        if self._waiting:
            self._send()
        return [result.result() for result in self._results]

    def _send(self) -> None:
        if len(self._results) >= self._ahead:
            self._results[-self._ahead].result()
        batch, self._waiting = self._waiting, []
        self._results.append(self._executor.submit(self._work, batch))


def _columns(faces: list[Face], rows: list[_Row], times: npt.NDArray[np.float64]) -> dict[str, Any]:
    place = np.array([(row.number, row.track, row.shot) for row in rows], np.int64)
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
        _ = run.embedder


def _embed(run: Run, crops: list[Picture | None]) -> FloatArray:
    with torch_threads(shared_thread_count()):
        return run.embedder.embed(crops)


def _batch_size(run: Run) -> int:
    wanted = min(run.request.parameters.batch_size, _EMBEDDED_AT_ONCE)
    return max(1, min(wanted, _BATCH_BYTES // _frame_bytes(run)))


def _frame_bytes(run: Run) -> int:
    return max(1, run.index.width * run.index.height * 3)


def _decoded(
    run: Run, frames: npt.NDArray[np.int64]
) -> Generator[tuple[int, Picture | None], None, None]:
    """Yield decoded frames; None = could not be decoded. A thread decodes ahead."""
    ahead = max(1, min(_MOST_AHEAD, _BATCH_BYTES // _frame_bytes(run)))
    ready: queue.Queue[tuple[int, Picture | None] | BaseException | None] = queue.Queue(ahead)
    stop = threading.Event()
    thread = threading.Thread(target=_decode, args=(run, frames, ready, stop), name="decode")
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        while thread.is_alive():
            try:
                ready.get(timeout=0.05)
            except queue.Empty:
                continue
        thread.join()


def _decode(
    run: Run, frames: npt.NDArray[np.int64], ready: queue.Queue[Any], stop: threading.Event
) -> None:
    try:
        for n, picture in run.decoder.stream(frames):
            if stop.is_set():
                return
            ready.put((int(n), picture))
        ready.put(None)
    except BaseException as error:
        ready.put(error)
