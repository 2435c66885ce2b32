"""OpenJob: reads a recording or a case beside the window, so that the window never waits for a disk."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from fead_desktop import paths
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.case import AnalysedFrames, Person, PersonScores, RecordingFacts
from fead_desktop.case.eye_lines import EyeLines
from fead_desktop.case.imported import of_persons_now
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, RecordingError
from fead_desktop.features.imported import ImportedTable
from fead_desktop.features.table import FeatureTable
from fead_desktop.gui.jobs.job import Job
from fead_desktop.progress import Progress
from fead_desktop.video.container import Streams
from fead_desktop.video.fingerprint import recording_hash

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex

CASE_SUFFIX = ".fead"


#: What tells which detectors agree: imported when results are shown, it would hold the window up. Nothing of Qt may be
#: imported in a thread: PySide makes its classes when they are first asked for, and two threads at that crash.
FOR_RESULTS = "fead_desktop.anomalies.explanation"


@dataclass(frozen=True)
class Results:
    """What a case knows after an analysis; empty before. ``table`` comes without embeddings."""

    table: FeatureTable
    persons: tuple[Person, ...] = ()
    events: tuple[AnomalyEvent, ...] = ()
    scores: Mapping[int, PersonScores] = field(default_factory=dict)
    analysed: AnalysedFrames = field(default_factory=AnalysedFrames)
    eye_lines: EyeLines = field(default_factory=EyeLines)
    imported: tuple[ImportedTable, ...] = ()


@dataclass(frozen=True)
class Opened:
    """What was read. ``index`` None = the case's recording isn't there; ``missing`` says why.

    ``results`` are empty where they were made from another video stream than that of the index; ``own_index`` is then
    that of their stream.
    """

    path: Path
    case_path: Path | None
    recording: Path | None
    index: FrameIndex | None
    results: Results
    missing: str = ""
    streams: Streams = field(default_factory=Streams)
    own_index: FrameIndex | None = None


class OpenJob(Job):
    """Reads ``path`` (a recording or a ``.fead`` case); ``recording`` stands in for one that has moved.

    ``stream`` is the number of the video stream; None = the one that was analysed, else the best one.
    """

    def __init__(
        self,
        path: Path,
        recording: Path | None = None,
        parent: QObject | None = None,
        *,
        stream: int | None = None,
    ):
        super().__init__(parent)
        self._path = path
        self._recording = recording
        self._stream = stream

    def work(self) -> Opened:
        importlib.import_module(FOR_RESULTS)
        if self._path.suffix.lower() == CASE_SUFFIX:
            return self._open_case(self._path)
        return self._open_recording(self._path)

    def _open_recording(self, path: Path) -> Opened:
        index, streams = self._read(path, None)
        case_path = find_case(path)
        if case_path is None:
            return Opened(path, None, path, index, Results(FeatureTable({})), streams=streams)
        with Case.open(case_path) as case:
            facts = case.recording
            if facts is not None and not is_same_recording(path, facts, self):
                # The case beside it belongs to an earlier recording of this name: leave it alone.
                return Opened(path, None, path, index, Results(FeatureTable({})), streams=streams)
            if self._stream is None and index.stream != analysed_stream(case, streams):
                index, streams = self._read(path, case)
            results = _results_of(case, index, streams)
            own = self._own_index(path, case, index, streams)
            return Opened(path, case_path, path, index, results, streams=streams, own_index=own)

    def _open_case(self, path: Path) -> Opened:
        with Case.open(path) as case:
            facts = case.recording
            if facts is None:
                raise CaseError(f"The case '{path.name}' names no recording; analyse one into it.")
            recording, missing = _locate(path, facts, self._recording, self)
            index, streams = None, Streams()
            if recording is not None:
                try:
                    index, streams = self._read(recording, case)
                except RecordingError as error:
                    recording, missing = None, str(error)
            results = _results_of(case, index, streams)
            own = None
            if recording is not None and index is not None:
                own = self._own_index(recording, case, index, streams)
            return Opened(path, path, recording, index, results, missing, streams, own)

    def _read(self, path: Path, case: Case | None) -> tuple[FrameIndex, Streams]:
        from fead_desktop.video.container import describe_streams
        from fead_desktop.video.frame_index import build_frame_index

        streams = describe_streams(path)
        stream = self._stream
        if stream is None and case is not None:
            stream = analysed_stream(case, streams)
        return build_frame_index(path, self, stream), streams

    def _own_index(
        self, path: Path, case: Case, index: FrameIndex, streams: Streams
    ) -> FrameIndex | None:
        from fead_desktop.video.frame_index import build_frame_index

        analysed = analysed_stream(case, streams)
        return None if index.stream == analysed else build_frame_index(path, self, analysed)


class ReadResultsJob(Job):
    """Reads what an analysis left in a case; None where it left no case."""

    def __init__(self, case_path: Path, parent: QObject | None = None):
        super().__init__(parent)
        self.case_path = case_path

    def work(self) -> Results | None:
        if not self.case_path.is_file():
            return None
        with Case.open(self.case_path) as case:
            return read_results(case)


def find_case(recording: Path) -> Path | None:
    """Return the case of a recording: beside it, in its output folder or the user's data folder."""
    name = f"{recording.stem}{CASE_SUFFIX}"
    places = (
        recording.with_name(name),
        recording.with_name(f"{recording.stem}-fead") / name,
        own_case_path(recording),
    )
    return next((path for path in places if path.is_file()), None)


