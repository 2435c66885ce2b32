"""Names are replaced wherever a case tells them, and nowhere in the file itself."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fead_desktop.case import edits, event_edits
from fead_desktop.case.edits import Marker
from fead_desktop.case.selftest import PersonSelftest, Selftest
from fead_desktop.case.store import Case
from fead_desktop.errors import OutputError
from fead_desktop.report.interchange.formats import TABLES, export, planned
from fead_desktop.report.options import ReportOptions
from fead_desktop.report.redaction import redacted
from fead_desktop.review.controls import Control
from fead_desktop.review.moments import HandEvent
from fead_desktop.review.verdict import Verdict
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

NAMES = ("Ánna Müller", "O'Brien")
SECRETS = ("Ánna", "Müller", "Brien", "Kim Lee", "Lichtstrasse", "Vernehmung")
NOTE = "anna? No: ÁNNA_2 and Müller's lawyer, says Kim Lee of Vernehmung 7; Annahme stays"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("names") / "Lichtstrasse 5"
    folder.mkdir()
    recording = make_block_recording(folder / "Vernehmung 7.mp4", 90)
    with Case.open(make_case(folder / "Vernehmung 7.fead", recording, names=NAMES)) as made:
        event = made.events()[0]
        made.do(edits.add_marker(made.marks(), Marker(0, 0.0, 0.0, 0, 0, text=NOTE)))
        given = Verdict(0, "Kim Lee", event.person, event.peak_frame, "confirmed", note=NOTE)
        made.do(edits.add_verdict(made.marks(), given))
        persons = tuple(PersonSelftest(n, name) for n, name in enumerate(NAMES, 1))
        made.put_selftest(Selftest("Vernehmung 7 of Kim Lee", 1, persons))
        yield made


def test_persons_reviewers_and_files_get_other_names(case: Case) -> None:
    shown = redacted(case)
    assert [person.name for person in shown.persons()] == ["Person 1", "Person 2"]
    assert shown.recording is not None
    assert shown.recording.path == "recording.mp4"
    assert shown.path == Path("recording.fead")
    (verdict,) = shown.marks().verdicts
    assert verdict.reviewer == "Reviewer 1"
    assert shown.events() == case.events()


def test_who_changed_or_added_events_is_not_told(case: Case, tmp_path: Path) -> None:
    event = case.events()[1]
    added = HandEvent(0.1, 0.2, 0.3, 3, 6, 9, 0, 1, "Ina Wolf", "t")
    control = Control(0.1, 0.2, 0.3, 3, 7, 9, 0, "Kim Lee", 1, ended=True)
    extent = replace(event.extent, offset_frame=event.offset_frame + 1)
    for edit in (
        event_edits.add_hand_event(case.marks(), [], added),
        event_edits.begin_pass(case.marks(), [control]),
        event_edits.adjust_event(case.marks(), event, extent, "Ina Wolf", "t"),
    ):
        assert edit is not None
        case.do(edit)
    try:
        shown = redacted(case)
        assert shown.events()[-1].added_by == "Reviewer 2"
        assert shown.events()[1].original == event.extent
        assert "Wolf" not in str(shown.marks())
        assert "Kim" not in str(shown.marks())
    finally:
        for _ in range(3):
            case.undo()


def test_names_inside_notes_are_replaced_and_other_words_stay(case: Case) -> None:
    (marker,) = redacted(case).marks().markers
    assert marker.text == (
        "anna? No: Person 1_2 and Person 1's lawyer, says Reviewer 1 of recording; Annahme stays"
    )


def test_the_file_keeps_its_names(case: Case) -> None:
    redacted(case)
    assert [person.name for person in case.persons()] == list(NAMES)
    assert case.marks().markers[0].text == NOTE


def test_a_case_is_not_copied_with_its_names(case: Case, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="without its names"):
        redacted(case).save_copy(tmp_path / "copy.fead")


def test_no_name_is_in_any_file_or_its_name(case: Case, tmp_path: Path) -> None:
    written = export(case, TABLES, tmp_path / "out", ReportOptions(replace_names=True))
    assert planned(case, TABLES, ReportOptions(replace_names=True)) == [p.name for p in written]
    contents = {path.name: path.read_bytes() for path in written}
    for path in written:
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as parts:
                contents |= {f"{path.name}/{name}": parts.read(name) for name in parts.namelist()}
    told = [
        (name, secret)
        for name, data in contents.items()
        for secret in SECRETS
        if secret.lower().encode() in data.lower() or secret.lower() in name.lower()
    ]
    assert not told
    assert any(b"Reviewer 1" in data for data in contents.values())
