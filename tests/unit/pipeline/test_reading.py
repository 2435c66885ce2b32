"""A recording is read once for its frames and once for its hash, side by side, and must stay what it was."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CancelledError, RecordingError
from fead_desktop.pipeline import reading
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.progress import NoProgress
from fead_desktop.video import frame_index
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.recordings import make_block_recording


class Cancelled(NoProgress):
    """Cancelled from the start."""

    def raise_if_cancelled(self) -> None:
        raise CancelledError("cancelled")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_block_recording(tmp_path_factory.mktemp("made") / "a.mp4", 90)


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that import the networks' packages; reports come as often as in a long recording."""
    threads: list[str] = []
    monkeypatch.setattr(frame_index, "_PACKETS_PER_REPORT", 20)
    monkeypatch.setattr(reading, "_import", lambda: threads.append(threading.current_thread().name))
    return threads


def request_of(recording: Path, case: Path, *, restart: bool = False) -> AnalysisRequest:
    return AnalysisRequest(recording, case, AnalysisParameters(), restart=restart)


def test_frames_and_hash_are_those_that_each_gives_alone(recording: Path, tmp_path: Path) -> None:
    index, sha256 = reading.read_recording(request_of(recording, tmp_path / "a.fead"), NoProgress())
    np.testing.assert_array_equal(index.pts, build_frame_index(recording).pts)
    assert sha256 == recording_hash(recording)


def test_packages_are_imported_once_beside_a_long_recording(
    recording: Path, tmp_path: Path, imports: list[str]
) -> None:
    reading.read_recording(request_of(recording, tmp_path / "a.fead"), NoProgress())
    assert imports == ["import"]


def test_nothing_is_imported_for_a_short_recording_nor_where_results_may_be_there(
    recording: Path, tmp_path: Path, imports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tmp_path / "a.fead"
    case.touch()
    reading.read_recording(request_of(recording, case), NoProgress())
    assert imports == []
    reading.read_recording(request_of(recording, case, restart=True), NoProgress())
    assert imports == ["import"]
    monkeypatch.setattr(frame_index, "_PACKETS_PER_REPORT", 5000)
    case.unlink()
    reading.read_recording(request_of(recording, case), NoProgress())
    assert imports == ["import"]


def test_what_is_no_recording_is_told_by_the_index_and_the_hash_ends_with_it(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "a.mp4"
    with broken.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(RecordingError, match=r"a\.mp4"):
        reading.read_recording(request_of(broken, tmp_path / "a.fead"), NoProgress())


def test_cancelling_ends_both(recording: Path, tmp_path: Path, imports: list[str]) -> None:
    with pytest.raises(CancelledError, match="cancelled"):
        reading.read_recording(request_of(recording, tmp_path / "a.fead"), Cancelled())


def test_a_file_that_was_written_to_or_removed_is_not_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"one")
    before = reading.state_of(path)
    assert reading.state_of(path) == before
    path.write_bytes(b"another")
    assert reading.state_of(path) != before
    path.write_bytes(b"one")
    os.utime(path, (1, 1))
    assert reading.state_of(path) != before
    path.unlink()
    with pytest.raises(RecordingError, match="moved or removed"):
        reading.state_of(path)
