"""Files are there completely or not at all, and an error names the place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fead_desktop.errors import OutputError
from fead_desktop.report import files


def test_a_file_is_written_into_a_folder_that_is_made_for_it(tmp_path):
    path = files.write_atomically(tmp_path / "a ü 😀" / "b.bin", b"data")
    assert path.read_bytes() == b"data"
    assert [each.name for each in path.parent.iterdir()] == ["b.bin"]


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, monkeypatch):
    path = files.write_atomically(tmp_path / "a.csv", b"old")

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"a\.csv.*No space left") as caught:
        files.write_atomically(path, b"new")
    assert caught.value.exit_code == 7
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_looking_whether_a_folder_can_be_written_makes_it_and_leaves_nothing_in_it(tmp_path):
    files.check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_folder_that_cant_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError) as caught:
        files.check_writable(tmp_path / "file" / "out")
    assert str(tmp_path / "file" / "out") in str(caught.value)
    assert "fead-write-test" not in str(caught.value)


def test_a_second_name_is_a_hard_link(tmp_path):
    source = files.write_atomically(tmp_path / "a.jpg", b"face")
    files.link_or_copy(source, tmp_path / "person_1" / "a.jpg")
    assert (tmp_path / "person_1" / "a.jpg").samefile(source)


def test_where_the_disk_has_no_links_it_is_a_copy(tmp_path, monkeypatch):
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    source = files.write_atomically(tmp_path / "a.jpg", b"face")
    target = tmp_path / "person_1" / "a.jpg"
    files.link_or_copy(source, target)
    assert target.read_bytes() == b"face"
    assert not target.samefile(source)
