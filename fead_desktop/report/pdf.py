"""The report as a PDF; no window is needed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.content import build_content
from fead_desktop.report.files import written_atomically
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.stills import StillReader


def pdf_names(case: Case, _options: ReportOptions) -> list[str]:
    """Return the name of the file."""
    return [f"{case.path.stem}.fead.pdf"]


def write_pdf(
    case: Case, folder: Path, options: ReportOptions, progress: Progress | None = None
) -> list[Path]:
    """Write the report; its pictures wait on the disk, so that a long one needs little more memory than a short one.

    Raises
    ------
    OutputError
    CancelledError
        Nothing half-written stays behind.
    """
    from fead_desktop.report.pdf_blocks import PdfWriter

    progress = progress or NoProgress()
    content = build_content(case, options, progress)
    path = folder / pdf_names(case, options)[0]
    with (
        StillReader(case, options, progress) as reader,
        written_atomically(path) as part,
        tempfile.TemporaryFile(dir=folder) as pictures,
    ):
        writer = PdfWriter(content, reader, pictures)
        for done, section in enumerate(content.sections):
            progress.raise_if_cancelled()
            progress.report("pdf", done, len(content.sections) + 1, section.title)
            writer.section(section)
        progress.report("pdf", len(content.sections), len(content.sections) + 1)
        writer.save(part, progress)
        progress.report("pdf", len(content.sections) + 1, len(content.sections) + 1)
    return [path]
