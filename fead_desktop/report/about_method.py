"""Sections of the report: self-test, purpose, limits, method, words and data dictionary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fead_desktop.anomalies.artefacts import KINDS
from fead_desktop.case.edits import RANGE_KINDS, Range
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.purpose import NOT_FOR, Purpose
from fead_desktop.case.selftest import PersonSelftest
from fead_desktop.features.measures import EXPRESSION_MEASURES
from fead_desktop.features.table import COLUMNS
from fead_desktop.report.blocks import (
    Block,
    Bullets,
    Facts,
    Notice,
    Paragraph,
    Section,
    Subtitle,
    Table,
)
from fead_desktop.report.facts import ReportFacts, plain, plain_lines
from fead_desktop.report.interchange.events import EVENT_COLUMNS, MARKER_COLUMNS
from fead_desktop.report.words import IS_NOT, TERMS
from fead_desktop.video.timebase import format_timecode


def selftest(facts: ReportFacts) -> Section:
    """Say how many planted moments would have been flagged in this recording."""
    words, result = facts.words, facts.case.selftest
    title = words("selftest.title")
    if result is None:
        return Section("selftest", 1, title, (Paragraph(words("selftest.none")),))
    blocks: list[Block] = [
        Paragraph(words("selftest.intro")),
        Paragraph(words("selftest.setting", setting=result.setting)),
    ]
    for person in result.persons:
        sentences = filter(None, (person.sentence, person.picture_sentence))
        blocks += [Subtitle(plain(person.name)), *(Paragraph(plain(each)) for each in sentences)]
        if person.cells:
            blocks.append(_recall(facts, person))
    return Section("selftest", 1, title, tuple(blocks))


def _recall(facts: ReportFacts, person: PersonSelftest) -> Table:
    cells = {(cell.magnitude, cell.duration_s): cell for cell in person.by_size()}
    strengths = sorted({magnitude for magnitude, _ in cells}, reverse=True)
    lengths = sorted({length for _, length in cells})
    rows = []
    for strength in strengths:
        row = [f"{strength:g} σ"]
        for length in lengths:
            cell = cells.get((strength, length))
            low, high = (0.0, 0.0) if cell is None else cell.interval
            told = "–" if cell is None or not cell.planted else f"{cell.recall * 100:.0f} %"
            row.append(told if told == "–" else f"{told} ({low * 100:.0f}–{high * 100:.0f})")
        rows.append(tuple(row))
    return Table(
        facts.words("selftest.table", name=plain(person.name)),
        (facts.words("selftest.strength"), *(f"{length:g} s" for length in lengths)),
        tuple(rows),
        (1,) * (len(lengths) + 1),
        frozenset(range(1, len(lengths) + 1)),
    )


def purpose(facts: ReportFacts) -> Section:
    """Say why the recording was analysed, and on what legal basis."""
    words, stated = facts.words, facts.case.purpose or Purpose()
    rows = tuple(
        (words(f"purpose.{name}"), plain_lines(text) or words("not_stated"))
        for name, text in (("purpose", stated.purpose), ("legal_basis", stated.legal_basis))
    )
    return Section("purpose", 1, words("purpose.title"), (Facts(rows),))


def limits(facts: ReportFacts) -> Section:
    """Say what the results are and are not; no choice of the analyst leaves it out."""
    words, recording = facts.words, facts.recording
    if recording is not None and recording.frames > 1 and recording.duration_s > 0:
        fps = recording.frames / recording.duration_s
        short = words("limits.short_text", fps=f"{fps:.4g} frames", shortest=f"{2 / fps:.2g} s")
    else:
        short = words("limits.short_unknown")
    here = [plain(each) for each in facts.case.limits]
    return Section(
        "limits",
        1,
        words("limits.title"),
        (
            Paragraph(words("limits.intro")),
            Notice(IS_NOT),
            Subtitle(words("limits.apparent")),
            Bullets(words.items("limits.apparent_items")),
            Subtitle(words("limits.errors")),
            Bullets(words.items("limits.errors_items")),
            Subtitle(words("limits.short")),
            Paragraph(short),
            *((Subtitle(words("limits.here")), Bullets(tuple(here))) if here else ()),
            Subtitle(words("limits.biases")),
            Bullets(words.items("limits.biases_items")),
            Subtitle(words("limits.not_for")),
            Bullets(NOT_FOR),
        ),
        new_page=True,
    )


def method(facts: ReportFacts) -> Section:
    """Say how the results were made, with everything that decides them."""
    words, case = facts.words, facts.case
    steps = words.items(
        "method.steps", measures=len(EXPRESSION_MEASURES), artefacts=", ".join(KINDS)
    )
    blocks: list[Block] = [Paragraph(words("method.intro")), Bullets(steps, numbered=True)]
    if case.parameters is not None:
        head = tuple(words(f"method.{name}") for name in ("parameter", "value", "meaning"))
        rows = tuple(_parameter_rows(facts, case.parameters))
        blocks.append(Table(words("method.parameters"), head, rows, (4, 3, 8)))
    blocks += _set_by_analyst(facts)
    if case.models:
        names = ("model", "file", "sha256", "licence")
        head = (
            *(words(f"method.{name}") for name in names[:2]),
            "SHA-256",
            words("method.licence"),
        )
        models = tuple((m.name, m.file, m.sha256, m.licence) for m in case.models)
        blocks.append(Table(words("method.models"), head, models, (4, 6, 9, 3)))
    if case.versions:
        head = (words("method.software"), words("method.version"))
        versions = tuple((plain(name), plain(text)) for name, text in case.versions.items())
        blocks.append(Table(words("method.versions"), head, versions, (2, 5)))
    return Section("method", 1, words("method.title"), tuple(blocks), new_page=True)


def _set_by_analyst(facts: ReportFacts) -> Iterator[Block]:
    """Yield what the analyst set besides: it decides the results as the parameters do."""
    words = facts.words
    steps = Counter(s.action for s in facts.marks.person_steps if s.action != "clustering")
    told: dict[str, list[str]] = {
        kind: [_stretch(facts, each) for each in facts.marks.ranges if each.kind == kind]
        for kind in RANGE_KINDS
    }
    told["person_steps"] = [f"{words(f'person_step.{name}')}: {n}" for name, n in steps.items()]
    told["imported"] = [
        words(
            "method.imported_text",
            file=plain(each.name, 120),
            tool=each.tool_title,
            person=facts.name_of(each.person),
            sha256=each.sha256,
        )
        for each in facts.case.imported()
    ]
    nothing = words("method.nothing")
    yield Subtitle(words("method.set"))
    yield Facts(tuple((words(f"method.{k}"), "\n".join(v) or nothing) for k, v in told.items()))
    tuned = [(who, each) for who, found in facts.case.tuning.items() for each in found]
    if tuned:
        yield Table(
            words("method.tuned"),
            tuple(words(f"method.{name}") for name in ("person", "detector", "value")),
            tuple(
                (facts.name_of(who), f"{each.view}/{each.detector}", each.chosen_text)
                for who, each in tuned
            ),
            (3, 5, 5),
        )


def _stretch(facts: ReportFacts, marked: Range) -> str:
    whose = (
        facts.words("method.everybody") if marked.person is None else facts.name_of(marked.person)
    )
    return facts.words(
        "method.stretch",
        start=format_timecode(marked.start_s),
        end=format_timecode(marked.end_s),
        person=whose,
    )


def _parameter_rows(
    facts: ReportFacts, parameters: AnalysisParameters
) -> Iterator[tuple[str, str, str]]:
    words, meanings = facts.words, facts.words.group("parameter")
    shown_in_place: dict[str, dict[Any, str]] = {
        "rate_fps": {0.0: words("method.every_frame")},
        "start_s": {None: words("method.whole")},
        "end_s": {None: words("method.whole")},
        "num_components": {0: words("method.automatic")},
        "region": {None: words("method.whole_picture")},
        "video_stream": {None: words("method.automatic")},
    }
    for name, value in parameters.to_dict().items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        shown = shown_in_place.get(name, {}).get(text, text)
        yield name, plain(str(shown)), meanings.get(name, "")


def dictionary(facts: ReportFacts) -> Section:
    """Explain the words, and the columns of the tables that are exported beside a report."""
    words = facts.words
    columns = {each.name: each for each in (*EVENT_COLUMNS, *MARKER_COLUMNS, *COLUMNS)}
    return Section(
        "dictionary",
        1,
        words("dictionary.title"),
        (
            Table(
                words("dictionary.words"),
                (words("dictionary.word"), words("dictionary.meaning")),
                TERMS,
                (1, 3),
            ),
            Table(
                words("dictionary.columns"),
                tuple(
                    words(f"dictionary.{name}") for name in ("column", "type", "unit", "meaning")
                ),
                tuple((c.name, c.dtype, c.unit, c.description) for c in columns.values()),
                (5, 2, 3, 9),
            ),
        ),
        new_page=True,
    )
