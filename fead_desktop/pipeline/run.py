"""Run: what the stages of one analysis share; loads the models when a stage first needs them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from fead_desktop.case.case import ModelFact
from fead_desktop.case.store import Case
from fead_desktop.errors import RecordingError, UsageError
from fead_desktop.faces.analysis import FaceFinder
from fead_desktop.faces.region import Region, RegionDetector, clipped
from fead_desktop.features.embedding import FaceEmbedder
from fead_desktop.features.emotion import EmotionClassifier
from fead_desktop.features.table import FeatureTable
from fead_desktop.models.device import shared_thread_count
from fead_desktop.persons.assignment import Assignment, PersonStep, assign
from fead_desktop.persons.roster import Faces
from fead_desktop.pipeline.companion import Companion
from fead_desktop.pipeline.meter import Expected
from fead_desktop.pipeline.model_choice import models_of
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.reading import FileState, state_of
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import FrameIndex, sample_frames

#: Seconds of recording in a chunk: the most that is lost when the process dies.
CHUNK_S = 10.0


class Stage(ABC):
    """A step of the analysis. Its products are chunks in the case, current while their inputs are.

    ``title`` is what the analyst reads. The progress expects stages by :meth:`usual_s`: ``weight`` and
    ``frame_weight`` are the seconds for each person and for each analysed frame; where it ``waits`` they are another
    process's. ``version`` changes when its numbers do. After the stage named by ``begins_after`` comes :meth:`begin`.
    """

    name: str
    title: str
    version: int
    weight: float = 0.0
    frame_weight: float = 0.0
    waits: bool = False
    makes: tuple[str, ...]
    begins_after: str = ""

    def usual_s(self, frames: int, persons: int) -> Expected:
        """Return the seconds that the stage takes on two usual cores."""
        work = self.weight * persons + self.frame_weight * frames
        return Expected(work, paced=not self.waits)

    @abstractmethod
    def chunks(self, run: Run) -> Sequence[int]:
        """Return the numbers of the chunks that the stage makes."""

    @abstractmethod
    def inputs(self, run: Run, number: int) -> Any:
        """Return everything that decides a chunk, as JSON values."""

    @abstractmethod
    def make(self, run: Run, number: int) -> dict[str, bytes]:
        """Make a chunk: its products by name, the one named like the stage among them."""

    def begin(self, run: Run) -> None:
        """Start what can be done beside the stages before this one."""
        return


@dataclass
class Steps:
    """How far a stage is: chunks that were missing and are made, and a part of the one in hand."""

    progress: Progress
    stage: str = ""
    title: str = ""
    missing: int = 1
    done: int = 0

    def report(self, part: float) -> None:
        """Tell which part of the chunk in hand is done, 0 to 1."""
        self.progress.report(self.stage, self.done + part, self.missing, self.title)


@dataclass
class Run:
    """One analysis: request, case, index and what the stages made so far."""

    request: AnalysisRequest
    case: Case
    index: FrameIndex
    sha256: str
    progress: Progress
    remarks: list[str] = field(default_factory=list)
    #: The recording's file as it was read; None = nobody asks whether it stays the same.
    state: FileState | None = None
    #: Told of each chunk of the faces stage, and whether this run made it; None = nobody asks for provisional results.
    take_faces: Callable[[Run, int, bool], None] | None = None
    #: Where the stage that is being made stands.
    steps: Steps = field(default_factory=lambda: Steps(NoProgress()))
    #: What :meth:`Stage.begin` started, by stage and chunk.
    begun: dict[tuple[str, int], Future[Any]] = field(default_factory=dict)
    #: Closed with the run.
    resources: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    #: Chunks by stage and number, with fingerprint and data, that are kept until the end instead of in the case.
    staged: dict[str, dict[int, tuple[str, bytes]]] | None = None
    _fingerprints: dict[str, dict[int, str]] = field(default_factory=dict)
    _features: tuple[str, FeatureTable, Assignment] | None = None

    @cached_property
    def background(self) -> ThreadPoolExecutor:
        """One thread for what :meth:`Stage.begin` starts."""
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    @cached_property
    def companion(self) -> Companion:
        """Another process for what :meth:`Stage.begin` starts; it imports what it needs as soon as it is asked for."""
        companion = Companion(shared_thread_count())
        companion.start()
        return companion

    def is_stale(self, stage: Stage, number: int) -> bool:
        """Tell whether the case lacks a chunk of a stage; the stages that decide it have been made."""
        return not self.has_chunk(stage.name, number, self.fingerprint(stage, number))

    def has_chunk(self, stage: str, number: int, fingerprint: str) -> bool:
        """Tell whether a current chunk is there."""
        staged = (self.staged or {}).get(stage, {}).get(number)
        if staged is not None and staged[0] == fingerprint:
            return True
        return self.case.has_chunk(stage, number, fingerprint)

    def keep(self, number: int, fingerprint: str, products: Mapping[str, bytes]) -> None:
        """Keep what a stage made."""
        if self.staged is None:
            self.case.put_chunks(number, fingerprint, products)
            return
        for product, data in products.items():
            self.staged.setdefault(product, {})[number] = fingerprint, data

    def keep_only(self, product: str, numbers: Sequence[int]) -> None:
        """Forget chunks that no longer exist."""
        if self.staged is None:
            self.case.drop_chunks_except(product, numbers)

    def adopt(self, *products: str) -> None:
        """Take the chunks of earlier stages as they are, whatever decided them."""
        for product in products:
            self._fingerprints[product] = self.case.fingerprints(product)

    def all_staged(self, *products: str) -> dict[str, dict[int, tuple[str, bytes | None]]]:
        """Return all current chunks, with the data of those that are not in the case yet."""
        staged = self.staged or {}
        return {
            product: {
                number: (fingerprint, staged.get(product, {}).get(number, ("", None))[1])
                for number, fingerprint in self._fingerprints.get(product, {}).items()
            }
            for product in products
        }

    def check(self) -> None:
        """Refuse what can't be analysed, before anything in the case is touched.

        Raises
        ------
        UsageError
            When the range holds no frame, or the region nothing of the picture.
        ModelError
            When a model is missing or wrong.
        """
        if not len(self.frame_numbers):
            raise UsageError(
                "The chosen range holds no frame to analyse; the recording is "
                f"{self.index.duration_s:.3f} s long."
            )
        _ = self.models, self.region

    def check_unchanged(self) -> None:
        """Refuse to go on with a recording that is no longer the one whose hash was taken.

        Raises
        ------
        RecordingError
            When the file was removed, changed or replaced meanwhile.
        """
        if self.state is not None and state_of(self.request.recording) != self.state:
            raise RecordingError(
                f"'{self.request.recording.name}' was changed or replaced while it was being analysed; what was done "
                "is kept for the recording as it was. Put it back, or analyse the new one into another folder."
            )

    def fingerprint(self, stage: Stage, number: int) -> str:
        """Return the hash of everything that decides a chunk of a stage, and remember it."""
        decided_by = [stage.name, stage.version, self.sha256, stage.inputs(self, number)]
        if self.request.parameters.video_stream is not None:
            decided_by.append(self.index.stream)
        text = json.dumps(decided_by, sort_keys=True)
        value = hashlib.sha256(text.encode()).hexdigest()
        for product in stage.makes:
            self._fingerprints.setdefault(product, {})[number] = value
        return value

    def digest(self, stage: str) -> str:
        """Return one hash over all chunks of an earlier stage."""
        known = sorted(self._fingerprints.get(stage, {}).items())
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    def chunk(self, stage: str, number: int = 0) -> bytes:
        """Return a current chunk of an earlier stage."""
        fingerprint = self._fingerprints[stage][number]
        staged = (self.staged or {}).get(stage, {}).get(number)
        if staged is not None and staged[0] == fingerprint:
            return staged[1]
        data = self.case.chunk(stage, number, fingerprint)
        if data is None:
            raise LookupError(f"stage {stage} has not made chunk {number}")
        return data

    @cached_property
    def frame_numbers(self) -> npt.NDArray[np.int64]:
        """Frames to analyse, in order."""
        p = self.request.parameters
        return sample_frames(self.index, p.rate_fps, p.start_s, p.end_s)

    @cached_property
    def frames_by_chunk(self) -> dict[int, npt.NDArray[np.int64]]:
        """Frames to analyse by chunk; chunk k begins at k x 10 s of the recording."""
        of_frame = (self.index.times_s[self.frame_numbers] // CHUNK_S).astype(int)
        return {int(k): self.frame_numbers[of_frame == k] for k in np.unique(of_frame)}

    @cached_property
    def person_steps(self) -> tuple[PersonStep, ...]:
        """How the analyst told the persons apart when the analysis first asked; later edits don't mix in."""
        return self.case.marks().person_steps

    def features(self) -> FeatureTable:
        """Return all rows made so far, with the persons as the analyst left them; read once per state of the stages."""
        return self._read_features()[0]

    @property
    def assignment(self) -> Assignment:
        """Who is who, (n,) by row of :meth:`features`."""
        return self._read_features()[1]

    def _read_features(self) -> tuple[FeatureTable, Assignment]:
        state = self.digest("faces") + self.digest("persons")
        if self._features is None or self._features[0] != state:
            table = self.case.clustered_features()
            who = assign(Faces.of(table), self.person_steps)
            self._features = (state, table.with_columns(person=who.person), who)
        return self._features[1:]

    def digest_of_person(self, person: int) -> str:
        """Return one hash over everything the case holds of a person: it changes when a row comes or goes."""
        table = self.features()
        rows = np.flatnonzero(table.person == person)
        held = hashlib.sha256(self.digest("faces").encode())
        for values in (rows, table["track"][rows], table["shot"][rows]):
            held.update(values.astype("<i8").tobytes())
        return held.hexdigest()

    def digest_of_chunk(self, stage: str, number: int) -> str:
        """Return the fingerprint of a chunk of an earlier stage; empty where there is none."""
        return self._fingerprints.get(stage, {}).get(number, "")

    @cached_property
    def models(self) -> tuple[ModelFact, ...]:
        """The models that take part, with their hashes; found without loading them."""
        return models_of(self.request.parameters)

    @property
    def model_hashes(self) -> dict[str, str]:
        """SHA-256 by name of the models that take part."""
        return {model.name: model.sha256 for model in self.models}

    @cached_property
    def decoder(self) -> Decoder:
        """Decoder of the recording, for the thread that runs the stages."""
        return Decoder(self.request.recording, self.index, threads=shared_thread_count())

    @cached_property
    def finder(self) -> FaceFinder:
        """Face finder with the detector that was asked for."""
        from fead_desktop.faces.detector import make_detector
        from fead_desktop.faces.landmarks import FaceMesh

        name = self.request.parameters.detector
        weights = None
        if name == "yunet":
            from fead_desktop.models.registry import locate

            weights = locate("yunet")
        detector = make_detector(name, weights)
        if self.region is not None:
            detector = RegionDetector(detector, self.region)
        return FaceFinder(detector, FaceMesh())

    @property
    def region(self) -> Region | None:
        """The part of the picture in which faces are searched for; None = all of it."""
        wanted = self.request.parameters.region
        return None if wanted is None else clipped(wanted, self.index.width, self.index.height)

    @cached_property
    def embedder(self) -> FaceEmbedder:
        """Identity embedder that was asked for."""
        from fead_desktop.features.embedding import make_embedder

        parameters = self.request.parameters
        return make_embedder(parameters.embedder, parameters.batch_size)

    @cached_property
    def classifier(self) -> EmotionClassifier:
        """Emotion classifier."""
        from fead_desktop.features.emotion import FerClassifier

        return FerClassifier()

    def close(self) -> None:
        """Stop what runs beside and close the recording."""
        if "background" in self.__dict__:
            self.background.shutdown(cancel_futures=True)
        if "companion" in self.__dict__:
            self.companion.close()
        self.resources.close()
        if "decoder" in self.__dict__:
            self.decoder.close()
