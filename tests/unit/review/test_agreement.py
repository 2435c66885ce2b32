"""The kappas and their intervals equal a reference: scikit-learn, and the tables of the papers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import cohen_kappa_score

from fead_desktop.review import agreement
from fead_desktop.review.agreement import (
    COHEN,
    FLEISS,
    bootstrap_interval,
    cohen_kappa,
    fleiss_kappa,
)
from fead_desktop.review.verdict import ANSWERS, Verdict

Codes = npt.NDArray[np.int8]


def judged(events: int, reviewers: int, seed: int, care: float = 0.7) -> Codes:
    """Answers of reviewers who see the truth with probability ``care``, else guess."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, (events, 1), p=(0.5, 0.35, 0.15))
    guess = rng.integers(0, 3, (events, reviewers))
    return np.where(rng.random((events, reviewers)) < care, truth, guess).astype(np.int8)


def verdicts(codes: Codes) -> list[Verdict]:
    return [
        Verdict(0, f"R{r}", 1, 10 * e, ANSWERS[codes[e, r]], time_utc="2026-01-01")
        for e in range(codes.shape[0])
        for r in range(codes.shape[1])
    ]


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_that_of_scikit_learn(seed: int) -> None:
    codes = judged(40, 2, seed)
    reference = cohen_kappa_score(codes[:, 0], codes[:, 1])
    assert float(cohen_kappa(codes)) == pytest.approx(reference, abs=1e-12)
    found = agreement.overall(verdicts(codes))
    assert found is not None
    assert (found.statistic, found.events, found.reviewers) == (COHEN, 40, ("R0", "R1"))
    assert found.kappa == pytest.approx(reference, abs=1e-12)
    assert found.observed == pytest.approx(np.mean(codes[:, 0] == codes[:, 1]))


def test_the_interval_is_that_of_scikit_learns_kappa_on_the_same_resamples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agreement, "RESAMPLES", 200)
    codes = judged(30, 2, seed=4)
    low, high = bootstrap_interval(codes, cohen_kappa)
    rows = np.random.default_rng(0).integers(0, 30, (200, 30))
    reference = [cohen_kappa_score(codes[row, 0], codes[row, 1]) for row in rows]
    assert (low, high) == pytest.approx(tuple(np.percentile(reference, [2.5, 97.5])), abs=1e-12)


def test_the_interval_agrees_with_the_large_sample_formula() -> None:
    """Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72, equation 13."""
    codes = judged(400, 2, seed=2)
    table = np.zeros((3, 3))
    np.add.at(table, (codes[:, 0], codes[:, 1]), 1 / 400)
    row, column = table.sum(1), table.sum(0)
    observed, chance = np.trace(table), float(row @ column)
    kappa = (observed - chance) / (1 - chance)
    own = sum(table[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in range(3))
    cross = (1 - kappa) ** 2 * sum(
        table[i, j] * (column[i] + row[j]) ** 2 for i in range(3) for j in range(3) if i != j
    )
    variance = (own + cross - (kappa - chance * (1 - kappa)) ** 2) / ((1 - chance) ** 2 * 400)
    low, high = bootstrap_interval(codes, cohen_kappa)
    wide = 2 * 1.96 * np.sqrt(variance)
    assert high - low == pytest.approx(wide, rel=0.08)
    assert (low + high) / 2 == pytest.approx(kappa, abs=0.1 * wide)


def test_fleiss_kappa_is_that_of_a_published_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten subjects, fourteen raters, five categories: kappa 0.210 (Fleiss' worked example in the textbooks)."""
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    monkeypatch.setattr(agreement, "ANSWERS", tuple("abcde"))
    codes = np.array([np.repeat(np.arange(5), row) for row in counts], np.int8)
    assert float(fleiss_kappa(codes)) == pytest.approx(0.20993, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_fleiss_kappa_is_that_of_its_definition_for_pairs(seed: int) -> None:
    codes = judged(35, 4, seed)
    observed = np.mean([codes[:, a] == codes[:, b] for a, b in combinations(range(4), 2)])
    shares = np.bincount(codes.ravel(), minlength=3) / codes.size
    reference = (observed - np.sum(shares**2)) / (1 - np.sum(shares**2))
    found = agreement.overall(verdicts(codes))
    assert found is not None
    assert found.statistic == FLEISS
    assert found.kappa == pytest.approx(reference, abs=1e-12)
    assert found.low < found.kappa < found.high
    assert [pair.kappa for pair in agreement.by_pair(verdicts(codes))] == pytest.approx(
        [cohen_kappa_score(codes[:, a], codes[:, b]) for a, b in combinations(range(4), 2)]
    )


def test_only_events_that_all_judged_count_and_only_first_answers() -> None:
    codes = judged(20, 2, seed=1)
    given = verdicts(codes)
    alone = Verdict(0, "R0", 1, 999, "confirmed", time_utc="2026-01-01")
    changed = [
        Verdict(0, v.reviewer, 1, v.peak_frame, "unsure", time_utc="2026-02-01") for v in given
    ]
    assert agreement.overall([*given, alone, *changed]) == agreement.overall(given)


def test_agreement_of_each_event_is_the_share_of_pairs() -> None:
    codes = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 2]], np.int8)
    assert list(agreement.by_event(verdicts(codes)).values()) == pytest.approx([1, 1 / 3, 0])
    assert agreement.by_event(verdicts(codes[:, :1])) == {}


def test_without_a_second_answer_kappa_is_undefined_and_says_so() -> None:
    found = agreement.overall(verdicts(np.zeros((5, 2), np.int8)))
    assert found is not None
    assert np.isnan([found.kappa, found.low, found.high]).all()
    assert found.observed == 1.0
    assert str(found) == "Cohen's κ is undefined on 5 events"


def test_one_reviewer_has_no_agreement() -> None:
    assert agreement.overall([]) is None
    assert agreement.overall(verdicts(judged(5, 1, 0))) is None


def test_agreement_in_words() -> None:
    found = agreement.overall(verdicts(np.array([[0, 0], [1, 1], [0, 1]], np.int8)))
    assert str(found).startswith("Cohen's κ 0.40 (")
    assert str(found).endswith(" on 3 events")
