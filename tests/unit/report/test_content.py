"""The content of a report: what it says follows from the case, and the limits are always there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fead_desktop.case.edits import add_verdict
from fead_desktop.case.event_edits import add_hand_event, adjust_event, begin_pass, end_pass
from fead_desktop.case.purpose import NOT_FOR
from fead_desktop.case.selftest import Cell, PersonSelftest, Selftest
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.progress import NoProgress
from fead_desktop.report.blocks import (
    Bars,
    Bullets,
    EventPictures,
    Facts,
    Notice,
    Paragraph,
    Section,
    Table,
)
from fead_desktop.report.content import ReportContent, build_content
from fead_desktop.report.options import EVENT_CHOICES, ReportOptions
from fead_desktop.report.words import IS_NOT
from fead_desktop.review.controls import Control
from fead_desktop.review.filters import EventFilter
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import Verdict
from fead_desktop.video.timebase import format_timecode

CHAPTERS = [
    "summary", "recording", "persons", "timelines", "events", "agreement", "controls", "selftest", "purpose",
    "limits", "method", "dictionary",
]  # fmt: skip


def section(content: ReportContent, name: str) -> Section:
    return next(each for each in content.sections if each.id == name)


def blocks(content: ReportContent, name: str, kind: type) -> list:
    return [each for each in section(content, name).blocks if isinstance(each, kind)]


def texts(content: ReportContent, name: str) -> str:
    return " ".join(each.text for each in blocks(content, name, Paragraph))


@pytest.fixture(scope="module")
def content(reviewed_file: Path) -> ReportContent:
    with Case.open(reviewed_file) as case:
        return build_content(case)


def test_the_chapters_come_in_order(content: ReportContent) -> None:
    chapters = [each.id for each in content.sections if each.level == 1]
    assert [each for each in chapters if each in CHAPTERS] == CHAPTERS
    assert chapters[-1] == "rejected"
    assert len({each.id for each in content.sections}) == len(content.sections)


@pytest.mark.parametrize("events", EVENT_CHOICES)
@pytest.mark.parametrize("stills", [True, False])
def test_no_choice_leaves_the_limits_out(reviewed: Case, events: str, stills: bool) -> None:
    content = build_content(reviewed, ReportOptions(events=events, stills=stills))
    assert Notice(IS_NOT) in section(content, "limits").blocks
    assert Notice(IS_NOT) in section(content, "summary").blocks
    said = [item for each in blocks(content, "limits", Bullets) for item in each.items]
    assert "Nothing here is evidence of deception or intent." in said
    assert set(NOT_FOR) <= set(said)
    assert any("Barrett" in item and "10.1177/1529100619832930" in item for item in said)
    assert any("skin tones" in item for item in said)


def test_the_limits_tell_what_the_frame_rate_hides(content: ReportContent, reviewed: Case) -> None:
    facts = reviewed.recording
    assert facts is not None
    shortest = 2 * facts.duration_s / facts.frames
    assert f"nothing shorter than {shortest:.2g} s can be seen" in texts(content, "limits")


def test_the_summary_counts_what_the_case_holds(content: ReportContent, reviewed: Case) -> None:
    assert "2 persons could be told apart and 6 events listed" in texts(content, "summary")
    flagged = sum(event.flagged for event in reviewed.events())
    assert f"Of these, {flagged} are flagged" in texts(content, "summary")
    assert "2 reviewers judged 4 of them." in texts(content, "summary")
    counts, listed = blocks(content, "summary", Table)
    assert [row[1] for row in counts.rows] == ["2", "1", "1", "1", "1"]
    assert [row[0].text for row in listed.rows] == ["1", "2", "3", "4", "5", "6"]
    ids = {each.id for each in content.sections}
    assert {row[0].section for row in listed.rows} <= ids


def test_the_recording_is_named_with_its_hash_and_kind(
    content: ReportContent, reviewed: Case
) -> None:
    (facts,) = blocks(content, "recording", Facts)
    told = dict(facts.rows)
    known = reviewed.recording
    assert known is not None
    assert told["SHA-256 of the file"] == known.sha256
    assert told["File"] == "a<b>&'c.mp4"
    assert told["Frames"] == "300"
    assert told["Frame rate"].startswith("variable, ")
    assert "h264" in told["Format"]


def test_coverage_says_why_the_rest_could_not_be_analysed(content: ReportContent) -> None:
    (table,) = blocks(content, "recording", Table)
    shares = {row[0]: row[1:] for row in table.rows}
    assert set(shares) == {"could be analysed", "only others seen"}
    for column in range(2):
        assert sum(float(each[column].split()[0]) for each in shares.values()) == pytest.approx(
            100, abs=0.11
        )


def test_an_event_is_told_completely(content: ReportContent, reviewed: Case) -> None:
    event = reviewed.events()[0]
    shown = section(content, "event-1")
    assert format_timecode(event.peak_s) in shown.title
    (pictures,) = [each for each in shown.blocks if isinstance(each, EventPictures)]
    assert (pictures.event, pictures.person) == (event, "Ångström Жанна ע")
    (bars,) = [each for each in shown.blocks if isinstance(each, Bars)]
    assert [row[0] for row in bars.rows] == [reason.label for reason in event.reasons]
    assert [row[2] for row in bars.rows] == [reason.share for reason in event.reasons]
    (facts,) = [each for each in shown.blocks if isinstance(each, Facts)]
    told = dict(facts.rows)
    assert told["p-value"].startswith("0.001: ordinary behaviour")
    assert told["Verdict"] == "✓ confirmed"
    assert "none likely" in told["Artefact"]
    assert (
        "blur, likelihood 82.0 %"
        in dict(next(b for b in section(content, "event-4").blocks if isinstance(b, Facts)).rows)[
            "Artefact"
        ]
    )
    (reviews,) = [each for each in shown.blocks if isinstance(each, Table)]
    assert reviews.rows == (
        ("Kim", "✓ confirmed", "speech", "4/5", "two\nlines\n[eyes, <b>]", "2026-01-02 03:04, blind"),
    )  # fmt: skip


def test_every_verdict_of_a_disputed_event_is_shown(content: ReportContent) -> None:
    (reviews,) = [b for b in section(content, "event-3").blocks if isinstance(b, Table)]
    assert [row[:2] for row in reviews.rows] == [("Kim", "✓ confirmed"), ("Lee", "✗ rejected")]


def test_an_endless_note_is_cut_where_it_can_be_seen(content: ReportContent) -> None:
    (reviews,) = [b for b in section(content, "event-4").blocks if isinstance(b, Table)]
    note = reviews.rows[0][4]
    assert note.count("line\n") == 20
    assert "…" in note


def test_rejected_events_stand_in_the_appendix(content: ReportContent) -> None:
    order = [each.id for each in content.sections]
    assert order.index("event-2") > order.index("rejected") > order.index("dictionary")
    assert order.index("event-3") < order.index("limits")


def test_what_was_not_asked_for_is_named(reviewed: Case) -> None:
    content = build_content(reviewed, ReportOptions(events="confirmed"))
    shown = [each.id for each in content.sections if each.level == 2]
    assert shown == ["event-1"]
    (table,) = blocks(content, "left-out", Table)
    assert [row[0] for row in table.rows] == ["2", "3", "4", "5", "6"]
    said = [each.text for each in blocks(content, "summary", Notice)]
    assert any("only the events that the reviewers confirmed" in text for text in said)


def test_a_filter_chooses_too_and_says_so(reviewed: Case) -> None:
    wanted = EventFilter(reviewer="Lee", sort="time").to_text()
    content = build_content(reviewed, ReportOptions(event_filter=wanted))
    assert [each.id for each in content.sections if each.level == 2] == ["event-3", "event-4"]
    assert [row[0] for row in blocks(content, "left-out", Table)[0].rows] == ["1", "2", "5", "6"]
    assert any("a filter let pass" in each.text for each in blocks(content, "summary", Notice))
    both = ReportOptions(events="confirmed", event_filter=wanted)
    assert "There is no event to show." in texts(build_content(reviewed, both), "events")


def test_agreement_and_purpose_are_those_of_the_case(content: ReportContent) -> None:
    (table,) = blocks(content, "agreement", Table)
    assert table.rows[0][0] == "Kim, Lee"
    (facts,) = blocks(content, "purpose", Facts)
    assert facts.rows == (("Purpose", "to review <b>"), ("Legal basis", "consent"))


def test_the_self_test_is_shown_with_its_intervals(case_file: Path, tmp_path: Path) -> None:
    cells = (Cell("smile", 5.0, 0.5, 10, 9), Cell("smile", 3.0, 0.5, 10, 4))
    result = Selftest(
        "passes 0.2 false alarms a minute",
        1,
        (PersonSelftest(1, "Anna", cells), PersonSelftest(2, "Bo", (), "Bo was seen too briefly.")),
    )
    with Case.open(case_file) as made:
        made.save_copy(tmp_path / "tested.fead")
    with Case.open(tmp_path / "tested.fead") as case:
        case.put_selftest(result)
        content = build_content(case)
    (table,) = blocks(content, "selftest", Table)
    low, high = cells[0].interval
    assert table.head == ("Strength", "0.5 s")
    assert table.rows == (
        ("5 σ", f"90 % ({low * 100:.0f}–{high * 100:.0f})"),
        ("3 σ", "40 % (17–69)"),
    )
    assert "Bo was seen too briefly." in texts(content, "selftest")
    assert "9 of 10 tries" in texts(content, "selftest")


def test_what_a_case_does_not_have_is_said(case: Case) -> None:
    content = build_content(case)
    assert "No self-test was made" in texts(content, "selftest")
    assert "Fewer than two reviewers" in texts(content, "agreement")
    assert dict(blocks(content, "purpose", Facts)[0].rows)["Purpose"] == "not stated"
    assert "No reviewer has judged any of them yet" in texts(content, "summary")


def test_what_reviewers_changed_is_told(case_file: Path, tmp_path: Path) -> None:
    with Case.open(case_file) as made:
        made.save_copy(tmp_path / "changed.fead")
    with Case.open(tmp_path / "changed.fead") as case:
        first = case.events()[0]
        extent = replace(first.extent, onset_frame=0, onset_s=0.0)
        moved = adjust_event(case.marks(), first, extent, "Kim", "2026-01-01T00:00:00")
        assert moved is not None
        case.do(moved)
        new = HandEvent(1.0, 1.5, 2.0, 30, 45, 60, 0, 2, "Lee")
        case.do(add_hand_event(case.marks(), case.events(), new))
        content = build_content(case)
    (facts,) = blocks(content, "event-1", Facts)
    assert dict(facts.rows)["Borders"].startswith("changed by Kim; the program had found 00:00:0")
    added = content.sections[[e.id for e in content.sections].index("agreement") - 1]
    assert "Lee added this event by hand" in texts(content, added.id)
    (facts,) = blocks(content, added.id, Facts)
    assert dict(facts.rows)["Anomaly score"] == "none: the event was added by hand"
    assert "p-value" not in dict(facts.rows)
    assert not [text for text in every_text(added.blocks) if "nan" in text.split()]


def test_controls_are_counted_once_a_pass_is_over(case_file: Path, tmp_path: Path) -> None:
    with Case.open(case_file) as made:
        made.save_copy(tmp_path / "controls.fead")
    with Case.open(tmp_path / "controls.fead") as case:
        control = Control(3.0, 3.2, 3.4, 90, 96, 102, 0, "Kim", 1, time_utc="2026-01-01T00:00:00")
        begun = begin_pass(case.marks(), [control])
        assert begun is not None
        case.do(begun)
        event = case.events()[0]
        judged = [(event.person, event.peak_frame, "confirmed"), (1, 96, "rejected")]
        for person, peak_frame, answer in judged:
            verdict = Verdict(0, "Kim", person, peak_frame, answer, blind=True)
            case.do(add_verdict(case.marks(), verdict))
        assert "No reviewer's pass was mixed" in texts(build_content(case), "controls")
        ending = end_pass(case.marks(), "Kim")
        assert ending is not None
        case.do(ending)
        content = build_content(case)
    (table,) = blocks(content, "controls", Table)
    assert table.rows[0][0] == "Kim"
    assert table.rows[0][1].startswith("1 of 1 ")
    assert table.rows[0][2].startswith("0 of 1 ")
    assert "1 reviewer judged 1 of them." in texts(content, "summary")


def test_parameters_and_dictionary_are_complete(content: ReportContent, reviewed: Case) -> None:
    parameters = blocks(content, "method", Table)[0]
    assert reviewed.parameters is not None
    assert [row[0] for row in parameters.rows] == list(reviewed.parameters.to_dict())
    assert all(row[2] for row in parameters.rows)
    columns = {row[0] for row in blocks(content, "dictionary", Table)[1].rows}
    assert {"p_value", "peak_frame", "lip_corner_pull_l", "happy", "yaw_deg"} <= columns


def test_a_recording_that_is_gone_or_another_one_is_said(reviewed: Case, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"not the recording")
    for path in (tmp_path / "gone.mp4", other):
        content = build_content(reviewed, ReportOptions(recording=path))
        said = [each.text for each in blocks(content, "recording", Notice)]
        assert any("not at hand" in text for text in said)


def test_a_case_without_results_has_no_report(tmp_path: Path) -> None:
    with Case.create(tmp_path / "empty.fead") as empty, pytest.raises(CaseError):
        build_content(empty)


def test_building_can_be_cancelled(reviewed: Case) -> None:
    class Cancelled(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError("Cancelled.")

    with pytest.raises(CancelledError):
        build_content(reviewed, ReportOptions(), Cancelled())


def every_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from every_text(each)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from every_text(getattr(value, name))


def test_no_blank_is_left_unfilled(content: ReportContent) -> None:
    hostile = replace(content, title="").sections
    for text in every_text(hostile):
        assert "{" not in text or "{{ 7 * 7 }}" in text, text
