"""Evidence packages: case, report, clips, stills and tables in one file, with what it takes to check them."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fead_desktop import APP_NAME, __version__
from fead_desktop.case import audit
from fead_desktop.case.audit import LogEntry
from fead_desktop.case.store import Case
from fead_desktop.case.training import REMARK
from fead_desktop.errors import CaseError, OutputError
from fead_desktop.progress import Progress
from fead_desktop.report import packages
from fead_desktop.report.clip_hashes import clip_hashes
from fead_desktop.report.clips import write_clips
from fead_desktop.report.files import cannot_write, written_atomically
from fead_desktop.report.how_to_verify import how_to_verify
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.picture_files import pixel_hash, read_still, write_stills
from fead_desktop.report.redaction import STEM
from fead_desktop.report.redaction import redacted as without_names
from fead_desktop.report.source import Source, open_source

_REDACTED_TABLES = ("csv", "xlsx")
#: Pictures and films don't get smaller.
_PACKED_ALREADY = frozenset({".mp4", ".png", ".pdf", ".xlsx"})


def is_redacted(options: ReportOptions) -> bool:
    """Tell whether a package may show no names or no other persons, and so can't hold the case."""
    return options.replace_names or options.blur_others


def evidence_names(case: Case, options: ReportOptions) -> list[str]:
    """Return the name of the package in the folder."""
    kind = ".redacted" if is_redacted(options) else ""
    stem = STEM if options.replace_names else case.path.stem
    return [f"{stem}{kind}{packages.SUFFIX}"]


def write_evidence(
    case: Case, folder: Path, options: ReportOptions, progress: Progress
) -> list[Path]:
    """Write the evidence package of a case; returns its path.

    A redacted package (names replaced, or faces of others blurred) holds report, clips and tables only. The case's
    log keeps the package's manifest hash.

    Raises
    ------
    CaseError, RecordingError
        When the case holds no results, or its recording is another one, missing or unreadable.
    OutputError
        When the folder can't be written; no half package stays behind.
    CancelledError
        When the analyst cancelled.
    """
    if not case.has_results:
        raise CaseError(f"'{case.path.name}' holds no results yet; analyse its recording first.")
    if case.training is not None:
        raise CaseError(REMARK)
    redacted = is_redacted(options)
    source = open_source(case, options, progress)
    options = replace(options, recording=source.path)
    if options.replace_names:
        case = without_names(case)
    path = folder / evidence_names(case, options)[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=folder) as room:
            work = Path(room)
            log: tuple[LogEntry, ...] = ()
            if redacted:
                _export(case, work, options, progress)
            else:
                frozen = work / packages.CASE_FOLDER / packages.safe_name(case.path.name)
                frozen.parent.mkdir()
                case.save_copy(frozen)
                # Everything is made of the copy: what is edited meanwhile comes into none of it.
                with Case.open(frozen, check=False) as copy:
                    _export(copy, work, options, progress)
                    log = copy.audit_log()
                (work / packages.LOG).write_text(packages.log_text(log), encoding="ascii")
            manifest = _manifest(case, source, options, log)
            noted = _pack(work, path, manifest, progress)
    except OSError as error:
        raise cannot_write(path, error) from error
    with suppress(OutputError):  # a case that can only be read may be exported all the same
        case.log("evidence package", file=path.name, redacted=redacted, manifest_hash=noted)
    return [path]


def _export(case: Case, work: Path, options: ReportOptions, progress: Progress) -> None:
    from fead_desktop.report.html import write_html
    from fead_desktop.report.interchange.formats import FORMATS, TABLES
    from fead_desktop.report.pdf import write_pdf

    redacted = is_redacted(options)
    tables = _REDACTED_TABLES if redacted else TABLES
    writers = [
        ("Report", write_html, "report"),
        ("Report", write_pdf, "report"),
        ("Clips", write_clips, "."),
        *([] if redacted else [("Stills", write_stills, ".")]),
        *((FORMATS[name].title, FORMATS[name].write, "exports") for name in tables),
    ]
    for number, (title, write, room) in enumerate(writers):
        part = _Part(progress, number, len(writers), title)
        part.report("", 0, 1)
        progress.raise_if_cancelled()
        write(case, work / room, options, part)


