"""Every folder can be moved by its variable, and asking for one makes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fead_desktop import paths

FOLDERS = {
    "FEAD_DATA_DIR": paths.data_dir,
    "FEAD_CONFIG_DIR": paths.config_dir,
    "FEAD_CACHE_DIR": paths.cache_dir,
    "FEAD_WEIGHTS_DIR": paths.weights_dir,
    "FEAD_LOGS_DIR": paths.logs_dir,
}


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_variable_moves_its_folder_and_nothing_is_made(monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    assert FOLDERS[variable]() == tmp_path / "moved"
    assert not (tmp_path / "moved").exists()


@pytest.mark.parametrize("variable", FOLDERS)
def test_without_its_variable_a_folder_carries_the_programs_name(monkeypatch, variable):
    monkeypatch.delenv(variable)
    assert "fead-desktop" in str(FOLDERS[variable]())


def test_the_tests_themselves_do_not_use_the_users_folders():
    for variable, folder in FOLDERS.items():
        assert str(folder()) == os.environ[variable]
        assert not folder().is_relative_to(Path.home())


def test_resources_are_there():
    assert (paths.resources_dir() / "models.toml").is_file()
    assert list((paths.resources_dir() / "icons").glob("*.svg"))


def test_importing_the_program_makes_no_folder(tmp_path):
    code = "import fead_desktop.cli, fead_desktop.settings, fead_desktop.logs"
    environment = {**os.environ, **{name: str(tmp_path / name) for name in FOLDERS}}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
