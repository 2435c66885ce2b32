"""The fingerprint that tells whether a file is still the recording a case belongs to."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fead_desktop.errors import RecordingError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.video.container import check_file

_BLOCK_BYTES = 8 << 20


def recording_hash(path: str | Path, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a recording as 64 hexadecimal digits; the file is read in blocks.

    Raises
    ------
    RecordingError
        If the file is missing, a folder, empty or unreadable.
    CancelledError
        If the analyst cancelled.
    """
    path = Path(path)
    progress = progress or NoProgress()
    check_file(path)
    total = path.stat().st_size
    digest = hashlib.sha256()
    done = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                done += len(block)
                progress.report("hash", done, total)
                progress.raise_if_cancelled()
    except OSError as error:
        raise RecordingError(f"'{path}' can't be read: {error.strerror or error}.") from error
    return digest.hexdigest()
