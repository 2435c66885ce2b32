"""The content of a report, built once from a case; the writers only format it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fead_desktop import APP_NAME, __version__
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError
from fead_desktop.progress import NoProgress, Progress
from fead_desktop.report import about_events, about_method, about_recording
from fead_desktop.report.blocks import Section
from fead_desktop.report.facts import ReportFacts
from fead_desktop.report.language import Words
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.stills import found_source


@dataclass(frozen=True)
class ReportContent:
    """A report without a format: sections in order, each with its blocks.

    Pictures of events are not in it (:class:`fead_desktop.report.stills.StillReader` makes them one event at a
    time), so that a report on hundreds of events fits into memory.
    """

    title: str
    subtitle: str
    words: Words
    options: ReportOptions
    sections: tuple[Section, ...]


def build_content(
    case: Case, options: ReportOptions | None = None, progress: Progress | None = None
) -> ReportContent:
    """Build the report on a case.

    Raises
    ------
    CaseError
        When the case holds no results yet.
    CancelledError
    """
    if not case.has_results:
        raise CaseError(f"'{case.path.name}' holds no results yet; analyse its recording first.")
    options = options or ReportOptions()
    progress = progress or NoProgress()
    source = found_source(case, options, progress)
    facts = ReportFacts(case, options, Words(options.language), source)
    words = facts.words
    return ReportContent(
        title=words("title", name=facts.recording_name),
        subtitle=words("subtitle", app=f"{APP_NAME} {__version__}"),
        words=words,
        options=options,
        sections=tuple(_sections(facts, progress)),
    )


def _sections(facts: ReportFacts, progress: Progress) -> Iterator[Section]:
    yield about_recording.summary(facts)
    yield about_recording.recording(facts)
    yield about_recording.persons(facts)
    yield about_recording.timelines(facts)
    yield from about_events.events(facts, progress)
    yield about_events.agreement(facts)
    yield about_events.controls(facts)
    yield about_method.selftest(facts)
    yield about_method.purpose(facts)
    yield about_method.limits(facts)
    yield about_method.method(facts)
    yield about_method.dictionary(facts)
    yield from about_events.appendices(facts, progress)
