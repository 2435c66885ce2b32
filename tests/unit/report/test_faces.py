"""Aligned faces become files by frame and by person; other people's files are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fead_desktop.arrays import arrays_to_bytes
from fead_desktop.case.store import CROPS_STAGE, FACES_STAGE, Case
from fead_desktop.features.table import FeatureTable
from fead_desktop.report.faces import aligned_faces, export_faces

#: (frame number, face, person) of two chunks.
FACES = (((0, 0, 1), (0, 1, 2), (3, 0, 1)), ((300, 0, 2), (303, 0, -1)))


def jpeg_of(frame: int, face: int) -> bytes:
    return f"picture {frame} {face}".encode()


@pytest.fixture
def case(tmp_path):
    with Case.create(tmp_path / "faces.fead") as made:
        put_faces(made, FACES)
        yield made


def put_faces(case: Case, chunks) -> None:
    for number, rows in enumerate(chunks):
        frames, faces, persons = np.array(rows).T
        pictures = [jpeg_of(frame, face) for frame, face, _ in rows]
        table = FeatureTable({"frame_number": frames, "face": faces, "person": persons})
        crops = {
            "frame_number": frames,
            "face": faces,
            "jpeg": np.frombuffer(b"".join(pictures), np.uint8),
            "end": np.cumsum([len(picture) for picture in pictures]),
        }
        products = {FACES_STAGE: table.to_bytes(), CROPS_STAGE: arrays_to_bytes(crops)}
        case.put_chunks(number, "made", products)
    case.drop_chunks_except(FACES_STAGE, range(len(chunks)))
    case.drop_chunks_except(CROPS_STAGE, range(len(chunks)))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_faces_come_back_from_the_case_in_order(case):
    expected = [(n, k, jpeg_of(n, k)) for rows in FACES for n, k, _ in rows]
    assert list(aligned_faces(case)) == expected


def test_the_faces_of_one_chunk_are_read_alone(case):
    assert [(n, k) for n, k, _ in aligned_faces(case, (1,))] == [(300, 0), (303, 0)]
    assert list(aligned_faces(case, ())) == []


def test_every_face_is_written_once_and_sorted_by_person(case, tmp_path):
    out = tmp_path / "out"
    assert export_faces(case, out) == 5
    assert files_in(out) == {
        *(f"aligned_faces/frame_{n}_face_{k}.jpg" for rows in FACES for n, k, _ in rows),
        "organized_faces/person_1/frame_0_face_0.jpg",
        "organized_faces/person_1/frame_3_face_0.jpg",
        "organized_faces/person_2/frame_0_face_1.jpg",
        "organized_faces/person_2/frame_300_face_0.jpg",
        "organized_faces/unassigned/frame_303_face_0.jpg",
    }
    assert (out / "aligned_faces" / "frame_0_face_1.jpg").read_bytes() == jpeg_of(0, 1)
    linked = out / "organized_faces" / "person_2" / "frame_0_face_1.jpg"
    assert linked.samefile(out / "aligned_faces" / "frame_0_face_1.jpg")


def test_faces_of_an_earlier_analysis_go_and_foreign_files_stay(case, tmp_path):
    out = tmp_path / "out"
    export_faces(case, out)
    (out / "aligned_faces" / "notes.txt").write_text("mine")
    (out / "organized_faces" / "person_1" / "holiday.jpg").write_bytes(b"mine too")
    put_faces(case, (((0, 0, 2),),))
    assert export_faces(case, out) == 1
    assert files_in(out) == {
        "aligned_faces/frame_0_face_0.jpg",
        "aligned_faces/notes.txt",
        "organized_faces/person_1/holiday.jpg",
        "organized_faces/person_2/frame_0_face_0.jpg",
    }
    assert not (out / "organized_faces" / "unassigned").exists()


def test_a_case_without_faces_leaves_no_folders(tmp_path):
    with Case.create(tmp_path / "empty.fead") as empty:
        assert export_faces(empty, tmp_path / "out") == 0
    assert not (tmp_path / "out").exists()
