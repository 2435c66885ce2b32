"""What files tell of the review: borders, added events, agreement, and controls only once a pass is over."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from fead_desktop.case import edits, event_edits
from fead_desktop.case.store import Case
from fead_desktop.report.interchange.events import csv_bytes, events_table
from fead_desktop.report.interchange.timeline import build_timeline
from fead_desktop.report.reliability import reliability
from fead_desktop.report.tables import export_json
from fead_desktop.report.verdicts import COLUMNS, verdict_rows
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import ANSWERS, Verdict, moment_of

ANNA = (0, 0, 1, 0, 2, 1)
BEN = (0, 1, 1, 0, 2, 0)


@pytest.fixture
def own(case_file: Path, tmp_path: Path) -> Iterator[Case]:
    """Anna and Ben judged all six events, Anna two controls also; her pass is not over."""
    with Case.open(Path(shutil.copy(case_file, tmp_path / "own.fead"))) as case:
        events = case.events()
        mixed = [Control(k, k, k, 30 * k, 30 * k, 30 * k, 0, "Anna", 1) for k in (2, 4)]
        begun = event_edits.begin_pass(case.marks(), mixed)
        assert begun is not None
        case.do(begun)
        for name, codes in (("Anna", ANNA), ("Ben", BEN)):
            for event, code in zip(events, codes, strict=True):
                said = Verdict(0, name, *moment_of(event), ANSWERS[code], blind=True, time_utc="t")
                case.do(edits.add_verdict(case.marks(), said))
        for each in mixed:
            said = Verdict(0, "Anna", *each.moment, "confirmed", blind=True, time_utc="t")
            case.do(edits.add_verdict(case.marks(), said))
        yield case


def end(case: Case) -> None:
    edit = event_edits.end_pass(case.marks(), "Anna")
    assert edit is not None
    case.do(edit)


def test_agreement_is_in_the_summary_and_leaves_controls_out(own: Case, tmp_path: Path) -> None:
    values = json.loads(export_json(own, tmp_path).read_text())["review"]
    assert values["agreement"]["events"] == 6
    assert values["agreement"]["kappa"] == pytest.approx(cohen_kappa_score(ANNA, BEN))
    assert values["agreement"]["low"] < values["agreement"]["kappa"] < values["agreement"]["high"]
    assert [pair["reviewers"] for pair in values["pairs"]] == [["Anna", "Ben"]]
    assert values["controls"] == []


def test_no_file_tells_a_control_before_the_pass_is_over(own: Case, tmp_path: Path) -> None:
    names = [column.name for column in COLUMNS]
    rows = [dict(zip(names, row, strict=True)) for row in verdict_rows(own)]
    assert len(rows) == 12
    assert all(row["event"] != "" and row["control"] == 0 for row in rows)
    end(own)
    rows = [dict(zip(names, row, strict=True)) for row in verdict_rows(own)]
    assert [row["control"] for row in rows] == [0] * 12 + [1, 1]
    (figures,) = reliability(own).controls
    assert (figures.false_confirmations.said, figures.false_confirmations.of) == (2, 2)
    assert (figures.events.said, figures.events.of) == (3, 6)
    values = json.loads(export_json(own, tmp_path).read_text())["review"]["controls"][0]
    assert values["reviewer"] == "Anna"
    assert values["false_confirmations"] == {
        "said": 2, "of": 2, "low": pytest.approx(0.025**0.5), "high": 1.0
    }  # fmt: skip


def test_changed_borders_and_added_events_are_marked_in_the_tables(own: Case) -> None:
    event = own.events()[1]
    moved = replace(event.extent, onset_frame=event.onset_frame - 2, onset_s=event.onset_s - 0.1)
    edit = event_edits.adjust_event(own.marks(), event, moved, "Ben", "t")
    assert edit is not None
    own.do(edit)
    added = HandEvent(1.0, 1.2, 1.4, 30, 36, 42, 0, 2, "Ben", "t")
    own.do(event_edits.add_hand_event(own.marks(), own.events(), added))
    rows = list(csv.DictReader(csv_bytes(events_table(own)).decode().splitlines()))
    assert [row["added_by"] for row in rows] == [""] * 6 + ["Ben"]
    assert rows[1]["onset_frame"] == str(event.onset_frame - 2)
    assert rows[1]["found_onset_frame"] == str(event.onset_frame)
    assert rows[0]["found_onset_frame"] == rows[-1]["found_peak_frame"] == ""
    assert (rows[-1]["score"], rows[-1]["peak_frame"]) == ("", "36")
    texts = [cue.text for cue in build_timeline(own).cues]
    assert sum("added by hand by Ben" in text for text in texts) == 1


def test_a_case_nobody_judged_has_no_review(case: Case, tmp_path: Path) -> None:
    assert "review" not in json.loads(export_json(case, tmp_path).read_text())
    assert reliability(case).overall is None
