"""A wheel in an environment of its own, outside of the checkout, works like the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.helpers.analyses import analyse, summary_of
from tests.helpers.data import data_file, needs_data

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it alone; what it depends on is borrowed from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; print(build_wheel({!r}))"
    name = run(sys.executable, "-c", build.format(str(folder)), cwd=ROOT).split()[-1]
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "env"), cwd=folder)
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
    )
    run(*pip, str(folder / name), cwd=folder)
    packages = Path(
        run(
            str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).strip()
    )
    # A path line does not read the .pth files over there, so this checkout stays invisible.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n")
    return python.parent


def run(*command: str, cwd: Path) -> str:
    """Run a command without this checkout on the path; returns its standard output."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_package_is_the_one_that_runs(environment: Path, tmp_path: Path) -> None:
    code = "import fead_desktop, fead_desktop.paths as p; print(fead_desktop.__file__, p.resources_dir())"
    package, resources = run(str(environment / "python"), "-c", code, cwd=tmp_path).split()
    assert Path(package).is_relative_to(environment.parent)
    assert Path(resources).is_relative_to(environment.parent)
    assert {path.name for path in Path(resources).iterdir()} == {
        path.name for path in (ROOT / "resources").iterdir()
    }


def test_its_commands_and_its_window_start(environment: Path, tmp_path: Path) -> None:
    assert "analyze" in run(str(environment / "fead"), "--help", cwd=tmp_path)
    assert "face_mesh" in run(str(environment / "fead"), "models", "list", cwd=tmp_path)
    window = (
        "from fead_desktop.gui import app, main_window; application = app.make_application(); "
        "main_window.MainWindow().show()"
    )
    run(str(environment / "python"), "-c", window, cwd=tmp_path)


@needs_data
@pytest.mark.journey
def test_its_numbers_are_those_of_the_checkout(environment: Path, tmp_path: Path) -> None:
    recording = data_file("video/single_face.mp4")
    options = ("--progress", "none", "-o")
    run(
        str(environment / "fead"),
        "analyze",
        str(recording),
        *options,
        str(tmp_path / "a"),
        cwd=tmp_path,
    )
    analyse(recording, tmp_path / "b")
    assert summary_of(tmp_path / "a")["events"] == summary_of(tmp_path / "b")["events"]
