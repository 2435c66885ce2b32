"""The report as a PDF; no window is needed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.progress import Progress
from fead_desktop.report.document import written_document
from fead_desktop.report.options import ReportOptions


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

    path = folder / pdf_names(case, options)[0]
    with (
        written_document(path, case, options, progress) as document,
        tempfile.TemporaryFile(dir=folder) as pictures,
    ):
        writer = PdfWriter(document.content, document.pictures, pictures)
        for section in document.sections(more=1):
            writer.section(section)
        writer.save(document.part, document.progress)
    return [path]
