"""Sections of the report: the events one by one, the agreement of the reviewers, the appendices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fead_desktop.anomalies.calibration import false_alarms_per_minute
from fead_desktop.anomalies.events import AnomalyEvent, Extent
from fead_desktop.anomalies.explanation import agreement as detectors_agreeing
from fead_desktop.progress import Progress
from fead_desktop.report import figures
from fead_desktop.report.about_recording import verdict_text
from fead_desktop.report.blocks import (
    Bars,
    Block,
    EventPictures,
    Facts,
    Figure,
    Paragraph,
    Section,
    Table,
)
from fead_desktop.report.facts import (
    ReportFacts,
    percent,
    plain,
    plain_lines,
    seconds,
    share_text,
    small,
)
from fead_desktop.review.controls import Share
from fead_desktop.review.verdict import CONFIDENCES, Verdict, moment_of
from fead_desktop.video.timebase import format_timecode


def events(facts: ReportFacts, progress: Progress) -> Iterator[Section]:
    """Show each event that was asked for and not rejected."""
    shown = [event for event in facts.shown if facts.state_of(event) != "rejected"]
    said = () if shown else (Paragraph(facts.words("event.none")),)
    yield Section("events", 1, facts.words("event.title"), said, new_page=bool(shown))
    yield from _each(facts, shown, progress)


def appendices(facts: ReportFacts, progress: Progress) -> Iterator[Section]:
    """Show what was rejected, and name what was not asked for."""
    words = facts.words
    rejected = [event for event in facts.shown if facts.state_of(event) == "rejected"]
    if rejected:
        intro = Paragraph(words("appendix.rejected_intro"))
        yield Section("rejected", 1, words("appendix.rejected"), (intro,), new_page=True)
        yield from _each(facts, rejected, progress)
    if facts.left_out:
        table = Table(
            words("appendix.left_out"),
            tuple(words(f"summary.{name}") for name in ("event", "person", "peak", "verdict")),
            tuple(
                (
                    str(event.event),
                    facts.name_of(event.person),
                    format_timecode(event.peak_s),
                    verdict_text(facts, facts.state_of(event)),
                )
                for event in facts.left_out
            ),
            (1, 3, 2, 2),
            unbroken=frozenset({2}),
        )
        blocks = (Paragraph(words("appendix.left_out_intro")), table)
        yield Section("left-out", 1, words("appendix.left_out"), blocks)


def _each(
    facts: ReportFacts, events: Sequence[AnomalyEvent], progress: Progress
) -> Iterator[Section]:
    for event in events:
        progress.raise_if_cancelled()
        yield _event(facts, event)


def _event(facts: ReportFacts, event: AnomalyEvent) -> Section:
    words, name = facts.words, facts.name_of(event.person)
    onset, peak, offset = (
        format_timecode(each) for each in (event.onset_s, event.peak_s, event.offset_s)
    )
    by_hand = {"reviewer": plain(event.added_by, 80)} if event.added_by else {}
    said = words(
        "event.in_words_by_hand" if by_hand else "event.in_words",
        onset=onset,
        offset=offset,
        person=name,
        peak=peak,
        **by_hand,
    )
    blocks: list[Block] = [Paragraph(said)]
    curve = _curve(facts, event)
    blocks.append(EventPictures(event, name, curve) if facts.options.stills else curve)
    if event.reasons:
        head = (words("event.measure"), words("event.sigma"), words("event.share"))
        rows = tuple(
            (each.label, f"{each.sigma:+.1f}\u00a0σ", each.share) for each in event.reasons
        )
        blocks.append(Bars(words("event.why"), head, rows))
    blocks.append(Facts(tuple(_fact_rows(facts, event))))
    verdicts = facts.verdicts_on(event)
    if verdicts:
        blocks.append(_reviews(facts, event, verdicts))
    else:
        blocks.append(Paragraph(words("event.no_reviews")))
    heading = words("event.heading", event=event.event, person=name, peak=peak)
    return Section(f"event-{event.event}", 2, heading, tuple(blocks))


def _curve(facts: ReportFacts, event: AnomalyEvent) -> Figure:
    words = facts.words
    alt = words(
        "event.curve_alt_by_hand" if event.added_by else "event.curve_alt",
        person=facts.name_of(event.person),
        event=event.event,
        score=f"{event.score:.2f}",
        peak=format_timecode(event.peak_s),
        start=format_timecode(event.onset_s),
        stop=format_timecode(event.offset_s),
    )
    names = {"threshold": words("timeline.threshold"), "peak": words("event.peak")}
    drawing = figures.around(
        facts.curve(event.person), event, facts.duration_s, alt=alt, names=names
    )
    return Figure(words("event.curve", event=event.event), drawing)


def _fact_rows(facts: ReportFacts, event: AnomalyEvent) -> Iterator[tuple[str, str]]:
    words = facts.words
    yield (
        words("event.stretch"),
        words(
            "event.stretch_text",
            onset=format_timecode(event.onset_s),
            offset=format_timecode(event.offset_s),
            duration=seconds(event.duration_s),
            first=event.onset_frame,
            last=event.offset_frame,
        ),
    )
    peak = words("event.peak_text", peak=format_timecode(event.peak_s), frame=event.peak_frame)
    yield words("event.peak"), peak
    if event.original is not None:
        yield words("event.borders"), _borders_text(facts, event, event.original)
    score = words(
        "event.score_text", score=f"{event.score:.2f}", view=event.view, detector=event.detector
    )
    yield words("event.score"), words("event.by_hand") if event.added_by else score
    if not event.added_by:
        yield words("event.p_value"), _p_text(facts, event)
        yield words("event.flagged"), words("yes") if event.flagged else words("no")
        yield words("event.artefact"), _artefact_text(facts, event)
    scores = facts.scores(event.person)
    if scores is not None and not event.added_by:
        agreed = detectors_agreeing(scores.scores, scores.time_s, event)
        if agreed.detectors:
            yield words("event.agree"), str(agreed)
    twin = facts.twin(event)
    yield (
        words("event.usual"),
        words("event.no_twin")
        if twin is None
        else words("event.peak_text", peak=format_timecode(twin[1]), frame=twin[0]),
    )
    yield words("event.verdict"), verdict_text(facts, facts.state_of(event))


def _borders_text(facts: ReportFacts, event: AnomalyEvent, found: Extent) -> str:
    said = facts.adjustments.get(moment_of(event))
    return facts.words(
        "event.borders_text",
        reviewer=plain(said.reviewer, 80) if said is not None else facts.words("unknown"),
        onset=format_timecode(found.onset_s),
        offset=format_timecode(found.offset_s),
        peak=format_timecode(found.peak_s),
    )


def _p_text(facts: ReportFacts, event: AnomalyEvent) -> str:
    words = facts.words
    if event.p_value is None:
        return words("event.p_none")
    rate = small(false_alarms_per_minute(event.p_value))
    text = words("event.p_text", p=small(event.p_value), rate=rate)
    return f"{text} ({words('event.extrapolated')})" if event.extrapolated else text


def _artefact_text(facts: ReportFacts, event: AnomalyEvent) -> str:
    words, artefact = facts.words, event.artefact
    if artefact is None:
        return words("event.artefact_unchecked")
    likelihood = percent(artefact.likelihood) if np.isfinite(artefact.likelihood) else "–"
    if artefact.label is None:
        return words("event.artefact_none", likelihood=likelihood)
    return words("event.artefact_text", label=artefact.label, likelihood=likelihood)


def _reviews(facts: ReportFacts, event: AnomalyEvent, verdicts: Sequence[Verdict]) -> Table:
    words = facts.words
    columns = ("reviewer", "answer", "reason", "confidence", "note", "given")
    return Table(
        words("event.reviews", event=event.event),
        tuple(words(f"event.{name}") for name in columns),
        tuple(
            (
                plain(each.reviewer, 80),
                verdict_text(facts, each.answer),
                plain(each.reason) or "–",
                "–" if each.confidence is None else f"{each.confidence}/{CONFIDENCES[-1]}",
                _note(each),
                _given(facts, each),
            )
            for each in verdicts
        ),
        (4, 4, 4, 4, 8, 6),
        frozenset({3}),
    )


def _note(verdict: Verdict) -> str:
    tags = plain(verdict.tags)
    return "\n".join(filter(None, (plain_lines(verdict.note), f"[{tags}]" if tags else ""))) or "–"


def _given(facts: ReportFacts, verdict: Verdict) -> str:
    time = plain(verdict.time_utc)[:16].replace("T", " ")
    return facts.words("event.blind_short", time=time) if verdict.blind else time


def agreement(facts: ReportFacts) -> Section:
    """Say how far the reviewers agree."""
    words, together = facts.words, facts.reliability.overall
    every = [together] if together is not None and len(together.reviewers) > 2 else []
    every += facts.reliability.pairs
    title = words("agreement.title")
    if not every:
        return Section("agreement", 1, title, (Paragraph(words("agreement.none")),))
    table = Table(
        words("agreement.table"),
        tuple(words(f"agreement.{name}") for name in ("reviewers", "result", "observed")),
        tuple(
            (
                ", ".join(plain(name, 80) for name in each.reviewers),
                str(each),
                percent(each.observed),
            )
            for each in every
        ),
        (4, 6, 2),
        frozenset({2}),
    )
    return Section("agreement", 1, title, (Paragraph(words("agreement.intro")), table))


def controls(facts: ReportFacts) -> Section:
    """Say how often ordinary moments were confirmed, reviewer by reviewer, once a pass is over."""
    words, title = facts.words, facts.words("controls.title")
    if not facts.reliability.controls:
        return Section("controls", 1, title, (Paragraph(words("controls.none")),))
    columns = ("reviewer", "events", "false", "difference", "halves", "change")
    table = Table(
        words("controls.table"),
        tuple(words(f"controls.{name}") for name in columns),
        tuple(
            (
                plain(each.reviewer, 80),
                _share(each.events),
                _share(each.false_confirmations),
                small(each.p_difference),
                words(
                    "controls.halves_text",
                    first=each.over_time[0].said,
                    first_of=each.over_time[0].of,
                    second=each.over_time[1].said,
                    second_of=each.over_time[1].of,
                ),
                small(each.p_change),
            )
            for each in facts.reliability.controls
        ),
        (4, 5, 5, 4, 5, 3),
        frozenset({3, 5}),
    )
    return Section("controls", 1, title, (Paragraph(words("controls.intro")), table))


def _share(share: Share) -> str:
    return share_text(share.said, share.of, share.low, share.high)