def own_case_path(recording: Path) -> Path:
    """Return where a case lives until it is given a place."""
    where = hashlib.sha256(str(recording.resolve()).encode()).hexdigest()[:8]
    return paths.data_dir() / "cases" / f"{recording.stem}-{where}{CASE_SUFFIX}"


def is_same_recording(path: Path, facts: RecordingFacts, progress: Progress | None = None) -> bool:
    """Compare by size first, then by SHA-256."""
    if path.stat().st_size != facts.size_bytes:
        return False
    return recording_hash(path, progress) == facts.sha256


def _locate(
    case: Path, facts: RecordingFacts, chosen: Path | None, progress: Progress
) -> tuple[Path | None, str]:
    stored = Path(facts.path)
    if chosen is not None:
        if not is_same_recording(chosen, facts, progress):
            raise CaseError(
                f"'{chosen.name}' is not the recording this case was made from (its content differs); "
                f"choose the original '{stored.name}'."
            )
        return chosen, ""
    found = [path for path in (stored, case.parent / stored.name) if path.is_file()]
    if not found:
        return None, f"The recording '{stored.name}' is no longer at '{stored.parent}'."
    for path in found:
        if is_same_recording(path, facts, progress):
            return path, ""
    return None, (
        f"The recording '{stored.name}' has changed since it was analysed; "
        "locate the original, or open the changed recording to analyse it anew."
    )


def analysed_stream(case: Case, streams: Streams) -> int:
    """Return the number of the video stream that a case's analysis is of, or would be."""
    parameters = case.parameters
    chosen = None if parameters is None else parameters.video_stream
    return streams.best if chosen is None else chosen


def _results_of(case: Case, index: FrameIndex | None, streams: Streams) -> Results:
    if index is not None and index.stream != analysed_stream(case, streams):
        return Results(FeatureTable({}))
    return read_results(case)


def read_results(case: Case) -> Results:
    """Read what a case knows after an analysis."""
    persons = tuple(case.persons())
    found = {each.person: case.person_scores(each.person) for each in persons}
    table = case.features(embeddings=False)  # the window draws none
    return Results(
        table,
        persons,
        tuple(case.machine_events()),
        {person: scores for person, scores in found.items() if scores is not None},
        case.analysed_frames(),
        EyeLines.of(case),
        of_persons_now(case.imported(), table, [each.person for each in persons]),
    )


def open_checked(path: Path) -> Case:
    """Open a case that a job has just read and checked, so that the window needn't wait for the check."""
    return Case.open(path, check=False)
