"""Fingerprints of recordings."""

import hashlib

import pytest

from fead_desktop.errors import CancelledError, RecordingError
from fead_desktop.progress import NoProgress
from fead_desktop.video import fingerprint
from fead_desktop.video.fingerprint import recording_hash


class Watch(NoProgress):
    def __init__(self, cancel_at=2.0):
        self.shares = []
        self.cancel_at = cancel_at

    def report(self, stage, done, total, message=""):
        self.shares.append(done / total)

    def raise_if_cancelled(self):
        if self.shares[-1] >= self.cancel_at:
            raise CancelledError("Cancelled.")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "_BLOCK_BYTES", 1000)
    (tmp_path / "a.mp4").write_bytes(bytes(range(256)) * 20)
    return tmp_path / "a.mp4"


def test_the_hash_is_sha256_of_the_file(path):
    watch = Watch()
    assert recording_hash(path, watch) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert watch.shares == sorted(watch.shares)
    assert watch.shares[-1] == 1.0


def test_hashing_can_be_cancelled(path):
    watch = Watch(cancel_at=0.5)
    with pytest.raises(CancelledError):
        recording_hash(path, watch)
    assert watch.shares[-1] < 0.7


def test_a_missing_recording_is_said(tmp_path):
    with pytest.raises(RecordingError, match="no recording"):
        recording_hash(tmp_path / "none.mp4")
