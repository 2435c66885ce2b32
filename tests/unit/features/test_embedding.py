"""Embedders cut their own crops, keep NaN for what has no mesh, and tell faces apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import ModelError, UsageError
from fead_desktop.faces.alignment import warp_face
from fead_desktop.features import embedding
from fead_desktop.features.embedding import (
    DlibEmbedder,
    FacenetEmbedder,
    dlib_chip_matrix,
    make_embedder,
)
from fead_desktop.models import registry
from tests.helpers.portraits import portrait, portrait_mesh

dlib = pytest.importorskip("dlib", reason="dlib-bin is a test dependency")


@pytest.fixture(scope="module")
def embedder() -> DlibEmbedder:
    return DlibEmbedder(batch_size=2)


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(tmp_path / "weights"))


@pytest.fixture
def random_facenet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_weights: None
) -> dict[str, object]:
    """Weights of a random InceptionResnetV1, laid out as the published file, that pass as it."""
    import torch

    from fead_desktop.models.torchvision_compat import import_torchvision

    import_torchvision()
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    state = dict(InceptionResnetV1(pretrained=None).state_dict())
    state["logits.weight"] = torch.zeros(8, 512)
    state["logits.bias"] = torch.zeros(8)
    file = tmp_path / "random.pt"
    torch.save(state, file)
    entry = dataclasses.replace(
        registry.entry("facenet_vggface2"),
        sha256=registry.file_sha256(file),
        size_bytes=file.stat().st_size,
    )
    others = registry.registry()
    monkeypatch.setattr(registry, "registry", lambda: {**others, entry.name: entry})
    registry.import_file("facenet_vggface2", file)
    return state


def test_the_chip_is_cut_as_dlib_cuts_it_for_the_same_five_points() -> None:
    rng = np.random.default_rng(2)
    angle, scale = 0.3, 0.9
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (embedding._DLIB_TEMPLATE * 110 - 55) @ turn.T + (130, 120) + rng.normal(size=(5, 2))
    points = points.round()
    shape = dlib.full_object_detection(
        dlib.rectangle(60, 60, 200, 200), dlib.points([dlib.point(*map(int, p)) for p in points])
    )
    expected = dlib.get_face_chip(np.array(portrait()), shape, 150, 0.25)
    found = warp_face(portrait(), dlib_chip_matrix(points), 150)
    inner = slice(10, 140)
    difference = np.abs(found[inner, inner].astype(int) - expected[inner, inner].astype(int))
    assert difference.mean() < 2.0


def test_the_mesh_gives_the_chip_that_dlibs_own_landmarks_give(embedder: DlibEmbedder) -> None:
    folder = registry.locate("dlib_face").parent
    predictor = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    picture = np.array(portrait())
    (face,) = dlib.get_frontal_face_detector()(picture, 1)
    chip = dlib.get_face_chip(picture, predictor(picture, face), 150, 0.25)
    theirs, ours = embedder.embed([chip, embedder.crop(portrait(), portrait_mesh())])
    # One person's faces lie up to 0.6 apart; two cuts of one face must be much nearer.
    assert np.linalg.norm(theirs - ours) < 0.2


def test_faces_come_back_in_order_whatever_the_batch_size(embedder: DlibEmbedder) -> None:
    picture, mesh = portrait(), portrait_mesh()
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    shifted = mesh + np.float32((3, -2, 0))
    pictures = [picture, picture, mirrored, picture, picture]
    meshes = [mesh, None, mesh, np.full_like(mesh, np.nan), shifted]
    found = embedder.embed([embedder.crop(*face) for face in zip(pictures, meshes, strict=True)])
    assert found.shape == (5, 128)
    assert found.dtype == np.float32
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False, True, False]
    alone = embedder.embed([embedder.crop(picture, shifted)])[0]
    assert np.abs(found[4] - alone).max() < 1e-4
    assert np.linalg.norm(found[0] - found[4]) < np.linalg.norm(found[0] - found[2])


def test_no_faces_give_an_empty_matrix(embedder: DlibEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 128)


def test_auto_is_dlib_while_the_facenet_weights_are_missing(no_weights: None) -> None:
    chosen = make_embedder("auto", batch_size=7)
    assert (chosen.name, chosen.dimension, chosen.model) == ("dlib", 128, "dlib_face")


def test_asking_for_facenet_without_its_weights_says_how_to_get_them(no_weights: None) -> None:
    with pytest.raises(ModelError, match="fead models fetch facenet_vggface2"):
        make_embedder("facenet")


def test_an_unknown_embedder_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no embedder 'arcface'"):
        make_embedder("arcface")


def test_with_facenet_weights_auto_is_facenet_and_runs_the_published_preprocessing(
    random_facenet: dict[str, object],
) -> None:
    import torch
    from facenet_pytorch import InceptionResnetV1

    chosen = make_embedder("auto")
    assert isinstance(chosen, FacenetEmbedder)
    found = chosen.embed([chosen.crop(portrait(), portrait_mesh()), None])
    assert found.shape == (2, 512)
    assert np.isnan(found[1]).all()
    assert np.linalg.norm(found[0]) == pytest.approx(1, abs=1e-5)

    network = InceptionResnetV1(pretrained=None)
    network.load_state_dict({k: v for k, v in random_facenet.items() if "logits" not in k})
    crop = np.asarray(chosen.crop(portrait(), portrait_mesh()), np.float32)
    values = torch.from_numpy(((crop - 127.5) / 128).transpose(2, 0, 1)[None].copy())
    with torch.inference_mode():
        expected = network.eval()(values).numpy()[0]
    assert np.abs(found[0] - expected).max() < 1e-5


def test_a_weights_file_of_another_network_is_refused(tmp_path: Path) -> None:
    import torch

    from fead_desktop.models.facenet import load_inception_resnet

    other = tmp_path / "other.pt"
    torch.save({"layer.weight": torch.zeros(2, 2)}, other)
    with pytest.raises(ModelError, match="does not hold the weights of InceptionResnetV1"):
        load_inception_resnet(other)


def test_the_facenet_crop_is_mtcnns_box_stretched_to_a_square() -> None:
    from fead_desktop.models.torchvision_compat import import_torchvision

    import_torchvision()
    from facenet_pytorch import MTCNN

    boxes, _ = MTCNN().detect(portrait())
    left, top, right, bottom = boxes[0]
    points = portrait_mesh()[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    upper = low[1] - embedding._MTCNN_FOREHEAD * (high[1] - low[1])
    ours = np.array([low[0], upper, high[0], high[1]])
    assert np.abs(ours - (left, top, right, bottom)).max() < 0.12 * (right - left)
    cut = FacenetEmbedder.crop(portrait(), portrait_mesh())
    assert cut is not None
    assert cut.shape == (160, 160, 3)


def test_half_precision_moves_descriptors_by_a_sixtieth_of_what_tells_persons_apart() -> None:
    exact, half = DlibEmbedder(), DlibEmbedder(half=True)
    turned = np.ascontiguousarray(portrait()[:, ::-1])
    chips = [exact.crop(picture, portrait_mesh()) for picture in (portrait(), turned)]
    apart = np.linalg.norm(exact.embed(chips) - half.embed(chips), axis=1)
    assert 0 < apart.max() < 0.01
