"""The pixels of a clip as hashes, one for each of its pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fead_desktop.errors import RecordingError
from fead_desktop.progress import Progress


def clip_hashes(path: Path, progress: Progress) -> list[str]:
    """Return the SHA-256 of each picture of a clip as it is decoded, in their order.

    H.264 decodes to the same bits everywhere; the values are those of ``ffmpeg -f framehash -hash sha256``: the
    planes Y, U and V without padding.

    Raises
    ------
    RecordingError
        When the file can't be decoded.
    CancelledError
        When the analyst cancelled.
    """
    import av

    hashes = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams.video[0]):
                progress.raise_if_cancelled()
                hashes.append(hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest())
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise RecordingError(f"The clip '{path.name}' can't be decoded.") from error
    return hashes
