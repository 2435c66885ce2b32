"""Evidence packages of real recordings: analysed again to the same numbers; nobody else in a redacted one."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fead_desktop.case.store import Case
from fead_desktop.faces.detector import make_detector
from fead_desktop.faces.face import BoundingBox
from fead_desktop.report.blurring import FaceCourses
from fead_desktop.report.overlays import Layout
from fead_desktop.video.decoder import Decoder
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.analyses import analyse, fead
from tests.helpers.data import data_file, needs_data

pytestmark = [pytest.mark.endurance, pytest.mark.journey, needs_data]


def test_an_analysis_done_again_on_the_same_machine_is_identical(tmp_path: Path) -> None:
    recording = data_file("video/liveportrait_d19.mp4")
    analyse(recording, tmp_path / "out")
    case = next((tmp_path / "out").glob("*.fead"))
    exported = fead("export", case, "--to", "evidence", "-o", tmp_path)
    assert exported.code == 0, exported.stderr
    (package,) = tmp_path.glob("*.evidence.zip")
    checked = fead("verify", package, "--recording", recording)
    assert checked.code == 0, checked.stdout
    again = fead("reproduce", package, "--recording", recording, "--progress", "none")
    assert again.code == 0, again.stdout + again.stderr
    assert "the results are identical" in again.stdout
    assert "The set of events is the same, frame for frame." in again.stdout


@pytest.mark.parametrize("name", ["synth_split2.mp4", "intel_head-pose-female-and-male.gif"])
def test_nobody_else_is_found_in_a_redacted_package(name: str, tmp_path: Path) -> None:
    recording = data_file(f"video/{name}")
    analyse(recording, tmp_path / "out")
    case_file = next((tmp_path / "out").glob("*.fead"))
    options = ("--blur-others", "--replace-names", "--margin", "0.5", "--overlays", "timecode")
    done = fead("export", case_file, "--to", "evidence,stills", "-o", tmp_path, *options)
    assert done.code == 0, done.stderr
    (package,) = tmp_path.glob("*.evidence.zip")
    with zipfile.ZipFile(package) as archive:
        clips = [n for n in archive.namelist() if n.endswith(".mp4")]
        archive.extractall(tmp_path / "clips", clips)
        (report,) = (n for n in archive.namelist() if n.endswith(".html"))
        page = archive.read(report).decode()
    with Case.open(case_file) as case:
        courses, events = FaceCourses(case), case.events()
    assert len(clips) == len(events) > 0
    source = build_frame_index(recording)
    left, _, width, height = Layout.of(source.width, source.height, ("timecode",)).picture
    looked_at = 0
    for clip, event in zip(clips, events, strict=True):
        first = source.frame_at(max(event.onset_s - 0.5, 0.0))
        index = build_frame_index(tmp_path / "clips" / clip)
        detector = make_detector("auto")
        with Decoder(tmp_path / "clips" / clip, index) as decoder:
            for n, frame in decoder.stream(range(len(index))):
                assert frame is not None
                picture = np.ascontiguousarray(frame[:height, left : left + width])
                own = [box for person, box in courses.boxes(first + n) if person == event.person]
                for found in detector.detect([picture])[0]:
                    x, y = (place * source.width / width for place in found.center)
                    assert any(_holds(box, x, y) for box in own), (clip, n, found)
                looked_at += 1
    assert looked_at > 20
    detector = make_detector("auto")
    pictures = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)"', page)
    assert len(pictures) > 4 * len(events)
    for each in pictures:
        assert len(detector.detect([shown(base64.b64decode(each))])[0]) <= 1
    stills = sorted(tmp_path.glob("*-stills/*.png"))
    assert len(stills) == 3 * len(events)
    for still, event in zip(stills, np.repeat(np.array(events, object), 3), strict=True):
        n = int(still.stem.rpartition("_")[2])
        own = [box for person, box in courses.boxes(n) if person == event.person]
        for found in detector.detect([shown(still.read_bytes())])[0]:
            assert any(_holds(box, *found.center) for box in own), (still, found)


def shown(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


def _holds(box: BoundingBox, x: float, y: float) -> bool:
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