class _Part:
    """Progress of one format as its part of the package; packing is the last tenth."""

    def __init__(self, whole: Progress, number: int, of: int, title: str):
        self._whole, self._number, self._of, self._title = whole, number, of, title
        self.raise_if_cancelled = whole.raise_if_cancelled

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        """Tell how far the format is."""
        share = min(max(done / total, 0.0), 1.0) if total > 0 else 0.0
        self._whole.report("evidence", 0.9 * (self._number + share) / self._of, 1.0, self._title)


def _manifest(
    case: Case, source: Source, options: ReportOptions, log: tuple[LogEntry, ...]
) -> dict[str, Any]:
    facts, parameters = case.recording, case.parameters
    assert facts is not None
    return {
        "kind": packages.KIND,
        "schema": packages.SCHEMA,
        "program": f"{APP_NAME} {__version__}",
        "written_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "redacted": is_redacted(options),
        "recording": {
            "name": Path(facts.path).name,
            "sha256": source.sha256,
            "size_bytes": facts.size_bytes,
            "width": facts.width,
            "height": facts.height,
            "frames": facts.frames,
            "duration_s": facts.duration_s,
            "variable_frame_rate": facts.variable_frame_rate,
        },
        "parameters": None if parameters is None else parameters.to_dict(),
        "models": [asdict(model) for model in case.models],
        "versions": case.versions,
        "options": options.to_dict(),
        "log": {"entries": len(log), "head": audit.head(log)} if log else None,
    }


def _pack(work: Path, path: Path, manifest: dict[str, Any], progress: Progress) -> str:
    """Write the zip file; returns the manifest hash."""
    hashes: dict[str, str] = {}
    stills: dict[str, dict[str, Any]] = {}
    clips: dict[str, list[str]] = {}
    files = sorted(file for file in work.rglob("*") if file.is_file())
    log = manifest["log"] or {"entries": 0, "head": ""}
    with (
        written_atomically(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for number, file in enumerate(files):
            progress.report("evidence", 0.9 + 0.1 * number / len(files), 1.0, "Packing")
            name = packages.safe_name(file.relative_to(work).as_posix())
            hashes[name] = _add(archive, file, name, progress)
            if file.suffix == ".png":
                stills[name] = _still_facts(file)
            elif file.suffix == ".mp4":
                clips[name] = clip_hashes(file, progress)
        how_to = how_to_verify(
            manifest["recording"]["sha256"], log_head=log["head"], log_entries=log["entries"]
        )
        hashes[packages.HOW_TO] = _add_text(archive, packages.HOW_TO, how_to)
        told = (
            json.dumps({**manifest, "stills": stills, "clips": clips, "files": hashes}, indent=1)
            + "\n"
        )
        hashes[packages.MANIFEST] = _add_text(archive, packages.MANIFEST, told)
        return _add_text(archive, packages.SUMS, packages.sums_text(hashes))


def _add(archive: zipfile.ZipFile, file: Path, name: str, progress: Progress) -> str:
    entry = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
    packed = file.suffix in _PACKED_ALREADY
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    with file.open("rb") as source, archive.open(entry, "w") as target:
        while block := source.read(packages.BLOCK_BYTES):
            progress.raise_if_cancelled()
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _add_text(archive: zipfile.ZipFile, name: str, text: str) -> str:
    data = text.encode()
    archive.writestr(name, data)
    return hashlib.sha256(data).hexdigest()


def _still_facts(file: Path) -> dict[str, Any]:
    picture, texts = read_still(file.read_bytes())
    return {
        "frame_number": int(texts["Frame"]),
        "pts": texts["PTS"],
        "timecode": texts["Timecode"],
        "pixels_sha256": pixel_hash(picture),
    }
