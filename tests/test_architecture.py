"""The house rules that no linter checks."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "fead_desktop"
HEAVY = {
    "torch", "torchvision", "tensorflow", "mediapipe", "facenet_pytorch", "fer", "ai_edge_litert", "dlib",
    "sklearn", "umap", "numba", "matplotlib", "dask", "pandas", "scipy", "skimage", "cv2", "av",
}  # fmt: skip
#: Longest class of the window, in lines; beyond it a panel has two reasons to change.
LONGEST_WINDOW_CLASS = 600


@pytest.mark.parametrize("module", ["fead_desktop.cli", "fead_desktop.gui.app"])
def test_starting_loads_no_heavy_package(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_command_line_loads_no_qt() -> None:
    code = "import sys, fead_desktop.cli; print('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_a_thread_imports_brings_no_qt_with_it() -> None:
    code = """
import importlib, sys
from fead_desktop.gui.jobs.open_job import FOR_RESULTS
before = set(sys.modules)
importlib.import_module(FOR_RESULTS)
print(*[name for name in set(sys.modules) - before if name.startswith(("PySide6", "pyqtgraph", "shiboken6"))])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_qt_is_imported_in_the_window_only() -> None:
    elsewhere = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "gui" not in path.relative_to(PACKAGE).parts
        and imported_packages(path) & {"PySide6", "pyqtgraph", "shiboken6"}
    ]
    assert elsewhere == []


def test_no_window_class_is_long() -> None:
    long = {
        f"{path.name}:{node.name}": node.end_lineno - node.lineno
        for path in (PACKAGE / "gui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno > LONGEST_WINDOW_CLASS
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def imported_packages(path: Path) -> set[str]:
    """Return the top-level packages a file imports anywhere."""
    packages = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.split(".")[0])
    return packages
