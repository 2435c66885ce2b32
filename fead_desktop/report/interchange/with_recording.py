"""The formats that look at the recording; what each needs is imported when it is written."""

from __future__ import annotations

from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.progress import Progress
from fead_desktop.report.options import ReportOptions


def write_html(case: Case, folder: Path, options: ReportOptions, progress: Progress) -> list[Path]:
    """Write the report as one HTML file."""
    from fead_desktop.report import html

    return html.write_html(case, folder, options, progress)


def html_names(case: Case, options: ReportOptions) -> list[str]:
    """Return its name."""
    from fead_desktop.report import html

    return html.html_names(case, options)


def write_pdf(case: Case, folder: Path, options: ReportOptions, progress: Progress) -> list[Path]:
    """Write the report as PDF."""
    from fead_desktop.report import pdf

    return pdf.write_pdf(case, folder, options, progress)


def pdf_names(case: Case, options: ReportOptions) -> list[str]:
    """Return its name."""
    from fead_desktop.report import pdf

    return pdf.pdf_names(case, options)


def write_clips(case: Case, folder: Path, options: ReportOptions, progress: Progress) -> list[Path]:
    """Write the events as films."""
    from fead_desktop.report import clips

    return clips.write_clips(case, folder, options, progress)


def clip_names(case: Case, options: ReportOptions) -> list[str]:
    """Return their names."""
    from fead_desktop.report import clips

    return clips.clip_names(case, options)


def write_stills(
    case: Case, folder: Path, options: ReportOptions, progress: Progress
) -> list[Path]:
    """Write pictures of the events."""
    from fead_desktop.report import picture_files

    return picture_files.write_stills(case, folder, options, progress)


def still_names(case: Case, options: ReportOptions) -> list[str]:
    """Return their names."""
    from fead_desktop.report import picture_files

    return picture_files.still_names(case, options)


def write_evidence(
    case: Case, folder: Path, options: ReportOptions, progress: Progress
) -> list[Path]:
    """Write the evidence package."""
    from fead_desktop.report import evidence

    return evidence.write_evidence(case, folder, options, progress)


def evidence_names(case: Case, options: ReportOptions) -> list[str]:
    """Return its name."""
    from fead_desktop.report import evidence

    return evidence.evidence_names(case, options)
