"""SnapshotJob: writes one frame as a PNG that says where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QImage, QImageWriter

from fead_desktop import APP_NAME, __version__
from fead_desktop.errors import OutputError, RecordingError
from fead_desktop.gui.jobs.job import Job
from fead_desktop.video.fingerprint import recording_hash
from fead_desktop.video.timebase import format_timecode

if TYPE_CHECKING:
    from fead_desktop.video.frame_index import FrameIndex


@dataclass(frozen=True)
class Snapshot:
    """What is written. ``sha256`` of the recording, empty where it is not known yet."""

    recording: Path
    index: FrameIndex
    frame: int
    folder: Path
    sha256: str = ""


class SnapshotJob(Job):
    """Decodes the frame at its full size; ends with the path of the PNG."""

    def __init__(self, wanted: Snapshot, parent: QObject | None = None):
        super().__init__(parent)
        self._wanted = wanted

    def work(self) -> Path:
        from fead_desktop.video.decoder import Decoder

        wanted = self._wanted
        with Decoder(wanted.recording, wanted.index) as decoder:
            picture = decoder.read(wanted.frame)
        if picture is None:
            raise RecordingError(f"Frame {wanted.frame} can't be decoded, so it can't be written.")
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        path = _free_path(wanted)
        writer = QImageWriter(str(path), b"png")
        for key, value in self._facts().items():
            writer.setText(key, value)
        if not writer.write(image):
            raise OutputError(f"'{path}' can't be written: {writer.errorString()}.")
        return path

    def _facts(self) -> dict[str, str]:
        wanted, index = self._wanted, self._wanted.index
        return {
            "Recording": wanted.recording.name,
            "SHA-256": wanted.sha256 or recording_hash(wanted.recording, self),
            "Frame": str(wanted.frame),
            "PTS": f"{int(index.pts[wanted.frame])} x {index.time_base} s",
            "Timecode": format_timecode(index.time_of(wanted.frame)),
            "Software": f"{APP_NAME} {__version__}",
        }


def snapshot_folder(recording: Path) -> Path:
    """Return where snapshots go: the user's folder for pictures."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return (Path(pictures) if pictures else Path.home()) / APP_NAME / recording.stem


def _free_path(wanted: Snapshot) -> Path:
    """Return a name that is not taken yet."""
    time = format_timecode(wanted.index.time_of(wanted.frame)).replace(":", "-")
    stem = f"{wanted.recording.stem}_frame-{wanted.frame:06d}_{time}"
    try:
        wanted.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder '{wanted.folder}' can't be made: {error.strerror or error}."
        ) from error
    path = wanted.folder / f"{stem}.png"
    number = 2
    while path.exists():
        path = wanted.folder / f"{stem}_{number}.png"
        number += 1
    return path
