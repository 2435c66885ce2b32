"""Stills: the frame that the file names, pixel for pixel, and where it comes from."""

from __future__ import annotations

import hashlib
import re

import pytest

from fead_desktop.progress import NoProgress
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.picture_files import (
    pixel_hash,
    png_bytes,
    read_still,
    still_names,
    write_stills,
)
from fead_desktop.report.source import open_source
from fead_desktop.video.decoder import Decoder
from tests.helpers.recordings import block_picture, read_block_code


def test_stills_are_the_frames_they_name(case, tmp_path) -> None:
    written = write_stills(case, tmp_path, ReportOptions(), NoProgress())
    assert [f"{p.parent.name}/{p.name}" for p in written] == still_names(case, ReportOptions())
    assert len(written) == 3 * len(case.events())
    source = open_source(case, ReportOptions())
    with Decoder(source.path, source.index) as decoder:
        for path in written[:4]:
            picture, texts = read_still(path.read_bytes())
            number = int(re.findall(r"frame_(\d+)", path.name)[0])
            assert read_block_code(picture) == number == int(texts["Frame"])
            assert (picture == decoder.read(number)).all()
            assert texts["SHA-256"] == case.recording.sha256
            assert texts["Pixels SHA-256"] == hashlib.sha256(picture.tobytes()).hexdigest()
            assert texts["PTS"].split(" x ")[0] == str(int(source.index.pts[number]))


def test_texts_keep_every_letter(tmp_path) -> None:
    picture = block_picture(7)
    back, texts = read_still(png_bytes(picture, {"Recording": "<b>Zoë</b> 录像.mp4"}))
    assert texts == {"Recording": "<b>Zoë</b> 录像.mp4"}
    assert pixel_hash(back) == pixel_hash(picture)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nnothing"])
def test_what_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no PNG"):
        read_still(data)
