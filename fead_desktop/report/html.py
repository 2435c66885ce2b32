"""The report as one HTML file that needs no network: pictures and drawings are inside, no script is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from fead_desktop import paths
from fead_desktop.case.store import Case
from fead_desktop.progress import Progress
from fead_desktop.report.document import Document, written_document
from fead_desktop.report.drawing import COLOURS
from fead_desktop.report.event_pictures import pictures_of
from fead_desktop.report.facts import percent
from fead_desktop.report.options import ReportOptions


def html_names(case: Case, _options: ReportOptions) -> list[str]:
    """Return the name of the file."""
    return [f"{case.path.stem}.fead.html"]


def write_html(
    case: Case, folder: Path, options: ReportOptions, progress: Progress | None = None
) -> list[Path]:
    """Write the report; it goes to the disk section by section, so that its length needs no memory.

    Raises
    ------
    OutputError
    CancelledError
        Nothing half-written stays behind.
    """
    path = folder / html_names(case, options)[0]
    with (
        written_document(path, case, options, progress) as document,
        document.part.open("w", encoding="utf-8", errors="replace") as file,
    ):
        file.writelines(_pieces(document))
    return [path]


def _pieces(document: Document) -> Iterator[str]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(paths.resources_dir() / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    content = document.content
    return environment.get_template("report.html").generate(
        content=content,
        sections=document.sections(),
        colours=COLOURS,
        paper="letter" if content.options.paper == "letter" else "A4",
        name_of=lambda colour: colour.replace(" ", "-"),
        kind_of=lambda each: type(each).__name__,
        percent=percent,
        base64=lambda data: b64encode(data).decode("ascii"),
        pictures_of=lambda block: pictures_of(block, document.pictures, content.words),
    )
