"""Stills: the frames of onset, peak and offset as PNG files that say where they come from."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fead_desktop import APP_NAME, __version__
from fead_desktop.anomalies.events import AnomalyEvent
from fead_desktop.case.store import Case
from fead_desktop.progress import Progress
from fead_desktop.report.files import write_atomically
from fead_desktop.report.options import ReportOptions, chosen_events
from fead_desktop.report.source import Source, open_source
from fead_desktop.video.decoder import Decoder, Picture
from fead_desktop.video.timebase import format_timecode

MOMENTS = ("onset", "peak", "offset")


def still_names(case: Case, options: ReportOptions) -> list[str]:
    """Return the names of the stills in the folder."""
    return [
        f"{still_folder(case)}/{name}"
        for event in chosen_events(case, options)
        for _, _, name in _moments(event)
    ]


def still_folder(case: Case) -> str:
    """Return the name of the folder of the stills."""
    return f"{case.path.stem}.fead-stills"


def write_stills(
    case: Case, folder: Path, options: ReportOptions, progress: Progress
) -> list[Path]:
    """Write the frames of onset, peak and offset of each event at their full size; returns the files.

    Frames that can't be decoded are left out.

    Raises
    ------
    CaseError, RecordingError
        When the recording is not the case's, missing or unreadable.
    OutputError
        When the folder can't be written.
    CancelledError
        When the analyst cancelled.
    """
    events = chosen_events(case, options)
    if not events:
        return []
    source = open_source(case, options, progress)
    blur = None
    if options.blur_others:
        from fead_desktop.report.blurring import FaceBlur

        blur = FaceBlur(case)
    written = []
    name_of_recording = Path(case.recording.path).name if case.recording else ""
    with Decoder(source.path, source.index) as decoder:
        for done, event in enumerate(events):
            progress.raise_if_cancelled()
            progress.report("stills", done, len(events))
            for moment, n, name in _moments(event):
                picture = decoder.read(n)
                if picture is None:
                    continue
                facts = {"Title": f"Event {event.event}, {moment}"}
                if blur is not None:
                    picture = blur.blurred(picture, n, event.person)
                    facts["Comment"] = "Faces of other persons are blurred"
                facts |= _facts(source, name_of_recording, n, picture)
                data = png_bytes(picture, facts)
                written.append(write_atomically(folder / still_folder(case) / name, data))
    return written


def pixel_hash(picture: Picture) -> str:
    """Return the SHA-256 of a picture's RGB values, row by row, one byte each."""
    return hashlib.sha256(picture.tobytes()).hexdigest()


def png_bytes(picture: Picture, facts: dict[str, str]) -> bytes:
    """Return a picture as PNG with facts as its texts."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    for key, value in facts.items():
        texts.add_itxt(key, value)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", pnginfo=texts)
    return buffer.getvalue()


def read_still(data: bytes) -> tuple[Picture, dict[str, str]]:
    """Return the picture and the texts of a PNG.

    Raises
    ------
    ValueError
        When it is none.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            picture = np.asarray(image.convert("RGB"), np.uint8)
            return picture, {str(key): str(value) for key, value in image.info.items()}
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"no PNG picture: {error}") from error


def _facts(source: Source, recording: str, n: int, picture: Picture) -> dict[str, str]:
    index = source.index
    return {
        "Recording": recording,
        "SHA-256": source.sha256,
        "Frame": str(n),
        "PTS": f"{int(index.pts[n])} x {index.time_base} s",
        "Timecode": format_timecode(index.time_of(n)),
        "Pixels SHA-256": pixel_hash(picture),
        "Software": f"{APP_NAME} {__version__}",
    }


def _moments(event: AnomalyEvent) -> Iterator[tuple[str, int, str]]:
    for moment in MOMENTS:
        n = int(getattr(event, f"{moment}_frame"))
        yield moment, n, f"event_{event.event:02d}_{moment}_frame_{n}.png"
