from __future__ import annotations

from pathlib import Path

import pytest

from fead_desktop.case import edits
from fead_desktop.case.store import Case
from fead_desktop.errors import UsageError
from fead_desktop.report.options import ReportOptions, chosen_events
from fead_desktop.review.verdict import Verdict


def test_the_choices_are_read_as_they_were_written():
    chosen = ReportOptions("confirmed", "letter", clip_speed=0.5, overlays=("box",))
    assert ReportOptions.from_dict(chosen.to_dict()) == chosen


def test_the_place_of_the_recording_is_no_choice_that_is_kept():
    written = ReportOptions(recording=Path("/somewhere/interview.mp4")).to_dict()
    assert "recording" not in written
    assert ReportOptions.from_dict({**written, "later": 1}).recording is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"events": "some"}, "choose from all, confirmed, flagged"),
        ({"paper": "a5"}, "choose from a4, letter"),
        ({"overlays": ("box", "name")}, "no overlay 'name'"),
        ({"clip_margin_s": -1.0}, "0 to 60 seconds"),
        ({"clip_speed": 2.0}, "between 0.1 and 1"),
    ],
)
def test_what_is_no_choice_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        ReportOptions(**wrong)


def test_events_are_chosen_by_threshold_or_by_what_the_reviewers_say(case: Case, tmp_path):
    assert chosen_events(case, ReportOptions()) == case.events()
    flagged = chosen_events(case, ReportOptions(events="flagged"))
    assert flagged == [event for event in case.events() if event.flagged]
    case.save_copy(tmp_path / "copy.fead")
    with Case.open(tmp_path / "copy.fead") as copy:
        first, second = copy.events()[:2]
        for number, (event, reviewer, answer) in enumerate(
            [(first, "A", "confirmed"), (second, "A", "confirmed"), (second, "B", "rejected")], 1
        ):
            given = Verdict(number, reviewer, event.person, event.peak_frame, answer)
            copy.do(edits.add_verdict(copy.marks(), given))
        assert chosen_events(copy, ReportOptions(events="confirmed")) == [first]
