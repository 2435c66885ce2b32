"""A file of another tool becomes lanes of the case: whose face it is, when, and where it is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from fead_desktop import cli
from fead_desktop.case.imported import import_table, of_persons_now
from fead_desktop.case.store import Case
from fead_desktop.errors import CaseError, UsageError
from fead_desktop.report.interchange.other_tools import openface_table, pyfeat_table
from fead_desktop.video.frame_index import FrameIndex, build_frame_index
from tests.helpers.cases import make_case
from tests.helpers.foreign_tables import intensities, write_openface, write_pyfeat
from tests.helpers.recordings import make_block_recording

FRAMES = 90


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, FrameIndex]:
    """A case of two persons, its recording and its index."""
    folder = tmp_path_factory.mktemp("case")
    recording = make_block_recording(folder / "made.mp4", FRAMES, rate=24, vfr=True)
    return make_case(folder / "made.fead", recording), recording, build_frame_index(recording)


@pytest.fixture
def case(made, tmp_path: Path):
    with Case.open(Path(shutil.copy(made[0], tmp_path / "own.fead"))) as opened:
        yield opened


@pytest.fixture
def index(made) -> FrameIndex:
    return made[2]


def openface(folder: Path) -> Path:
    return write_openface(folder / "of.csv", range(FRAMES), intensities(FRAMES))


def test_a_table_is_kept_with_its_times_and_the_log_tells_of_it(case, index, tmp_path) -> None:
    done = import_table(case, openface(tmp_path), index, 2)
    assert done.sentence == (
        "Imported 90 rows of OpenFace with 35 measures from 'of.csv' for person 2."
    )
    path = case.path
    case.close()
    with Case.open(path) as again:
        (table,) = again.imported()
        action, detail = again.log_entries()[-1][1:]
    assert (table.person, table.number) == (2, 1)
    np.testing.assert_array_equal(table.time_s, index.times_s)
    assert action == "table imported"
    assert detail == {
        "file": "of.csv", "sha256": table.sha256, "tool": "openface", "person": 2, "rows": FRAMES,
    }  # fmt: skip


def test_a_file_imported_again_takes_the_place_of_its_earlier_import(case, index, tmp_path) -> None:
    import_table(case, openface(tmp_path), index, 1)
    import_table(case, openface(tmp_path), index, 2)
    assert [table.person for table in case.imported()] == [2]
    other = write_openface(tmp_path / "b.csv", range(FRAMES), intensities(FRAMES, 2))
    import_table(case, other, index, 1)
    assert [table.name for table in case.imported()] == ["of.csv", "b.csv"]


def test_boxes_share_the_rows_out_among_the_persons(case, index, tmp_path) -> None:
    features = case.features()
    faces = []
    for person in (1, 2):
        rows = features.of_person(person)
        boxes = rows.matrix(("box_x", "box_y", "box_width", "box_height")) + 2
        faces += [
            (int(n), tuple(map(float, box)), person / 4)
            for n, box in zip(rows.frame_number, boxes, strict=True)
        ]
    faces.sort(key=lambda face: face[0])
    done = import_table(case, write_pyfeat(tmp_path / "two.csv", faces), index)
    assert [table.person for table in done.tables] == [1, 2]
    for table in done.tables:
        own = features.of_person(table.person)
        np.testing.assert_array_equal(table.frame_number, own.frame_number)
        np.testing.assert_allclose(table.columns["AU12"], table.person / 4, atol=1e-6)


@pytest.mark.parametrize("person", [1, 2])
def test_our_own_tables_for_openfaces_and_pyfeats_users_come_back(
    case, index, tmp_path, person
) -> None:
    openface_table(case, person).to_csv(tmp_path / "of.csv", index=False)
    pyfeat_table(case, person).to_csv(tmp_path / "pf.csv", index=False)
    frames = case.features().of_person(person).frame_number
    (theirs,) = import_table(case, tmp_path / "of.csv", index, person).tables
    seen = np.isfinite(theirs.columns["AU12_r"])
    np.testing.assert_array_equal(theirs.frame_number[seen], frames)
    (faces,) = import_table(case, tmp_path / "pf.csv", index).tables  # told by its boxes
    assert faces.person == person
    np.testing.assert_array_equal(faces.frame_number, frames)
    np.testing.assert_array_equal(faces.time_s, index.times_s[frames])


def test_a_table_stays_with_its_face_when_persons_are_told_apart_anew(
    case, index, tmp_path
) -> None:
    import_table(case, openface(tmp_path), index, 2)
    tables, features = case.imported(), case.features()
    other = features.with_columns(person=np.where(features.person == 2, 7, 3))
    assert [table.person for table in of_persons_now(tables, features, (1, 2))] == [2]
    assert [table.person for table in of_persons_now(tables, other, (3, 7))] == [7]
    merged = features.with_columns(person=np.ones(len(features), int))
    assert [table.person for table in of_persons_now(tables, merged, (1,))] == [1]
    assert [table.person for table in of_persons_now(tables, features, (1,))] == [-1]
    assert of_persons_now((), features, (1,)) == ()


def test_whose_face_it_is_must_be_told(case, index, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"does not tell whose face it shows; .* 1, 2"):
        import_table(case, openface(tmp_path), index)
    with pytest.raises(UsageError, match="There is no person 3 in this case"):
        import_table(case, openface(tmp_path), index, 3)
    lines = openface(tmp_path).read_text().splitlines()
    (tmp_path / "both.csv").write_text("\n".join([*lines, *lines[1:]]))
    with pytest.raises(UsageError, match="several faces a frame"):
        import_table(case, tmp_path / "both.csv", index, 1)
    assert case.imported() == ()


def test_faces_where_nobody_was_analysed_are_refused(case, index, tmp_path) -> None:
    far = [(n, (9000.0, 9000.0, 10.0, 10.0), 0.5) for n in range(FRAMES)]
    with pytest.raises(UsageError, match="where no face was analysed"):
        import_table(case, write_pyfeat(tmp_path / "far.csv", far), index)


def test_a_case_without_persons_and_another_recording_are_refused(
    case, index, tmp_path: Path
) -> None:
    with Case.create(tmp_path / "new.fead") as new, pytest.raises(CaseError, match="no persons"):
        import_table(new, openface(tmp_path), index)
    other = build_frame_index(make_block_recording(tmp_path / "other.mp4", 30))
    with pytest.raises(CaseError, match="has 30 frames, that of the case 90"):
        import_table(case, openface(tmp_path), other, 1)


def test_the_command_imports_and_says_what_it_did(case, made, tmp_path, capsys) -> None:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main(["import", *map(str, arguments)], open_window=lambda _: 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    file = openface(tmp_path)
    code, out, err = run(case.path, file, "--person", 1)
    assert (code, out.count("\n")) == (0, 1)
    assert "Imported 90 rows of OpenFace" in out
    assert "matched by frame number" in err
    assert len(case.imported()) == 1
    code, _, err = run(case.path, tmp_path / "own.fead")
    assert (code, err.count("\n")) == (2, 1)
    moved = tmp_path / "elsewhere.mp4"
    shutil.copy(made[1], moved)
    facts = case.recording
    assert facts is not None
    case.recording = type(facts)(**{**vars(facts), "path": "/gone.mp4"})
    code, _, err = run(case.path, file, "--person", 1)
    assert (code, err) == (
        3, "The recording '/gone.mp4' is not there; say where it is with --recording.\n",
    )  # fmt: skip
    assert run(case.path, file, "--person", 1, "--recording", moved)[0] == 0
