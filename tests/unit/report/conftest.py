"""A finished case that no test of the reports writes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fead_desktop.case.edits import add_verdict
from fead_desktop.case.purpose import Purpose
from fead_desktop.case.store import Case
from fead_desktop.review.verdict import Verdict
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording


@pytest.fixture(scope="session")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons, six events, 10 s."""
    folder = tmp_path_factory.mktemp("report")
    return make_case(folder / "made.fead", make_block_recording(folder / "made.mp4", 300))


@pytest.fixture
def case(case_file: Path) -> Iterator[Case]:
    with Case.open(case_file) as opened:
        yield opened


#: Names and notes that try to be something other than text.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> \"q\" 'a' &amp; {{ 7 * 7 }} ${x} ]]>"
)
LONG = "W" * 900


@pytest.fixture(scope="session")
def reviewed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons with names of any script, six events: confirmed, rejected, disputed, unsure, two left."""
    folder = tmp_path_factory.mktemp("reviewed")
    recording = make_block_recording(folder / "a<b>&'c.mp4", 300, vfr=True)
    path = make_case(folder / "made.fead", recording, names=("Ångström Жанна ע", HOSTILE[:60]))
    given = [
        (1, "Kim", "confirmed", "two\nlines"),
        (2, "Kim", "rejected", HOSTILE),
        (3, "Kim", "confirmed", ""),
        (3, "Lee", "rejected", LONG),
        (4, "Lee", "unsure", "\n".join("line" for _ in range(200))),
    ]
    with Case.open(path) as opened:
        events = {event.event: event for event in opened.events()}
        for number, reviewer, answer, note in given:
            event = events[number]
            verdict = Verdict(
                0,
                reviewer,
                event.person,
                event.peak_frame,
                answer,
                "speech",
                confidence=4,
                note=note[:1000],
                tags="eyes, <b>",
                blind=reviewer == "Kim",
                time_utc="2026-01-02T03:04:05.000+00:00",
            )
            opened.do(add_verdict(opened.marks(), verdict))
        opened.put_purpose(Purpose("to review <b>", "consent"))
    return path


@pytest.fixture
def reviewed(reviewed_file: Path) -> Iterator[Case]:
    with Case.open(reviewed_file) as opened:
        yield opened
