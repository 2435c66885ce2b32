"""The demo recording, end to end: planted moments are found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.demos import analyse_demo

pytestmark = pytest.mark.journey


@pytest.mark.timeout(600)
def test_at_least_five_of_six_planted_moments_are_found_and_named(tmp_path: Path) -> None:
    verdicts = analyse_demo(tmp_path, seed=1)
    assert len(verdicts) == 6
    assert sum(verdict.found for verdict in verdicts) >= 5, verdicts


@pytest.mark.endurance
@pytest.mark.timeout(1500)
def test_at_least_sixteen_of_eighteen_over_three_seeds(tmp_path: Path) -> None:
    found = [sum(v.found for v in analyse_demo(tmp_path, seed)) for seed in (1, 2, 3)]
    assert min(found) >= 5, found
    assert sum(found) >= 16, found
