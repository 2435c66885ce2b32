"""Reproduction: what is compared, what counts as the same, and what is refused before anything is analysed."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.anomalies.tuning import Tried, Tuned
from fead_desktop.arrays import arrays_from_bytes, arrays_to_bytes
from fead_desktop.case.case import FUSION
from fead_desktop.case.edits import Range, add_range
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.case.store import SCORES_STAGE, Case
from fead_desktop.errors import CancelledError, CaseError
from fead_desktop.pipeline import reproduce as module
from fead_desktop.pipeline.model_choice import as_recorded, models_of
from fead_desktop.pipeline.reproduce import PEAK_S, RANKING_TOLERANCE, compare, reproduce
from fead_desktop.report.packages import PackageError, sums_text
from tests.helpers.cases import make_case
from tests.helpers.recordings import make_block_recording

PACKAGE = Path("made.evidence.zip")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reproduce")
    make_case(folder / "made.fead", make_block_recording(folder / "made.mp4", 60), events=3)
    return folder


@pytest.fixture(scope="module")
def package(folder: Path) -> Path:
    return packed(folder / PACKAGE, folder / "made.fead")


def packed(path: Path, *cases: Path, listed: dict[str, str] | None = None) -> Path:
    """Write a package of which nothing but the case is needed here."""
    with zipfile.ZipFile(path, "w") as archive:
        hashes = {f"case/{c.name}": hashlib.sha256(c.read_bytes()).hexdigest() for c in cases}
        archive.writestr("SHA256SUMS", sums_text(hashes if listed is None else listed))
        for case in cases:
            archive.write(case, f"case/{case.name}")
    return path


Change = Callable[[dict], None]


def changed(folder: Path, target: Path, scores: Change | None = None, events=()) -> Path:
    """Copy the case with other scores of person 1, or other events."""
    shutil.copyfile(folder / "made.fead", target)
    if scores is not None:
        change_scores(target, 1, scores)
    with Case.open(target) as case:
        for sql in events:
            case._db.execute(sql)
    return target


def change_scores(path: Path, person: int, change: Change) -> None:
    where = "WHERE stage = ? AND number = ?"
    with Case.open(path) as case:
        row = case._db.execute(f"SELECT data FROM chunk {where}", (SCORES_STAGE, person))
        arrays = arrays_from_bytes(row.fetchone()[0])
        change(arrays)
        data = arrays_to_bytes(arrays)
        case._db.execute(f"UPDATE chunk SET data = ? {where}", (data, SCORES_STAGE, person))


def compared(folder: Path, other: Path):
    with Case.open(folder / "made.fead") as old, Case.open(other) as new:
        return compare(PACKAGE, old, new)


def test_the_same_results_are_identical(folder, tmp_path) -> None:
    result = compared(folder, changed(folder, tmp_path / "again.fead"))
    assert result.identical
    assert result.ok
    assert [d.view for d in result.differences] == [FUSION, "expression"]
    assert "the results are identical" in result.lines()[0]


def test_the_largest_difference_of_each_view_is_told_in_spreads(folder, tmp_path) -> None:
    with Case.open(folder / "made.fead") as case:
        own = case.person_scores(1).scores["expression/mahalanobis"].astype(float)
    spread = 1.4826 * np.median(np.abs(own - np.median(own)))

    def shift(arrays) -> None:
        arrays["expression/mahalanobis"][7] += 0.5 * spread

    result = compared(folder, changed(folder, tmp_path / "again.fead", shift))
    ranking, expression = result.differences
    assert ranking.largest == 0
    assert expression.largest == pytest.approx(0.5, rel=1e-4)
    assert expression.median == 0
    assert not result.identical
    assert result.ok
    assert "expression: at most 0.5 σ" in " ".join(result.lines())


@pytest.mark.parametrize(("by", "ok"), [(0.9, True), (1.1, False)])
def test_the_ranking_decides_whether_it_is_within_the_tolerance(folder, tmp_path, by, ok) -> None:
    other = tmp_path / "again.fead"
    shutil.copyfile(folder / "made.fead", other)
    with Case.open(folder / "made.fead") as case:
        for person in (1, 2):
            own = case.person_scores(person).scores[FUSION].astype(float)
            spread = 1.4826 * np.median(np.abs(own - np.median(own)))

            def shift(arrays, more=by * RANKING_TOLERANCE * spread) -> None:
                arrays[FUSION] += more

            change_scores(other, person, shift)
    result = compared(folder, other)
    assert result.differences[0].median == pytest.approx(by * RANKING_TOLERANCE, rel=1e-3)
    assert result.ok is ok


def test_a_score_that_is_missing_is_no_small_difference(folder, tmp_path) -> None:
    def forget(arrays) -> None:
        arrays[FUSION][3] = np.nan

    result = compared(folder, changed(folder, tmp_path / "again.fead", forget))
    assert result.differences[0].largest == np.inf
    assert "not scored in the same frames" in str(result.differences[0])
    assert not result.identical


@pytest.mark.parametrize(
    ("sql", "shared", "ok"),
    [
        (f"UPDATE event SET peak_s = peak_s + {PEAK_S * 0.9}, peak_frame = 1 WHERE event = 1", 3, True),
        (f"UPDATE event SET peak_s = peak_s + {PEAK_S * 1.1}, peak_frame = 1 WHERE event = 1", 2, False),
        ("UPDATE event SET person = 2 WHERE event = 1", 2, False),
        ("DELETE FROM event WHERE event = 1", 2, False),
        ("UPDATE event SET flagged = 1 - flagged WHERE event = 1", 3, True),
    ],
)  # fmt: skip
def test_events_are_the_same_by_person_and_peak(folder, tmp_path, sql, shared, ok) -> None:
    result = compared(folder, changed(folder, tmp_path / "again.fead", events=[sql]))
    assert not result.same_events
    assert not result.identical
    assert (result.events_shared, result.ok) == (shared, ok)


def test_other_persons_versions_and_models_are_said(folder, tmp_path) -> None:
    sql = [
        "UPDATE event SET person = 1", "DELETE FROM person WHERE person = 2",
        """INSERT OR REPLACE INTO fact VALUES ('versions', '{"torch": "9"}')""",
        """INSERT OR REPLACE INTO fact VALUES ('models',
           '[{"name": "m", "file": "f", "sha256": "0", "licence": "MIT"}]')""",
    ]  # fmt: skip
    result = compared(folder, changed(folder, tmp_path / "again.fead", events=sql))
    assert not result.ok
    said = " ".join(result.lines())
    assert "Other persons" in said
    assert "torch none → 9" in said
    assert "Other models took part: m." in said


def test_the_analysis_runs_again_with_the_recorded_parameters(folder, package, monkeypatch) -> None:
    asked = []

    def supervise(request, on_progress, is_cancelled):
        asked.append(request)
        assert request.case.is_file()
        assert request.case.parent != folder

    monkeypatch.setattr(module, "supervise", supervise)
    result = reproduce(package, folder / "made.mp4", lambda _: None, lambda: False)
    assert result.identical
    request = asked[0]
    assert request.restart
    assert request.output is None
    assert request.parameters == AnalysisParameters(rate_fps=10.0, num_anomalies=3)
    assert not request.case.exists()
    assert result.remarks == ()
    other = packed(folder / "other.zip", folder / "made.fead", listed={"case/made.fead": "0" * 64})
    result = reproduce(other, folder / "made.mp4", lambda _: None, lambda: False)
    assert "was altered" in " ".join(result.lines())


@pytest.mark.parametrize("scored_since", [True, False])
def test_a_grid_search_takes_part_if_the_recorded_scores_were_made_with_it(
    folder, tmp_path, monkeypatch, scored_since
) -> None:
    searched = tmp_path / "searched.fead"
    shutil.copyfile(folder / "made.fead", searched)
    found = {1: (Tuned("expression", "lof", (Tried({"neighbours": 9}, 0.9),), {"neighbours": 9}),)}
    with Case.open(searched) as case:
        case.put_tuning(found)
        if scored_since:
            case.log("analysis finished")
    asked = []

    def supervise(request, on_progress, is_cancelled):
        with Case.open(request.case) as case:
            asked.append((request.restart, case.tuning))
            if request.restart:
                case.put_tuning({})  # a restart forgets it with the results

    monkeypatch.setattr(module, "supervise", supervise)
    reproduce(packed(tmp_path / "p.zip", searched), folder / "made.mp4", lambda _: None, bool)
    assert asked == [(True, found), (False, found)][: 1 + scored_since]


def test_stretches_changed_since_are_said(folder, tmp_path) -> None:
    with Case.open(changed(folder, tmp_path / "ranges.fead")) as old:
        old.do(add_range(old.marks(), Range(0, "excluded", None, 0.5, 1.0, 15, 30)))
        with Case.open(folder / "made.fead") as new:
            assert "were changed after the recorded scores" in compare(PACKAGE, old, new).remarks[0]


def test_cancelling_keeps_nothing(folder, package, monkeypatch, tmp_path) -> None:
    def supervise(request, on_progress, is_cancelled):
        raise CancelledError("cancelled")

    monkeypatch.setattr(module, "supervise", supervise)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(CancelledError):
        reproduce(package, folder / "made.mp4", lambda _: None, lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_another_recording_is_refused(folder, package, tmp_path) -> None:
    other = make_block_recording(tmp_path / "other.mp4", 10)
    with pytest.raises(CaseError, match="not the recording"):
        reproduce(package, other, lambda _: None, lambda: False)


def test_a_package_without_a_case_can_not_be_reproduced(folder, tmp_path) -> None:
    path = packed(tmp_path / "redacted.zip")
    with pytest.raises(PackageError, match="redacted"):
        reproduce(path, folder / "made.mp4", lambda _: None, lambda: False)


def test_a_damaged_case_is_said(folder, package, tmp_path) -> None:
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "damaged.zip"
    path.write_bytes(data)
    with pytest.raises(PackageError, match="was damaged"):
        reproduce(path, folder / "made.mp4", lambda _: None, lambda: False)


def test_auto_becomes_what_took_part() -> None:
    wanted = AnalysisParameters(detector="blazeface", embedder="dlib", rate_fps=5)
    auto = replace(wanted, detector="auto", embedder="auto")
    assert as_recorded(auto, models_of(wanted)) == wanted
    assert as_recorded(auto, ()) == auto
