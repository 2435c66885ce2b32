"""The registry knows every model, finds it without importing its package and refuses the wrong file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from fead_desktop.errors import ModelError, OutputError
from fead_desktop.models import registry
from tests.helpers.data import data_file, needs_data

HEAVY = ("torch", "mediapipe", "facenet_pytorch", "fer", "face_recognition_models", "pooch")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(folder))
    return folder


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: Path) -> Path:
    """A file that passes as the model 'yunet' of a registry that lists it."""
    source = tmp_path / "elsewhere.onnx"
    source.write_bytes(b"weights of a tiny model")
    entries = dict(registry.registry())
    entries["yunet"] = dataclasses.replace(
        entries["yunet"], sha256=registry.file_sha256(source), size_bytes=source.stat().st_size
    )
    monkeypatch.setattr(registry, "registry", lambda: entries)
    return source


def test_every_entry_is_complete_and_has_one_way_to_get_it() -> None:
    for name, model in registry.registry().items():
        assert model.name == name
        assert len(model.sha256) == 64
        assert set(model.sha256) <= set("0123456789abcdef")
        assert model.size_bytes > 0
        assert model.licence
        assert model.purpose
        assert model.source.startswith("https://")
        assert bool(model.package) == bool(model.path)
        assert not (model.package and model.url)


def test_every_model_that_ships_in_a_package_is_there_with_the_right_hash(weights: Path) -> None:
    shipped = [name for name, model in registry.registry().items() if model.package]
    assert {"dlib_face", "fer_emotion", "face_mesh", "mtcnn_pnet", "blazeface_short"} <= set(
        shipped
    )
    for name in shipped:
        assert registry.locate(name).name == registry.entry(name).file


def test_finding_all_models_imports_none_of_their_packages() -> None:
    code = (
        "import sys; from fead_desktop.models import registry, download; registry.verify_all();"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_model_says_what_to_do(weights: Path) -> None:
    with pytest.raises(ModelError, match="fead models import yunet PATH") as caught:
        registry.locate("yunet")
    assert caught.value.exit_code == 5
    with pytest.raises(ModelError, match="fead models fetch facenet_vggface2"):
        registry.locate("facenet_vggface2")
    assert not registry.is_available("facenet_vggface2")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"no model 'eigenfaces'.*dlib_face"):
        registry.locate("eigenfaces")


def test_a_missing_package_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = dataclasses.replace(registry.entry("dlib_face"), package="no_such_package_anywhere")
    monkeypatch.setattr(registry, "registry", lambda: {"dlib_face": gone})
    with pytest.raises(ModelError, match="install the package no_such_package_anywhere"):
        registry.locate("dlib_face")


def test_an_imported_file_is_found_and_the_original_stays(tiny: Path, weights: Path) -> None:
    copy = registry.import_file("yunet", tiny)
    assert copy.parent == weights
    assert copy.read_bytes() == tiny.read_bytes()
    assert registry.locate("yunet") == copy
    assert [path.name for path in weights.iterdir()] == [copy.name]


def test_a_wrong_file_is_not_imported(tiny: Path, weights: Path) -> None:
    tiny.write_bytes(b"weights of A tiny model")
    with pytest.raises(ModelError, match="is not the model 'yunet'"):
        registry.import_file("yunet", tiny)
    assert not weights.exists()


def test_a_model_of_a_package_needs_no_import(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="comes with the package fer"):
        registry.import_file("fer_emotion", tmp_path / "whatever")


def test_an_unwritable_folder_is_an_output_error(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(blocked / "weights"))
    with pytest.raises(OutputError, match="could not be copied"):
        registry.import_file("yunet", tiny)


def test_a_file_damaged_after_the_import_is_noticed_in_the_same_process(tiny: Path) -> None:
    copy = registry.import_file("yunet", tiny)
    assert registry.is_available("yunet")
    copy.write_bytes(b"weights of A tiny model, cut")
    with pytest.raises(ModelError, match="SHA-256 differs"):
        registry.locate("yunet")
    states = {status.entry.name: status for status in registry.verify_all()}
    assert states["yunet"].state == "damaged"
    assert "fead models import yunet" in states["yunet"].remedy
    assert states["dlib_face"].state == "ready"


@needs_data
def test_the_real_yunet_file_is_the_one_the_registry_names(weights: Path) -> None:
    source = data_file("weights/face_detection_yunet_2026may.onnx")
    assert registry.import_file("yunet", source).is_file()
