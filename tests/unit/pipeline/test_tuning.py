"""The grid search of a case: every person, kept in the case, and used by the lanes to compare with."""

from __future__ import annotations

import numpy as np
import pytest

from fead_desktop.anomalies.scoring import FRAME_DETECTORS, score_comparison
from fead_desktop.anomalies.tuning import Tried, Tuned
from fead_desktop.anomalies.views import EXPRESSION, build_views
from fead_desktop.case.case import Coverage
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import SCORES_STAGE, Case
from fead_desktop.errors import CaseError
from fead_desktop.pipeline import tuning
from fead_desktop.progress import NoProgress
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording
from tests.helpers.series import table_of, talking


@pytest.fixture
def case_path(tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "GRIDS", {"mahalanobis": {}, "lof": {}})
    recording = make_block_recording(tmp_path / "made.mp4", frames=480)
    return make_case(tmp_path / "made.fead", recording)


def test_every_person_and_view_is_searched_and_kept(case_path) -> None:
    tuning.tune_case(case_path, NoProgress())
    with Case.open(case_path) as case:
        found = case.tuning
        assert case.log_entries()[-1][1] == "grid search finished"
    assert list(found) == [1, 2]
    assert {(each.view, each.detector) for each in found[1]} == {
        (view, detector) for view in tuning.VIEWS for detector in ("mahalanobis", "lof")
    }
    assert all(len(each.tried) == 4 for each in found[2])


def test_what_was_found_stays_while_scores_are_made_with_it_and_goes_with_all_of_them(
    case_path,
) -> None:
    with Case.open(case_path) as case:
        found = {
            1: (Tuned("expression", "lof", (Tried({"neighbours": 9}, 0.9),), {"neighbours": 9}),)
        }
        case.put_tuning(found)
        assert case.changed_since_scored == {"grid search"}
        for person in (1, 2):
            case.put_chunks(person, "anew", {SCORES_STAGE: b""})
            assert case.tuning == found
        case.put_results(
            parameters=AnalysisParameters(),
            coverage=Coverage(1, 1, 0.0),
            persons=(),
            events=(),
            thumbnails={},
            models=(),
            versions={},
            timings={},
        )
        assert case.tuning == found
        assert case.changed_since_scored == frozenset()
        case.clear()
        assert case.tuning == {}


def test_a_case_without_results_has_nothing_to_search(tmp_path) -> None:
    Case.create(tmp_path / "empty.fead").close()
    with pytest.raises(CaseError, match="no results"):
        tuning.tune_case(tmp_path / "empty.fead", NoProgress())


def test_what_was_found_changes_the_lanes_to_compare_with_and_nothing_that_votes() -> None:
    time_s, values = talking(seed=1, seconds=40)
    views = {EXPRESSION: build_views(table_of(time_s, values), None)[EXPRESSION]}
    found = [
        Tuned(EXPRESSION, detector, (Tried(chosen, 1.0),), chosen)
        for detector, chosen in (("lof", {"neighbours": 10}), ("mahalanobis", {"trim": 0.2}))
    ]
    usual, tuned = (
        score_comparison(views, time_s, detectors=FRAME_DETECTORS, tuned=given)
        for given in ((), found)
    )
    changed = {
        name for name in usual if not np.array_equal(usual[name], tuned[name], equal_nan=True)
    }
    assert changed == {"expression/lof"}
