"""What the analyst should not read goes to files; where no file can be written the program goes on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fead_desktop import logs


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("FEAD_LOGS_DIR", str(tmp_path / "logs"))


def test_a_rooms_records_go_to_the_file_with_their_traceback(tmp_path):
    path = logs.start_logging()
    assert path == tmp_path / "logs" / "fead.log"
    try:
        raise ValueError("what happened inside")
    except ValueError:
        logs.logger("video").exception("unexpected")
    text = path.read_text(encoding="utf-8")
    assert "ERROR fead.video: unexpected" in text
    assert "ValueError: what happened inside" in text


def test_starting_twice_keeps_the_first_file(tmp_path):
    first = logs.start_logging("worker.log")
    assert logs.start_logging("fead.log") == first
    assert len(logs.logging.getLogger(logs.ROOT).handlers) == 1


def test_a_folder_that_cant_be_made_costs_only_the_log(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FEAD_LOGS_DIR", str(tmp_path / "file" / "logs"))
    assert logs.start_logging() is None
    logs.logger("video").error("nobody hears this")
    descriptor = logs.open_native_log("native.log")
    assert os.write(descriptor, b"nor this") == 8
    os.close(descriptor)


def test_native_chatter_goes_to_a_file_and_sentences_to_the_terminal(tmp_path):
    code = (
        "import os, sys\n"
        "from fead_desktop import logs\n"
        "with logs.native_output_kept_away():\n"
        "    os.write(2, b'native chatter')\n"
        "    print('a sentence', file=sys.stderr)\n"
        "print('afterwards', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "FEAD_LOGS_DIR": str(tmp_path / "native")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines() == ["a sentence", "afterwards"]
    assert (tmp_path / "native" / "native.log").read_text() == "native chatter"


def test_native_chatter_is_kept_away_when_an_error_passes(tmp_path):
    before = os.fstat(2)
    stream = sys.stderr
    with pytest.raises(KeyError), logs.native_output_kept_away():
        raise KeyError
    assert sys.stderr is stream
    assert os.path.sameopenfile(2, 2)
    assert os.fstat(2).st_ino == before.st_ino
