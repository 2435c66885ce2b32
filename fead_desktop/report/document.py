"""What the formats of the report share: its content and pictures, its file, and how far the writing is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fead_desktop.case.store import Case
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report.blocks import Section
from fead_desktop.report.content import ReportContent, build_content
from fead_desktop.report.files import written_atomically
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.stills import StillReader


@dataclass(frozen=True)
class Document:
    """A report that is being written: to ``part``, which becomes ``path`` when it is complete."""

    content: ReportContent
    pictures: StillReader
    progress: Progress
    path: Path
    part: Path

    def sections(self, more: int = 0) -> Iterator[Section]:
        """Yield the sections one by one and tell how far it is; ``more`` steps are still to come then."""
        of = len(self.content.sections) + more
        for done, section in enumerate(self.content.sections):
            self.progress.raise_if_cancelled()
            self.progress.report(self.format, done, of, section.title)
            yield section
        if more:
            self.progress.report(self.format, of - more, of)

    @property
    def format(self) -> str:
        """The name of the format: html or pdf."""
        return self.path.suffix[1:]


@contextmanager
def written_document(
    path: Path, case: Case, options: ReportOptions, progress: Progress | None
) -> Iterator[Document]:
    """Build the content and give what is needed to write it.

    Raises
    ------
    OutputError
    CancelledError
        Nothing half-written stays behind.
    """
    watched = progress or NoProgress()
    content = build_content(case, options, watched)
    with StillReader(case, options, watched) as pictures, written_atomically(path) as part:
        document = Document(content, pictures, watched, path, part)
        yield document
        watched.report(document.format, 1, 1)
