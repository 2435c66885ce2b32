from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.anomalies.artefacts import KINDS, labelled
from fead_desktop.anomalies.events import AnomalyEvent, Reason
from fead_desktop.review.filters import (
    ARTEFACTS,
    BLIND_SORTS,
    LIKELY,
    SORTS,
    STATES,
    UNLIKELY,
    EventFilter,
    Listed,
    views_of,
)
from fead_desktop.review.verdict import Verdict

LIP = (Reason("lip_corner_pull_l", "lip corner pull L", 6.0, 0.5),)
BLURRED = labelled(dict.fromkeys(KINDS, 0.1) | {"speech": None, "blur": 0.9})


def listed(rank: int, person: int, peak_s: float, score: float, **changes: object) -> Listed:
    frames = [round(30 * (peak_s + d)) for d in (-0.1 * rank, 0.0, 0.1)]
    times = [frame / 30 for frame in frames]
    event = AnomalyEvent(rank, person, "expression", "robust", *times, *frames, score, reasons=LIP)
    of_event = {
        k: v for k, v in changes.items() if k in {"view", "artefact", "added_by", "reasons"}
    }
    of_listed = {k: v for k, v in changes.items() if k not in of_event}
    return Listed(replace(event, **of_event), f"Person {person}", **of_listed)  # type: ignore[arg-type]


ANNA = Verdict(1, "Anna", 1, 60, "confirmed", note="left Mouth corner", tags="smile, left")
EVENTS = [
    listed(1, 1, 2.0, 9.0, state="confirmed", verdicts=(ANNA,)),
    listed(2, 2, 8.0, 7.0, artefact=BLURRED),
    listed(3, 1, 5.0, 5.0, view="emotions", state="disputed",
           verdicts=(replace(ANNA, reviewer="Ben", note="yawn"),)),
    listed(9, 2, 1.0, float("nan"), view="by hand", added_by="Anna", reasons=()),
]  # fmt: skip


def ranks(**wanted: object) -> list[int]:
    return [each.event for each in EventFilter(**wanted).arrange(EVENTS)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({}, [1, 2, 3, 9]),
        ({"state": "unreviewed"}, [2, 9]),
        ({"state": "disputed"}, [3]),
        ({"artefact": LIKELY}, [2]),
        ({"artefact": UNLIKELY}, [1, 3, 9]),
        ({"artefact": "blur"}, [2]),
        ({"artefact": "speech"}, []),
        ({"hides_artefacts": True}, [1, 3, 9]),
        ({"view": "emotions"}, [3]),
        ({"reviewer": "Ben"}, [3]),
        ({"least_score": 6.0}, [1, 2]),
        ({"from_s": 1.5, "to_s": 5.0}, [1, 3]),
        ({"words": "mouth LEFT"}, [1]),
        ({"words": "smile"}, [1, 3]),
        ({"words": "lip corner"}, [1, 2, 3]),
        ({"words": "person 2 blur"}, [2]),
        ({"words": "nowhere"}, []),
        ({"sort": "time"}, [9, 1, 3, 2]),
        ({"sort": "time", "turned": True}, [2, 3, 1, 9]),
        ({"turned": True}, [9, 3, 2, 1]),
        ({"sort": "score"}, [1, 2, 3, 9]),
        ({"sort": "person"}, [1, 3, 9, 2]),
        ({"sort": "length"}, [9, 3, 2, 1]),
        ({"sort": "state"}, [2, 9, 1, 3]),
        ({"sort": "artefact"}, [2, 1, 3, 9]),
        ({"sort": "reviewer"}, [1, 3, 2, 9]),
        ({"sort": "view"}, [9, 3, 1, 2]),
    ],
)
def test_what_is_listed_and_in_which_order(wanted: dict, kept: list[int]) -> None:
    assert ranks(**wanted) == kept


def test_hidden_reasons_are_not_found_by_words() -> None:
    hidden = [replace(each, hidden=True) for each in EVENTS]
    assert EventFilter(words="lip corner").arrange(hidden) == []
    assert EventFilter(words="blur").arrange(hidden) == []
    assert [e.event for e in EventFilter(words="person 2").arrange(hidden)] == [2, 9]


filters = st.builds(
    EventFilter,
    state=st.sampled_from(["", *STATES]),
    artefact=st.sampled_from(["", *ARTEFACTS]),
    view=st.sampled_from(["", "expression"]),
    reviewer=st.sampled_from(["", "Ben"]),
    least_score=st.none() | st.floats(0, 10),
    from_s=st.none() | st.floats(0, 10),
    to_s=st.none() | st.floats(0, 10),
    words=st.text(max_size=5),
    hides_artefacts=st.booleans(),
    sort=st.sampled_from(["", *SORTS]),
    turned=st.booleans(),
)


@given(filters)
def test_a_filter_survives_text_and_never_lists_twice_or_invents(wanted: EventFilter) -> None:
    assert EventFilter.from_text(wanted.to_text()) == wanted
    found = [each.event for each in wanted.arrange(EVENTS)]
    assert len(set(found)) == len(found)
    assert set(found) <= {1, 2, 3, 9}


@given(filters)
def test_a_blind_filter_lists_the_same_whatever_score_and_opinions_are(wanted: EventFilter) -> None:
    blind = wanted.blind()
    assert blind.sort in {"", *BLIND_SORTS}
    hidden = [replace(each, hidden=True, verdicts=(), state="unreviewed") for each in EVENTS]
    other = [
        replace(
            each,
            event=replace(each.event, score=-k, view="x", artefact=None, reasons=(), added_by=""),
        )
        for k, each in enumerate(hidden)
    ]
    assert [e.event for e in blind.arrange(hidden)] == [e.event for e in blind.arrange(other)]
    assert blind.blind() == blind


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"state": 3, "least_score": "x", "other": 1}']
)
def test_damaged_text_lets_everything_pass(text: str) -> None:
    assert EventFilter.from_text(text) == EventFilter()


def test_only_an_order_narrows_nothing() -> None:
    assert not EventFilter(sort="time", turned=True).narrows
    assert EventFilter(words="a").narrows
    assert views_of(each.event for each in EVENTS) == ("by hand", "emotions", "expression")
