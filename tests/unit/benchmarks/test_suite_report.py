"""The figures of the planted suite say what was found, each person by a threshold of their own."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import suite_report
from tests.benchmarks.grid import is_near_best


def truth(magnitude: float, duration_s: float, *, in_pictures: bool = False) -> dict[str, object]:
    return {"magnitude": magnitude, "duration_s": duration_s, "in_pictures": in_pictures}


def lane(events: float, found: list[bool]) -> dict[str, object]:
    return {"events": events, "frames": events / 2, "found": found, "first": sum(found)}


def one(recording: str, *, is_demo: bool, ours: float, plain: float) -> dict[str, object]:
    told = {"wrong": 1, "right": [0], "count": 2}
    return {
        "recording": recording,
        "about": "made up",
        "person": 1,
        "is_demo": is_demo,
        "minutes": 5.0,
        "truths": [truth(8, 0.5), truth(8, 0.3, in_pictures=True), truth(5, 1.0), truth(5, 0.3)],
        "lanes": {
            "fusion": lane(ours, [True, True, False, True]),
            "expression/robust": lane(plain, [True, False, False, False]),
            "ancestor/all": lane(0.1, [False] * 4),
            "ancestor/embedding": lane(0.2, [False] * 4),
        },
        "flagged": told,
        "top": told,
        "ancestor": {"all": {"flags": {"wrong": 3, "right": [], "count": 3}, "top": told}},
        "null": {"flags": {"fusion": 2, "expression/robust": 5}, "minutes": 5.0},
        "grid": {"lof": {"precisions": [0.5, 0.6], "picked": 0}},
        "losers": {"missed": ["jaw drop 5 σ 1 s at 9.0 s: low"], "natural": ["a laugh"]},
    }


@pytest.fixture
def figures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(suite_report, "BUILD", tmp_path)
    found = [
        one("demo", is_demo=True, ours=0.8, plain=0.8),
        one("clip", is_demo=False, ours=0.6, plain=0.4),
    ]
    made = {figure.key: figure for figure in suite_report.tell(found)}
    assert json.loads((tmp_path / "suite.json").read_text()) == found
    printed = capsys.readouterr().out
    assert "ranking (default)" in printed
    assert "missed   jaw drop 5 σ 1 s at 9.0 s: low" in printed
    assert "natural  a laugh" in printed
    return made


def test_recall_pools_moments_and_leaves_short_medium_ones_out(figures) -> None:
    strong, medium = figures["detection.recall_strong"], figures["detection.recall_medium"]
    assert (strong.ours, strong.reference, strong.value) == (4, 4, 1.0)
    assert "in pictures 2 of 2" in strong.note
    assert "plain z-score 0.50" in strong.note
    assert (medium.ours, medium.reference) == (0, 2)


def test_precision_is_compared_with_the_ancestors_best_view_and_on_clips_with_the_plain_score(
    figures,
) -> None:
    assert figures["detection.ap_over_robust_z"].value == pytest.approx(0.6 / 0.4)
    assert figures["detection.ap_over_seed"].value == pytest.approx(0.7 / 0.2)
    assert figures["detection.ap_over_seed_all"].value == pytest.approx(0.7 / 0.1)


def test_flags_are_counted_a_minute(figures) -> None:
    assert figures["detection.suite_null_flags"].value == pytest.approx(0.4)
    assert "expression/robust 1.00" in figures["detection.suite_null_flags"].note
    assert figures["detection.suite_flagged"].ours == pytest.approx(0.2)
    assert figures["detection.suite_flagged"].reference == pytest.approx(0.6)


def test_the_picked_parameters_have_to_come_within_a_tenth_of_the_best(figures) -> None:
    assert figures["detection.grid_within_tenth"].value == 0.0
    assert is_near_best({"precisions": [0.55, 0.6], "picked": 0})
    assert not is_near_best({"precisions": [0.53, 0.6], "picked": 0})
