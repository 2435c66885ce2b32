"""The models of an analysis are decided, and checked, before any of them is loaded."""

from __future__ import annotations

import sys

import pytest

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import ModelError
from fead_desktop.models import registry
from fead_desktop.pipeline.model_choice import embedder_of, models_of


@pytest.fixture(autouse=True)
def _no_imported_weights(monkeypatch, tmp_path):
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(tmp_path / "weights"))


@pytest.mark.parametrize(
    ("detector", "files"),
    [
        ("auto", {"blazeface_short", "blazeface_full"}),
        ("blazeface", {"blazeface_short", "blazeface_full"}),
        ("mtcnn", {"mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"}),
    ],
)
def test_a_detector_brings_its_files_and_the_rest_is_always_there(detector, files):
    models = models_of(AnalysisParameters(detector=detector))
    assert {model.name for model in models} == files | {"face_mesh", "dlib_face", "fer_emotion"}
    for model in models:
        known = registry.entry(model.name)
        assert (model.file, model.sha256, model.licence) == (
            known.file, known.sha256, known.licence,
        )  # fmt: skip


def test_auto_takes_facenet_only_where_its_weights_are(monkeypatch):
    assert embedder_of(AnalysisParameters()) == "dlib"
    monkeypatch.setattr(registry, "is_available", lambda name: name == "facenet_vggface2")
    assert embedder_of(AnalysisParameters()) == "facenet"
    assert embedder_of(AnalysisParameters(embedder="dlib")) == "dlib"


@pytest.mark.parametrize(
    ("parameters", "remedy"),
    [
        (AnalysisParameters(detector="yunet"), "fead models import yunet PATH"),
        (AnalysisParameters(embedder="facenet"), "fead models fetch facenet_vggface2"),
    ],
    ids=["yunet", "facenet"],
)
def test_a_missing_model_is_an_error_that_says_what_to_do(parameters, remedy):
    with pytest.raises(ModelError, match=remedy) as caught:
        models_of(parameters)
    assert caught.value.exit_code == 5


def test_a_wrong_file_is_refused(tmp_path):
    path = tmp_path / "weights" / registry.entry("yunet").file
    path.parent.mkdir()
    path.write_bytes(b"not the weights")
    with pytest.raises(ModelError, match="SHA-256 differs"):
        models_of(AnalysisParameters(detector="yunet"))


def test_choosing_loads_nothing():
    before = set(sys.modules)
    models_of(AnalysisParameters())
    assert not {"torch", "mediapipe", "fer"} & (set(sys.modules) - before)
