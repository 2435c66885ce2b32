"""Which models an analysis uses, with their hashes; decided before any of them is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fead_desktop.case.case import ModelFact
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.faces.detector import AUTO_DETECTOR
from fead_desktop.models import registry

_DETECTOR_FILES = {
    "mtcnn": ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"),
    "blazeface": ("blazeface_short", "blazeface_full"),
    "yunet": ("yunet",),
}
_EMBEDDER_FILES = {"facenet": "facenet_vggface2", "dlib": "dlib_face"}


def models_of(parameters: AnalysisParameters) -> tuple[ModelFact, ...]:
    """Return the models that take part in an analysis.

    Raises
    ------
    ModelError
        When one is missing or not the file the program was built for; the sentence says what to do.
    """
    detector = AUTO_DETECTOR if parameters.detector == "auto" else parameters.detector
    names = (
        *_DETECTOR_FILES[detector],
        "face_mesh",
        _EMBEDDER_FILES[embedder_of(parameters)],
        "fer_emotion",
    )
    for name in names:
        registry.locate(name)
    entries = map(registry.entry, names)
    return tuple(ModelFact(each.name, each.file, each.sha256, each.licence) for each in entries)


def embedder_of(parameters: AnalysisParameters) -> str:
    """Return what "auto" stands for on this machine: facenet if its weights are there, else dlib."""
    if parameters.embedder != "auto":
        return parameters.embedder
    return "facenet" if registry.is_available(_EMBEDDER_FILES["facenet"]) else "dlib"


def as_recorded(parameters: AnalysisParameters, models: Iterable[ModelFact]) -> AnalysisParameters:
    """Return the parameters with "auto" replaced by what these models, which took part, were chosen for."""
    names = {model.name for model in models}
    detectors = [name for name, files in _DETECTOR_FILES.items() if names.issuperset(files)]
    embedders = [name for name, file in _EMBEDDER_FILES.items() if file in names]
    return replace(
        parameters,
        detector=detectors[0] if detectors else parameters.detector,
        embedder=embedders[0] if embedders else parameters.embedder,
    )
