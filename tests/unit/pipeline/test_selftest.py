"""The self-test on made-up series: what it counts, and that its moments don't hide each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.anomalies import scoring
from fead_desktop.anomalies.autoencoder import SequenceAutoencoder
from fead_desktop.anomalies.scoring import FUSION, RANKING_VIEWS, score_ranking
from fead_desktop.anomalies.views import build_views
from fead_desktop.case.case import Person
from fead_desktop.case.edits import Marks, Range
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.selftest import PersonSelftest
from fead_desktop.case.store import Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.features.measures import EMOTIONS, MEASURE_NAMES
from fead_desktop.features.table import FeatureTable
from fead_desktop.pipeline import selftest as tested
from fead_desktop.pipeline.flagging import ordinary_seconds
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS
from fead_desktop.planting.plants import Placed, Plant, Response, with_plants
from fead_desktop.progress import NoProgress
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording
from tests.helpers.series import table_of, talking

ANNA = Person(1, "Anna", 600, 0.0, 60.0, 60.0)
SETTING = tested.Setting(AnalysisParameters(), (), Marks())
SMILE = PLANTED_EXPRESSIONS[0][0]


def linear_response(expression) -> Response:
    """An expression moves its own measures, and its neighbours a little."""
    change = np.zeros((2, len(MEASURE_NAMES) + len(EMOTIONS)))
    change[1, : len(MEASURE_NAMES)] = 0.002
    for name in expression.measures:
        change[1, MEASURE_NAMES.index(name)] = 0.1
    return Response(np.array([0.0, expression.most]), change)


@dataclass
class FakePlanter:
    """Instead of pictures: the same change that the series get."""

    def responses(self, table, rows, expressions, progress):
        return [linear_response(each) for each in expressions]

    def with_plants(self, table, placed, progress) -> FeatureTable:
        return with_plants(table, [(p, linear_response(p.plant.expression)) for p in placed])


def plant(table: FeatureTable, seed: int = 1, setting=SETTING) -> PersonSelftest:
    return tested.plant_person(
        ANNA, table, setting, FakePlanter(), rng=np.random.default_rng(seed), progress=NoProgress()
    )


@pytest.fixture(scope="module", autouse=True)
def _short_training() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            scoring, "make_autoencoder", lambda _, seed: SequenceAutoencoder(seed=seed, steps=80)
        )
        yield


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return table_of(*talking(seed=4, seconds=60.0))


@pytest.fixture(scope="module")
def scorer(table: FeatureTable) -> tested.Scorer:
    """Its autoencoders have learned from the series without moments."""
    made = tested.Scorer(1, seed=1)
    made.score(table, NoProgress())
    return made


@pytest.fixture(scope="module")
def result(table: FeatureTable, scorer: tested.Scorer) -> PersonSelftest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tested, "DURATIONS_S", (0.1, 0.5, 1.0))
        patch.setattr(tested, "A_KIND", 1)
        patch.setattr(tested, "EXAMPLE_TRIES", 8)
        patch.setattr(tested, "IN_PICTURES", 1)
        patch.setattr(tested, "Scorer", lambda *_: scorer)
        return plant(table)


def ground_of(table: FeatureTable, scorer: tested.Scorer) -> tested.Ground:
    return tested.ground_of(table, SETTING, scorer, NoProgress())


def test_every_cell_has_its_moments(result: PersonSelftest) -> None:
    cells = result.by_size()
    assert len(cells) == 9
    assert all(cell.planted >= 6 and cell.in_pictures <= 1 for cell in cells)
    clear = [cell for cell in result.cells if cell.kind == SMILE.kind and cell.planted == 8]
    assert [(cell.magnitude, cell.duration_s) for cell in clear] == [(5.0, 0.5)]
    assert "of 8 tries" in result.sentence


def test_strong_long_moments_are_flagged_and_weak_short_ones_are_not(
    result: PersonSelftest,
) -> None:
    recall = {(cell.magnitude, cell.duration_s): cell.recall for cell in result.by_size()}
    assert recall[8.0, 1.0] >= 0.8
    assert recall[3.0, 0.1] <= 0.2
    assert recall[8.0, 1.0] >= recall[3.0, 1.0]


def test_moments_of_one_round_are_judged_as_if_each_were_the_only_one(
    table: FeatureTable, scorer: tested.Scorer
) -> None:
    ground = ground_of(table, scorer)
    spread = tested.usual_spread(table)
    placed = []
    for k, (magnitude, length) in enumerate([(5, 0.5), (8, 0.5), (4, 0.5), (3, 0.2)]):
        one = Plant(SMILE, float(magnitude), length)
        amount = linear_response(SMILE).amount_for(SMILE, spread, float(magnitude))
        placed.append(Placed(one, one.moment(8.0 + 12 * k), amount))

    def fused(chosen: list[Placed]) -> np.ndarray:
        rows = with_plants(table, [(each, linear_response(SMILE)) for each in chosen])
        return scorer.score(rows, NoProgress())[1][FUSION]

    def judged(chosen: list[Placed]) -> list[bool]:
        rows = with_plants(table, [(each, linear_response(SMILE)) for each in chosen])
        return tested._judge(ground, rows, chosen, NoProgress())

    together = fused(placed)
    for each in placed:
        inside = np.abs(table.time_s - each.moment.peak_s) <= 0.5
        alone = fused([each])[inside].max()
        assert together[inside].max() == pytest.approx(alone, rel=0.12)
    assert judged(placed) == [judged([each])[0] for each in placed]


def test_kept_models_score_a_moment_as_those_of_an_analysis_would(
    table: FeatureTable, scorer: tested.Scorer
) -> None:
    one = Plant(SMILE, 6.0, 1.0)
    amount = linear_response(SMILE).amount_for(SMILE, tested.usual_spread(table), 6.0)
    rows = with_plants(table, [(Placed(one, one.moment(22.0), amount), linear_response(SMILE))])
    views = build_views(FeatureTable(rows.columns), None)
    fitted = score_ranking(
        {name: views[name] for name in RANKING_VIEWS if name in views}, rows.time_s, seed=1
    )[FUSION]
    kept = scorer.score(rows, NoProgress())[1][FUSION]
    inside = np.abs(table.time_s - one.moment(22.0).peak_s) <= 0.5
    assert kept[inside].max() == pytest.approx(fitted[inside].max(), rel=0.1)


def test_no_moment_stands_at_an_event_or_where_the_analyst_left_out(
    table: FeatureTable, scorer: tested.Scorer
) -> None:
    views, _ = scorer.score(table, NoProgress())
    events = [replace(_event(), onset_s=20.0, peak_s=20.5, offset_s=21.0)]
    free = tested.ordinary_rows(table, views, events)
    near = np.abs(table.time_s - 20.5) <= 0.5 + tested.ORDINARY_S
    assert not free[near].any()
    assert not free[:5].any()
    assert not free[-5:].any()
    assert free.sum() > 400


def test_who_is_left_out_nearly_everywhere_is_not_tested(
    table: FeatureTable, scorer: tested.Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tested, "Scorer", lambda _p, _s, marks: replace(scorer, marks=marks))
    excluded = Range(1, "excluded", None, 0.0, 55.0, 0, 1650)
    result = plant(table, setting=replace(SETTING, marks=Marks(ranges=(excluded,))))
    assert not result.cells
    assert "too short a time" in result.sentence


def test_by_rank_where_there_are_too_few_seconds_for_a_p_value() -> None:
    ordinary = ordinary_seconds(
        {FUSION: np.zeros(100, np.float32)}, table_of(*talking(seconds=10.0)), Marks(), 1
    )
    listed = tuple(replace(_event(), score=float(score)) for score in (9, 7, 5))
    setting = replace(SETTING, events=listed, parameters=AnalysisParameters(num_anomalies=2))
    assert tested.is_flagged(replace(_event(), score=8.0), ordinary, setting)
    assert not tested.is_flagged(replace(_event(), score=6.0), ordinary, setting)


def test_it_needs_results_and_the_recording(tmp_path: Path) -> None:
    with Case.create(tmp_path / "empty.fead"):
        pass
    with pytest.raises(CaseError, match="analyse the recording first"):
        tested.selftest(tmp_path / "empty.fead")
    recording = make_block_recording(tmp_path / "blocks.mp4", 30)
    case = make_case(tmp_path / "a.fead", recording)
    recording.write_bytes(recording.read_bytes() + b"x")
    with pytest.raises(CaseError, match="has changed"):
        tested.selftest(case)
    recording.unlink()
    with pytest.raises(CaseError, match="locate it"):
        tested.selftest(case)


def test_cancelling_leaves_the_count_at_once(table: FeatureTable, scorer: tested.Scorer) -> None:
    class Cancelled(NoProgress):
        def raise_if_cancelled(self) -> None:
            raise CancelledError("Stopped.")

    ground = ground_of(table, scorer)
    with pytest.raises(CancelledError):
        tested.count_flagged(
            ground,
            tested.Amounts({SMILE: linear_response(SMILE)}, tested.usual_spread(table)),
            [Plant(SMILE, 5.0, 0.5)],
            rng=np.random.default_rng(1),
            progress=Cancelled(),
        )


def _event():
    from fead_desktop.anomalies.events import AnomalyEvent

    return AnomalyEvent(1, 1, "expression", FUSION, 1.0, 1.5, 2.0, 30, 45, 60, 5.0)
