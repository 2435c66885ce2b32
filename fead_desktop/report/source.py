"""The recording that pictures and sound of a report come from, and proof that it is the case's own."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.options import ReportOptions
from fead_desktop.video.container import check_file
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.frame_index import FrameIndex, build_frame_index


@dataclass(frozen=True)
class Source:
    """The recording of a case: where it is now, its frames, and the SHA-256 that was just checked."""

    path: Path
    index: FrameIndex
    sha256: str


def open_source(case: Case, options: ReportOptions, progress: Progress | None = None) -> Source:
    """Find the recording of a case.

    Raises
    ------
    CaseError
        When the file is not the one that was analysed, or the case has none.
    RecordingError
        When it is missing or can't be read.
    CancelledError
        When the analyst cancelled.
    """
    watched = progress or NoProgress()
    facts, parameters = case.recording, case.parameters
    if facts is None:
        raise CaseError(f"'{case.path.name}' belongs to no recording yet.")
    path = options.recording or Path(facts.path)
    check_is_recording(path, facts.sha256, watched)
    stream = None if parameters is None else parameters.video_stream
    key = (*_state(path), stream)
    if key not in _indexes:
        _forget(_indexes)
        _indexes[key] = build_frame_index(path, watched, stream)
    return Source(path, _indexes[key], facts.sha256)


def check_is_recording(path: Path, sha256: str, progress: Progress) -> None:
    """Raise CaseError unless the file at ``path`` has this SHA-256."""
    if hash_of(path, progress) != sha256:
        raise CaseError(
            f"'{path.name}' is not the recording that was analysed (its SHA-256 differs)."
        )


def hash_of(path: Path, progress: Progress) -> str:
    """Return the SHA-256 of a recording; it is read once while the file stays as it is."""
    check_file(path)
    key = _state(path)
    if key not in _hashes:
        _forget(_hashes)
        _hashes[key] = recording_hash(path, progress)
    return _hashes[key]


#: What was found out of a file that has not changed since: several writers of one export pay once.
_hashes: dict[Hashable, str] = {}
_indexes: dict[Hashable, FrameIndex] = {}
_MOST_KNOWN = 8


def _forget(known: dict[Hashable, Any]) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()


def _state(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return str(path.resolve()), found.st_size, found.st_mtime_ns
