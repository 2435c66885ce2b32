"""Sections of the report: summary, recording with coverage, persons, timelines."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fead_desktop.case.coverage import COVERAGE
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.report import figures
from fead_desktop.report.blocks import (
    Block,
    Facts,
    Figure,
    Link,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
)
from fead_desktop.report.blurring import FaceBlur
from fead_desktop.report.drawing import VERDICT_SIGNS
from fead_desktop.report.facts import ReportFacts, percent, plain, seconds, small
from fead_desktop.report.stills import only_own_face
from fead_desktop.report.words import IS_NOT
from fead_desktop.video.timebase import format_timecode


def summary(facts: ReportFacts) -> Section:
    """Say in plain words what was found and what the reviewers say of it."""
    words = facts.words
    events, stale = facts.events, facts.case.stale_persons()
    parameters = facts.case.parameters or AnalysisParameters()
    rate = small(parameters.false_alarms_per_minute)
    blocks: list[Block] = [
        Notice(IS_NOT),
        Paragraph(
            words(
                "summary.found",
                duration=format_timecode(facts.duration_s),
                name=f"“{facts.recording_name}”",
                persons=facts.words.count("person", len(facts.persons)),
                events=facts.words.count("event", len(events)),
            )
        ),
    ]
    if events:
        flagged = sum(event.flagged for event in events)
        name = "summary.flagged" if flagged else "summary.flagged_none"
        text = words(name, rate=rate, flagged=facts.words.count("is", flagged))
        blocks += [Paragraph(f"{text} {_reviewed(facts)}"), _verdict_counts(facts)]
    else:
        blocks.append(Paragraph(words("summary.no_events")))
    if stale:
        names = ", ".join(facts.name_of(person) for person in stale)
        blocks.append(Notice(words("summary.stale", names=names)))
    if "range" in facts.case.changed_since_scored:
        blocks.append(Notice(words("summary.other_ranges")))
    if facts.options.events != "all":
        blocks.append(Notice(words(f"summary.chosen_{facts.options.events}")))
    if facts.options.event_filter:
        blocks.append(Notice(words("summary.filtered")))
    if facts.shown:
        blocks.append(_list_of_events(facts))
    blocks.append(Paragraph(words("summary.made", case=plain(facts.case.path.name, 120))))
    return Section("summary", 1, words("summary.title"), tuple(blocks))


def _reviewed(facts: ReportFacts) -> str:
    reviewers = {each.reviewer for event in facts.events for each in facts.verdicts_on(event)}
    judged = sum(bool(facts.verdicts_on(event)) for event in facts.events)
    if not judged:
        return facts.words("summary.unreviewed")
    count = facts.words.count("reviewer", len(reviewers))
    return facts.words("summary.reviewed", reviewers=count, judged=judged)


def _verdict_counts(facts: ReportFacts) -> Table:
    counts = Counter(facts.state_of(event) for event in facts.events)
    return Table(
        facts.words("summary.verdicts"),
        (facts.words("summary.verdict"), facts.words("summary.events")),
        tuple((verdict_text(facts, state), str(counts[state])) for state in VERDICT_SIGNS),
        (3, 1),
        frozenset({1}),
    )


def verdict_text(facts: ReportFacts, state: str) -> str:
    """Return a verdict with its sign."""
    return f"{VERDICT_SIGNS[state]} {facts.words(f'verdict.{state}')}"


def _list_of_events(facts: ReportFacts) -> Table:
    words = facts.words
    columns = ("event", "person", "peak", "duration", "reason", "p_value", "is_flagged", "verdict")
    return Table(
        words("summary.list"),
        tuple(words(f"summary.{name}") for name in columns),
        tuple(
            (
                Link(str(event.event), f"event-{event.event}"),
                facts.name_of(event.person),
                format_timecode(event.peak_s),
                seconds(event.duration_s),
                str(event.reasons[0]).replace(" σ", "\u00a0σ") if event.reasons else "–",
                "–" if event.p_value is None else small(event.p_value),
                words("yes") if event.flagged else words("no"),
                verdict_text(facts, facts.state_of(event)),
            )
            for event in facts.shown
        ),
        (5, 8, 8, 5, 13, 6, 6, 9),
        frozenset({3, 5}),
        frozenset({2, 7}),
    )


def recording(facts: ReportFacts) -> Section:
    """Say what was analysed: the file, and what share of it could be looked at."""
    words = facts.words
    blocks: list[Block] = []
    if facts.recording is not None:
        rows = _file_rows(facts)
        rows += [(words("recording.remark"), plain(remark)) for remark in facts.recording.remarks]
        blocks.append(Facts(tuple(rows), frozenset({words("recording.sha256")})))
    blocks += _about_pictures(facts)
    return Section(
        "recording", 1, words("recording.title"), (*blocks, *_coverage(facts)), new_page=False
    )


def _file_rows(facts: ReportFacts) -> list[tuple[str, str]]:
    words, known = facts.words, facts.recording
    assert known is not None
    fps = f"{known.frames / known.duration_s:.5g}" if known.duration_s else words("unknown")
    kind = "variable" if known.variable_frame_rate else "constant"
    rows = [
        (words("recording.name"), facts.recording_name),
        (words("recording.sha256"), known.sha256),
        (words("recording.size"), words("recording.bytes", bytes=f"{known.size_bytes:,}")),
    ]
    return [
        *rows,
        *_format_rows(facts),
        (words("recording.picture"), f"{known.width} × {known.height} px"),
        (words("recording.frames"), f"{known.frames:,}"),
        (words("recording.duration"), format_timecode(known.duration_s)),
        (words("recording.rate"), words(f"recording.{kind}", fps=fps)),
    ]


def _format_rows(facts: ReportFacts) -> list[tuple[str, str]]:
    """Describe the streams; not where names are replaced, because streams have titles that others wrote."""
    from fead_desktop.video.container import describe_streams

    if facts.source is None or facts.options.replace_names:
        return []
    path = facts.source.path
    streams = describe_streams(path)
    chosen = facts.case.parameters.video_stream if facts.case.parameters else None
    video = streams.video[streams.best if chosen is None else chosen]
    sound = "; ".join(streams.audio) or facts.words("recording.no_sound")
    return [
        (facts.words("recording.format"), plain(f"{path.suffix.lstrip('.')} · {video}")),
        (facts.words("recording.sound"), plain(sound)),
    ]


def _about_pictures(facts: ReportFacts) -> list[Block]:
    words = facts.words
    if not facts.options.stills:
        return [Paragraph(words("recording.without_stills"))]
    said: list[Block] = []
    if facts.source is None:
        said.append(Notice(words("recording.missing")))
    if facts.options.blur_others:
        said.append(Paragraph(words("recording.blurred")))
    return said


def _coverage(facts: ReportFacts) -> list[Block]:
    """Return the shares of the analysed frames by what was seen, a column for each person."""
    words, coverage = facts.words, facts.case.coverage
    if coverage is None:
        return []
    text = words(
        "recording.looked_at",
        frames=f"{coverage.frames_analysed:,}",
        with_face=f"{coverage.frames_with_face:,}",
        seconds=seconds(coverage.seconds_without_face),
    )
    blocks: list[Block] = [Paragraph(text)]
    codes = [facts.coverage(person.person)[1] for person in facts.persons]
    counts = [np.bincount(each, minlength=len(COVERAGE)) for each in codes]
    if counts:
        rows = tuple(
            (
                words(f"coverage.{kind}"),
                *(percent(count[k] / max(count.sum(), 1)) for count in counts),
            )
            for k, kind in enumerate(COVERAGE)
            if any(count[k] for count in counts)
        )
        names = tuple(facts.name_of(person.person) for person in facts.persons)
        head = (words("recording.kind"), *names)
        widths = (3, *(2 for _ in names))
        numbers = frozenset(range(1, len(head)))
        blocks.append(Table(words("recording.coverage"), head, rows, widths, numbers))
    return blocks


def persons(facts: ReportFacts) -> Section:
    """Show who was told apart."""
    words = facts.words
    if not facts.persons:
        return Section("persons", 1, words("persons.title"), (Paragraph(words("persons.none")),))
    blocks: list[Block] = [Paragraph(words("persons.intro"))]
    if facts.options.stills:
        blocks.append(Pictures(_portraits(facts)))
    columns = ("number", "person", "faces", "first", "last", "on_screen", "events")
    counts = Counter(event.person for event in facts.events)
    table = Table(
        words("persons.table"),
        tuple(words(f"persons.{name}") for name in columns),
        tuple(
            (
                str(person.person),
                facts.name_of(person.person),
                f"{person.faces:,}",
                format_timecode(person.first_s),
                format_timecode(person.last_s),
                seconds(person.screen_time_s),
                str(counts[person.person]),
            )
            for person in facts.persons
        ),
        (4, 8, 4, 6, 6, 5, 4),
        frozenset({2, 5, 6}),
        frozenset({3, 4}),
    )
    return Section("persons", 1, words("persons.title"), (*blocks, table))


def _portraits(facts: ReportFacts) -> tuple[Picture, ...]:
    blur = FaceBlur(facts.case) if facts.options.blur_others else None
    found = []
    for person in facts.persons:
        if person.portrait:
            name = facts.name_of(person.person)
            face = person.portrait if blur is None else only_own_face(person.portrait, blur)
            found.append(Picture(face, name, facts.words("persons.portrait", name=name)))
    return tuple(found)


def timelines(facts: ReportFacts) -> Section:
    """Show each person's recording at a glance."""
    words = facts.words
    blocks: list[Block] = [Paragraph(words("timeline.intro"))]
    blocks += [_timeline(facts, person.person) for person in facts.persons]
    return Section("timelines", 1, words("timeline.title"), tuple(blocks))


def _timeline(facts: ReportFacts, person: int) -> Figure:
    words, name = facts.words, facts.name_of(person)
    marks, coverage = facts.marks_of(person), facts.coverage(person)
    codes = coverage[1]
    share = float((codes == COVERAGE.index("analysed")).mean()) if len(codes) else float("nan")
    listed = [
        words(
            "timeline.alt_event",
            event=mark.event.event,
            peak=format_timecode(mark.event.peak_s),
            verdict=words(f"verdict.{mark.state}"),
        )
        for mark in marks[:20]
    ]
    alt = words(
        "timeline.alt",
        name=name,
        events=words.count("event", len(marks)),
        listed=" ".join(listed),
        share=percent(share),
    )
    names = {"threshold": words("timeline.threshold"), **words.group("coverage")}
    drawing = figures.timeline(
        facts.curve(person), marks, coverage, facts.duration_s, alt=alt, names=names
    )
    return Figure(words("timeline.caption", name=name), drawing)
