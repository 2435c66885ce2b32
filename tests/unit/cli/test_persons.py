"""fead persons: every command is the window's own edit, and what lies beside the case follows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fead_desktop.case.store import Case
from fead_desktop.cli import main
from fead_desktop.pipeline import supervisor
from fead_desktop.pipeline.results import write_outputs
from fead_desktop.progress import NoProgress
from fead_desktop.video.frame_index import build_frame_index
from tests.helpers.cases import recording_facts
from tests.helpers.crowds import crowd, crowd_case
from tests.helpers.recordings import make_block_recording


@pytest.fixture
def case_path(made: Path, tmp_path: Path) -> Path:
    """Return a case of three persons in six shots with its tables beside it."""
    shutil.copytree(made.parent, tmp_path / "out")
    return tmp_path / "out" / made.name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("persons")
    recording = make_block_recording(folder / "blocks.mp4", 30)
    path = folder / "out" / "blocks.fead"
    with crowd_case(path, crowd([1, 2, 3] * 2)) as case:
        case.recording = recording_facts(recording, build_frame_index(recording))
        write_outputs(case, path.parent, NoProgress())
    return path


@pytest.fixture
def scored_again(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note which cases were given to the worker."""
    given: list[Path] = []

    def fake(case: Path, on_progress: object, is_cancelled: object) -> tuple[int, ...]:
        given.append(case)
        return ()

    monkeypatch.setattr(supervisor, "supervise_rescore", fake)
    return given


def persons(case_path: Path, *arguments: str) -> int:
    return main(["persons", str(case_path), *arguments], open_window=lambda _path: 0)


def numbers(case_path: Path) -> list[int]:
    with Case.open(case_path) as case:
        return [person.person for person in case.persons()]


def test_a_merge_is_scored_and_written_beside_the_case(
    case_path: Path, scored_again: list[Path]
) -> None:
    folder = case_path.parent
    assert (folder / "organized_faces" / "person_3").is_dir()
    assert persons(case_path, "merge", "3", "1") == 0
    assert scored_again == [case_path]
    assert numbers(case_path) == [1, 2]
    assert sorted(path.name for path in (folder / "organized_faces").iterdir()) == [
        "person_1",
        "person_2",
    ]
    assert len(list((folder / "organized_faces" / "person_1").iterdir())) == 48
    assert sorted(path.name for path in folder.glob("anomaly_*.csv")) == [
        "anomaly_detection_results_person_1.csv", "anomaly_detection_results_person_2.csv",
    ]  # fmt: skip


def test_every_edit_has_its_command(case_path: Path, scored_again: list[Path]) -> None:
    for arguments, expected in (
        (["rename", "2", "Anna"], [1, 2, 3]),
        (["split", "1", "--tracks", "0,1", "--no-rescore"], [1, 2, 3, 4]),
        (["move", "2", "--faces", "0:0,3:0", "--no-rescore"], [1, 2, 3, 4]),
        (["move", "0", "--tracks", "0", "--no-rescore"], [1, 2, 3]),
        (["ignore", "3", "--no-rescore"], [1, 2]),
        (["reset", "--no-rescore"], [1, 2, 3]),
    ):
        assert persons(case_path, *arguments) == 0
        assert numbers(case_path) == expected, arguments
    assert scored_again == []


def test_the_list_names_stale_scores_and_unassigned_faces(
    case_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    persons(case_path, "rename", "2", "Anna")
    persons(case_path, "merge", "2", "3", "--no-rescore")
    persons(case_path, "ignore", "1", "--no-rescore")
    capsys.readouterr()
    assert persons(case_path, "list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "2  Anna  48 faces  4.8 s on screen  4 events  scores are out of date",
        "24 faces are unassigned.",
    ]


def test_suggestions_can_be_followed_as_they_are_printed(
    case_path: Path, scored_again: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    persons(case_path, "split", "1", "--tracks", "3", "--no-rescore")
    persons(case_path, "merge", "2", "3", "--no-rescore")
    capsys.readouterr()
    assert persons(case_path, "suggest") == 0
    merge, *_, split = capsys.readouterr().out.splitlines()
    for line in (merge, split):
        assert persons(case_path, *line.split("  ")[0].split(), "--no-rescore") == 0
    with Case.open(case_path) as case:
        assert set(case.features().person[case.faces().rows_of_tracks([0, 3])]) == {1}
        assert len(case.persons()) == 3


def test_where_nothing_is_suggested_it_says_so(
    case_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert persons(case_path, "suggest") == 0
    said = capsys.readouterr().out
    assert said == "No two persons look like one, and none looks like several.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["merge", "1", "9"], "no person 9"),
        (["split", "1"], "--tracks or by --faces"),
        (["split", "1", "--tracks", "x"], "Tracks are numbers"),
        (["split", "1", "--faces", "3"], "frame:face"),
        (["split", "1", "--part", "2"], "no part 2"),
        (["merge"], "Missing argument"),
    ],
)
def test_what_can_not_be_done_is_one_sentence_and_code_2(
    case_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert persons(case_path, *arguments) == 2
    assert sentence in capsys.readouterr().err


def test_a_case_without_results_has_no_persons_to_edit(tmp_path: Path) -> None:
    Case.create(tmp_path / "a.fead").close()
    assert persons(tmp_path / "a.fead", "merge", "1", "2") == 6
