"""Bad input ends in one clear sentence and its exit code; nothing is lost and no traceback is shown."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from tests.helpers import recordings
from tests.helpers.analyses import FEAD, Finished, fead
from tests.helpers.data import data_file, needs_data

pytestmark = pytest.mark.journey


def assert_sentence(done: Finished, code: int) -> None:
    """One sentence on standard error, the right code, and no traceback."""
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith((".", "'.", ".)"))
    assert len(done.stderr.strip().splitlines()) == 1


def analyze(recording: Path, tmp_path: Path, *options: str, **environment: str) -> Finished:
    return fead(
        "analyze", recording, "-o", tmp_path / "out", "--progress", "none", *options, **environment
    )


@pytest.mark.parametrize(
    "make",
    [
        recordings.make_empty,
        recordings.make_text,
        recordings.make_audio_only,
        recordings.make_zero_frames,
        recordings.make_unfinished,
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, make) -> None:
    assert_sentence(analyze(make(tmp_path / "a.mp4"), tmp_path), 3)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert_sentence(analyze(tmp_path / "none.mp4", tmp_path), 3)
    (tmp_path / "folder.mp4").mkdir()
    assert_sentence(analyze(tmp_path / "folder.mp4", tmp_path), 3)


def test_wrong_usage_is_code_2(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    assert_sentence(analyze(recording, tmp_path, "--fps", "-3"), 2)
    assert_sentence(analyze(recording, tmp_path, "--num-components", "many"), 2)
    assert fead("analyze", recording, "--detector", "best").code == 2
    assert fead("no-such-command").code == 2


def test_one_frame_and_corrupt_packets_without_a_face_give_a_case(tmp_path: Path) -> None:
    assert_sentence(analyze(recordings.make_one_frame(tmp_path / "a.mp4"), tmp_path), 4)
    with Case.open(tmp_path / "out" / "a.fead") as case:
        assert case.coverage is not None
        assert case.coverage.frames_analysed == 1
    other = recordings.make_corrupt(tmp_path / "b.mp4")
    assert_sentence(analyze(other, tmp_path), 7)  # one folder, one recording
    done = fead("analyze", other, "-o", tmp_path / "other", "--progress", "none")
    assert done.code == 4
    with Case.open(tmp_path / "other" / "b.fead") as case:
        assert case.coverage is not None
        assert case.coverage.frames_analysed > 90


def test_a_truncated_recording_is_analysed_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    done = analyze(recordings.make_truncated(tmp_path / "a.mp4"), tmp_path)
    assert done.code == 4
    with Case.open(tmp_path / "out" / "a.fead") as case:
        assert case.recording is not None
        assert case.recording.remarks
        assert case.coverage is not None
        assert case.coverage.frames_analysed > 10


@needs_data
def test_no_face_is_code_4_with_a_case_that_opens(tmp_path: Path) -> None:
    assert_sentence(analyze(data_file("video/no_face.mp4"), tmp_path), 4)
    with Case.open(tmp_path / "out" / "no_face.fead") as case:
        assert case.events() == []
        assert case.persons() == []
        assert case.coverage is not None
        assert case.coverage.frames_with_face == 0
        assert case.coverage.seconds_without_face == pytest.approx(4.0, abs=0.2)


def test_an_8k_frame_is_analysed(tmp_path: Path) -> None:
    big = recordings.make_block_recording(tmp_path / "8k.mp4", 2, size=(7680, 4320))
    assert analyze(big, tmp_path).code == 4


def test_an_output_folder_that_cant_be_made_is_code_7(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    (tmp_path / "file").write_text("in the way")
    done = fead("analyze", recording, "-o", tmp_path / "file" / "out", "--progress", "none")
    assert_sentence(done, 7)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX rights")
def test_a_read_only_output_folder_is_code_7(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    output = tmp_path / "out"
    if os.geteuid() != 0:
        output.mkdir(mode=0o500)
        assert_sentence(analyze(recording, tmp_path), 7)
        return
    output.mkdir()
    with mounted(output, "size=64k,ro"):  # root may write anywhere else
        assert_sentence(analyze(recording, tmp_path), 7)


def test_a_full_disk_is_code_7_and_the_case_stays_whole(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "size=64k"):
        recording = recordings.make_block_recording(tmp_path / "a.mp4", 900)
        (disk / "filler").write_bytes(b"x" * 30_000)
        done = fead("analyze", recording, "-o", disk, "--progress", "none", "--fps", "0")
        assert_sentence(done, 7)
        (disk / "filler").unlink()
        for case in disk.glob("*.fead"):
            # Where there is room; it looks for damage.
            Case.open(Path(shutil.copy(case, tmp_path / "rescued.fead"))).close()


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Put a small file system in memory on a folder; skips the test where that can't be done."""
    if shutil.which("mount") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root only")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def test_a_worker_without_memory_ends_with_a_sentence_and_leaves_a_sound_case(
    tmp_path: Path,
) -> None:
    pytest.importorskip("resource", reason="memory is limited through POSIX")
    recording = recordings.make_block_recording(tmp_path / "a.mp4", 30)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000)); "
        "from fead_desktop.__main__ import main; sys.exit(main())"
    )
    command = [
        sys.executable,
        "-c",
        limited,
        "analyze",
        str(recording),
        "-o",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(
        [*command, "--progress", "none"], capture_output=True, text=True, check=False
    )
    # Native code may end the process before Python can tell.
    assert_sentence(
        Finished(done.returncode, done.stdout, done.stderr), 8 if done.returncode == 8 else 1
    )
    assert "ran out of memory" in done.stderr or "ended unexpectedly" in done.stderr
    for case in (tmp_path / "out").glob("*.fead"):
        Case.open(case).close()  # looks for damage
    assert analyze(recording, tmp_path).code == 4  # it goes on with enough


@pytest.mark.endurance  # the same is asked of each chunk in the unit tests of the run
@pytest.mark.parametrize("replaced", [False, True])
def test_a_recording_that_goes_away_while_it_is_analysed_is_code_3(
    tmp_path: Path, replaced: bool
) -> None:
    recording = recordings.make_block_recording(tmp_path / "a.mp4", 3000)
    kept = Path(shutil.copy2(recording, tmp_path / "kept.mp4"))
    command = [*FEAD, "analyze", str(recording), "-o", str(tmp_path / "out"), "--fps", "0"]
    process = subprocess.Popen(
        [*command, "--progress", "json"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if '"faces"' in line:
            recording.unlink()
            if replaced:
                recordings.make_block_recording(recording, 60)
            break
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 3
    said = ("changed or replaced",) if replaced else ("moved or removed", "There is no recording")
    assert any(words in rest for words in said)
    assert "Traceback" not in rest
    kept.replace(recording)
    assert analyze(recording, tmp_path, "--fps", "0").code == 4  # goes on where it stopped


def test_a_case_of_a_newer_schema_and_a_damaged_case_are_code_6(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    path = tmp_path / "out" / "a.fead"
    path.parent.mkdir()
    Case.create(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert_sentence(analyze(recording, tmp_path), 6)
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    assert_sentence(analyze(recording, tmp_path), 6)
    assert_sentence(fead("export", path, "-o", tmp_path), 6)


def test_a_recording_that_changed_is_code_6_and_one_that_moved_is_fine(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    assert analyze(recording, tmp_path).code == 4
    (tmp_path / "moved").mkdir()
    moved = recording.rename(tmp_path / "moved" / "a.mp4")
    assert analyze(moved, tmp_path).code == 4
    recordings.make_block_recording(moved, 3)
    assert_sentence(analyze(moved, tmp_path), 6)


@needs_data
def test_missing_and_wrong_weights_are_code_5(tmp_path: Path) -> None:
    recording = recordings.make_one_frame(tmp_path / "a.mp4")
    weights = {"FEAD_WEIGHTS_DIR": str(tmp_path / "weights")}
    assert_sentence(analyze(recording, tmp_path, "--detector", "yunet", **weights), 5)
    assert_sentence(analyze(recording, tmp_path, "--embedder", "facenet", **weights), 5)
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not the weights")
    assert_sentence(fead("models", "import", "yunet", wrong, **weights), 5)
    right = data_file("weights/face_detection_yunet_2026may.onnx")
    assert fead("models", "import", "yunet", right, **weights).code == 0
    assert analyze(recording, tmp_path, "--detector", "yunet", **weights).code == 4


def test_ctrl_c_is_code_130_and_keeps_what_was_done(tmp_path: Path) -> None:
    import signal

    recording = recordings.make_block_recording(tmp_path / "a.mp4", 3000)
    command = [*FEAD, "analyze", str(recording), "-o", str(tmp_path / "out"), "--fps", "0"]
    process = subprocess.Popen(
        [*command, "--progress", "json"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if '"faces"' in line:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    assert process.wait(timeout=60) == 130
    process.stderr.close()
    assert process.stdout is not None
    process.stdout.close()
    assert "Traceback" not in rest
    with Case.open(tmp_path / "out" / "a.fead") as case:
        assert case.recording is not None
