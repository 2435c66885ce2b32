"""Cases of a constant- and a variable-rate recording with verdicts and markers, each exported once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fead_desktop.case.edits import Marker, add_marker, add_verdict
from fead_desktop.case.store import Case
from fead_desktop.report.interchange.formats import TABLES, export
from fead_desktop.review.verdict import Verdict
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from tests.helpers.cases import make_case
from tests.helpers.data import data_file
from tests.helpers.recordings import make_block_recording

#: Names and notes that try to be something other than text.
HOSTILE = (
    "=cmd|'/C calc'!A0 <script>alert(1)</script> \"q\" ../../etc/passwd -->",
    "@SUM(1+1)*cmd;#[CHAPTER]\\\n\nTITLE=x\n\n2\n00:00:00,000 --> 00:00:01,000\n{\\an8}<b>b</b>\x00\x1b\u202e]]> &amp;",
)
NOTE = "+" + "long " * 390


@dataclass(frozen=True)
class Exported:
    """A case's file, its recording's index and the folder that holds every format."""

    case: Path
    recording: Path
    index: FrameIndex
    folder: Path

    def file(self, suffix: str) -> Path:
        return self.folder / f"{self.case.stem}.fead{suffix}"


def exported(folder: Path, recording: Path, names: tuple[str, str] = ("Anna", "Bo")) -> Exported:
    index = build_frame_index(recording)
    path = make_case(folder / "made.fead", recording, names=names)
    with Case.open(path) as case:
        first = case.events()[0]
        for text, start, end in ((NOTE, 3, 3), (HOSTILE[1], 20, 31)):
            marker = Marker(0, index.time_of(start), index.time_of(end), start, end, text=text)
            case.do(add_marker(case.marks(), marker))
        for reviewer, answer in (("Kim", "confirmed"), (HOSTILE[0][:60], "rejected")):
            verdict = Verdict(
                0, reviewer, first.person, first.peak_frame, answer, "speech", note=HOSTILE[0]
            )
            case.do(add_verdict(case.marks(), verdict))
        export(case, TABLES, folder / "out")
    return Exported(path, recording, index, folder / "out")


def made_recording(path: Path, *, vfr: bool) -> Path:
    return make_block_recording(path, 150, rate=24, vfr=vfr)


@pytest.fixture(scope="session", params=["constant", "variable", "phone"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A constant-rate recording, a variable-rate one, and a phone's."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "phone":
        return exported(folder, data_file("video/face_noface.mov"))
    return exported(folder, made_recording(folder / "made.mp4", vfr=request.param == "variable"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A case whose persons have hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    recording = made_recording(folder / "=1+1 <b> & 'q'.mp4", vfr=True)
    return exported(folder, recording, HOSTILE)
