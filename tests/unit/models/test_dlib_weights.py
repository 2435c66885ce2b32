"""dlib's face network in torch says what dlib says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import ModelError
from fead_desktop.models import registry
from fead_desktop.models.dlib_weights import read_dlib_weights
from tests.helpers.portraits import portrait

dlib = pytest.importorskip("dlib", reason="dlib-bin is a test dependency")


def test_the_file_holds_29_convolutions_and_5_6_million_parameters() -> None:
    layers, head = read_dlib_weights(registry.locate("dlib_face"))
    assert len(layers) == 29
    assert layers[0].weight.shape == (32, 3, 7, 7)
    assert layers[-1].weight.shape == (256, 256, 3, 3)
    assert head.shape == (256, 128)
    affine = sum(layer.factor.size + layer.offset.size for layer in layers)
    weights = sum(layer.weight.size + layer.bias.size for layer in layers) + head.size
    assert weights + affine == pytest.approx(5.615e6, rel=1e-3)


def test_descriptors_agree_with_dlibs_own_on_the_same_chips() -> None:
    import torch

    from fead_desktop.models.networks import build_dlib_net

    path = registry.locate("dlib_face")
    noise = np.random.default_rng(5).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    picture = portrait()
    chips = np.stack([picture[:150, 50:200], picture[20:170, 60:210], picture[150:, 150:], noise])
    own = dlib.face_recognition_model_v1(str(path))
    expected = [np.array(own.compute_face_descriptor(np.ascontiguousarray(chip))) for chip in chips]
    with torch.inference_mode():
        found = build_dlib_net(*read_dlib_weights(path))(torch.from_numpy(chips)).numpy()
    assert found.shape == (4, 128)
    assert np.abs(found - expected).max() < 1e-4


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "short.dat"
    short.write_bytes(registry.locate("dlib_face").read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match="a layer is missing"):
        read_dlib_weights(short)
