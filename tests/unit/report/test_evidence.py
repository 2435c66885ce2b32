"""Evidence packages: complete, checkable with standard tools, never half, and silent about replaced names."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.case.edits import Marker, add_marker, add_verdict
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.evidence import evidence_names, write_evidence
from fead_desktop.report.files import write_atomically
from fead_desktop.report.interchange.formats import export
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.picture_files import read_still
from fead_desktop.report.verification import manifest_hash, verify_package
from fead_desktop.review.verdict import Verdict
from fead_desktop.video.audio import has_audio
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

NAMES = ("Zoë Quillfeather", "Bartholomew")
OPTIONS = ReportOptions(clip_margin_s=0.1)
REDACTED = ReportOptions(clip_margin_s=0.0, blur_others=True, replace_names=True)


@pytest.fixture(scope="module")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interview-Quillfeather")
    recording = make_block_recording(folder / "secret interview.mp4", 90, sound=True)
    path = make_case(folder / "secret interview.fead", recording, names=NAMES, events=2)
    with Case.open(path) as case:
        case.who = "Ottoline"
        marker = Marker(0, 1.0, 1.0, 30, 30, text="<script>alert(1)</script> Zoë asks Bartholomew")
        case.do(add_marker(case.marks(), marker))
        event = case.events()[0]
        note = "quillfeather smiles at ottoline; =cmd|' /C calc'!A0"
        verdict = Verdict(
            0, "Ottoline", event.person, event.peak_frame, "confirmed", note=note,
            time_utc="2026-01-01T00:00:00.000+00:00",
        )  # fmt: skip
        case.do(add_verdict(case.marks(), verdict))
    return path


@pytest.fixture(scope="module")
def package(case_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Case.open(case_file) as case:
        (path,) = write_evidence(case, tmp_path_factory.mktemp("out"), OPTIONS, NoProgress())
        assert [path.name] == evidence_names(case, OPTIONS)
    return path


@pytest.fixture(scope="module")
def redacted(case_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # As the command and the window do it, which replace names once before.
    with Case.open(case_file) as case:
        (path,) = export(case, ["evidence"], tmp_path_factory.mktemp("out"), REDACTED)
        assert [path.name] == evidence_names(case, REDACTED)
    return path


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder


def test_a_package_holds_everything(unpacked: Path, case_file: Path) -> None:
    kinds = {path.suffix for path in unpacked.rglob("*") if path.is_file()}
    assert kinds >= {
        ".fead", ".html", ".pdf", ".mp4", ".png", ".csv", ".xlsx", ".json", ".eaf", ".TextGrid", ".srt", ".vtt",
        ".ffmetadata", ".txt",
    }  # fmt: skip
    manifest = json.loads((unpacked / "manifest.json").read_bytes())
    with Case.open(case_file) as case:
        assert manifest["recording"]["sha256"] == case.recording.sha256
        assert manifest["parameters"] == case.parameters.to_dict()
        log = case.audit_log()
    # The entry about the package itself came after the package.
    assert manifest["log"]["head"] == log[-2].hash
    assert log[-1].detail["manifest_hash"] == (
        hashlib.sha256((unpacked / "SHA256SUMS").read_bytes()).hexdigest()
    )
    for name, facts in manifest["stills"].items():
        picture, _ = read_still((unpacked / name).read_bytes())
        assert facts["pixels_sha256"] == hashlib.sha256(picture.tobytes()).hexdigest()
    assert len(manifest["stills"]) == 6
    assert len(manifest["clips"]) == 2


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg command")
def test_the_hashes_of_a_clips_pictures_are_ffmpegs(unpacked: Path) -> None:
    manifest = json.loads((unpacked / "manifest.json").read_bytes())
    for name, hashes in manifest["clips"].items():
        command = ["ffmpeg", "-v", "error", "-i", unpacked / name, "-map", "0:v"]
        told = subprocess.run(
            [*command, "-f", "framehash", "-hash", "sha256", "-"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines = [line for line in told.stdout.splitlines() if not line.startswith("#")]
        assert [line.split(",")[-1].strip() for line in lines] == hashes


def test_the_case_in_it_is_whole(unpacked: Path) -> None:
    with Case.open(unpacked / "case" / "secret interview.fead") as case:
        assert [person.name for person in case.persons()] == list(NAMES)
        assert len(case.marks().verdicts) == 1


def test_an_untouched_package_passes(package: Path, case_file: Path) -> None:
    recording = case_file.with_suffix(".mp4")
    result = verify_package(package, manifest_hash(package).upper(), recording)
    assert result.ok, result.lines()
    said = " ".join(result.lines())
    assert "the one that was noted" in said
    assert "6 stills show the named frame" in said
    alone = verify_package(package)
    assert alone.ok
    assert "can't be excluded" in " ".join(alone.lines())


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not here")
def test_it_passes_standard_tools_alone(unpacked: Path) -> None:
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=unpacked, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not here")
def test_what_the_page_says_to_type_works(unpacked: Path, tmp_path: Path) -> None:
    page = (unpacked / "HOW-TO-VERIFY.txt").read_text()
    commands = re.findall(r"^     (find .*|previous=(?:.*\n)*?     done.*)$", page, re.MULTILINE)
    assert len(commands) == 2

    def said(folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-c", "\n".join(commands)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert said(unpacked) == ""
    altered = tmp_path / "altered"
    shutil.copytree(unpacked, altered)
    (altered / "extra.txt").write_text("x")
    log = altered / "log.txt"
    log.write_text(log.read_text().replace("add marker", "and marker"))
    assert "extra.txt" in said(altered)
    assert "does not fit: {" in said(altered)
    assert str(log.stat().st_size) != "0"


def test_a_redacted_package_holds_report_clips_and_tables_only(redacted: Path, case_file) -> None:
    with zipfile.ZipFile(redacted) as archive:
        names = archive.namelist()
        clips = [name for name in names if name.endswith(".mp4")]
        manifest = json.loads(archive.read("manifest.json"))
        clip = Path(archive.extract(clips[0], redacted.parent))
    kinds = {Path(name).suffix for name in names}
    assert kinds <= {".html", ".pdf", ".mp4", ".csv", ".xlsx", ".txt", ".json", ""}
    assert not any("stills" in name or "log" in name for name in names)
    assert manifest["redacted"] is True
    assert manifest["log"] is None
    assert len(clips) == 2
    assert not has_audio(clip)
    assert verify_package(redacted, recording=case_file.with_suffix(".mp4")).ok
    assert redacted.name == "recording.redacted.evidence.zip"


def test_replaced_names_are_nowhere_in_the_unpacked_bytes(redacted: Path, package: Path) -> None:
    hidden = [b"quillfeather", b"bartholomew", b"ottoline", b"secret", b"interview", b"zo\xc3\xab"]
    found = {name for name in hidden for data in contents(redacted) if name in data.lower()}
    assert found == set()
    # The search can find them: they are in the full package.
    assert all(any(name in data.lower() for data in contents(package)) for name in hidden)


def pdf_text(data: bytes) -> bytes:
    """Return the words of a PDF as a reader sees them; nothing where poppler is not here."""
    if not shutil.which("pdftotext"):
        return b""
    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout


def contents(path: Path) -> list[bytes]:
    """Return names and contents of all files, the streams of PDFs and the parts of workbooks unpacked."""
    parts = [path.read_bytes(), path.name.encode()]
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            parts += [name.encode(), data, data.replace(b"\0", b"")]
            if name.endswith(".pdf"):
                parts.append(pdf_text(data))
                for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
                    try:
                        parts.append(zlib.decompressobj().decompress(stream))
                    except zlib.error:
                        parts.append(stream)
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(data)) as book:
                    parts += [book.read(part) for part in book.namelist()]
    return parts


class _CancelsAt(NoProgress):
    def __init__(self, call: int):
        self.left = call

    def raise_if_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CancelledError("cancelled")


def test_cancelling_at_any_time_leaves_nothing(
    case_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(case: Case, folder: Path, options: ReportOptions, progress: Progress) -> list[Path]:
        progress.raise_if_cancelled()
        return [write_atomically(folder / "report.html", b"a report takes its time")]

    monkeypatch.setattr("fead_desktop.report.html.write_html", report)
    monkeypatch.setattr("fead_desktop.report.pdf.write_pdf", report)
    monkeypatch.setattr("fead_desktop.report.evidence.write_clips", report)
    counted = _CancelsAt(10**9)
    with Case.open(case_file) as case:
        write_evidence(case, tmp_path / "whole", OPTIONS, counted)
        log = len(case.audit_log())
        total = 10**9 - counted.left
        assert total > 20
        for call in np.linspace(1, total - 1, 4).astype(int):
            with pytest.raises(CancelledError):
                write_evidence(case, tmp_path / "out", OPTIONS, _CancelsAt(int(call)))
            assert list((tmp_path / "out").glob("*")) == []
        assert len(case.audit_log()) == log


def test_another_recording_makes_no_package(case_file: Path, tmp_path: Path) -> None:
    other = make_block_recording(tmp_path / "other.mp4", 10)
    with Case.open(case_file) as case, pytest.raises(CaseError, match="not the recording"):
        write_evidence(case, tmp_path / "out", ReportOptions(recording=other), NoProgress())
    assert not (tmp_path / "out").exists()
