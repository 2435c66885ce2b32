"""make's installer: what it decides before it installs anything."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch) -> ModuleType:
    """The script, with its .venv in a folder of the test."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in (("VENV", "."), ("STAMP", "stamp"), ("MADE_FOR", "made-for.txt")):
        monkeypatch.setattr(module, name, tmp_path / ".venv" / path)
    return module


def venv_without_pip(bootstrap: ModuleType) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bootstrap.VENV], check=True)
    return bootstrap.VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def test_a_missing_environment_is_made(bootstrap):
    assert not bootstrap.is_usable(bootstrap.VENV / "bin" / "python")


def test_a_half_made_environment_is_made_anew(bootstrap):
    assert not bootstrap.is_usable(venv_without_pip(bootstrap))


def test_an_environment_of_another_place_or_python_is_made_anew(bootstrap, monkeypatch):
    python = venv_without_pip(bootstrap)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 0)  # as if it had pip
    assert bootstrap.is_usable(python)
    bootstrap.MADE_FOR.write_text(bootstrap.maker())
    assert bootstrap.is_usable(python)
    bootstrap.MADE_FOR.write_text("/where/it/was\n3.10\n")
    assert not bootstrap.is_usable(python)


def test_what_was_installed_is_compiled_but_for_what_other_pythons_need(bootstrap):
    python = venv_without_pip(bootstrap)
    (packages,) = bootstrap.VENV.rglob("site-packages")
    for name, text in (("one", "a = 1"), ("two", "b = 2"), ("ancient", "print 'c'")):
        (packages / f"{name}.py").write_text(text)
    bootstrap.compile_packages(python)
    compiled = {path.name.split(".")[0] for path in packages.glob("__pycache__/*.pyc")}
    assert compiled == {"one", "two"}


def test_an_unsupported_python_is_told_what_to_install(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or 3\.12"):
        bootstrap.again_with_supported_python()


def test_missing_libraries_without_rights_are_one_line_to_type(bootstrap, monkeypatch):
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}"
    )
    monkeypatch.setattr(bootstrap, "is_installed", lambda package: package != "libegl1")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit) as caught:
        bootstrap.install_debian_packages()
    line = str(caught.value).splitlines()[-1].strip()
    assert line.startswith("sudo apt-get update && sudo apt-get install")
    assert line.endswith(" libegl1")


def test_one_of_two_alternatives_is_enough(bootstrap, monkeypatch):
    assert ["libglib2.0-0", "libglib2.0-0t64"] in bootstrap.wanted_packages()
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "is_installed", lambda package: package != "libglib2.0-0")
    bootstrap.install_debian_packages()


def test_every_pin_lies_in_the_projects_range():
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, wanted):
        version = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} but pinned {version}"
